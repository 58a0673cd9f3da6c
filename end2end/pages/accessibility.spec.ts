import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { address, readyToPost } from '../fixtures/person';
import { compose } from '../fixtures/compose';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** Both themes and both widths of one page, without a violation and without sideways scroll. */
async function look(page: Page, path: string) {
  for (const theme of ['light', 'dark'] as const) {
    for (const width of [390, 1440]) {
      await page.context().addCookies([{ name: 'theme', value: theme, url: address() }]);
      await page.setViewportSize({ width, height: 900 });
      await page.goto(address() + path);
      await page.waitForLoadState('networkidle').catch(() => {});
      const where = `${path} ${theme} ${width}`;
      if (process.env.SHOTS) {
        const name = `${path.replaceAll(/\W+/g, '_').slice(0, 24)}-${theme}-${width}.png`;
        await page.screenshot({ path: `${process.env.SHOTS}/${name}`, fullPage: true });
      }
      const result = await new AxeBuilder({ page }).withTags(TAGS).analyze();
      const found = result.violations.map((v) => `${where}: ${v.id}: ${v.nodes[0]?.html.slice(0, 160)}`);
      expect.soft(found).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect.soft(wide, `${where} scrolls sideways`).toBeLessThanOrEqual(0);
    }
  }
}

test('pages before signing in', async ({ page }) => {
  for (const path of ['/sign-in', '/sign-up', '/check-mail', '/verify?token=x', '/nothing-here', '/design']) {
    await look(page, path);
  }
});

test('pages of the product, empty and with a post', async ({ page }) => {
  await readyToPost(page, 'Gil');
  await look(page, '/');
  await look(page, '/calendar');
  await compose(page, 'Latte art in nine seconds');
  await look(page, new URL(page.url()).pathname + new URL(page.url()).search);
  await page.getByLabel('Who can see this video').selectOption({ label: 'Everyone' });
  await page.getByRole('radio', { name: 'Publish now' }).check();
  await page.getByRole('button', { name: 'Publish now' }).click();
  await expect(page).toHaveURL(/posts\/po_/);
  await expect(page.getByText('Published', { exact: true }).first()).toBeVisible({ timeout: 45_000 });
  await look(page, new URL(page.url()).pathname);
  await look(page, '/');
  await look(page, '/calendar');
  await look(page, '/connections');
  await look(page, '/compose');
});

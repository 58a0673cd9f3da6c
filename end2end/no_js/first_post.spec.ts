import { expect, test } from '@playwright/test';
import { address, readyToPost } from '../fixtures/person';
import { compose, liveWith } from '../fixtures/compose';

test.use({ javaScriptEnabled: false });

test('everything up to the published post works without script', async ({ page }) => {
  await readyToPost(page, 'Fado');
  const caption = `Without script ${Date.now()}`;
  await compose(page, caption);
  await page.getByRole('radio', { name: 'Publish now' }).check();
  await page.locator('form').filter({ has: page.getByLabel('Caption') }).locator('button[type=submit]').last().click();
  await expect(page).toHaveURL(/posts\/po_/);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('Published', { exact: true }).first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 45_000 });
  expect(await liveWith(page, caption)).toHaveLength(1);
});

test('a wrong sign-in says so at the form', async ({ page }) => {
  await page.goto(`${address()}/sign-in`);
  await page.getByLabel('E-mail').fill('nobody@northwind.example');
  await page.getByLabel('Password', { exact: true }).fill('not the right password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
});

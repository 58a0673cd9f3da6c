import { expect, test } from '@playwright/test';
import { address, letter, readyToPost, signUp, someone } from '../fixtures/person';
import { addVideo, compose, liveWith } from '../fixtures/compose';

test('a newcomer signs up, connects TikTok and publishes a video once', async ({ page }) => {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|hydrat/i.test(message.text())) violations.push(message.text());
  });
  page.on('pageerror', (error) => violations.push(String(error)));

  await readyToPost(page, 'Ana');
  const caption = `The winter menu is here ${Date.now()}`;
  await compose(page, caption);
  await page.getByRole('radio', { name: 'Publish now' }).check();
  await page.getByRole('button', { name: 'Publish now' }).click();

  await expect(page).toHaveURL(/posts\/po_/);
  await expect(page.getByText('Published', { exact: true }).first()).toBeVisible({ timeout: 45_000 });
  expect(await liveWith(page, caption)).toHaveLength(1);
  await page.goto(`${address()}/calendar`);
  await expect(page.getByText(caption.slice(0, 12)).filter({ visible: true }).first()).toBeVisible();
  await page.goto(address());
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(violations).toEqual([]);
});

test('the composer says what is missing and keeps what was typed', async ({ page }) => {
  await readyToPost(page, 'Bela');
  await page.goto(`${address()}/compose`);
  await page.getByLabel('Caption').fill('Kept while the rest is wrong');
  await page.getByRole('radio', { name: 'Publish now' }).check();
  await page.getByRole('button', { name: 'Publish now' }).click();
  await expect(page.getByText('Add a video.').first()).toBeVisible();
  await expect(page.getByText('Choose who can see the video.').first()).toBeVisible();
  await expect(page.getByLabel('Caption')).toHaveValue('Kept while the rest is wrong');
  await page.reload();
  await expect(page.getByLabel('Caption')).toHaveValue('Kept while the rest is wrong');
});

test('a letter called a video is refused in words', async ({ page }) => {
  await readyToPost(page, 'Cora');
  await page.goto(`${address()}/compose`);
  await addVideo(page, letter());
  await expect(page.getByText(/not a video|not look like|MP4, MOV or WebM/i).first()).toBeVisible();
});

test('a verification link works once', async ({ page }) => {
  const person = someone('Dora');
  await signUp(page, person);
  await expect(page).toHaveURL(/sign-in/);
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('two sign-ups for one address look the same', async ({ browser }) => {
  const person = someone('Ema');
  const seen: string[] = [];
  for (let n = 0; n < 2; n += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${address()}/sign-up`);
    await page.getByLabel('Name').fill(person.name);
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page).toHaveURL(/check-mail/);
    seen.push(await page.getByRole('main').innerText());
    await context.close();
  }
  expect(seen[0]).toBe(seen[1]);
});

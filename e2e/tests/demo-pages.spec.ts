// `twinlock demo`: every dashboard has something to show, and its mails can be read.
import { expect, test as base, type Page } from '@playwright/test';
import { axe } from '../support/axe';
import { startDemo, type Demo } from '../support/demo';
import { shot } from '../support/shot';
import { totp } from '../support/totp';

const test = base.extend<{ demo: Demo; baseURL: string }>({
  demo: async ({}, use) => {
    const demo = await startDemo();
    await use(demo);
    await demo.stop();
  },
  baseURL: async ({ demo }, use) => use(demo.url),
});

async function signIn(page: Page, demo: Demo, username: string): Promise<void> {
  const { login, password, secret } = demo.person(username);
  await page.goto(login);
  await page.getByLabel('Email or user name').fill(username);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Next' }).click();
  if (secret) await page.getByLabel('Code from your app').pressSequentially(totp(secret, Date.now()));
  await expect(page).toHaveURL(/\/account$/);
}

test('what a demo would have sent is read there, and an invitation is accepted', async ({ page }) => {
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  await page.goto('/login');
  await page.getByRole('link', { name: 'Mails of this demo' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Mails of this demo' })).toBeVisible();
  await expect(page.getByText('ivan@demo.example')).toBeVisible();
  await axe(page);
  await shot(page, 'demo-mails');

  await page.getByRole('listitem').filter({ hasText: 'ivan@demo.example' }).getByRole('link').click();
  await axe(page);
  await shot(page, 'demo-mail');
  const link = page.getByRole('link', { name: /\/invite/ });
  await expect(link).toBeVisible();
  const mail = page.url();
  await page.getByRole('link', { name: 'As a mail program shows it' }).click();
  // The styles that it was written with count, and nothing else does.
  await expect(page.locator('.card')).toHaveCSS('border-top-left-radius', '14px');
  await shot(page, 'demo-mail-html');
  expect(csp).toEqual([]);

  await page.goto(mail);
  await link.click();
  await page.getByLabel('Password', { exact: true }).fill('seven blue doors in autumn');
  await page.getByRole('button', { name: 'Create my account' }).click();
  await expect(page).toHaveURL(/\/account/);
});

test('an owner finds something on every dashboard', async ({ page, demo }) => {
  await signIn(page, demo, 'maria');
  await page.goto('/console');
  await expect(page.getByText('5 of 7 people have one.')).toBeVisible();
  await axe(page);
  await page.goto('/console/mfa');
  await expect(page.getByRole('heading', { name: 'MFA status' })).toBeVisible();
  await axe(page);
  await page.goto('/console/audit');
  await expect(page.getByRole('row')).not.toHaveCount(1);
  await axe(page);
  await shot(page, 'demo-audit');
});

test('whoever has a deadline is told so, and an operator sees the mail that does not leave', async ({ page, demo }) => {
  await signIn(page, demo, 'pia');
  await expect(page.getByText(/2 days/).first()).toBeVisible();
  await page.context().clearCookies();
  await signIn(page, demo, 'otto');
  await page.goto('/console/server');
  await expect(page.getByText('the mailbox is busy')).toBeVisible();
  await axe(page);
});

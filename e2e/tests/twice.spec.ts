// One press too many, on lines of all speeds: the form is done once, and its person is led on.
import { expect, type Page } from '@playwright/test';
import { test } from '../support/fixtures';
import { enrolUpToCodes, firstLock, saveCodes, signIn, signOut } from '../support/journey';
import { mailFor } from '../support/mail';
import { person, people } from '../support/people';
import { slowLine, type SlowLine } from '../support/proxy';
import { readQr, secretOf } from '../support/qr';
import type { Server } from '../support/server';
import { Authenticator } from '../support/totp';

const NOTHING = /nothing was changed/i;

/** Opens a browser of one's own on a slow line. */
async function onSlowLine(
  browser: import('@playwright/test').Browser,
  server: Server,
  delay: number,
  javaScriptEnabled = true,
): Promise<{ page: Page; line: SlowLine }> {
  const line = await slowLine(server.url, delay);
  const context = await browser.newContext({ baseURL: line.url, javaScriptEnabled });
  return { page: await context.newPage(), line };
}

async function done(page: Page, line: SlowLine): Promise<void> {
  await page.context().close();
  await line.stop();
}

/** Presses Enter twice and then the button: two of them are too many. */
async function pressTooOften(page: Page, button: RegExp | string): Promise<void> {
  const name = typeof button === 'string' ? { name: button, exact: true } : { name: button };
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  // By then the next page may be there.
  await page.getByRole('button', name).last().click({ timeout: 250, force: true }).catch(() => undefined);
}

/** The mailed link of an invitation for somebody new. */
async function invited(page: Page, server: Server, username: string): Promise<string> {
  const owner = people[0]!;
  const api = page.context().request;
  const credentials = { tenant_id: 'demo', username: owner.username, password: owner.password };
  const signedIn = await api.post(`${server.url}/api/v1/auth/login`, { data: credentials });
  const { token } = (await signedIn.json()) as { token: string };
  const made = await api.post(`${server.url}/api/v1/tenants/demo/users`, {
    headers: { authorization: `Bearer ${token}` },
    data: { username, email: `${username}@demo.example` },
  });
  expect(made.status(), await made.text()).toBe(201);
  const mail = await mailFor(server.outbox, `${username}@demo.example`, /./);
  return new URL(mail.text.match(/https?:\/\/\S+\/invite\/\S+/)![0]).pathname;
}

for (const delay of [0, 50, 300, 900]) {
  test(`pressing too often does each thing once, ${delay} ms away`, async ({ browser, server }, info) => {
    test.setTimeout(120_000);
    const me = person(`slow${delay}`);
    const { page, line } = await onSlowLine(browser, server, delay);

    await test.step('password', async () => {
      await page.goto('/login');
      await page.getByLabel('Email or user name').fill(me.username);
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByLabel('Password', { exact: true }).fill(me.password);
      await pressTooOften(page, 'Next');
      await expect(page).toHaveURL(/\/account$/);
    });

    const app = await test.step('enrollment', async () => {
      await page.goto('/account/security/enrol/choose');
      await page.getByLabel('Device name').fill('Phone');
      await page.getByRole('button', { name: 'Next' }).click();
      await expect(page.getByRole('heading', { name: 'Scan this' })).toBeVisible();
      const app = new Authenticator(secretOf(await readQr(page)), server);
      await page.getByLabel('Code from the app').pressSequentially(app.code());
      await pressTooOften(page, 'Enable MFA');
      await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
      await expect(page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10);
      await saveCodes(page);
      return app;
    });

    await test.step('code', async () => {
      await page.goto('/account');
      await signOut(page);
      await firstLock(page, me);
      await expect(page.getByRole('heading', { name: 'The second lock' })).toBeVisible();
      await page.getByLabel('Code from your app').pressSequentially(await app.next());
      await pressTooOften(page, 'Sign in');
      await expect(page).toHaveURL(/\/account$/);
      await expect(page.getByText(NOTHING)).toHaveCount(0);
      await signOut(page);
    });

    await test.step('reset', async () => {
      await page.goto('/login/forgot');
      await page.getByLabel(/email/i).fill(me.email);
      await pressTooOften(page, /link|mail/i);
      await expect(page).toHaveURL(/\/login\/forgot\/sent$/);
      const mail = await mailFor(server.outbox, me.email, /password/i);
      await page.goto(new URL(mail.text.match(/https?:\/\/\S+\/reset\/\S+/)![0]).pathname);
      await page.getByLabel('New password').fill('a lantern over quiet water');
      await pressTooOften(page, /password/i);
      await expect(page.getByText('Your new password is set.')).toBeVisible();
    });

    await test.step('invitation', async () => {
      await page.goto(await invited(page, server, `${info.project.name}-new${delay}`));
      await page.getByLabel(/password/i).first().fill('a lantern over quiet water');
      await pressTooOften(page, /account|password|accept|go on|sign in/i);
      await expect(page).toHaveURL(/\/account$/);
    });
    await done(page, line);
  });
}

test('without scripts, a form sent again leads where the first one led', async ({ page, browser, server }) => {
  const me = person('hasty');
  await signIn(page, me);
  const { app } = await enrolUpToCodes(page, server);
  const { page: plain, line } = await onSlowLine(browser, server, 900, false);
  await firstLock(plain, me);
  await expect(plain.getByRole('heading', { name: 'The second lock' })).toBeVisible();
  await plain.getByLabel('Code from your app').fill(await app.next());
  // The first answer is there, and with it the session; the page that it leads to is not.
  const answered = plain.waitForResponse((response) => response.request().method() === 'POST');
  await plain.keyboard.press('Enter');
  await answered;
  await plain.keyboard.press('Enter');
  await expect(plain).toHaveURL(/\/account$/);
  await expect(plain.getByText(NOTHING)).toHaveCount(0);
  await done(plain, line);
});

test('without scripts, whoever lost the first answer is told that it was done', async ({ page, browser, server }) => {
  const me = person('lostline');
  await signIn(page, me);
  const { app } = await enrolUpToCodes(page, server);
  const { page: plain, line } = await onSlowLine(browser, server, 900, false);
  await firstLock(plain, me);
  await expect(plain.getByRole('heading', { name: 'The second lock' })).toBeVisible();
  await plain.getByLabel('Code from your app').fill(await app.next());
  const sent = plain.waitForRequest((request) => request.method() === 'POST');
  await plain.keyboard.press('Enter');
  await sent;
  await plain.keyboard.press('Enter');
  await expect(plain.getByText('That was done, but the answer did not reach this browser.')).toBeVisible();
  await expect(plain.getByText(NOTHING)).toHaveCount(0);
  await done(plain, line);
});

test('a refused code can be gone back to, and loading the page again counts nothing', async ({ page, server }) => {
  const me = person('back');
  await signIn(page, me);
  const { app } = await enrolUpToCodes(page, server);
  await saveCodes(page);
  await page.goto('/account');
  await signOut(page);
  await firstLock(page, me);
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  const refused = page.getByText("That code didn't match");
  for (const way of ['back', 'reload'] as const) {
    await page.getByLabel('Code from your app').pressSequentially(app.wrong());
    await expect(refused).toBeVisible();
    await expect(page.getByLabel('Code from your app')).toBeFocused();
    if (way === 'back') {
      await page.getByRole('link', { name: 'The code is never right?' }).click();
      await expect(page).toHaveURL(/\/help\/mfa/);
      await page.goBack();
    } else {
      await page.reload();
    }
    await expect(page.getByRole('heading', { name: 'The second lock' })).toBeVisible();
    await expect(refused).toHaveCount(0);
  }
  expect(sent).toHaveLength(2);
  await page.getByLabel('Code from your app').pressSequentially(await app.next());
  await expect(page).toHaveURL(/\/account$/);
});

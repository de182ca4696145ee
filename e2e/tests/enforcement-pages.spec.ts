// What people see of enforcement, as pictures and to axe, at both sizes and in both schemes.
import { expect } from '@playwright/test';
import { axe } from '../support/axe';
import { one, openPerson, previewEnforcement, test } from '../support/enforcing';
import { enrol, enrolKey, firstLock, saveCodes, signIn, signOut } from '../support/journey';
import { Keys, USB } from '../support/keys';
import { readQr, secretOf } from '../support/qr';
import { shot } from '../support/shot';
import { Authenticator } from '../support/totp';

const DAY = 86_400;

test('pages of enforcement are accessible in this size and scheme', async ({ page, server }) => {
  test.slow();
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  const look = async (name: string) => {
    await axe(page);
    await shot(page, name);
  };
  const key = await (await Keys.of(page)).plugIn(USB);

  await signIn(page, one('owner'));
  await previewEnforcement(page, 7);
  await look('enforce-you-first');
  const { app } = await enrol(page, server);
  await previewEnforcement(page, 7);
  await page.locator('details.whom summary').first().click();
  await expect(page.getByRole('table').first()).toContainText('keyed');
  await look('enforce-preview');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.goto('/account');
  await signOut(page);

  await signIn(page, one('keyed'));
  await expect(page.getByText('Set up a second lock: 7 days left.')).toBeVisible();
  await look('enforce-grace');
  await enrolKey(page, 'YubiKey blue');
  await saveCodes(page);
  await page.goto('/account');
  await signOut(page);

  await firstLock(page, one('owner'));
  await page.getByLabel('Code from your app').pressSequentially(await app.next());
  await expect(page).toHaveURL(/\/account$/);
  await page.goto('/console/mfa');
  await look('enforce-status');
  await openPerson(page, 'keyed');
  await look('enforce-person');
  await page.getByRole('link', { name: 'Reset MFA' }).click();
  await expect(page.getByRole('dialog')).toContainText('Is it really them?');
  await look('enforce-reset');
  await page.getByRole('dialog').getByRole('button', { name: 'Reset MFA' }).click();
  await expect(page.getByText('MFA is reset.')).toBeVisible();
  await look('enforce-reset-done');
  await signOut(page);

  await server.advance(8 * DAY);
  await firstLock(page, one('keyed'));
  await expect(page).toHaveURL(/\/login\/enrol\/proof$/);
  await look('enforced-proof');
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByText('Check your mail.')).toBeVisible();
  await look('enforced-proof-sent');
  await signOut(page);

  await firstLock(page, one('late'));
  await expect(page).toHaveURL(/\/login\/enrol\/choose$/);
  await look('enforced-choose');
  await page.goto('/login/enrol/key');
  await key.touched(false);
  await look('enforced-key');
  await page.goto('/login/enrol/choose');
  await page.getByLabel('Device name').fill('Phone');
  await page.getByRole('button', { name: 'Next' }).click();
  await look('enforced-app');
  const phone = new Authenticator(secretOf(await readQr(page)), server);
  await page.getByLabel('Code from the app').pressSequentially(phone.code());
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  await look('enforced-codes');
  await saveCodes(page);
  await look('enforced-done');
  expect(csp).toEqual([]);
});

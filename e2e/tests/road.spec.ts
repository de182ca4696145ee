import { axe } from '../support/axe';
import { expect, test } from '../support/fixtures';
import { codesOn, enrol, enrolUpToCodes, firstLock, saveCodes, signIn, signInWithBoth, signOut, typeCode } from '../support/journey';
import { mailFor } from '../support/mail';
import { person } from '../support/people';
import { shot } from '../support/shot';

test('a member enrols by scanning the page, signs out, and signs in with both locks', async ({ page, server }) => {
  const me = person('enrol');
  await signIn(page, me);
  const { app, codes } = await enrolUpToCodes(page, server);
  expect(codes).toHaveLength(10);
  expect(codes.every((code) => /^\d{8}$/.test(code))).toBe(true);
  await axe(page);
  await shot(page, 'enrol-codes');
  // Until they are saved, the page can be loaded again.
  await page.reload();
  expect(await codesOn(page)).toEqual(codes);
  await saveCodes(page);
  await shot(page, 'enrol-done');
  // Once they are saved, going back does not show them.
  await page.goBack().catch(() => undefined);
  for (const code of codes) await expect(page.getByText(code)).toHaveCount(0);
  await mailFor(server.outbox, me.email, /authentication/i);
  await page.goto('/account');
  await signOut(page);
  await signInWithBoth(page, me, app);
  await expect(page.getByText('Disable MFA')).toBeVisible();
});

test('a wrong code changes nothing and says what to do; the next one signs in', async ({ page, server }) => {
  const me = person('wrong');
  await signIn(page, me);
  const { app } = await enrol(page, server);
  await page.goto('/account');
  await signOut(page);
  await firstLock(page, me);
  await typeCode(page, app.wrong());
  await expect(page.getByText("That code didn't match")).toBeVisible();
  await axe(page);
  await shot(page, 'wrong-code');
  await typeCode(page, await app.next());
  await expect(page).toHaveURL(/\/account$/);
});

test('a code that was used once is refused the second time', async ({ page, server }) => {
  const me = person('reuse');
  await signIn(page, me);
  const { app } = await enrol(page, server);
  await page.goto('/account');
  await signOut(page);
  await signInWithBoth(page, me, app);
  const used = app.code();
  await signOut(page);
  await firstLock(page, me);
  await typeCode(page, used);
  await expect(page.getByText("That code didn't match")).toBeVisible();
});

test('a lost phone: a recovery code signs in, switches MFA off, and a new phone is enrolled', async ({ page, server }) => {
  const me = person('lost');
  await signIn(page, me);
  const { codes } = await enrol(page, server);
  await page.goto('/account');
  await signOut(page);
  await firstLock(page, me);
  await page.getByRole('link', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code').fill(codes[0]!);
  await shot(page, 'recovery-code');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await mailFor(server.outbox, me.email, /recovery code/i);
  await page.goto('/account/security/disable');
  await page.getByLabel('Code from your app, or a recovery code').fill(codes[1]!);
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Enable MFA' }).first()).toBeVisible();
  await enrol(page, server);
});

test('new recovery codes void the old ones', async ({ page, server }) => {
  const me = person('renew');
  await signIn(page, me);
  const { app, codes } = await enrol(page, server);
  await page.goto('/account/security/codes');
  await page.getByRole('button', { name: /new codes/i }).click();
  await expect(page.getByRole('heading', { name: 'Your new recovery codes' })).toBeVisible();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await expect(page).toHaveURL(/\/account\/security/);
  await page.goto('/account');
  await signOut(page);
  await firstLock(page, me);
  await page.getByRole('link', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code').fill(codes[0]!);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText(/didn't match|not accepted|not one of/)).toBeVisible();
  await page.getByRole('link', { name: 'Use your authenticator app instead' }).click();
  await typeCode(page, await app.next());
  await expect(page).toHaveURL(/\/account$/);
});

test('disabling asks first, a wrong code changes nothing, the right one switches off', async ({ page, server }) => {
  const me = person('leave');
  await signIn(page, me);
  const { app } = await enrol(page, server);
  await page.goto('/account');
  await page.getByRole('link', { name: 'Disable MFA' }).click();
  await expect(page.getByRole('heading', { name: 'Disable MFA?' })).toBeVisible();
  await expect(page.getByLabel('Code from your app, or a recovery code')).toBeFocused();
  await shot(page, 'disable-dialog');
  await page.getByLabel('Code from your app, or a recovery code').fill(app.wrong());
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page.getByText(/didn't match/)).toBeVisible();
  await page.getByLabel('Code from your app, or a recovery code').fill(await app.next());
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Enable MFA' }).first()).toBeVisible();
});

test('a forgotten password is reset by mail and the second lock is still asked', async ({ page, server }) => {
  const me = person('reset');
  await signIn(page, me);
  const { app } = await enrol(page, server);
  await page.goto('/account');
  await signOut(page);
  await page.goto('/login/forgot');
  await page.getByLabel(/email/i).fill(me.email);
  await page.getByRole('button').last().click();
  await expect(page).toHaveURL(/\/login\/forgot\/sent$/);
  const mail = await mailFor(server.outbox, me.email, /password/i);
  const link = mail.text.match(/https?:\/\/\S+\/reset\/\S+/)![0];
  await page.goto(link);
  const fresh = 'a lantern over quiet water';
  await page.getByLabel('New password').fill(fresh);
  await page.getByRole('button', { name: /password/i }).last().click();
  await expect(page).toHaveURL(/\/login/);
  await firstLock(page, { ...me, password: fresh });
  await expect(page.getByRole('heading', { name: 'The second lock' })).toBeVisible();
  await typeCode(page, await app.next());
  await expect(page).toHaveURL(/\/account$/);
});

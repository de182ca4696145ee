import { axe } from '../support/axe';
import { expect, test } from '../support/fixtures';
import { addKey, enrolKey, firstLock, saveCodes, signIn, signOut, typeCode } from '../support/journey';
import { BUILT_IN, Keys, promptsEndAfter, USB, USB_WITH_PIN } from '../support/keys';
import { mailFor } from '../support/mail';
import { person } from '../support/people';
import { readQr, secretOf } from '../support/qr';
import { shot } from '../support/shot';
import { Authenticator } from '../support/totp';

const KEY_PAGE = 'Use your security key';

test('two keys and an app are enrolled; each signs in; one is deleted', async ({ page, server }) => {
  // Seven sign-ins: on a busy machine they need nearly a minute.
  test.slow();
  const me = person('keys');
  const keys = await Keys.of(page);
  await signIn(page, me);
  const blue = await keys.plugIn(USB);
  const codes = await enrolKey(page, 'YubiKey blue');
  expect(codes).toHaveLength(10);
  await saveCodes(page);
  await expect(page.getByText('Add a backup device')).toBeVisible();
  await axe(page);
  await shot(page, 'key-done');
  await mailFor(server.outbox, me.email, /authentication/i);

  await blue.touched(false);
  const laptop = await keys.plugIn(BUILT_IN);
  await addKey(page, 'Laptop', { alone: true });
  await page.goto('/account/security');
  await page.getByRole('link', { name: 'Add an app' }).click();
  await page.getByLabel('Device name').fill('Phone');
  await page.getByRole('button', { name: 'Next' }).click();
  const app = new Authenticator(secretOf(await readQr(page)), server);
  await page.getByLabel('Code from the app').pressSequentially(app.code());
  await expect(page).toHaveURL(/\/enrol\/done/);

  await page.goto('/account/security');
  for (const words of ['YubiKey blue', 'Laptop', 'Phone', 'signs in alone', 'Asked first at sign-in']) {
    await expect(page.getByText(words, { exact: false }).first()).toBeVisible();
  }
  await axe(page);
  await shot(page, 'keys');
  // Touched on the first page, the laptop would sign in there at once: it holds a passkey.
  await laptop.touched(false);
  await signOut(page);

  await blue.touched(true);
  await firstLock(page, me);
  await expect(page.getByRole('heading', { name: KEY_PAGE })).toBeVisible();
  await axe(page);
  await shot(page, 'key-page');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await signOut(page);

  await blue.touched(false);
  await firstLock(page, me);
  await expect(page.getByRole('heading', { name: KEY_PAGE })).toBeVisible();
  await laptop.touched(true);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await laptop.touched(false);
  await signOut(page);

  await firstLock(page, me);
  await page.getByRole('link', { name: 'Use authenticator app instead' }).click();
  await typeCode(page, await app.next());
  await expect(page).toHaveURL(/\/account$/);
  await signOut(page);

  await firstLock(page, me);
  await page.getByRole('link', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(codes[0]!);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/account$/);

  await page.goto('/account/security');
  await page.getByRole('link', { name: 'Delete YubiKey blue' }).click();
  await expect(page.getByRole('dialog').getByRole('heading', { name: 'Delete YubiKey blue?' })).toBeVisible();
  await axe(page);
  await shot(page, 'delete-key');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('It no longer opens your account')).toBeVisible();
  await expect(page.getByText('YubiKey blue')).toHaveCount(0);
  await signOut(page);

  // The deleted key is plugged in and touched, and nobody asks it.
  await blue.touched(true);
  await laptop.pullOut();
  await firstLock(page, me);
  await promptsEndAfter(page, 1500);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert')).toContainText(/No key answered|Nobody touched a key/);
  await expect(page).toHaveURL(/\/login\/mfa\/key$/);
});

test('a passkey signs in alone, by button and from the suggestions', async ({ page }) => {
  const me = person('passkey');
  const keys = await Keys.of(page);
  await signIn(page, me);
  const laptop = await keys.plugIn(BUILT_IN);
  await enrolKey(page, 'Laptop', { alone: true });
  await saveCodes(page);
  await page.goto('/account');
  await laptop.touched(false);
  await signOut(page);

  // The suggestions get no challenge this time, so that it is the button that signs in.
  await page.route('**/login/passkey/options', (route) => route.abort(), { times: 1 });
  await page.goto('/login?next=%2Faccount%2Fsessions');
  await laptop.touched(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(/\/account\/sessions$/);
  await laptop.touched(false);
  await signOut(page);

  // Whoever picks the passkey in the list under the field touches the reader there; no button is pressed. The laptop
  // answers by itself, so the page may be left before it has loaded: only its beginning is waited for.
  await expect(page.getByLabel('Email or user name')).toHaveAttribute('autocomplete', 'username webauthn');
  await page.goto('/help/mfa');
  await laptop.touched(true);
  await page.goto('/login', { waitUntil: 'commit' });
  await expect(page).toHaveURL(/\/account$/);
});

test('a passkey that is refused or not answered loses nothing that was typed', async ({ page }) => {
  const me = person('prompt');
  const keys = await Keys.of(page);
  await signIn(page, me);
  const stick = await keys.plugIn(USB_WITH_PIN);
  await enrolKey(page, 'Stick', { alone: true });
  await saveCodes(page);
  await page.goto('/account/security');
  await stick.touched(false);
  await signOut(page);

  // The finger is not the right one: for a page that is a prompt that was closed.
  await page.getByLabel('Email or user name').fill('prompt');
  await stick.knowsItsUser(false);
  await stick.touched(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('No key answered');
  await axe(page);
  await shot(page, 'passkey-cancelled');

  await stick.knowsItsUser(true);
  await stick.touched(false);
  await promptsEndAfter(page, 700);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('Nobody touched a key in time');
  await expect(page.getByLabel('Email or user name')).toHaveValue('prompt');
  await page.unroute('**/options');

  // Deleted on the server, still on the stick.
  await stick.touched(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await page.goto('/account/security');
  await page.getByRole('link', { name: 'Delete Stick' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('MFA is off', { exact: false }).first()).toBeVisible();
  await stick.touched(false);
  await signOut(page);
  await page.getByLabel('Email or user name').fill('prompt');
  await stick.touched(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('That passkey was not accepted');
  await expect(page.getByLabel('Email or user name')).toHaveValue('prompt');
  await shot(page, 'passkey-refused');
});

test('registering says what went wrong, and the second lock what to do without the key', async ({ page }) => {
  const me = person('touch');
  const keys = await Keys.of(page);
  await signIn(page, me);
  await page.goto('/account/security/enrol/key');
  const usb = await keys.plugIn(USB);
  await page.getByLabel('Device name').fill('Blue');
  await page.getByLabel('Also sign in with it alone').check();
  await page.getByRole('button', { name: 'Enable MFA' }).click();
  await expect(page.getByRole('alert')).toContainText(/No key was registered|That key cannot do what is asked/);
  await shot(page, 'key-unable');
  await expect(page.getByLabel('Device name')).toHaveValue('Blue');

  await page.getByLabel('Also sign in with it alone').uncheck();
  await page.getByRole('button', { name: 'Enable MFA' }).click();
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  await saveCodes(page);
  await page.goto('/account/security/enrol/key');
  await page.getByRole('button', { name: 'Add this key' }).click();
  await expect(page.getByRole('alert')).toContainText('You have registered this key already');
  await axe(page);
  await shot(page, 'key-taken');
  await page.goto('/account');
  await signOut(page);

  await usb.touched(false);
  await firstLock(page, me);
  await promptsEndAfter(page, 700);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert')).toContainText('Nobody touched a key in time');
  await axe(page);
  await shot(page, 'key-late');
  await usb.touched(true);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('a key confirms who is there, and switches MFA off', async ({ page, server }) => {
  const me = person('confirm');
  const keys = await Keys.of(page);
  await signIn(page, me);
  await keys.plugIn(USB);
  await enrolKey(page, 'Blue');
  await saveCodes(page);
  await server.advance(601);
  await page.goto('/account/security/codes');
  await expect(page.getByRole('heading', { name: 'Confirm it is you' })).toBeVisible();
  await axe(page);
  await shot(page, 'confirm-key');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'Make new recovery codes?' })).toBeVisible();

  await page.goto('/account');
  await page.getByRole('link', { name: 'Disable MFA' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await axe(page);
  await shot(page, 'disable-by-key');
  await page.getByRole('button', { name: 'Disable with your security key' }).click();
  await expect(page.getByRole('link', { name: 'Enable MFA' }).first()).toBeVisible();
});

test('without scripts the page says so, and a recovery code still signs in', async ({ page, browser, server }) => {
  const me = person('plain');
  const keys = await Keys.of(page);
  await signIn(page, me);
  await keys.plugIn(USB);
  const codes = await enrolKey(page, 'Blue');
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const plain = await context.newPage();
  await firstLock(plain, me);
  await expect(plain.locator('noscript .note')).toBeVisible();
  await plain.getByRole('button', { name: 'Continue' }).click();
  await expect(plain.getByRole('alert')).toContainText('Nothing came from your key');
  await plain.getByRole('link', { name: 'Use a recovery code' }).click();
  await plain.getByLabel('Recovery code').fill(codes[0]!);
  await plain.getByRole('button', { name: 'Sign in' }).click();
  await expect(plain).toHaveURL(/\/account$/);
  await context.close();
});

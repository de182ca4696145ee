// Browsers without the JSON helpers of WebAuthn Level 3, objects of password managers without a working toJSON, and
// an authenticator that answers by itself.
import { expect, type Page } from '@playwright/test';
import { test } from '../support/fixtures';
import { enrolKey, firstLock, saveCodes, signIn, signOut } from '../support/journey';
import { BUILT_IN, Keys } from '../support/keys';
import { person } from '../support/people';
import type { Server } from '../support/server';

type Patch = 'bare' | 'thrown' | 'halved' | 'standin';

/** Makes the browser of every page from now on one of those. */
async function patched(page: Page, patch: Patch): Promise<void> {
  await page.addInitScript((kind: Patch) => {
    type Loose = Record<string, unknown>;
    const own = window.PublicKeyCredential as unknown as Loose & { prototype: Loose };
    const broken = () => {
      throw new TypeError('Illegal invocation');
    };
    if (kind === 'bare') {
      delete own['parseCreationOptionsFromJSON'];
      delete own['parseRequestOptionsFromJSON'];
      delete own.prototype['toJSON'];
    } else if (kind === 'thrown') {
      own['parseCreationOptionsFromJSON'] = broken;
      own['parseRequestOptionsFromJSON'] = broken;
      own.prototype['toJSON'] = broken;
    } else if (kind === 'halved') {
      own['parseCreationOptionsFromJSON'] = () => ({});
      own['parseRequestOptionsFromJSON'] = () => ({});
      own.prototype['toJSON'] = () => ({ id: 'x', response: {} });
    } else {
      // What a password manager hands over in place of the browser's object: members, and no methods of its kind.
      const bare = (credential: unknown) => {
        const { id, rawId, type, response } = credential as PublicKeyCredential;
        const given = response as unknown as Record<string, ArrayBuffer | undefined>;
        const members = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
        const copy = Object.fromEntries(members.filter((name) => given[name]).map((name) => [name, new Uint8Array(given[name]!)]));
        return { id, rawId: new Uint8Array(rawId), type, response: copy };
      };
      const real = navigator.credentials;
      const create = real.create.bind(real);
      const get = real.get.bind(real);
      real.create = async (options) => bare(await create(options)) as unknown as Credential;
      real.get = async (options) => bare(await get(options)) as unknown as Credential;
    }
  }, patch);
}

/** Registers, confirms, signs in by the second step and by a passkey. */
async function everyCeremony(page: Page, server: Server, username: Patch): Promise<void> {
  const me = person(username);
  await patched(page, username);
  const keys = await Keys.of(page);
  await signIn(page, me);
  const laptop = await keys.plugIn(BUILT_IN);
  await enrolKey(page, 'Laptop', { alone: true });
  await saveCodes(page);

  await server.advance(601);
  await page.goto('/account/security/codes');
  await expect(page.getByRole('heading', { name: 'Confirm it is you' })).toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'Make new recovery codes?' })).toBeVisible();
  await page.goto('/account');
  await laptop.touched(false);
  await signOut(page);

  await firstLock(page, me);
  await expect(page.getByRole('heading', { name: 'Use your security key' })).toBeVisible();
  await laptop.touched(true);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await laptop.touched(false);
  await signOut(page);

  await page.goto('/help/mfa');
  await laptop.touched(true);
  await page.goto('/login', { waitUntil: 'commit' });
  await expect(page).toHaveURL(/\/account$/);
}

test('keys work where the browser has no JSON helpers', ({ page, server }) => everyCeremony(page, server, 'bare'));
test('keys work where the JSON helpers throw', ({ page, server }) => everyCeremony(page, server, 'thrown'));
test('keys work where the JSON helpers give half of it', ({ page, server }) => everyCeremony(page, server, 'halved'));
test('keys work where something stands in for them', ({ page, server }) => everyCeremony(page, server, 'standin'));

test('what a script broke is not said to be a broken key', async ({ page }) => {
  await page.addInitScript(() => {
    navigator.credentials.create = async () => ({ id: 'nothing else' }) as unknown as Credential;
  });
  await signIn(page, person('refused'));
  await page.goto('/account/security/enrol/key');
  await page.getByRole('button', { name: 'Enable MFA' }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('could not read what the key answered');
  await expect(alert).toContainText('Nothing is wrong with your key');
});

test('a passkey that is refused from the suggestions is not offered again by itself', async ({ page }) => {
  const me = person('refused');
  const keys = await Keys.of(page);
  await signIn(page, me);
  const laptop = await keys.plugIn(BUILT_IN);
  await enrolKey(page, 'Laptop', { alone: true });
  await saveCodes(page);
  // Deleted on the server, still on the device, which answers by itself.
  await page.goto('/account/security');
  await page.getByRole('link', { name: 'Delete Laptop' }).first().click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('MFA is off', { exact: false }).first()).toBeVisible();
  await laptop.touched(false);
  await signOut(page);
  await page.goto('/help/mfa');

  const asked: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && asked.push(new URL(request.url()).pathname));
  await laptop.touched(true);
  await page.goto('/login', { waitUntil: 'commit' });
  await expect(page.getByRole('alert')).toContainText('That passkey was not accepted');
  await page.waitForLoadState('networkidle');
  expect(asked).toEqual(['/login/passkey/options', '/login/passkey']);
  // A person is there: one more try, and no more than that.
  await page.keyboard.press('Shift');
  await expect.poll(() => asked.filter((path) => path === '/login/passkey').length).toBe(2);
  await expect(page.getByRole('alert')).toContainText('That passkey was not accepted');
  await page.waitForLoadState('networkidle');
  expect(asked).toHaveLength(4);
});

import { expect, type Page } from '@playwright/test';
import type { Person, Server } from './server';
import { readQr, secretOf } from './qr';
import { Authenticator } from './totp';

/** Answers the first question: who, and the second: the password. */
export async function firstLock(page: Page, person: Person, password = person.password): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Email or user name').fill(person.username);
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByRole('heading', { name: 'Your password' })).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Next' }).click();
}

/** Signs in somebody without a second factor. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await firstLock(page, person);
  await expect(page).toHaveURL(/\/account$/);
}

/** Types a code on the page of the second lock, which sends itself at six digits. */
export async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code from your app').pressSequentially(code);
}

/** Signs in with both locks. */
export async function signInWithBoth(page: Page, person: Person, app: Authenticator): Promise<void> {
  await firstLock(page, person);
  await expect(page.getByRole('heading', { name: 'The second lock' })).toBeVisible();
  await typeCode(page, await app.next());
  await expect(page).toHaveURL(/\/account$/);
}

/** Signs out with the button every page has. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect(page).toHaveURL(/\/login/);
}

/** What a person has after enrolling: the app, and the sheet of recovery codes. */
export interface Enrolled {
  app: Authenticator;
  codes: string[];
}

/** The ten codes on the page that shows them until they are saved. */
export async function codesOn(page: Page): Promise<string[]> {
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  const codes = await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
  return codes.map((code) => code.replace(/\D/g, ''));
}

/** Enrols an app from the choice of devices on, by reading the QR code off the screen, up to the recovery codes. */
export async function chooseApp(page: Page, server: Server): Promise<Enrolled> {
  await page.getByLabel('Device name').fill('Phone');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByRole('heading', { name: 'Scan this' })).toBeVisible();
  const app = new Authenticator(secretOf(await readQr(page)), server);
  await page.getByLabel('Code from the app').pressSequentially(app.code());
  return { app, codes: await codesOn(page) };
}

/** Enrols a key from the choice of devices on, up to the recovery codes. */
export async function chooseKey(page: Page, name: string, { alone = false } = {}): Promise<string[]> {
  await page.getByLabel('Security key or passkey').check();
  await page.getByRole('button', { name: 'Next' }).click();
  await register(page, name, alone);
  return codesOn(page);
}

/** Says that the recovery codes are saved. */
export async function saveCodes(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await expect(page).toHaveURL(/\/enrol\/done/);
}

/** Goes from the home page to the choice of devices. */
async function enable(page: Page): Promise<void> {
  await page.goto('/account');
  await page.getByRole('link', { name: 'Enable MFA' }).click();
  await page.getByRole('link', { name: 'Enable', exact: true }).click();
}

/** Enrols from the home page by reading the QR code off the screen, up to the recovery codes. */
export async function enrolUpToCodes(page: Page, server: Server): Promise<Enrolled> {
  await enable(page);
  return chooseApp(page, server);
}

/** Enrols to the end. */
export async function enrol(page: Page, server: Server): Promise<Enrolled> {
  const enrolled = await enrolUpToCodes(page, server);
  await saveCodes(page);
  return enrolled;
}

/** Fills in the page of a key and presses its button. */
async function register(page: Page, name: string, alone: boolean): Promise<void> {
  await page.getByLabel('Device name').fill(name);
  if (alone) await page.getByLabel('Also sign in with it alone').check();
  await page.getByRole('button', { name: /Enable MFA|Add this key/ }).click();
}

/** Enrols a key as the first factor, from the home page up to the recovery codes. */
export async function enrolKey(page: Page, name: string, { alone = false } = {}): Promise<string[]> {
  await enable(page);
  return chooseKey(page, name, { alone });
}

/** Adds one more key, from the security page to the end. */
export async function addKey(page: Page, name: string, { alone = false } = {}): Promise<void> {
  await page.goto('/account/security');
  await page.getByRole('link', { name: 'Add a key' }).click();
  await register(page, name, alone);
  await expect(page).toHaveURL(/\/enrol\/done/);
}

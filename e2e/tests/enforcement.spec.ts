import { expect, type Browser, type Page } from '@playwright/test';
import { figures, one, openPerson, previewEnforcement, staff, test } from '../support/enforcing';
import {
  chooseApp, chooseKey, enrol, firstLock, saveCodes, signIn, signInWithBoth, signOut,
} from '../support/journey';
import { Keys, USB } from '../support/keys';
import { linksIn, mailFor } from '../support/mail';
import type { Server } from '../support/server';
import { shot } from '../support/shot';

/** A browser of somebody else's, without anything of anybody's. */
async function elsewhere(browser: Browser, server: Server): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, viewport: test.info().project.use.viewport ?? null });
  return context.newPage();
}

/** Leaves the last page of an enrollment for the home page, and proves both locks once more. */
async function arrive(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Go to my account' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByText('Disable MFA')).toBeVisible();
}

test('MFA is required of everybody: preview, enrollment, status, reminder, reset', async ({ page, browser, server, post }) => {
  // An organisation's first week with MFA, one act after the other.
  test.setTimeout(180_000);
  const owner = one('owner');
  const waiting = await elsewhere(browser, server);
  await signIn(waiting, one('phoned'));

  await test.step('whoever asks it of everybody complies first', async () => {
    await signIn(page, owner);
    await previewEnforcement(page, 0);
    await expect(page.getByText('You first.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
    await enrol(page, server);
    await previewEnforcement(page, 0);
    expect(await figures(page)).toEqual({
      'Users': '5 0 without an address',
      'Must set it up at once': '4 before anything else',
      'Have time': '0 until their deadline',
      'Sessions that end': '1 all but this one',
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved.')).toBeVisible();
  });

  await test.step('sessions without a second lock are over, and the status says who lacks one', async () => {
    await waiting.goto('/account');
    await expect(waiting).toHaveURL(/\/login\?/);
    await page.goto('/console/mfa');
    expect(await figures(page)).toMatchObject({ 'Users': '5 1 with MFA, 4 without', 'MFA is': 'Required of everybody' });
    for (const person of staff.slice(1)) await expect(page.getByRole('row', { name: person.email })).toBeVisible();
  });

  await test.step('a member is led to a security key, and nowhere else', async () => {
    const keyed = await elsewhere(browser, server);
    const keys = await Keys.of(keyed);
    await keys.plugIn(USB);
    await firstLock(keyed, one('keyed'));
    await expect(keyed).toHaveURL(/\/login\/enrol\/choose$/);
    await expect(keyed.getByText('asks everybody for a second lock')).toBeVisible();
    for (const path of ['/account', '/account/security', '/account/sessions', '/account/security/enrol/choose']) {
      await keyed.goto(path);
      await expect(keyed, path).toHaveURL(/\/login\/enrol\/choose$/);
    }
    expect(await chooseKey(keyed, 'YubiKey blue')).toHaveLength(10);
    await saveCodes(keyed);
    await arrive(keyed);
    await signOut(keyed);
    await firstLock(keyed, one('keyed'));
    await keyed.getByRole('button', { name: 'Continue' }).click();
    await expect(keyed).toHaveURL(/\/account$/);
    await keyed.context().close();
  });

  const phone = await test.step('a member is led to an app', async () => {
    await firstLock(waiting, one('phoned'));
    await expect(waiting).toHaveURL(/\/login\/enrol\/choose$/);
    const { app, codes } = await chooseApp(waiting, server);
    expect(codes).toHaveLength(10);
    await saveCodes(waiting);
    await arrive(waiting);
    await signOut(waiting);
    await signInWithBoth(waiting, one('phoned'), app);
    return app;
  });

  const desk = await elsewhere(browser, server);
  await test.step('the helpdesk, too, enrols before anything else', async () => {
    await firstLock(desk, one('helpdesk'));
    await expect(desk).toHaveURL(/\/login\/enrol\/choose$/);
    await desk.goto('/console/users');
    await expect(desk).toHaveURL(/\/login\/enrol\/choose$/);
    await chooseApp(desk, server);
    await saveCodes(desk);
    await arrive(desk);
  });

  await test.step('the status has moved, and one click reminds who is left', async () => {
    await page.goto('/console/mfa');
    expect(await figures(page)).toMatchObject({
      'Users': '5 4 with MFA, 1 without',
      'Enrolled': '80 % 3 with an app, 1 with a key',
    });
    const rows = page.getByRole('table', { name: 'Users without MFA' }).getByRole('row');
    await expect(rows).toHaveCount(2);
    await page.getByRole('button', { name: 'Remind late' }).click();
    await expect(page.getByText('One reminder is on its way.')).toBeVisible();
    await shot(page, 'enforced-status');
  });

  await test.step('the reminder comes over SMTP, from the organisation, and signs nobody in', async () => {
    const mail = await mailFor(post.inbox, one('late').email, /second factor/i);
    expect(mail.from).toContain('Demo organisation');
    // As it is read: names stand in elements of their own.
    for (const part of [mail.text, mail.html.replace(/<[^>]+>/g, '')]) {
      expect(part).toContain('Organisation: Demo organisation');
      expect(part).toContain('Account: late');
      expect(part).toContain('the next time you sign in');
    }
    const links = linksIn(mail);
    expect(links).toContain(`${server.url}/account/security`);
    const stranger = await elsewhere(browser, server);
    for (const link of links) {
      await stranger.goto(link);
      await expect(stranger, link).toHaveURL(/\/login\?next=|\/help\//);
      await stranger.goto('/account');
      await expect(stranger, link).toHaveURL(/\/login\?/);
    }
    await stranger.context().close();
  });

  await test.step('who lost everything is reset by the helpdesk', async () => {
    await openPerson(desk, 'phoned');
    await desk.getByRole('link', { name: 'Reset MFA' }).click();
    const dialog = desk.getByRole('dialog');
    await expect(dialog.getByText('Is it really them?')).toBeVisible();
    await dialog.getByRole('link', { name: 'Cancel' }).click();
    await expect(dialog).toBeHidden();
    await waiting.goto('/account');
    await expect(waiting).toHaveURL(/\/account$/);
    await desk.getByRole('link', { name: 'Reset MFA' }).click();
    await dialog.getByLabel('Reason').fill('Lost the phone and the sheet; called back');
    await dialog.getByRole('button', { name: 'Reset MFA' }).click();
    await expect(desk.getByText('MFA is reset.')).toBeVisible();
    await waiting.goto('/account');
    await expect(waiting).toHaveURL(/\/login\?/);
    await mailFor(post.inbox, one('phoned').email, /reset/i);
  });

  await test.step('a code by mail opens the new enrollment, and both locks are on again', async () => {
    await firstLock(waiting, one('phoned'));
    await expect(waiting).toHaveURL(/\/login\/enrol\/proof$/);
    await waiting.goto('/login/enrol/choose');
    await expect(waiting).toHaveURL(/\/login\/enrol\/proof$/);
    await waiting.getByRole('button', { name: 'Send the code' }).click();
    const mail = await mailFor(post.inbox, one('phoned').email, /code for a second factor/i);
    await waiting.getByLabel('Code from the mail').fill(mail.text.match(/\b\d{4} ?\d{4}\b/)![0]);
    await waiting.getByRole('button', { name: 'Next' }).click();
    await expect(waiting).toHaveURL(/\/login\/enrol\/choose$/);
    const { app } = await chooseApp(waiting, server);
    expect(app.secret).not.toBe(phone.secret);
    await saveCodes(waiting);
    await arrive(waiting);
    await signOut(waiting);
    await signInWithBoth(waiting, one('phoned'), app);
  });
});

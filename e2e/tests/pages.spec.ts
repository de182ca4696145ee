import { axe } from '../support/axe';
import { expect, test } from '../support/fixtures';
import { enrol, enrolKey, firstLock, saveCodes, signIn } from '../support/journey';
import { Keys, promptsEndAfter, USB } from '../support/keys';
import { person } from '../support/people';
import { shot } from '../support/shot';

// axe looks at each page: on a busy machine a dozen pages need more than a minute.
test.slow();

test('pages before sign-in are accessible in this size and scheme', async ({ page }) => {
  for (const [path, name] of [
    ['/login', 'login'],
    ['/login/forgot', 'forgot'],
    ['/help/mfa', 'help'],
    ['/api/docs', 'api-docs'],
    ['/guide', 'guide'],
    ['/guide/introduction', 'guide-introduction'],
    ['/guide/admin/settings', 'guide-settings'],
    ['/nothing/here', 'not-found'],
  ] as const) {
    await page.goto(path);
    await axe(page);
    await shot(page, name);
  }
});

test('pages after sign-in are accessible in this size and scheme', async ({ page, server }) => {
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  await signIn(page, person('pages'));
  const visit = async (path: string, name: string) => {
    await page.goto(path);
    await axe(page);
    await shot(page, name);
  };
  await visit('/account', 'home-off');
  await visit('/account/security/enrol/choose', 'enrol-choose');
  await enrol(page, server);
  await visit('/account', 'home-on');
  await visit('/account/security', 'security');
  await visit('/account/sessions', 'sessions');
  await visit('/account/profile', 'profile');
  await visit('/account/password', 'password');
  await visit('/account/security/codes', 'renew-codes');
  await visit('/account/security/disable', 'disable');
  await page.context().clearCookies();
  await firstLock(page, person('pages'));
  await expect(page.getByRole('heading', { name: 'The second lock' })).toBeVisible();
  await axe(page);
  await shot(page, 'second-lock');
  expect(csp).toEqual([]);
});

test('pages of security keys are accessible in this size and scheme', async ({ page, server }) => {
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  const look = async (name: string) => {
    await axe(page);
    await shot(page, name);
  };
  const visit = async (path: string, name: string) => {
    await page.goto(path);
    await look(name);
  };
  const me = person('keypages');
  await signIn(page, me);
  await visit('/account/security/enrol/key', 'enrol-key');
  const key = await (await Keys.of(page)).plugIn(USB);
  await enrolKey(page, 'YubiKey blue');
  await saveCodes(page);
  await look('enrol-key-done');
  await visit('/account', 'home-key');
  await visit('/account/security', 'security-keys');
  await page.locator('.key-id summary').click();
  await look('security-key-id');
  await visit('/account/security/disable', 'disable-key');
  await server.advance(601);
  await visit('/account/security/codes', 'confirm-key');
  await key.touched(false);
  await page.context().clearCookies();
  await firstLock(page, me);
  await expect(page.getByRole('heading', { name: 'Use your security key' })).toBeVisible();
  await look('key-page');
  await promptsEndAfter(page, 500);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert')).toContainText('in time');
  await look('key-late');
  expect(csp).toEqual([]);
});

test('pages of the console are accessible in this size and scheme', async ({ page }) => {
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  const visit = async (path: string, name: string) => {
    await page.goto(path);
    await axe(page);
    await shot(page, name);
  };
  await signIn(page, person('console'));
  await visit('/console', 'console-overview');
  if (page.viewportSize()!.width < 500) {
    // All entries in one row, and the one of this page in view.
    const row = page.getByRole('navigation', { name: 'Main' });
    const tops = await row.getByRole('link').evaluateAll((links) => links.map((link) => link.getBoundingClientRect().top));
    expect(new Set(tops.map(Math.round)).size).toBe(1);
    await expect(row.getByRole('link', { name: 'Overview' })).toBeInViewport();
  }
  await visit('/console/mfa', 'console-mfa');
  await visit('/console/settings', 'console-settings');
  await visit('/console/users', 'console-users');
  // Somebody without a second factor, whatever ran before: deleting who has one takes an administrator who has one.
  await page.getByRole('link', { name: 'bystander', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'bystander' })).toBeVisible();
  await axe(page);
  await shot(page, 'console-person');
  await page.getByRole('link', { name: 'Delete account' }).click();
  await expect(page.getByRole('dialog')).toContainText('This cannot be undone.');
  await axe(page);
  await shot(page, 'console-person-delete');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.getByRole('link', { name: 'Edit account' }).click();
  await expect(page).toHaveURL(/\/edit$/);
  await axe(page);
  await shot(page, 'console-person-edit');
  await visit('/console/users/new', 'console-person-new');
  await visit('/console/audit', 'console-audit');
  await page.locator('.listing summary').first().click();
  await page.getByLabel('Person').fill('nobody');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('Nobody here has that name')).toBeVisible();
  await axe(page);
  await shot(page, 'console-audit-mistake');
  const file = page.waitForEvent('download');
  await page.goto('/console/audit');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  expect((await file).suggestedFilename()).toMatch(/^audit-demo-.*\.csv$/);
  expect(csp).toEqual([]);
});

test('pages of an import are accessible in this size and scheme', async ({ page }) => {
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  const look = async (name: string) => {
    await axe(page);
    await shot(page, name);
  };
  const check = async (table: string) => {
    await page.goto('/console/users/import');
    await page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await page.getByRole('button', { name: 'Check' }).click();
    await expect(page.getByText('Nobody is added yet.')).toBeVisible();
  };
  await signIn(page, person('console'));
  await page.goto('/console/users');
  await page.getByRole('link', { name: 'Import a list' }).click();
  await expect(page.getByLabel('CSV file')).toBeVisible();
  await look('console-import');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByRole('alert')).toContainText('Choose a file');
  await look('console-import-mistake');
  await check('username,email,role\nplain,plain@demo.example,\nnora,nowhere,king\n');
  await expect(page.getByRole('button', { name: 'Import' })).toHaveCount(0);
  await look('console-import-refused');
  await check('username,email,role\nnora,nora@demo.example,\nbert,,\n');
  await look('console-import-preview');
  await page.getByRole('button', { name: 'Import' }).click();
  await expect(page.getByRole('heading', { name: 'Imported' })).toBeVisible();
  await look('console-imported');
  await page.getByRole('link', { name: 'Get the invitation of bert' }).click();
  await expect(page.getByRole('heading', { name: 'Send a new invitation to bert?' })).toBeVisible();
  expect(csp).toEqual([]);
});

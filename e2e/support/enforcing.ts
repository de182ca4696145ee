import { expect, test as base, type Page } from '@playwright/test';
import { startPost, type Post } from './post';
import { startServer, type Person, type Server } from './server';

const PASSWORD = 'correct horse battery';

/** An organisation of a few, so that its numbers can be counted. */
export const STAFF = ['owner', 'helpdesk', 'keyed', 'phoned', 'late'] as const;

export const staff: Person[] = STAFF.map((username) => ({
  username,
  email: `${username}@demo.example`,
  password: PASSWORD,
  role: username === 'owner' || username === 'helpdesk' ? username : 'member',
}));

export function one(username: (typeof STAFF)[number]): Person {
  return staff[STAFF.indexOf(username)]!;
}

/** Playwright's test with a server of the test's own for the small organisation, whose mail leaves over SMTP. */
export const test = base.extend<{ post: Post; server: Server; baseURL: string }>({
  post: async ({}, use) => {
    const post = await startPost();
    await use(post);
    await post.stop();
  },
  server: async ({ post }, use) => {
    const server = await startServer(staff, { TWINLOCK_MAIL__SMTP_URL: post.url });
    await use(server);
    await server.stop();
  },
  baseURL: async ({ server }, use) => use(server.url),
});

/** Asks for MFA of everybody in the settings, up to the page that says what it will do. */
export async function previewEnforcement(page: Page, days: number): Promise<void> {
  await page.goto('/console/settings');
  await page.getByLabel('Require MFA for all users').check();
  await page.getByLabel('Grace period (days)').fill(String(days));
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('heading', { name: 'What saving will do' })).toBeVisible();
}

/** The four figures of a page of the console, by their names. */
export async function figures(page: Page): Promise<Record<string, string>> {
  const each = await page.locator('.figure').all();
  const pairs = each.map(async (figure) => [
    (await figure.locator('dt').innerText()).trim(),
    (await figure.locator('dd').innerText()).replace(/\s+/g, ' ').trim(),
  ]);
  return Object.fromEntries(await Promise.all(pairs));
}

/** Opens the page of somebody from the list of people. */
export async function openPerson(page: Page, username: string): Promise<void> {
  await page.goto(`/console/users?search=${username}`);
  await page.getByRole('link', { name: username, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: username })).toBeVisible();
}

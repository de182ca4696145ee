import { test as base } from '@playwright/test';
import { people } from './people';
import { startServer, type Server } from './server';

export { expect } from '@playwright/test';

/** Playwright's test with a server of the worker's own; `page.goto('/login')` goes to it. */
export const test = base.extend<{ baseURL: string }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer(people);
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
});

/**
 * Playwright's test with a server of the test's own: for what the tests of the same worker would see, such as a second
 * organisation, with which the sign-in asks for one's own.
 */
export const testApart = base.extend<{ server: Server; baseURL: string }>({
  server: async ({}, use) => {
    const server = await startServer(people);
    await use(server);
    await server.stop();
  },
  baseURL: async ({ server }, use) => use(server.url),
});

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

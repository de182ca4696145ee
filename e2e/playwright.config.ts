import { defineConfig, type Project } from '@playwright/test';

// Debian's browser; nothing is downloaded. The background services are off: a test talks to its own server only.
const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** A demo takes long to begin: its pages are looked at once on each device, light on the one and dark on the other. */
const once = (skipped: boolean): RegExp[] => (skipped ? [/demo-pages\.spec\.ts$/] : []);

/**
 * Journeys run light, at both sizes; pictures and accessibility (`*pages.spec.ts`) and keys run in the dark scheme as
 * well.
 */
const projects: Project[] = (['desktop', 'phone'] as const).flatMap((name) => [
  { name, testIgnore: once(name === 'phone'), use: { viewport: sizes[name], hasTouch: name === 'phone', colorScheme: 'light' as const } },
  {
    name: `${name}-dark`,
    testMatch: /(pages|keys)\.spec\.ts$/,
    testIgnore: once(name === 'desktop'),
    use: { viewport: sizes[name], hasTouch: name === 'phone', colorScheme: 'dark' as const },
  },
]);

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  workers: 2,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  // A machine with other work on it is slow, and nothing is wrong: only what never comes is a failure.
  timeout: 240_000,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions,
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects,
});

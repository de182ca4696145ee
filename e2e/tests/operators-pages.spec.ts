// The console of operators, from the invitation of the command line on.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { axe } from '../support/axe';
import { expect, testApart as test } from '../support/fixtures';
import { chooseApp, saveCodes } from '../support/journey';
import { BINARY } from '../support/server';
import { shot } from '../support/shot';

const run = promisify(execFile);

test('an operator looks after organisations and the server', async ({ page, server }) => {
  test.slow();
  const csp: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && csp.push(message.text()));
  const look = async (name: string) => {
    await axe(page);
    await shot(page, name);
  };
  const { stdout } = await run(BINARY, ['admin', 'create-operator', '--data', server.data, '--username', 'ona', '--email', 'ona@ops.example'], {
    env: { ...process.env, TWINLOCK_SERVER__PUBLIC_URL: server.url },
  });
  const link = stdout.match(/https?:\/\/\S+/)![0];
  await page.goto(new URL(link).pathname);
  await page.getByLabel('Password', { exact: true }).fill('seven blue doors in autumn');
  await page.getByRole('button', { name: 'Create my account' }).click();
  await chooseApp(page, server);
  await saveCodes(page);

  await page.goto('/console');
  await expect(page.getByRole('link', { name: 'Mail queue' })).toBeVisible();
  await look('operators-home');
  await page.goto('/console/organisations');
  await look('organisations');
  await page.getByRole('link', { name: 'Make an organisation' }).click();
  await page.getByRole('button', { name: 'Make and invite' }).click();
  await expect(page.getByText('Type an id.')).toBeVisible();
  await look('organisation-new');
  await page.getByLabel('Id', { exact: true }).fill('acme');
  await page.getByLabel('Name', { exact: true }).fill('Acme & Sons');
  await page.getByLabel('User name').fill('owner');
  await page.getByLabel('Email address').fill('owner@acme.example');
  await page.getByRole('button', { name: 'Make and invite' }).click();
  await expect(page.getByText('The organisation is made.')).toBeVisible();
  await look('organisation');

  await page.getByRole('link', { name: 'Delete organisation' }).click();
  await expect(page.getByRole('dialog')).toContainText('goes for good');
  await look('organisation-delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('It is to be deleted.')).toBeVisible();
  await look('organisation-leaving');
  await page.getByRole('link', { name: 'Restore it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByText('It stays.')).toBeVisible();
  await page.getByRole('link', { name: 'Resume', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('Not suspended any more.')).toBeVisible();

  await page.goto('/console/server');
  await expect(page.getByRole('heading', { name: 'Health' })).toBeVisible();
  await look('server');
  expect(csp).toEqual([]);
});

// The helpers that the journeys lean on, checked against published values and independent tools.
import { expect, test } from '@playwright/test';
import qrcode from 'qrcode-generator';
import { axe } from '../support/axe';
import { linksIn, parseMail } from '../support/mail';
import { readQr, secretOf } from '../support/qr';
import { bootstrapToml } from '../support/server';
import { Authenticator, totp } from '../support/totp';

const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

/** A strict policy like the server's own: the helpers must work under it. */
const CSP = "default-src 'none'; img-src data:; style-src 'self'";

test('totp gives the values of RFC 6238 appendix B', () => {
  const table: [number, string][] = [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ];
  for (const [seconds, code] of table) expect(totp(RFC_SECRET, seconds * 1000, 8)).toBe(code);
});

test('an authenticator follows the clock, and knows wrong codes', async () => {
  let seconds = 1111111109;
  const clock = { now: () => seconds * 1000, advance: async (by: number) => void (seconds += by) };
  const app = new Authenticator(RFC_SECRET, clock);
  expect(app.code()).toBe('081804');
  expect(await app.next()).toBe('050471');
  expect(app.wrong()).not.toBe('050471');
});

test('a QR code is read off a screenshot', async ({ page }) => {
  const address = `otpauth://totp/Demo%20organisation:maria?secret=${RFC_SECRET}&issuer=Demo%20organisation`;
  const code = qrcode(0, 'M');
  code.addData(address);
  code.make();
  await page.setContent(`<h1>Scan this</h1>${code.createImgTag(4, 16)}`);
  expect(await readQr(page)).toBe(address);
  expect(secretOf(await readQr(page.locator('img')))).toBe(RFC_SECRET);
});

test('a mail is read as a mail program shows it', () => {
  const raw = [
    'To: Maria <maria@demo.example>',
    'Subject: =?utf-8?b?TmV3IGtleSDwn5SR?=',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Open http://localhost/reset?t=3Dabc=',
    'def =E2=9C=93',
  ].join('\r\n');
  const mail = parseMail(raw);
  expect(mail.subject).toBe('New key 🔑');
  expect(mail.to).toContain('maria@demo.example');
  expect(mail.text).toBe('Open http://localhost/reset?t=abcdef ✓');
});

test('both parts of a mail are read, and the addresses in them', () => {
  const part = (kind: string, body: string) =>
    `--b1\r\nContent-Type: ${kind}; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${body}\r\n`;
  const raw = [
    'From: Demo organisation <twinlock@localhost>',
    'Content-Type: multipart/alternative;',
    ' boundary="b1"',
    '',
    part('text/plain', 'Open\r\nhttp://localhost/a') +
      part('text/html', '<a href="http://localhost/a?b=1&amp;c=2">Open</a>') +
      '--b1--',
    '',
  ].join('\r\n');
  const mail = parseMail(raw);
  expect(mail.from).toBe('Demo organisation <twinlock@localhost>');
  expect(mail.text).toBe('Open\nhttp://localhost/a\n');
  expect(mail.html).toContain('Open</a>');
  expect(linksIn(mail)).toEqual(['http://localhost/a?b=1&c=2', 'http://localhost/a']);
});

test('the bootstrap file quotes what it writes', () => {
  const toml = bootstrapToml([{ username: 'maria', email: 'm@demo.example', password: 'a "b" \\c', role: 'owner' }]);
  expect(toml).toContain('password = "a \\"b\\" \\\\c"');
});

test('axe finds a serious fault, and passes a clean page, under a strict policy', async ({ page }) => {
  const html = (body: string) => `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>${body}</main></html>`;
  const pages: Record<string, string> = {
    '/clean': html('<label>Name <input></label>'),
    '/faulty': html('<input>'),
  };
  await page.route('http://localhost:9/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': CSP },
      body: pages[new URL(route.request().url()).pathname],
    }),
  );
  await page.goto('http://localhost:9/clean');
  await axe(page);
  await page.goto('http://localhost:9/faulty');
  await expect(axe(page)).rejects.toThrow(/label/);
});

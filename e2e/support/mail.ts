import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@playwright/test';

/** One mail that the server wrote instead of sending it. */
export interface Mail {
  to: string;
  subject: string;
  /** The text part, decoded. */
  text: string;
}

function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function decodeBody(body: string, encoding: string): string {
  if (/quoted-printable/i.test(encoding)) return decodeQuotedPrintable(body);
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString('utf8');
  return Buffer.from(body, 'latin1').toString('utf8');
}

function decodeWord(value: string): string {
  return value.replace(/=\?utf-8\?([bq])\?([^?]*)\?=(\s+(?==\?))?/gi, (_, kind: string, text: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(text, 'base64').toString('utf8')
      : decodeQuotedPrintable(text.replace(/_/g, ' ')),
  );
}

function split(part: string): { header: (name: string) => string; body: string } {
  const end = part.search(/\r?\n\r?\n/);
  const head = part.slice(0, end).replace(/\r?\n[ \t]+/g, ' ');
  const header = (name: string) => decodeWord(head.match(new RegExp(`^${name}:[ ]*(.*)$`, 'im'))?.[1]?.trim() ?? '');
  return { header, body: part.slice(end).replace(/^\r?\n\r?\n/, '') };
}

/** Reads what a mail program would show of an `.eml` file: the first text part. */
export function parseMail(raw: string): Mail {
  const { header, body } = split(raw);
  const boundary = header('Content-Type').match(/boundary="?([^";]+)"?/i)?.[1];
  const part = boundary ? split(body.split(`--${boundary}`)[1]!.replace(/^\r?\n/, '')) : { header, body };
  return {
    to: header('To'),
    subject: header('Subject'),
    text: decodeBody(part.body, part.header('Content-Transfer-Encoding')).replace(/\r\n/g, '\n'),
  };
}

/** All mails in a folder, in the order of their file names. */
export async function mails(directory: string): Promise<Mail[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(names.map(async (name) => parseMail(await readFile(path.join(directory, name), 'latin1'))));
}

/** Waits until a mail for this address with such a subject is there; delivery runs behind the request. */
export async function mailFor(directory: string, to: string, subject: RegExp): Promise<Mail> {
  let found: Mail | undefined;
  await expect(async () => {
    const all = await mails(directory);
    found = all.reverse().find((mail) => mail.to.includes(to) && subject.test(mail.subject));
    expect(found, `a mail to ${to} about ${subject}; there are: ${all.map((m) => m.subject).join(', ')}`).toBeDefined();
  }).toPass({ timeout: 15_000 });
  return found!;
}

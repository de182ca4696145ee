import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@playwright/test';

/** One mail that the server sent, or wrote instead of sending it. */
export interface Mail {
  from: string;
  to: string;
  subject: string;
  /** The text part, decoded. */
  text: string;
  /** The HTML part, decoded; empty where there is none. */
  html: string;
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

/** Reads what a mail program would show of an `.eml` file: the parts in text and in HTML. */
export function parseMail(raw: string): Mail {
  const { header, body } = split(raw);
  const boundary = header('Content-Type').match(/boundary="?([^";]+)"?/i)?.[1];
  const parts = boundary
    ? body.split(`--${boundary}`).slice(1, -1).map((part) => split(part.replace(/^\r?\n/, '')))
    : [{ header, body }];
  const decoded = (kind: RegExp) => {
    const part = parts.find((each) => kind.test(each.header('Content-Type')));
    return part ? decodeBody(part.body, part.header('Content-Transfer-Encoding')).replace(/\r\n/g, '\n') : '';
  };
  return {
    from: header('From'),
    to: header('To'),
    subject: header('Subject'),
    text: decoded(/^text\/plain/i),
    html: decoded(/^text\/html/i),
  };
}

/** The addresses in a mail's two parts. */
export function linksIn(mail: Mail): string[] {
  const hrefs = [...mail.html.matchAll(/(?:href|src)="([^"]+)"/g)].map((found) => found[1]!.replace(/&amp;|&#38;/g, '&'));
  return [...new Set([...hrefs, ...(mail.text.match(/https?:\/\/[^\s<>]+/g) ?? [])])];
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
  }).toPass({ timeout: 45_000 });
  return found!;
}

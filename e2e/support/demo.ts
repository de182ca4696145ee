import { spawn } from 'node:child_process';
import { end, whenListening, written } from './child';
import { BINARY } from './server';

/** Somebody of a demo: where they sign in, and with what. */
export interface DemoPerson {
  login: string;
  password: string;
  secret?: string;
}

/** A running `twinlock demo`, on a free port. */
export interface Demo {
  /** Where pages are: `http://localhost:PORT`. */
  url: string;
  /** Somebody whose account it printed. */
  person: (username: string) => DemoPerson;
  stop: () => Promise<void>;
}

const secretOf = (text: string) => (text === '(none)' ? undefined : text);

export async function startDemo(): Promise<Demo> {
  const child = spawn(BINARY, ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = written(child);
  const port = await whenListening(BINARY, child, log, /listening on http:\/\/127\.0\.0\.1:(\d+)/);
  const person = (username: string): DemoPerson => {
    const row = new RegExp(`^  ${username} +\\w+ +(\\S+) +(\\S+)$`, 'm').exec(log());
    if (row) return { login: '/login', password: row[1]!, secret: secretOf(row[2]!) };
    const further = new RegExp(`^  ${username} \\(.*\\n +\\S+?(/t/\\w+/login) password (\\S+) secret (\\S+)$`, 'm').exec(log());
    if (!further) throw new Error(`the demo has no ${username}: ${log()}`);
    return { login: further[1]!, password: further[2]!, secret: secretOf(further[3]!) };
  };
  return { url: `http://localhost:${port}`, person, stop: () => end(child) };
}

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { end, whenListening, written } from './child';

/** A person of the bootstrap file. */
export interface Person {
  username: string;
  email: string;
  password: string;
  role: 'owner' | 'admin' | 'helpdesk' | 'member';
}

/** A running server of this worker's own, on a free port, with a data folder that is thrown away. */
export interface Server {
  /** Where pages are: `http://localhost:PORT`. */
  url: string;
  /** Its data folder. */
  data: string;
  /** Where its mails end up. */
  outbox: string;
  /** Everything it wrote so far. */
  log: () => string;
  /** Moves the server's wall clock on. Its monotonic clock stays: nothing about security may depend on it. */
  advance: (seconds: number) => Promise<void>;
  /** What the server's wall clock shows, in milliseconds. */
  now: () => number;
  stop: () => Promise<void>;
}

export const BINARY = process.env.TWINLOCK_BIN ?? fileURLToPath(new URL('../../target/debug/twinlock', import.meta.url));
// Debian's libfaketime: the server is a dynamically linked binary, so its wall clock can be moved.
const FAKETIME = process.env.FAKETIME_LIB ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** The bootstrap file of one tenant `demo`. */
export function bootstrapToml(people: Person[]): string {
  const users = people.map((person) =>
    ['[[tenant.user]]', ...Object.entries(person).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join('\n'),
  );
  return ['[[tenant]]\nid = "demo"\nname = "Demo organisation"', ...users].join('\n\n') + '\n';
}

/**
 * Starts `twinlock serve` over an empty data folder with these people in tenant `demo`, and with settings as
 * environment variables (`TWINLOCK_MAIL__SMTP_URL`).
 */
export async function startServer(people: Person[], settings: Record<string, string> = {}): Promise<Server> {
  const home = await mkdtemp(path.join(tmpdir(), 'twinlock-e2e-'));
  const data = path.join(home, 'data');
  const bootstrap = path.join(home, 'bootstrap.toml');
  await writeFile(bootstrap, bootstrapToml(people), { mode: 0o600 });

  const args = ['serve', '--bootstrap', bootstrap, '--data', data, '--listen', '127.0.0.1:0'];
  const clock = path.join(home, 'clock');
  let ahead = 0;
  const setClock = () => writeFile(clock, `+${ahead}\n`);
  await setClock();
  const env = {
    ...process.env,
    ...settings,
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const child = spawn(BINARY, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = written(child);
  const stop = async () => {
    await end(child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    const port = await whenListening(BINARY, child, log, /listening on http:\/\/127\.0\.0\.1:(\d+)/);
    return {
      url: `http://localhost:${port}`,
      data,
      outbox: path.join(data, 'outbox'),
      log,
      advance: async (seconds) => {
        ahead += seconds;
        await setClock();
      },
      now: () => Date.now() + ahead * 1000,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

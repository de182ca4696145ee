import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

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

const BINARY = process.env.TWINLOCK_BIN ?? fileURLToPath(new URL('../../target/debug/twinlock', import.meta.url));
// Debian's libfaketime: the server is a dynamically linked binary, so its wall clock can be moved.
const FAKETIME = process.env.FAKETIME_LIB ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const START_MS = 30_000;
const STOP_MS = 12_000;

/** The bootstrap file of one tenant `demo`. */
export function bootstrapToml(people: Person[]): string {
  const users = people.map((person) =>
    ['[[tenant.user]]', ...Object.entries(person).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join('\n'),
  );
  return ['[[tenant]]\nid = "demo"\nname = "Demo organisation"', ...users].join('\n\n') + '\n';
}

function whenListening(child: ChildProcess, log: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${BINARY}: ${why}\n${log()}`));
    const timer = setTimeout(() => fail(`not listening after ${START_MS} ms`), START_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stdout!.on('data', () => {
      const port = log().match(/listening on http:\/\/127\.0\.0\.1:(\d+)/)?.[1];
      if (!port) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

async function stop(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
  await rm(data, { recursive: true, force: true });
}

/** Starts `twinlock serve` over an empty data folder with these people in tenant `demo`. */
export async function startServer(people: Person[]): Promise<Server> {
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
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const child = spawn(BINARY, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  const log = () => written;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  try {
    const port = await whenListening(child, log);
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
      stop: () => stop(child, home),
    };
  } catch (error) {
    await stop(child, home);
    throw error;
  }
}

import type { ChildProcess } from 'node:child_process';

const START_MS = 180_000;
const STOP_MS = 12_000;

/** Everything a process writes, as it comes. */
export function written(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

/** Waits for the line `listening on …` of a server, and answers what `address` finds in it. */
export function whenListening(name: string, child: ChildProcess, log: () => string, address: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name}: ${why}\n${log()}`));
    const timer = setTimeout(() => fail(`not listening after ${START_MS} ms`), START_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stdout!.on('data', () => {
      const found = log().match(address)?.[1];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

/** Asks a process to end, and makes it end when it takes too long. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

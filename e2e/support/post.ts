import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { end, whenListening, written } from './child';

/** A post office: a real SMTP server that keeps what it is given as files. */
export interface Post {
  /** For `mail.smtp_url`. */
  url: string;
  /** Where the mails are, one `.eml` file each. */
  inbox: string;
  stop: () => Promise<void>;
}

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
// The tools that `scripts/test tools` installs.
const PYTHON = process.env.TWINLOCK_PYTHON ?? here('../../target/venv/bin/python');

/** Starts aiosmtpd on a free port. */
export async function startPost(): Promise<Post> {
  const inbox = await mkdtemp(path.join(tmpdir(), 'twinlock-post-'));
  const child = spawn(PYTHON, [here('smtp_server.py'), inbox], { stdio: ['pipe', 'pipe', 'pipe'] });
  const log = written(child);
  const stop = async () => {
    await end(child);
    await rm(inbox, { recursive: true, force: true });
  };
  try {
    const url = await whenListening('the SMTP server', child, log, /listening on (smtp:\S+:\d+)/);
    return { url, inbox, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

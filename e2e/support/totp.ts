import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(text: string): Buffer {
  let bits = '';
  for (const letter of text.replace(/[\s=]/g, '').toUpperCase()) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new Error(`not base32: ${letter}`);
    bits += value.toString(2).padStart(5, '0');
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The time step of 30 seconds that a moment (milliseconds) lies in. */
export function step(at: number): number {
  return Math.floor(at / 30_000);
}

/** The code of RFC 6238 (SHA-1, 30 seconds) for a base32 secret at a moment in milliseconds. */
export function totp(secret: string, at: number, digits = 6): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step(at)));
  const mac = createHmac('sha1', base32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[mac.length - 1]! & 15) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * An authenticator app: it hands out each time step's code once, as a server accepts it once. When the
 * current step is used up it goes on to the next one, which the server accepts early (one step either side).
 */
export class Authenticator {
  private last = 0;

  constructor(readonly secret: string) {}

  /** A code that was not handed out before. */
  code(): string {
    const now = step(Date.now());
    this.last = Math.max(now, this.last + 1);
    if (this.last > now + 1) throw new Error('this journey wants codes faster than time passes');
    return totp(this.secret, this.last * 30_000);
  }

  /** Six digits that are no code of any step the server could accept. */
  wrong(): string {
    const now = Date.now();
    const near = new Set(Array.from({ length: 61 }, (_, i) => totp(this.secret, now + (i - 30) * 30_000)));
    for (let guess = 123_456; ; guess += 1) if (!near.has(String(guess))) return String(guess);
  }
}

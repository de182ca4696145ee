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

/** The clock of the server, which a journey moves instead of waiting. */
export interface Clock {
  advance: (seconds: number) => Promise<void>;
  now: () => number;
}

/** An authenticator app on a phone whose clock agrees with the server's. */
export class Authenticator {
  constructor(
    readonly secret: string,
    private readonly clock: Clock,
  ) {}

  /** The code shown now. */
  code(): string {
    return totp(this.secret, this.clock.now());
  }

  /** The code of the next time step: time moves on to it. */
  async next(): Promise<string> {
    await this.clock.advance(30);
    return this.code();
  }

  /** Six digits that are no code of any step around now. */
  wrong(): string {
    const now = this.clock.now();
    const near = new Set(Array.from({ length: 61 }, (_, i) => totp(this.secret, now + (i - 30) * 30_000)));
    for (let guess = 123_456; ; guess += 1) if (!near.has(String(guess))) return String(guess);
  }
}

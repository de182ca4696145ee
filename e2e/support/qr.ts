import type { Locator, Page } from '@playwright/test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** The text of the QR code that a person's camera would see in a screenshot of the page or a part of it. */
export async function readQr(seen: Page | Locator): Promise<string> {
  const { data, width, height } = PNG.sync.read(await ('goto' in seen ? seen.screenshot({ fullPage: true }) : seen.screenshot()));
  const found = jsQR(new Uint8ClampedArray(data), width, height);
  if (!found) throw new Error('no QR code can be read off the screenshot');
  return found.data;
}

/** The secret of an `otpauth://` address. */
export function secretOf(otpauth: string): string {
  const secret = new URL(otpauth).searchParams.get('secret');
  if (!secret) throw new Error(`no secret in ${otpauth}`);
  return secret;
}

import { test, type Page } from '@playwright/test';
import path from 'node:path';

/** Keeps a picture of the whole page in `output/PROJECT/NAME.png`. */
export async function shot(page: Page, name: string): Promise<void> {
  const file = path.join('output', test.info().project.name, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
}

import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Asserts that axe-core finds nothing serious or critical on the page. */
export async function axe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations
    .filter((found) => found.impact === 'serious' || found.impact === 'critical')
    .map((found) => `${found.id}: ${found.help}\n${found.nodes.map((node) => `    ${node.html}`).join('\n')}`);
  expect(bad.join('\n'), `accessibility of ${page.url()}`).toBe('');
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** Compares with a file kept in the repository; `UPDATE_GOLDEN=1` writes it. A missing golden is a failure. */
export function expectGolden(text: string, url: URL): void {
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(url.pathname), { recursive: true });
    writeFileSync(url, text);
    return;
  }
  if (!existsSync(url))
    throw new Error(`there is no golden ${url.pathname.split('/test/')[1]}; write it with UPDATE_GOLDEN=1`);
  expect(text).toBe(readFileSync(url, 'utf8'));
}

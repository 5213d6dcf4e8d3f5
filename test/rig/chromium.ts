import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';

type Options = Exclude<Parameters<typeof chromium.launchPersistentContext>[1], undefined>;

/** Runs `use` with a fresh headless Chromium that is off line. */
export async function withChromium(
  use: (context: BrowserContext) => Promise<void>,
  options: Options = {},
): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'trace-build-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    offline: true,
    ...options,
  });
  try {
    await use(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

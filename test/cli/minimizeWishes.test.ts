import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { USUAL_MINIMIZE } from '../../src/commands/minimizeDefaults.ts';
import type { MinimizeFlags } from '../../src/commands/minimizeFlags.ts';
import { wishesOf } from '../../src/commands/minimizeOptions.ts';
import type { Place } from '../../src/commands/place.ts';
import type { Io } from '../../src/commands/ports.ts';
import { openMounts } from '../../src/io/images/mounts.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a resumed session must share, for a container with the folder mounted. */
async function fingerprintOf(job: Partial<Place['job']>): Promise<string> {
  const mounts = await openMounts([`${folder}:/src`], [], folder);
  if (!mounts.ok) throw new Error(mounts.failure.what);
  const place = {
    engine: { name: 'docker' },
    engineVersion: '1',
    host: { identity: {} },
    job: { cwd: '', env: {}, ...job },
  };
  try {
    const wishes = await wishesOf(
      ['make'],
      place as unknown as Place,
      { sites: [], mounts: mounts.value.copied } as unknown as Parameters<typeof wishesOf>[2],
      USUAL_MINIMIZE as unknown as MinimizeFlags,
      new AbortController().signal,
      () => {},
      { cwd: folder } as Io,
    );
    return wishes.fingerprint;
  } finally {
    await mounts.value.close();
  }
}

it('a resumed session has the same environment, working folder and mounted files', async () => {
  writeFileSync(join(folder, 'source'), 'one');
  const first = await fingerprintOf({ env: { LEVEL: '1', SSH_TTY: '/dev/pts/1' } });
  expect(await fingerprintOf({ env: { SSH_TTY: '/dev/pts/2', LEVEL: '1' } })).toBe(first);
  expect(await fingerprintOf({ env: { LEVEL: '2' } })).not.toBe(first);
  expect(await fingerprintOf({ env: { LEVEL: '1' }, cwd: '/src' })).not.toBe(first);
  writeFileSync(join(folder, 'source'), 'two');
  expect(await fingerprintOf({ env: { LEVEL: '1' } })).not.toBe(first);
});

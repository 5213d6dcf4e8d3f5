import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHost } from '../../../src/io/machine/hosts.ts';
import { installedHost } from '../../../src/io/machine/installedHost.ts';

let folder: string;
const { PATH } = process.env;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  process.env.PATH = `${folder}:${PATH}`;
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true, force: true });
});

/** A client that only tells a version: the engines of other days can't all be installed. */
function install(program: string, version: string): void {
  const path = join(folder, program);
  writeFileSync(path, `#!/bin/sh\necho '${version}'\n`);
  chmodSync(path, 0o755);
}

test.each([
  ['docker', 'bubblewrap', '20.10.24+dfsg1', 'docker@20.10.24', '20.10.24', false],
  ['docker', 'docker', '29.8.0', 'docker@29.8.0', '29.7.2', true],
  ['docker', 'bubblewrap', '35.2.0-rc.1', 'docker@35.2.0-rc.1', '29.7.2', true],
  // moby's own builds and one from before the tables.
  ['docker', 'bubblewrap', '0.0.0-20261020112233-abcdef', 'docker', '29.7.2', true],
  ['docker', 'bubblewrap', '1.6.2', 'docker', '29.7.2', true],
  ['podman', 'podman', '5.8.3', 'podman@5.8.3', '5.8.2', true],
] as const)(
  '%s (engine %s) of version %s is %s',
  async (program, engine, said, expression, version, standsIn) => {
    install(program, said);
    const found = await installedHost(engine);
    expect(found.expression).toBe(expression);
    // A version that the expression leaves out is named there.
    expect(found.why.includes(said.replace(/-.*/, ''))).toBe(found.expression === program);
    const opened = await openHost(found.expression);
    if (!opened.ok) throw new Error(opened.failure.what);
    expect(opened.value.identity.version).toBe(version);
    expect(opened.value.identity.assumed.includes('version')).toBe(standsIn);
  },
);

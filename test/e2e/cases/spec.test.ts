import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replaySchema } from '../../../src/core/documents/replay.ts';
import { callerFallsBack, fallbacksOf } from '../../../src/core/linux/callers.ts';
import { syscallNames } from '../../../src/core/linux/numbers.ts';
import { CasePage } from '../../rig/casePage.ts';
import { cli } from '../../rig/cli.ts';

describe('docs/cases/eperm-or-enosys.md', () => {
  const page = new CasePage('eperm-or-enosys');
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-spec-'));
  beforeAll(() => page.prepare(folder));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('prints the tables of the page', () => {
    const [example, ...more] = page.examples;
    expect(more).toEqual([]);
    const before = example!.output;
    const { text } = page.run(example!, { cwd: folder });
    if (process.env.UPDATE_CASES !== '1') expect(text).toBe(before);
  });

  async function breaking(...hosts: readonly string[]): Promise<readonly (readonly string[])[]> {
    const ran = await cli(
      ['replay', 'traces', '--by-trace', '--json', ...hosts.flatMap((host) => ['--against', host])],
      { cwd: folder },
    );
    const { byTrace = [] } = replaySchema.parse(JSON.parse(ran.stdout));
    return hosts.map((_, at) =>
      byTrace
        .filter(({ blocked }) => blocked[at]!.some(({ consequence }) => consequence.effect === 'breaks'))
        .map(({ file }) => file.replace(/^traces\/|\.strace\.gz$/g, ''))
        .sort(),
    );
  }

  it('holds what the page concludes', async () => {
    const with233 = (host: string) => `${host},libseccomp=2.3.3`;
    const [today, proposal, enosys, power, proposed] = await breaking(
      with233('docker@24.0.9'),
      with233('spec-proposal,engine=docker@24.0.9'),
      with233('profile:enosys.json,engine=docker@24.0.9'),
      `${with233('docker@24.0.9')},arch=ppc64le`,
      `${with233('spec-proposal,engine=docker@24.0.9')},arch=ppc64le`,
    );
    // A name that the library does not know gives ENOSYS, however old it is: nobody breaks who does not today.
    expect(proposal!.filter((name) => !today!.includes(name))).toEqual([]);
    // Nobody in the folder depends on EPERM.
    expect(enosys!.filter((name) => !today!.includes(name))).toEqual([]);
    // No stub on ppc64le.
    expect(power).toEqual(expect.arrayContaining(['coreutils-sid', 'make', 'tar-sid']));
    expect(proposed!.filter((name) => ['coreutils-sid', 'make', 'tar-sid'].includes(name))).toEqual([]);
  });

  it('knows nobody who takes another way on EPERM alone', () => {
    const alone = syscallNames().flatMap((name) =>
      fallbacksOf(name)
        .filter((caller) => callerFallsBack(caller, 'EPERM') && !callerFallsBack(caller, 'ENOSYS'))
        .map(({ who }) => `${name}: ${who}`),
    );
    expect(alone).toEqual([]);
  });
});

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replaySchema } from '../../src/core/documents/replay.ts';
import { runSchema } from '../../src/core/documents/run.ts';
import { cli } from '../rig/cli.ts';
import { SID_ROOT, tarProject, ZigProject } from '../rig/components.ts';
import { needs } from '../rig/need.ts';

interface Expected {
  readonly status: number;
  /** What the filter or the kernel's age refuses: `syscall errno cause`. */
  readonly refused: readonly string[];
  readonly says?: string;
}

const RSEQ = 'rseq EPERM default';
const MODE = 'Cannot change mode to rwxr-xr-x: Operation not permitted';
const OPTIONS = 'unable to access options file';

/** The tar of Debian sid, and a small Zig build, as each host runs them. */
const MATRIX: Readonly<Record<string, { readonly tar: Expected; readonly zig: Expected }>> = {
  'docker@18.03': {
    tar: { status: 2, refused: ['fchmodat2 EPERM default', RSEQ], says: MODE },
    zig: { status: 2, refused: ['statx EPERM default'], says: 'Unexpected' },
  },
  'docker@19.03.8': {
    tar: { status: 2, refused: ['fchmodat2 EPERM default', RSEQ], says: MODE },
    zig: { status: 1, refused: ['faccessat2 EPERM default', RSEQ], says: OPTIONS },
  },
  'docker@20.10.5': {
    tar: { status: 0, refused: ['fchmodat2 ENOSYS stub'] },
    zig: { status: 0, refused: [] },
  },
  'docker@20.10.5,libseccomp=2.4.1': {
    tar: { status: 0, refused: ['faccessat2 ENOSYS stub', 'fchmodat2 ENOSYS stub'] },
    zig: { status: 1, refused: ['faccessat2 ENOSYS stub'], says: 'unexpected errno: 38' },
  },
  'docker@20.10.24': {
    tar: { status: 0, refused: ['fchmodat2 ENOSYS stub'] },
    zig: { status: 0, refused: [] },
  },
  'buildkit@0.12.3,arch=loong64': {
    tar: { status: 2, refused: ['fchmodat2 EPERM default'], says: MODE },
    zig: { status: 0, refused: [] },
  },
  'kernel@5.4': {
    tar: { status: 0, refused: ['faccessat2 ENOSYS kernel', 'fchmodat2 ENOSYS kernel'] },
    zig: { status: 1, refused: ['faccessat2 ENOSYS kernel'], says: 'unexpected errno: 38' },
  },
  'podman@3.0': {
    tar: { status: 2, refused: ['fchmodat2 EPERM default', RSEQ], says: MODE },
    zig: { status: 0, refused: [RSEQ] },
  },
  'spec-proposal': { tar: { status: 0, refused: [] }, zig: { status: 0, refused: [] } },
  unconfined: { tar: { status: 0, refused: [] }, zig: { status: 0, refused: [] } },
};

const ZIG = ['zig', 'build', '-Dtls-backend=wolfssl', '-Dtls-units=2'];

needs('linux', 'bwrap', 'strace', 'zig', 'sid-root').describe('the same builds on many hosts', () => {
  const zig = new ZigProject();
  const traces = mkdtempSync(join(tmpdir(), 'trace-build-matrix-'));
  let tar: string;
  beforeAll(async () => {
    await zig.warm();
    tar = await tarProject();
  });
  afterAll(() => {
    zig.remove();
    for (const folder of [traces, tar]) rmSync(folder, { recursive: true, force: true });
  });

  async function on(host: string, kind: 'tar' | 'zig', expected: Expected): Promise<void> {
    const cwd = kind === 'zig' ? zig.copy() : tar;
    const trace = join(traces, `${kind}-${host}.strace.gz`);
    const place = kind === 'zig' ? ['--timeout', '100'] : ['--rootfs', SID_ROOT];
    const command = kind === 'zig' ? ZIG : ['sh', 'build.sh'];
    const ran = await cli(['run', '--on', host, '--json', '-q', ...place, '-o', trace, '--', ...command], {
      cwd,
      env: zig.env,
    });
    const { exit, denials } = runSchema.parse(JSON.parse(ran.stdout));
    const refused = denials.filter(({ cause }) => cause !== 'genuine' && cause !== 'unknown');
    expect({
      status: exit.status,
      refused: refused.map(({ syscall, errno, cause }) => `${syscall} ${errno} ${cause}`).sort(),
    }).toEqual({ status: expected.status, refused: expected.refused });
    expect(ran.stderr).toContain(expected.says ?? '');
    // What breaks the build is named as what can break it.
    if (expected.status !== 0) expect(ran.status, ran.stdout).toBe(1);
    if (kind === 'zig') rmSync(cwd, { recursive: true });
  }

  for (const [host, { tar: ofTar, zig: ofZig }] of Object.entries(MATRIX)) {
    it(`tar on ${host}`, () => on(host, 'tar', ofTar));
    it(`zig on ${host}`, () => on(host, 'zig', ofZig));
  }

  it.each(['docker@18.03', 'docker@20.10.5,libseccomp=2.4.1', 'kernel@5.4'])(
    'builds without the C library on %s where it can',
    async (host) => {
      const cwd = zig.copy();
      const ran = await cli(
        ['run', '--on', host, '--json', '-q', '--timeout', '100', '--', 'zig', 'build', '-Dtls-backend=none'],
        { cwd, env: zig.env },
      );
      expect(runSchema.parse(JSON.parse(ran.stdout)).exit.status).toBe(host === 'docker@18.03' ? 2 : 0);
    },
  );

  // Runs after the others: their traces are what it judges.
  it('is foretold by replay of the traces without a filter', async () => {
    const free = readdirSync(traces).filter((name) => name.endsWith('unconfined.strace.gz'));
    expect(free).toHaveLength(2);
    for (const kind of ['tar', 'zig'] as const) {
      const hosts = Object.keys(MATRIX);
      const against = hosts.flatMap((host) => ['--against', host]);
      const ran = await cli(['replay', join(traces, `${kind}-unconfined.strace.gz`), '--json', ...against]);
      const judged = replaySchema.parse(JSON.parse(ran.stdout)).hosts;
      judged.forEach(({ blocked }, at) => {
        const { refused } = MATRIX[hosts[at]!]![kind];
        const foretold = blocked.map(({ syscall, errno, cause }) => `${syscall} ${errno} ${cause}`);
        // A build that stops early does not come to the rest; one that takes another way makes calls that were not made.
        const unseen = ['faccessat2 ENOSYS stub', 'faccessat2 ENOSYS kernel'];
        const missed = refused.filter((one) => !foretold.includes(one));
        expect(
          missed.filter((one) => kind !== 'tar' || !unseen.includes(one)),
          hosts[at]!,
        ).toEqual([]);
      });
    }
  });
});

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { fail } from '../../src/core/failure.ts';
import { compareFilters } from '../../src/core/hosts/compareFilter.ts';
import { resolveHost } from '../../src/core/hosts/resolve/resolve.ts';
import { sandboxTable } from '../../src/core/hosts/sandboxTable.ts';
import { encodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { readStraceFilters } from '../../src/core/seccomp/filter/strace.ts';
import { runningMachine } from '../../src/io/machine/machine.ts';
import { needs } from '../rig/need.ts';

const { describe, test } = needs('root', 'strace', 'busybox', 'systemd-nspawn', 'dpkg-query');

describe('the filters that systemd-nspawn loads', () => {
  let folder: string;
  let root: string;
  const version = /^systemd (\d+)/.exec(
    spawnSync('systemd-nspawn', ['--version'], { encoding: 'utf8' }).stdout,
  )?.[1];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own format
  const library = spawnSync('dpkg-query', ['-W', '-f', '${Version}', 'libseccomp2'], {
    encoding: 'utf8',
  }).stdout;

  // A container needs no more than a directory that looks like an operating system.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    root = join(folder, 'root');
    for (const path of ['bin', 'etc', 'usr/lib']) mkdirSync(join(root, path), { recursive: true });
    copyFileSync(
      spawnSync('which', ['busybox'], { encoding: 'utf8' }).stdout.trim(),
      join(root, 'bin/busybox'),
    );
    writeFileSync(join(root, 'etc/os-release'), 'ID=none\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.runIf(version !== undefined && sandboxTable().systemd[version]).each([
    ['', []],
    [
      ',cap=SYS_TIME+SYSLOG+-SYS_PTRACE',
      ['--capability=CAP_SYS_TIME,CAP_SYSLOG', '--drop-capability=CAP_SYS_PTRACE'],
    ],
  ])('are what the model says, call for call (%s)', async (refinement, options) => {
    const trace = join(folder, 'trace');
    const ran = spawnSync(
      'strace',
      [
        '-f',
        '-v',
        '-s',
        '1000000',
        '-e',
        'trace=seccomp',
        '-o',
        trace,
        'systemd-nspawn',
        '--quiet',
        '--register=no',
        '--keep-unit',
        ...options,
        '-D',
        root,
        '/bin/busybox',
        'true',
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    expect([ran.status, ran.stderr]).toEqual([0, expect.any(String)]);
    const machine = runningMachine();
    if (!machine.ok) throw new Error(machine.failure.what);
    const host = await resolveHost(`systemd-nspawn@${version},libseccomp=${library}${refinement}`, {
      running: { kernel: machine.value.release, arch: machine.value.arch },
      loadProfile: async () => fail('input', 'no profile here'),
    });
    if (!host.ok) throw new Error(host.failure.what);
    const loaded = readStraceFilters(readFileSync(trace, 'utf8'));
    if (!loaded.ok) throw new Error(loaded.failure.what);
    expect(loaded.value.length).toBeGreaterThan(1);
    const filters = loaded.value.map(({ program }) => encodeProgram(program));
    const compared = compareFilters(filters, host.value.policy!);
    expect(compared).toMatchObject({ ok: true, value: { differences: [] } });
    expect(compared.ok && compared.value.calls).toBeGreaterThan(1000);
  });
});

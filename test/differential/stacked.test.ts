import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fail } from '../../src/core/failure.ts';
import type { HostModel } from '../../src/core/hosts/host.ts';
import { resolveHost } from '../../src/core/hosts/resolve/resolve.ts';
import { syscallNumber } from '../../src/core/linux/numbers.ts';
import { compile } from '../../src/core/seccomp/filter/compile.ts';
import { encodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { runningMachine } from '../../src/io/machine/machine.ts';
import { needs } from '../rig/need.ts';

// Two filters really loaded, one on top of the other, against what the model of the stack says.

const PROGRAM = `
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    long nr, a0 = -1, a1 = -1;
    sscanf(argv[i], "%ld,%ld,%ld", &nr, &a0, &a1);
    errno = 0;
    syscall(nr, a0, a1, -1, -1, -1, -1);
    printf("%d\\n", errno);
  }
  return 0;
}
`;

/** Calls that fail at once with these arguments where no filter refuses them, each with an errno that no filter here returns. */
const CALLS: readonly (readonly [name: string, ...args: number[]])[] = [
  ['connect', -1, -1],
  ['bind', -1, -1],
  ['socket', 1, -1],
  ['socket', 40, -1],
  ['clone3', 0, 0],
  ['fchmodat2', -1, -1],
  ['keyctl', -1, -1],
  ['setns', -1, -1],
  ['mseal', 1, -1],
  ['personality', 8, -1],
  ['getsockname', -1, -1],
];

needs('bwrap', 'cc').describe('filters on top of each other', () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    writeFileSync(join(folder, 'calls.c'), PROGRAM);
    program = join(folder, 'calls');
    execFileSync('cc', ['-o', program, join(folder, 'calls.c')]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function open(expression: string): Promise<HostModel> {
    const machine = runningMachine();
    if (!machine.ok) throw new Error(machine.failure.what);
    const host = await resolveHost(expression, {
      running: { kernel: machine.value.release, arch: machine.value.arch },
      loadProfile: async () => fail('input', 'no profile here'),
    });
    if (!host.ok) throw new Error(host.failure.what);
    return host.value;
  }

  function bytesOf({ policy }: HostModel): Uint8Array {
    const compiled = compile(policy!);
    if (!compiled.ok) throw new Error(compiled.failure.what);
    return encodeProgram(compiled.value);
  }

  test.each([
    ['docker@20.10.5,libseccomp=2.5.1', 'flatpak@1.14.4'],
    ['flatpak@1.14.4', 'docker@20.10.5,libseccomp=2.5.1'],
    ['docker@29.7.2', 'codex'],
    ['codex', 'flatpak@1.14.4'],
    ['docker@20.10.5', 'sandbox-runtime'],
  ])('%s, then %s', async (outer, inner) => {
    const layers = [await open(outer), await open(inner)];
    const stack = await open(`${outer}+${inner}`);
    const { arch } = stack.identity;
    const load = (hosts: readonly HostModel[]): readonly string[] => {
      hosts.forEach((host, i) => {
        writeFileSync(join(folder, `${i}.bpf`), bytesOf(host));
      });
      const fds = hosts.map((_, i) => `${i + 5}<${join(folder, `${i}.bpf`)}`).join(' ');
      const options = hosts.map((_, i) => `--add-seccomp-fd ${i + 5}`).join(' ');
      const calls = CALLS.map(([name, ...args]) => [syscallNumber(name, arch), ...args].join(','));
      const ran = spawnSync(
        'sh',
        ['-c', `exec bwrap --dev-bind / / ${options} "$@" ${fds}`, 'sh', program, ...calls],
        { encoding: 'utf8' },
      );
      if (ran.status !== 0) throw new Error(ran.stderr);
      return ran.stdout.trim().split('\n');
    };
    const bare = load([]);
    const real = load(layers);
    const expected = CALLS.map(([name, ...args], i) => {
      const call = {
        abi: arch,
        nr: syscallNumber(name, arch)!,
        name,
        args: args.map((arg) => BigInt.asUintN(64, BigInt(arg))),
      };
      const { action } = stack.answer(call);
      return action.kind === 'errno' ? String(action.value) : bare[i];
    });
    expect(real).toEqual(expected);
    // The one policy that stands for both, as it is loaded for --on.
    expect(load([stack])).toEqual(expected);
  });
});

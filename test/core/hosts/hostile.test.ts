import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainSyscall } from '../../../src/core/diagnosis/explain/syscall.ts';
import { ok } from '../../../src/core/failure.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { ABIS } from '../../../src/core/linux/abi.ts';
import { bugLinks, callerClaims, fallsBackOn } from '../../../src/core/linux/callers.ts';
import { hostTitle } from '../../../src/core/linux/hostTitle.ts';
import { kernelOf, removedIn, syscallNumber } from '../../../src/core/linux/numbers.ts';
import { danger } from '../../../src/core/linux/risk.ts';

// Names and expressions come from traces and command lines: anybody's text.

const surroundings = {
  running: { kernel: '6.1', arch: 'x86_64' as const },
  loadProfile: async () => ok({ defaultAction: 'SCMP_ACT_ALLOW' } as unknown),
};

const PROPERTIES = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', ''];

test('names of object properties are no syscalls', async () => {
  const host = await resolveHost('docker@20.10.5,arch=amd64', surroundings);
  const gvisor = await resolveHost('gvisor@20240101,arch=amd64', surroundings);
  if (!host.ok || !gvisor.ok) throw new Error('the hosts are known');
  for (const name of PROPERTIES) {
    for (const abi of ABIS) expect(syscallNumber(name, abi)).toBeUndefined();
    expect(kernelOf(name, 'x86_64')).toBeUndefined();
    expect(removedIn(name)).toBeUndefined();
    expect(fallsBackOn(name, 'EPERM')).toBe('unknown');
    expect(callerClaims(name, 'EPERM')).toEqual([]);
    expect(bugLinks(name)).toEqual([]);
    expect(danger(name).weight).toBe(1);
    expect(hostTitle(`${name}@1.0`)).toBe(`${name}@1.0`);
    expect(host.value.answer({ abi: 'x86_64', nr: -1, name, args: [] }).cause).toBe('unknown');
    expect(host.value.answer({ abi: 'x86_64', nr: 9999, name, args: [] }).cause).toBe('stub');
    expect(gvisor.value.answer({ abi: 'x86_64', nr: 9999, name, args: [] }).action.kind).toBe('errno');
    await explainSyscall(name, 'x86_64', host.value);
    const odd = await resolveHost(name, surroundings);
    expect(odd.ok).toBe(false);
  }
});

test('any text is an expression or a failure of kind usage with a hint', async () => {
  const piece = fc.constantFrom(
    ...[
      'docker',
      'podman',
      'gvisor',
      'kernel',
      'unconfined',
      'profile:',
      'spec-proposal',
      '@',
      ',',
      '=',
      '-',
      '20.10',
      '.5',
    ],
    ...[
      'libseccomp=',
      'runc=',
      'crun=',
      'arch=',
      'cap=',
      'engine=',
      'kernel=',
      'ALL',
      'arm',
      '1.0.0-rc93',
      '2.5',
      ' ',
    ],
    ...PROPERTIES,
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ maxLength: 30 }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (expression) => {
      const host = await resolveHost(expression, surroundings);
      if (host.ok) expect(host.value.identity.expression).toBe(expression);
      else {
        expect(host.failure.kind).toBe('usage');
        expect(host.failure.what).not.toBe('');
      }
    }),
    { numRuns: 2000 },
  );
});

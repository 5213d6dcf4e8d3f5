import { expect, test } from 'vitest';
import {
  libseccompReleases,
  libseccompRules,
  libseccompSupports,
} from '../../../src/core/hosts/libseccomp.ts';

test.each([
  ['2.3.2', 'statx', 'x86_64', undefined],
  ['2.3.3', 'statx', 'x86_64', 332],
  ['2.4.3', 'faccessat2', 'x86_64', undefined],
  ['2.4.4', 'faccessat2', 'x86_64', 439],
  ['2.4.4', 'oldwait4', 'x86_64', undefined],
  ['2.4.2', 'getrlimit', 'aarch64', undefined],
  ['2.4.1', 'getrlimit', 'aarch64', 163],
  ['2.4.4', 'getrlimit', 'aarch64', 163],
  ['2.4.3', 'clone3', 'aarch64', undefined],
  ['2.4.3', 'clone3', 'x86_64', 435],
  ['2.2.0', 'ipc', 'arm', 117],
  ['2.2.1', 'ipc', 'arm', undefined],
  ['2.5.4', 'cacheflush', 'arm', 983042],
  ['2.5.4', 'fadvise64_64', 'arm', undefined],
  ['2.5.4', 'arm_fadvise64_64', 'arm', 270],
  ['2.5.4', 'read', 'mips', 4003],
  ['2.5.4', 'read', 'x32', 0x40000000],
  ['2.4.4', 'read', 'riscv64', undefined],
  ['2.5.0', 'read', 'riscv64', 63],
  ['2.5.6', 'read', 'loongarch64', undefined],
  ['2.6.0', 'read', 'loongarch64', 63],
] as const)('libseccomp %s: %s on %s is %s', (release, name, abi, number) => {
  expect(libseccompRules(release).number(name, abi)).toBe(number);
});

test('multiplexed names go through socketcall and ipc', () => {
  const rules = libseccompRules('2.5.4');
  expect(rules.multiplexed('socket', 'x86')).toEqual({ via: 'socketcall', call: 1 });
  expect(rules.multiplexed('accept', 'x86')).toEqual({ via: 'socketcall', call: 5 });
  expect(rules.multiplexed('shmget', 's390x')).toEqual({ via: 'ipc', call: 23 });
  expect(rules.multiplexed('socket', 'x86_64')).toBeUndefined();
  expect(rules.multiplexed('read', 'x86')).toBeUndefined();
  expect(libseccompRules('2.4.4').multiplexed('socket', 'ppc64le')).toBeUndefined();
  expect(rules.multiplexed('socket', 'ppc64le')).toEqual({ via: 'socketcall', call: 1 });
});

test("a vendor's port has the release's names and today's numbers", () => {
  const port = libseccompRules('2.5.4', 'loongarch64');
  expect(port.supports('loongarch64')).toBe(true);
  expect(port.number('faccessat2', 'loongarch64')).toBe(439);
  expect(port.number('fchmodat2', 'loongarch64')).toBeUndefined();
  expect(libseccompSupports('2.5.4', 'loongarch64')).toBe(false);
});

test('22 releases, oldest first', () => {
  const releases = libseccompReleases();
  expect(releases).toHaveLength(22);
  expect([releases[0]!.version, releases.at(-1)!.version]).toEqual(['2.2.0', '2.6.1']);
});

import { describe, expect, test } from 'vitest';
import { ABIS, abiInfo } from '../../../src/core/linux/abi.ts';
import { parseArch } from '../../../src/core/linux/arch.ts';
import { bugLinks, callerClaims, fallsBackOn } from '../../../src/core/linux/callers.ts';
import {
  canonicalName,
  kernelHas,
  kernelOf,
  removedIn,
  syscallName,
  syscallNames,
  syscallNumber,
} from '../../../src/core/linux/numbers.ts';
import { danger } from '../../../src/core/linux/risk.ts';
import { callersPhrase } from '../../../src/render/phrases/callers.ts';

describe('architectures', () => {
  test.each([
    ['x86_64', 'x86_64 amd64 x86-64 linux/amd64 SCMP_ARCH_X86_64 AUDIT_ARCH_X86_64 AMD64 linux/amd64/v2'],
    ['x86', 'x86 i386 386 i686 linux/386 SCMP_ARCH_X86'],
    ['arm', 'arm armhf armv7l linux/arm/v7 arm/v6 armel SCMP_ARCH_ARM'],
    ['aarch64', 'aarch64 arm64 linux/arm64 arm64/v8 SCMP_ARCH_AARCH64'],
    ['loongarch64', 'loong64 loongarch64 linux/loong64'],
    ['ppc64le', 'ppc64le ppc64el powerpc64le'],
    ['mipsel64', 'mips64le mips64el mipsel64'],
    ['s390x', 's390x linux/s390x'],
    ['riscv64', 'riscv64'],
    ['x32', 'x32'],
  ])('%s', (abi, names) => {
    for (const name of names.split(' ')) expect(parseArch(name), name).toBe(abi);
  });

  test('every ABI is told by its SCMP name, and only x86_64 and x32 share a token', () => {
    const tokens = new Map<number, string[]>();
    for (const abi of ABIS) {
      expect(parseArch(abiInfo(abi).scmp)).toBe(abi);
      const { auditToken } = abiInfo(abi);
      tokens.set(auditToken, [...(tokens.get(auditToken) ?? []), abi]);
    }
    expect([...tokens.values()].filter((abis) => abis.length > 1)).toEqual([['x86_64', 'x32']]);
  });

  test('unknown names are unknown', () => {
    for (const name of ['', 'amd46', 'linux', 'toString', '__proto__'])
      expect(parseArch(name), name).toBeUndefined();
  });
});

describe('numbers', () => {
  test('name to number and back, on every ABI', () => {
    for (const abi of ABIS) {
      let count = 0;
      for (const name of syscallNames()) {
        const nr = syscallNumber(name, abi);
        // On arm two names of the generic table are other spellings of its own.
        if (nr === undefined || canonicalName(name, abi) !== name) continue;
        count += 1;
        expect(syscallName(nr, abi)).toBe(name);
      }
      expect(count, abi).toBeGreaterThan(300);
    }
  });

  test('bases are included', () => {
    expect(syscallNumber('fchmodat2', 'x32')).toBe(0x40000000 + 452);
    expect(syscallNumber('read', 'mips64n32')).toBe(6000);
    expect(syscallName(0x1c4, 'x86_64')).toBe('fchmodat2');
    expect(syscallName(452, 'x32')).toBeUndefined();
    expect(syscallNumber('sync_file_range2', 'arm')).toBe(341);
  });

  test('kernels of birth, ports counted from their own first kernel', () => {
    expect(kernelOf('faccessat2', 'x86_64')).toEqual({ major: 5, minor: 8 });
    expect(kernelOf('clone3', 'aarch64')).toEqual({ major: 5, minor: 5 });
    expect(kernelOf('read', 'riscv64')).toEqual({ major: 4, minor: 15 });
    expect(kernelOf('fstat', 'loongarch64')).toEqual({ major: 6, minor: 11 });
    expect(kernelOf('open', 'aarch64')).toBeUndefined();
    expect(kernelOf('tuxcall', 'x86_64')).toBeUndefined();
  });

  test('what a kernel has', () => {
    const has = (name: string, major: number, minor: number) =>
      kernelHas(syscallNumber(name, 'x86_64')!, 'x86_64', { major, minor });
    expect(has('faccessat2', 5, 7)).toBe(false);
    expect(has('faccessat2', 5, 8)).toBe(true);
    expect(has('_sysctl', 5, 4)).toBe(true);
    expect(has('_sysctl', 5, 5)).toBe(false);
    expect(has('tuxcall', 6, 1)).toBe(false);
    expect(kernelHas(999, 'x86_64', { major: 7, minor: 1 })).toBe(false);
    expect(removedIn('_sysctl')).toEqual({ major: 5, minor: 5 });
  });

  test('other spellings', () => {
    expect(canonicalName('pread')).toBe('pread64');
    expect(canonicalName('toString')).toBeUndefined();
  });
});

describe('fallbacks', () => {
  test.each([
    ['faccessat2', 'ENOSYS', 'all'],
    ['faccessat2', 'EPERM', 'some'],
    ['fchmodat2', 'ENOSYS', 'all'],
    ['fchmodat2', 'EPERM', 'none'],
    ['clone3', 'EPERM', 'none'],
    ['clock_gettime64', 'ENOSYS', 'all'],
    ['futex_time64', 'EPERM', 'none'],
    ['rseq', 'EPERM', 'all'],
    ['close_range', 'EPERM', 'some'],
    ['set_mempolicy', 'EPERM', 'none'],
    ['io_uring_setup', 'EPERM', 'all'],
    ['read', 'EPERM', 'unknown'],
  ] as const)('%s on %s: %s', (name, errno, expected) => {
    expect(fallsBackOn(name, errno)).toBe(expected);
  });

  test('sentences name the callers', () => {
    expect(callersPhrase(callerClaims('fchmodat2', 'EPERM'), 'EPERM')).toMatch(
      /^glibc ≥ 2\.39 fchmodat\(\).* do not fall back on EPERM/,
    );
    expect(callersPhrase(callerClaims('read', 'EPERM'), 'EPERM')).toBeUndefined();
    // Several programs take a plural verb, however many words stand behind them.
    const zig = { who: "Zig programs without libc (zig build's runner is one)", fallsBack: false } as const;
    expect(callersPhrase([zig], 'ENOSYS')).toBe(`${zig.who} do not fall back on ENOSYS`);
    expect(callersPhrase([{ who: 'numactl', fallsBack: false }], 'EPERM')).toBe(
      'numactl does not fall back on EPERM',
    );
    expect(bugLinks('clone3')).toContain('https://github.com/moby/moby/issues/42680');
  });
});

test('danger ranks: hands over the host > namespaces > harmless', () => {
  const weight = (name: string) => danger(name).weight;
  expect(weight('kexec_load')).toBeGreaterThan(weight('unshare'));
  expect(weight('bpf')).toBeGreaterThan(weight('ptrace'));
  expect(weight('clone')).toBeGreaterThan(weight('personality'));
  expect(weight('fchmodat2')).toBe(0);
  expect(weight('clock_gettime64')).toBe(0);
  for (const name of syscallNames()) expect(danger(name).why).not.toBe('');
});

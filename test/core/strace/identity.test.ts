import { describe, expect, it } from 'vitest';
import { ABIS, type Abi, abiInfo } from '../../../src/core/linux/abi.ts';
import { exactNumber, syscallName, syscallNames } from '../../../src/core/linux/numbers.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { Identities } from '../../../src/core/strace/grammar/identity.ts';

/** What strace prints of a call that it has no name for: x32's mark is not in it. */
const printedAs = (nr: number, abi: Abi): string[] => {
  const number = abi === 'x32' ? nr - abiInfo(abi).base : nr;
  return [`syscall_0x${number.toString(16)}`, `syscall_${number}`, `SYS_${number}`];
};

describe('calls that strace has no name for', () => {
  it.each(ABIS)('%s: every number of the tables gets its name', (abi) => {
    const identities = new Identities(abi);
    let numbers = 0;
    for (const name of syscallNames()) {
      const nr = exactNumber(name, abi);
      if (nr === undefined) continue;
      numbers++;
      for (const printed of printedAs(nr, abi))
        expect(identities.find(printed, undefined, abi), printed).toEqual({
          abi,
          name: syscallName(nr, abi),
          nr,
        });
    }
    expect(numbers).toBeGreaterThan(250);
  });

  it('one that the tables do not have keeps its number', () => {
    for (const abi of ABIS) {
      const nr = abiInfo(abi).base + 990;
      const printed = `syscall_0x${nr.toString(16)}`;
      expect(new Identities(abi).find(printed, undefined, abi)).toMatchObject({ abi, name: printed, nr });
    }
  });
});

describe('names of old straces', () => {
  it.each([
    ['x86', 'old_mmap', 'mmap', 90],
    ['x86', 'oldselect', 'select', 82],
    ['x86', 'old_getrlimit', 'getrlimit', 76],
    ['x86', '_exit', 'exit', 1],
    ['x86_64', '_exit', 'exit', 60],
    ['x86_64', 'pread', 'pread64', 17],
    ['aarch64', 'fstatat', 'newfstatat', 79],
    ['arm', 'sync_file_range2', 'arm_sync_file_range', 341],
    ['mips', '_exit', 'exit', 4001],
    ['s390', 'llseek', '_llseek', 140],
  ] as const)('%s: %s', (abi, printed, name, nr) => {
    expect(new Identities(abi).find(printed, undefined, abi)).toMatchObject({ abi, name, nr });
  });
});

describe("ARM's first ABI", () => {
  it.each([
    ['time', 13],
    ['alarm', 27],
    ['utime', 30],
    ['readdir', 89],
    ['old_mmap', 90],
    ['old_select', 82],
    ['socketcall', 102],
    ['ipc', 117],
    ['mmap', 90],
    ['getrlimit', 76],
  ])('%s of a 32-bit kernel', (printed, nr) => {
    const identities = new Identities('arm');
    expect(identities.find(printed, undefined, 'arm')).toMatchObject({ abi: 'arm', nr });
    expect(identities.find(printed, nr, 'arm')).toMatchObject({ abi: 'arm', nr });
  });

  it('what a 64-bit program calls by the same name stays its own', () => {
    const identities = new Identities('aarch64');
    expect(identities.find('mmap', undefined, 'aarch64')).toMatchObject({ abi: 'aarch64', nr: 222 });
    expect(identities.find('getrlimit', undefined, 'arm')).toMatchObject({ abi: 'aarch64', nr: 163 });
    expect(identities.find('old_mmap', undefined, 'arm')).toMatchObject({ abi: 'arm', nr: 90 });
  });

  it('a trace with its names is of ARM', () => {
    const text = [
      '7 old_mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x40000000',
      '7 time(NULL) = 1100000000',
      '7 set_tls(0x4001d4c0) = 0',
      '7 _exit(0) = ?',
    ].join('\n');
    const reader = new TraceReader({ file: 'x' });
    reader.push(new TextEncoder().encode(`${text}\n`));
    const { abis, arch, calls } = reader.end();
    expect(abis).toEqual(['arm']);
    expect(arch).toMatchObject({ value: 'arm', basis: 'computed', by: 'name' });
    expect(calls.map(({ call }) => [call.name, call.nr])).toEqual([
      ['mmap', 90],
      ['time', 13],
      ['set_tls', 983045],
      ['exit', 1],
    ]);
  });
});

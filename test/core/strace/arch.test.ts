import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { abiOfElf, archOf } from '../../../src/core/strace/sources/arch.ts';

function read(lines: readonly string[], arch?: 'arm'): TraceSummary {
  const reader = new TraceReader({ file: 'x', ...(arch ? { arch } : {}) });
  reader.push(new TextEncoder().encode(`${lines.join('\n')}\n`));
  return reader.end();
}

const loader = (path: string, header: string): string[] => [
  `openat(AT_FDCWD, "${path}", O_RDONLY|O_CLOEXEC) = 3`,
  `read(3, "\\177ELF\\${header}"..., 512) = 512`,
];

describe('the architecture of a trace', () => {
  it.each([
    ['x86_64', 'path', ['openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3']],
    ['arm', 'path', ['openat(AT_FDCWD, "/usr/lib/arm-linux-gnueabihf/libm.so.6", O_RDONLY|O_CLOEXEC) = 3']],
    ['aarch64', 'path', ['open("/lib/ld-musl-aarch64.so.1", O_RDONLY|O_CLOEXEC) = 3']],
    ['ppc64le', 'path', ['openat(AT_FDCWD, "/lib/powerpc64le-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3']],
    ['riscv64', 'path', ['access("/lib/ld-linux-riscv64-lp64d.so.1", R_OK) = 0']],
    ['arm', 'elf', loader('/lib/libc.so.6', '1\\1\\1\\3\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0(\\0\\1\\0\\0\\0')],
    [
      's390x',
      'elf',
      loader('/lib64/libc.so.6', '2\\2\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0\\26\\0\\0\\0\\1'),
    ],
    [
      'loongarch64',
      'elf',
      loader('/lib64/libc.so.6', '2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0\\2\\1\\1\\0'),
    ],
    ['riscv64', 'environment', ['execve("/bin/sh", ["sh"], ["A=b", "HOSTTYPE=riscv64"]) = 0']],
    ['aarch64', 'uname', ['uname({sysname="Linux", nodename="a", machine="aarch64"}) = 0']],
    [
      'mips64',
      'siginfo',
      ['--- SIGSYS {si_signo=SIGSYS, si_syscall=__NR_clone3, si_arch=AUDIT_ARCH_MIPS64} ---'],
    ],
  ] as const)('%s is seen by %s', (value, by, lines) => {
    expect(archOf(lines)).toEqual({ value, basis: 'seen', by });
    expect(read(lines).arch).toEqual({ value, basis: 'seen', by });
  });

  it.each([
    ['arm', ['set_tls(0x4019bf6c) = 0', 'mmap2(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) = 0x4014c000']],
    ['s390x', ['s390_pci_mmio_read(0x1, 0x2, 8) = 0', 'newfstatat(3, "", {}, 0) = 0']],
    ['riscv64', ['riscv_hwprobe([], 1, 0, NULL, 0) = 0', 'read(3, "", 1) = 0']],
    ['x86_64', ['arch_prctl(ARCH_SET_FS, 0x7f) = 0', 'newfstatat(3, "", {}, 0) = 0']],
  ] as const)('%s is computed from names that it alone has', (value, lines) => {
    expect(archOf(lines)).toEqual({ value, basis: 'computed', by: 'name' });
    const { abis } = read(lines);
    expect(abis).toEqual([value]);
  });

  it('is computed from numbers that -n shows', () => {
    expect(
      archOf(['7 [  59] execve("/a", ["a"], 0x7) = 0', '7 [ 439] faccessat2(3, "a", 0) = 0']),
    ).toMatchObject({
      value: 'x86_64',
      basis: 'computed',
      by: 'number',
    });
    // Three architectures share one table.
    const shared = archOf(['7 [ 221] execve("/a", ["a"], 0x7) = 0']);
    expect(shared).toMatchObject({ value: 'aarch64', basis: 'assumed', by: 'number' });
    expect(shared.candidates).toEqual(['aarch64', 'riscv64', 'loongarch64']);
  });

  it('is assumed where names that several 32-bit ones have are all there is: one process has one ABI', () => {
    const lines = [
      'execve("/bin/date", ["date"], 0xbeffed2c /* 6 vars */) = 0',
      'mmap2(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0xb6f6e000',
      'clock_settime64(CLOCK_REALTIME, {tv_sec=1, tv_nsec=0}) = -1 EPERM (Operation not permitted)',
    ];
    const { arch, abis } = read(lines);
    expect(arch).toMatchObject({ basis: 'assumed' });
    expect(arch?.candidates).toEqual(expect.arrayContaining(['x86', 'arm', 'aarch64', 'x86_64']));
    expect(abis).toHaveLength(1);
    const given = read(lines, 'arm');
    expect(given.arch).toEqual({ value: 'arm', basis: 'known', by: 'given' });
    expect(given.abis).toEqual(['arm']);
    expect(archOf(['close(3) = 0'])).toEqual({ value: 'x86_64', basis: 'assumed', by: 'default' });
  });

  it('is that of the kernel where 32-bit programs run beside others', () => {
    const narrow = 'openat(AT_FDCWD, "/lib/i386-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3';
    expect(archOf([narrow])).toMatchObject({ value: 'x86' });
    expect(archOf(['[ Process PID=7 runs in 32 bit mode. ]', narrow])).toMatchObject({ value: 'x86_64' });
    const wide = 'openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3';
    expect(archOf([narrow, narrow, wide])).toMatchObject({ value: 'x86_64' });
    expect(archOf([narrow, 'newfstatat(3, "", {}, 0) = 0'])).toMatchObject({ value: 'x86_64' });
  });

  it('is not that of a file which a compiler reads', () => {
    const object = '\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x28\0';
    expect(abiOfElf(object)).toBeUndefined();
    const far = [
      'read(3, "\\177ELF\\1\\1\\1\\3\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0(\\0\\1\\0\\0\\0"..., 512) = 512',
    ];
    expect(archOf(far)).toMatchObject({ by: 'default' });
  });
});

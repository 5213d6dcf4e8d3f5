/**
 * An ABI is a syscall numbering: what seccomp calls an architecture (audit token) plus, for x32, bit 30 of the number.
 * Names follow libseccomp's, in lower case.
 */
export const ABIS = [
  'x86_64',
  'x86',
  'x32',
  'arm',
  'aarch64',
  'riscv64',
  'loongarch64',
  'ppc64',
  'ppc64le',
  'ppc',
  's390x',
  's390',
  'mips',
  'mipsel',
  'mips64',
  'mipsel64',
  'mips64n32',
  'mipsel64n32',
  'parisc',
  'parisc64',
  'm68k',
  'sh',
  'sheb',
] as const;

export type Abi = (typeof ABIS)[number];

export interface AbiInfo {
  readonly abi: Abi;
  /** AUDIT_ARCH_* of linux/audit.h: what `seccomp_data.arch` holds. x86_64 and x32 share one. */
  readonly auditToken: number;
  /** Width of an argument as libseccomp compares it; the upper half of a 32-bit ABI's arguments does not count. */
  readonly bits: 32 | 64;
  readonly endian: 'little' | 'big';
  /** Added to the numbers of the kernel's table: 4000/5000/6000 on mips, bit 30 on x32. */
  readonly base: number;
  /** GOARCH as dockerd and containerd know their host; empty where Go has no port. */
  readonly goarch: string;
  /** What libseccomp-golang calls it; the spelling in `includes.arches` of Docker's and Podman's profiles. */
  readonly goSeccomp: string;
  /** `SCMP_ARCH_…` of libseccomp and the OCI specification. */
  readonly scmp: string;
  /** `uname -m` of a kernel whose native ABI this is. */
  readonly machine: string;
  /** ABIs of older or narrower programs that a kernel of this native ABI usually runs too. */
  readonly alsoRuns: readonly Abi[];
}

const LE = 'little';
const BE = 'big';

type Row = readonly [
  token: number,
  bits: 32 | 64,
  endian: 'little' | 'big',
  base: number,
  goarch: string,
  goSeccomp: string,
  scmp: string,
  machine: string,
  alsoRuns: readonly Abi[],
];

/** Tokens: include/uapi/linux/audit.h. Bases: the kernel's arch unistd.h. Go names: libseccomp-golang `String()`. */
const ROWS: Readonly<Record<Abi, Row>> = {
  x86_64: [0xc000003e, 64, LE, 0, 'amd64', 'amd64', 'X86_64', 'x86_64', ['x86', 'x32']],
  x86: [0x40000003, 32, LE, 0, '386', 'x86', 'X86', 'i686', []],
  x32: [0xc000003e, 32, LE, 0x40000000, 'amd64p32', 'x32', 'X32', 'x86_64', []],
  arm: [0x40000028, 32, LE, 0, 'arm', 'arm', 'ARM', 'armv7l', []],
  aarch64: [0xc00000b7, 64, LE, 0, 'arm64', 'arm64', 'AARCH64', 'aarch64', ['arm']],
  riscv64: [0xc00000f3, 64, LE, 0, 'riscv64', 'riscv64', 'RISCV64', 'riscv64', []],
  loongarch64: [0xc0000102, 64, LE, 0, 'loong64', 'loong64', 'LOONGARCH64', 'loongarch64', []],
  ppc64: [0x80000015, 64, BE, 0, 'ppc64', 'ppc64', 'PPC64', 'ppc64', ['ppc']],
  ppc64le: [0xc0000015, 64, LE, 0, 'ppc64le', 'ppc64le', 'PPC64LE', 'ppc64le', []],
  ppc: [0x00000014, 32, BE, 0, 'ppc', 'ppc', 'PPC', 'ppc', []],
  s390x: [0x80000016, 64, BE, 0, 's390x', 's390x', 'S390X', 's390x', ['s390']],
  s390: [0x00000016, 32, BE, 0, 's390', 's390', 'S390', 's390', []],
  mips: [0x00000008, 32, BE, 4000, 'mips', 'mips', 'MIPS', 'mips', []],
  mipsel: [0x40000008, 32, LE, 4000, 'mipsle', 'mipsel', 'MIPSEL', 'mips', []],
  mips64: [0x80000008, 64, BE, 5000, 'mips64', 'mips64', 'MIPS64', 'mips64', ['mips', 'mips64n32']],
  mipsel64: [
    0xc0000008,
    64,
    LE,
    5000,
    'mips64le',
    'mipsel64',
    'MIPSEL64',
    'mips64',
    ['mipsel', 'mipsel64n32'],
  ],
  mips64n32: [0xa0000008, 32, BE, 6000, 'mips64p32', 'mips64n32', 'MIPS64N32', 'mips64', []],
  mipsel64n32: [0xe0000008, 32, LE, 6000, 'mips64p32le', 'mipsel64n32', 'MIPSEL64N32', 'mips64', []],
  parisc: [0x0000000f, 32, BE, 0, '', 'parisc', 'PARISC', 'parisc', []],
  parisc64: [0x8000000f, 64, BE, 0, '', 'parisc64', 'PARISC64', 'parisc64', ['parisc']],
  m68k: [0x00000004, 32, BE, 0, '', 'm68k', 'M68K', 'm68k', []],
  sh: [0x4000002a, 32, LE, 0, '', 'sh', 'SH', 'sh4', []],
  sheb: [0x0000002a, 32, BE, 0, '', 'sheb', 'SHEB', 'sh4eb', []],
};

const infos = new Map<Abi, AbiInfo>();

/** What is fixed about an ABI. */
export function abiInfo(abi: Abi): AbiInfo {
  let info = infos.get(abi);
  if (!info) {
    const [auditToken, bits, endian, base, goarch, goSeccomp, scmp, machine, alsoRuns] = ROWS[abi];
    const name = `SCMP_ARCH_${scmp}`;
    info = { abi, auditToken, bits, endian, base, goarch, goSeccomp, scmp: name, machine, alsoRuns };
    infos.set(abi, info);
  }
  return info;
}

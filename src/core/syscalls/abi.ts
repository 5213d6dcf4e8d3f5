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

import { ABIS, type Abi, abiInfo } from './abi.ts';

/** Spellings that are neither libseccomp's, Go's nor `SCMP_ARCH_…`: kernels, Debian, Docker platforms, strace. */
const OTHER: Readonly<Record<string, Abi>> = {
  'x86-64': 'x86_64',
  x64: 'x86_64',
  i386: 'x86',
  i486: 'x86',
  i586: 'x86',
  i686: 'x86',
  ia32: 'x86',
  ilp32: 'x32',
  gnux32: 'x32',
  arm32: 'arm',
  armel: 'arm',
  armhf: 'arm',
  armv5: 'arm',
  armv5tel: 'arm',
  armv6: 'arm',
  armv6l: 'arm',
  armv7: 'arm',
  armv7l: 'arm',
  armv8l: 'arm',
  arm64v8: 'aarch64',
  armv8: 'aarch64',
  aarch32: 'arm',
  aarch64_be: 'aarch64',
  riscv: 'riscv64',
  rv64: 'riscv64',
  loongarch: 'loongarch64',
  powerpc: 'ppc',
  powerpc64: 'ppc64',
  powerpc64le: 'ppc64le',
  ppc64el: 'ppc64le',
  ppcle: 'ppc',
  mipso32: 'mips',
  mipselo32: 'mipsel',
  mips64el: 'mipsel64',
  mips64eln32: 'mipsel64n32',
  mipsn32: 'mips64n32',
  mipsn32el: 'mipsel64n32',
  hppa: 'parisc',
  hppa64: 'parisc64',
  sh4: 'sh',
  sh4eb: 'sheb',
};

let spellings: ReadonlyMap<string, Abi> | undefined;

function allSpellings(): ReadonlyMap<string, Abi> {
  if (spellings) return spellings;
  const map = new Map<string, Abi>(Object.entries(OTHER));
  for (const abi of ABIS) {
    const { goarch, goSeccomp, scmp } = abiInfo(abi);
    for (const name of [goarch, goSeccomp, scmp.slice('SCMP_ARCH_'.length).toLowerCase()]) {
      if (name !== '') map.set(name, abi);
    }
  }
  // The libseccomp names win where two vocabularies disagree.
  for (const abi of ABIS) map.set(abi, abi);
  spellings = map;
  return map;
}

/**
 * The ABI behind any usual name: `x86_64 amd64 linux/amd64 SCMP_ARCH_X86_64 AUDIT_ARCH_X86_64`, `i386 386 i686 x86`,
 * `arm/v7 armhf`, `aarch64 arm64`, `loong64`, … Case does not matter. Undefined when the name is not known.
 */
export function parseArch(text: string): Abi | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^(?:scmp_arch_|audit_arch_|linux\/)/, '')
    .replace(/\/(v\d+)$/, (_, variant: string) => (variant === 'v8' ? '' : variant))
    .replace(/^(arm|arm64|amd64)v\d+$/, '$1');
  return allSpellings().get(name);
}

/** Every accepted spelling, for "did you mean". */
export function archSpellings(): readonly string[] {
  return [...allSpellings().keys()];
}

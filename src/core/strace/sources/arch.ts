import type { TraceArch } from '../../documents/trace.ts';
import { ABIS, type Abi, abiInfo } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import { canonicalName, oabiNumber, syscallNumber } from '../../linux/numbers.ts';
import { multiplexer } from '../../linux/subcalls.ts';
import { stringValue } from '../grammar/command.ts';
import { abiOfAudit } from '../grammar/siginfo.ts';

/** x32 is a numbering of x86_64 that next to nobody uses: only a trace that says so is of it. */
const USUAL = ABIS.filter((abi) => abi !== 'x32');

interface Evidence {
  readonly abi: Abi;
  readonly by: TraceArch['by'];
}

/** e_machine of elf.h: the ABI for 32 bits and for 64, in little and big endian. */
const MACHINES: Readonly<Record<number, readonly [narrow: Abi[], wide: Abi[]]>> = {
  3: [['x86', 'x86'], []],
  4: [['m68k', 'm68k'], []],
  8: [
    ['mipsel', 'mips'],
    ['mipsel64', 'mips64'],
  ],
  15: [
    ['parisc', 'parisc'],
    ['parisc64', 'parisc64'],
  ],
  20: [['ppc', 'ppc'], []],
  21: [[], ['ppc64le', 'ppc64']],
  22: [
    ['s390', 's390'],
    ['s390x', 's390x'],
  ],
  40: [['arm', 'arm'], []],
  42: [['sh', 'sheb'], []],
  62: [
    ['x32', 'x32'],
    ['x86_64', 'x86_64'],
  ],
  183: [[], ['aarch64', 'aarch64']],
  243: [[], ['riscv64', 'riscv64']],
  258: [[], ['loongarch64', 'loongarch64']],
};

/** Multiarch triples and program interpreters whose first word `parseArch` does not take. */
const TRIPLES: Readonly<Record<string, Abi>> = {
  'x86-64': 'x86_64',
  hppa: 'parisc',
  sh4: 'sh',
  mips64el: 'mipsel64',
  mips64: 'mips64',
  armv7: 'arm',
  armhf: 'arm',
  loongarch: 'loongarch64',
};
const LIBRARY =
  /"\/(?:usr\/)?lib(?:32|64|x32)?\/(?:([a-z0-9_]+)-linux-(gnu[a-z0-9]*|musl[a-z0-9]*)\/|ld-(?:linux|musl)-([a-z0-9_-]+?)(?:-lp64d?)?\.so)[^"]*/;
const ELF = /^(?:.*[ \]])?read\(\d+[^,]*, ("\\177ELF\\[12](?:[^"\\]|\\.)*")/;
const HOSTTYPE = /"HOSTTYPE=([A-Za-z0-9_]+)"/;
const MACHINE = /\bmachine="([A-Za-z0-9_]+)"/;
const AUDIT =
  /\bsi_arch=(AUDIT_ARCH_\w+|0x[0-9a-f]+)|\btype=(?:1326|SECCOMP)\b.* arch=([0-9a-f]{8})\b|\b_arch = (\d+)/;
const NUMBERED = /\[ *(\d+)\] ([a-z_][a-z0-9_]*)\(/;
const CALL = /(?:^|[\s\]])([a-z_][a-z0-9_]*)\(/;
const MODE = /runs in (?:32 bit|x32) mode/;

/** What the first lines of a trace show of the machine's architecture. */
export function archOf(lines: readonly string[]): TraceArch {
  const found: Evidence[] = [];
  const names = new Set<string>();
  const numbered = new Map<string, number>();
  let library = Number.NEGATIVE_INFINITY;
  let mode = false;
  for (const [index, line] of lines.entries()) {
    if (LIBRARY.test(line) || /\.so[.\d]*"/.test(line)) library = index;
    mode ||= MODE.test(line);
    const one = evidenceIn(line, index - library < 4);
    if (one) found.push(one);
    const number = NUMBERED.exec(line);
    if (number) numbered.set(number[2]!, Number(number[1]));
    const name = CALL.exec(line)?.[1];
    if (name !== undefined && canonicalName(name) !== undefined) names.add(name);
  }
  return decided(found, mode, names) ?? byNumbers(numbered) ?? byNames(names, mode);
}

function evidenceIn(line: string, afterLibrary: boolean): Evidence | undefined {
  const audit = AUDIT.exec(line);
  const token = audit && abiOfAudit(audit[1] ?? audit[2] ?? audit[3]!);
  if (token) return { abi: token, by: 'siginfo' };
  // A program may read any file: only what the loader reads right after it opened a library counts.
  const elf = afterLibrary ? ELF.exec(line)?.[1] : undefined;
  const header = elf === undefined ? undefined : abiOfElf(stringValue(elf) ?? '');
  if (header) return { abi: header, by: 'elf' };
  const path = LIBRARY.exec(line);
  const place = path && abiOfTriple(path[1] ?? path[3]!, path[2]);
  if (place && path[0].includes('.so')) return { abi: place, by: 'path' };
  const host = HOSTTYPE.exec(line)?.[1];
  const type = host === undefined ? undefined : parseArch(host);
  if (type) return { abi: type, by: 'environment' };
  const machine = line.includes('uname(') ? MACHINE.exec(line)?.[1] : undefined;
  const native = machine === undefined ? undefined : parseArch(machine);
  return native ? { abi: native, by: 'uname' } : undefined;
}

/** The ABI of an executable or library, of its first bytes, a unit each. */
export function abiOfElf(header: string): Abi | undefined {
  const big = header.charCodeAt(5) === 2;
  const half = (at: number): number => {
    const [first, second] = [header.charCodeAt(at), header.charCodeAt(at + 1)];
    return big ? 256 * first + second : first + 256 * second;
  };
  // An object file that a compiler reads is of any machine.
  if (half(16) !== 2 && half(16) !== 3) return undefined;
  return MACHINES[half(18)]?.[header.charCodeAt(4) === 2 ? 1 : 0][big ? 1 : 0];
}

function abiOfTriple(machine: string, system: string | undefined): Abi | undefined {
  if (system === 'gnux32') return 'x32';
  if (system?.startsWith('gnuabin32')) return machine.includes('el') ? 'mipsel64n32' : 'mips64n32';
  return TRIPLES[machine] ?? parseArch(machine.replaceAll('-', '_')) ?? parseArch(machine.split('-')[0]!);
}

/** What was seen most often; a 64-bit machine also runs programs of its narrow sibling. */
function decided(
  found: readonly Evidence[],
  mode: boolean,
  names: ReadonlySet<string>,
): TraceArch | undefined {
  if (found.length === 0) return undefined;
  const votes = new Map<Abi, number>();
  for (const { abi } of found) votes.set(abi, (votes.get(abi) ?? 0) + 1);
  const most = [...votes].sort((a, b) => b[1] - a[1])[0]![0];
  const parent = parentOf(most);
  const both = parent !== undefined && [...names].some((name) => !has(most, name) && has(parent, name));
  const value = parent && (mode || both || votes.has(parent) || most === 'x32') ? parent : most;
  return { value, basis: 'seen', by: found.find(({ abi }) => abi === most)!.by };
}

function byNumbers(numbered: ReadonlyMap<string, number>): TraceArch | undefined {
  const fits = (abi: Abi, name: string, number: number): boolean => {
    const nr = syscallNumber(name, abi);
    return nr !== undefined && (nr === number || nr - abiInfo(abi).base === number);
  };
  // New calls have one number everywhere: they tell nothing.
  const telling = [...numbered].filter(([name, number]) => !USUAL.every((abi) => fits(abi, name, number)));
  if (telling.length === 0) return undefined;
  const own = (abi: Abi): number => telling.filter(([name, number]) => fits(abi, name, number)).length;
  const best = Math.max(...USUAL.map(own));
  if (best === 0) return undefined;
  const fitting = USUAL.filter((abi) => own(abi) === best);
  const [value] = fitting;
  if (fitting.length === 1) return { value: value!, basis: 'computed', by: 'number' };
  return { value: value!, basis: 'assumed', by: 'number', candidates: fitting };
}

/** Whether an ABI has a call, be it through socketcall or ipc. */
function has(abi: Abi, name: string): boolean {
  if (syscallNumber(name, abi) !== undefined) return true;
  const mux = multiplexer(name);
  return mux !== undefined && syscallNumber(mux.via, abi) !== undefined;
}

function byNames(names: ReadonlySet<string>, mode: boolean): TraceArch {
  const own = USUAL.filter((abi) => [...names].every((name) => has(abi, name)));
  const runs = USUAL.filter((abi) =>
    [...names].every((name) => [abi, ...abiInfo(abi).alsoRuns].some((each) => has(each, name))),
  );
  if (own.length === 1 && !mode) return { value: own[0]!, basis: 'computed', by: 'name' };
  // Names of today's ARM beside others that only its first ABI had.
  const first = (name: string): boolean => has('arm', name) || oabiNumber(name) !== undefined;
  if (runs.length === 0 && [...names].every(first)) return { value: 'arm', basis: 'computed', by: 'name' };
  // Programs of two ABIs, which only this one runs.
  if (own.length === 0 && runs.length === 1) return { value: runs[0]!, basis: 'computed', by: 'name' };
  // Names that no 64-bit ABI has: a 32-bit program, on whatever kernel.
  const narrow = own.length > 0 && own.every((abi) => abiInfo(abi).bits === 32) && !mode;
  const value =
    narrow && own.includes('x86') ? 'x86' : ((narrow ? own[0] : preferred(own, runs)) ?? 'x86_64');
  const candidates = [...new Set([...own, ...runs])];
  // Calls that nearly every architecture has leave nothing to list.
  return { value, basis: 'assumed', by: 'default', ...(own.includes('x86_64') ? {} : { candidates }) };
}

function preferred(own: readonly Abi[], runs: readonly Abi[]): Abi | undefined {
  if (own.includes('x86_64') || runs.includes('x86_64')) return 'x86_64';
  return own[0] ?? runs[0];
}

/** The 64-bit ABI whose kernels run this one too. */
export function parentOf(abi: Abi): Abi | undefined {
  return ABIS.find((wide) => abiInfo(wide).alsoRuns.includes(abi));
}

import { type Abi, abiInfo } from './abi.ts';
import { compareKernels, type KernelVersion, parseKernel } from './kernel.ts';
import { TEXT } from './numbers.gen.ts';

/** Shape of numbers.gen.ts: `rows` are [name, first kernel, number per ABI of `abis`]; numbers are without base. */
interface Table {
  readonly abis: readonly string[];
  readonly birth: Readonly<Record<string, string>>;
  /** The newest kernel release whose additions were read. */
  readonly newest: string;
  /** Kernel releases that added syscalls, oldest first. */
  readonly adding: readonly string[];
  /** Calls that a kernel has only where it was built with an option, which is without `CONFIG_`. */
  readonly option: Readonly<Record<string, string>>;
  /** The capability, without `CAP_`, that a call asks for in the initial user namespace. */
  readonly initialNamespace: Readonly<Record<string, string>>;
  readonly archKernel: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly never: readonly string[];
  readonly removed: Readonly<Record<string, string>>;
  /** ARM's first ABI: calls that the one of today lost, by number. */
  readonly oabi: Readonly<Record<string, number>>;
  readonly rows: readonly (readonly [name: string, kernel: string | null, ...(number | null)[]])[];
}

/** Little-endian twins share the column of the big-endian port, and the other way round. */
const COLUMN: Partial<Record<Abi, string>> = {
  ppc64le: 'ppc64',
  mipsel: 'mips',
  mipsel64: 'mips64',
  mipsel64n32: 'mips64n32',
  sheb: 'sh',
};

/** Name of the table's column for an ABI. */
export function columnOf(abi: Abi): string {
  return COLUMN[abi] ?? abi;
}

/** Other spellings of a name on one ABI: strace's, glibc's and the kernel's where they differ from libseccomp's. */
const ALIASES: Partial<Record<Abi, Readonly<Record<string, string>>>> = {
  arm: {
    sync_file_range2: 'arm_sync_file_range',
    fadvise64_64: 'arm_fadvise64_64',
    SYS_cacheflush: 'cacheflush',
  },
};
const COMMON_ALIASES: Readonly<Record<string, string>> = {
  pread: 'pread64',
  pwrite: 'pwrite64',
  fstatat: 'newfstatat',
  sysctl: '_sysctl',
  llseek: '_llseek',
  newselect: '_newselect',
  _exit: 'exit',
  old_mmap: 'mmap',
  old_select: 'select',
  old_getrlimit: 'getrlimit',
  oldselect: 'select',
};

let parsed: Table | undefined;
let byName: ReadonlyMap<string, Table['rows'][number]> | undefined;
const byNumber = new Map<string, ReadonlyMap<number, string>>();

function table(): Table {
  parsed ??= JSON.parse(TEXT) as Table;
  return parsed;
}

function rowOf(name: string): Table['rows'][number] | undefined {
  byName ??= new Map(table().rows.map((row) => [row[0], row]));
  return byName.get(name);
}

const indexes = new Map<Abi, number>();

function columnIndex(abi: Abi): number {
  let index = indexes.get(abi);
  if (index === undefined) {
    index = table().abis.indexOf(columnOf(abi)) + 2;
    indexes.set(abi, index);
  }
  return index;
}

/** The newest kernel of the tables: what a later one added is not known to them. */
export function newestKernel(): KernelVersion {
  return parseKernel(table().newest)!;
}

/** The kernels of the tables that brought syscalls, oldest first. */
export function kernelsWithNews(): readonly string[] {
  return table().adding;
}

/** Every syscall name of the tables, sorted by code unit. */
export function syscallNames(): readonly string[] {
  return table().rows.map(([name]) => name);
}

/** The name as our tables spell it on this ABI, or undefined when no ABI has such a syscall. */
export function canonicalName(name: string, abi?: Abi): string | undefined {
  const own = abi === undefined ? undefined : ALIASES[abi];
  const alias = own && Object.hasOwn(own, name) ? own[name]! : name;
  if (rowOf(alias)) return alias;
  const common = Object.hasOwn(COMMON_ALIASES, alias) ? COMMON_ALIASES[alias]! : undefined;
  return common !== undefined && rowOf(common) ? common : undefined;
}

/** Number including the ABI's base, or undefined when this ABI has no such syscall. Takes other spellings too. */
export function syscallNumber(name: string, abi: Abi): number | undefined {
  const spelled = canonicalName(name, abi);
  return spelled === undefined ? undefined : exactNumber(spelled, abi);
}

/** As `syscallNumber`, for libseccomp's own spelling only. */
export function exactNumber(name: string, abi: Abi): number | undefined {
  const number = rowOf(name)?.[columnIndex(abi)];
  return typeof number === 'number' ? number + abiInfo(abi).base : undefined;
}

/**
 * Number of a call that only programs of ARM's first ABI make (OABI, before 2005): a kernel of today has it for them alone,
 * or not at all, and no filter knows its name. Undefined for every other name.
 */
export function oabiNumber(name: string): number | undefined {
  const spelled = canonicalName(name) ?? name;
  const { oabi } = table();
  return Object.hasOwn(oabi, spelled) ? oabi[spelled] : undefined;
}

/** Name of a number that includes the ABI's base, or undefined when the tables have none. */
export function syscallName(nr: number, abi: Abi): string | undefined {
  const column = columnOf(abi);
  let names = byNumber.get(column);
  if (!names) {
    const index = columnIndex(abi);
    names = new Map(
      table().rows.flatMap((row) => {
        const number = row[index];
        return typeof number === 'number' ? [[number, row[0]] as const] : [];
      }),
    );
    byNumber.set(column, names);
  }
  return names.get(nr - abiInfo(abi).base);
}

/**
 * The first kernel that has this syscall on this ABI. Undefined where the ABI has no such number or where no kernel
 * ever gave it a body. Sources: facts/syscalls.json (man-pages, glibc and strace histories); ports that are younger
 * than the syscall count from the port's first kernel.
 */
export function kernelOf(name: string, abi: Abi): KernelVersion | undefined {
  const spelled = canonicalName(name, abi);
  if (spelled === undefined || syscallNumber(spelled, abi) === undefined) return undefined;
  const column = columnOf(abi);
  const { archKernel, birth } = table();
  const own = archKernel[column]?.[spelled] ?? rowOf(spelled)![1];
  const first = own === null ? undefined : parseKernel(own);
  const port = parseKernel(birth[column] ?? '');
  if (!first || !port) return first;
  return compareKernels(first, port) < 0 ? port : first;
}

/** The first kernel that has this syscall on any ABI. */
export function kernelOfName(name: string): KernelVersion | undefined {
  const text = rowOf(canonicalName(name) ?? name)?.[1];
  return text ? parseKernel(text) : undefined;
}

/** The kernel that dropped a syscall again, such as 5.5 for `_sysctl`. */
export function removedIn(name: string): KernelVersion | undefined {
  const { removed } = table();
  return Object.hasOwn(removed, name) ? parseKernel(removed[name]!) : undefined;
}

/** `CONFIG_…` without which a kernel answers ENOSYS to this syscall although it is new enough; undefined where it always has it. */
export function kernelOption(name: string): string | undefined {
  const { option } = table();
  return Object.hasOwn(option, name) ? `CONFIG_${option[name]!}` : undefined;
}

/** `CAP_…` of the initial user namespace without which the kernel always refuses this syscall; undefined for others. */
export function initialCapability(name: string): string | undefined {
  const { initialNamespace } = table();
  return Object.hasOwn(initialNamespace, name) ? `CAP_${initialNamespace[name]!}` : undefined;
}

/**
 * Whether a kernel's syscall table has a body for this number. False is certain to be ENOSYS; true says nothing of
 * what the body answers. A number that the tables do not know counts as absent.
 */
export function kernelHas(nr: number, abi: Abi, kernel: KernelVersion): boolean {
  const name = syscallName(nr, abi);
  if (name === undefined || table().never.includes(name)) return false;
  const first = kernelOf(name, abi);
  if (first && compareKernels(kernel, first) < 0) return false;
  const gone = removedIn(name);
  return !(gone && compareKernels(kernel, gone) >= 0);
}

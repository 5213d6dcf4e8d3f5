import type { Abi } from '../../linux/abi.ts';
import { errnoName } from '../../linux/errno.ts';

/** Who refused: a seccomp filter, so that the kernel never got the call, or the kernel itself. */
export type Refuser = 'filter' | 'kernel';

/** Refused calls that are alike, as the tracepoints of the kernel show them. */
export interface KernelRecord {
  readonly by: Refuser;
  /** In the pid namespace of whoever watched. */
  readonly tid: number;
  readonly nr: number;
  /** Undefined where the record does not tell whether the caller ran in 32 or in 64 bits. */
  readonly abi: Abi | undefined;
  readonly errno: string;
  /** Raw values; undefined where the kernel does not keep them until the call ends. */
  readonly args: readonly (bigint | undefined)[];
  /** Short name of the program; undefined where it was not seen to be given. */
  readonly command?: string;
  readonly count: number;
}

/** What the watch helper said of a run. */
export interface KernelRecords {
  readonly records: readonly KernelRecord[];
  /** How many calls ended while it looked. */
  readonly calls: number;
  /** Records that were overwritten before they were read; the calls of threads that it did not see start. */
  readonly lost: number;
}

/** Without end when a program retries for ever: beyond so many different ones only the counts grow. */
const MOST_RECORDS = 100_000;

/** Collects the lines of native/helpers/watch.c. */
export class KernelRecordReader {
  readonly #arch: Abi;
  readonly #records = new Map<string, KernelRecord>();
  #calls = 0;
  #lost = 0;
  #rest = '';

  /** `arch`: the machine's, which says what 64 and 32 bits are there. */
  constructor(arch: Abi) {
    this.#arch = arch;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  result(): KernelRecords {
    return { records: [...this.#records.values()], calls: this.#calls, lost: this.#lost };
  }

  #line(line: string): void {
    const known = this.#records.get(line);
    if (known) {
      this.#records.set(line, { ...known, count: known.count + 1 });
      return;
    }
    const [word, first = '', nr = '', bits = '', errno = '', ...rest] = line.split(' ');
    const args = rest.slice(0, 6);
    const command = rest[6] ?? '';
    if (word === 'lost') this.#lost += Number(first);
    if (word === 'end') {
      this.#calls = Number(first);
      this.#lost += Number(nr);
    }
    if ((word !== 'filter' && word !== 'kernel') || this.#records.size === MOST_RECORDS) return;
    this.#records.set(line, {
      by: word,
      tid: Number(first),
      nr: Number(nr),
      abi: abiOf(this.#arch, bits, Number(nr)),
      errno: errnoName(Number(errno)) ?? `errno ${errno}`,
      args: args.map((arg) => (arg === '-' ? undefined : BigInt(`0x${arg}`))),
      ...(command === '' ? {} : { command }),
      count: 1,
    });
  }
}

/** x32 has the registers of x86_64 and a bit of its own in the number. */
const X32_BIT = 0x40000000;

function abiOf(arch: Abi, bits: string, nr: number): Abi | undefined {
  if (bits === '0') return undefined;
  if (arch === 'x86_64') return bits === '32' ? 'x86' : nr & X32_BIT ? 'x32' : 'x86_64';
  if (arch === 'aarch64') return bits === '32' ? 'arm' : 'aarch64';
  return undefined;
}

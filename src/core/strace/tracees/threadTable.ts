import type { Abi } from '../../linux/abi.ts';
import { commandOf } from '../grammar/command.ts';
import { abiOfMode } from '../grammar/identity.ts';
import type { Mode } from '../grammar/line.ts';
import { Image } from './image.ts';
import { Process } from './process.ts';

export interface ThreadTableOptions {
  /** Native ABI of the traced machine; x86_64 when not known. */
  readonly arch?: Abi;
  /** Taken where the trace leaves several possible, this one among them. */
  readonly assume?: Abi;
  /** The process whose file of `strace -ff` this is. */
  readonly pid?: number;
  /** What that process inherited: known from its parent's file. */
  readonly command?: string;
  readonly abi?: Abi;
}

/** `strace -ff` needs to hand these over from file to file. */
export interface Fork {
  readonly pid: number;
  readonly abi: Abi;
  readonly command: string | undefined;
}

export const FORKS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork', 'clone2']);

/** What a child has from its parent. */
type Inherited = Pick<Process, 'pid' | 'abi' | 'image'>;

/** Who lives: the processes of a trace, by what its lines say of them and by what their calls do. */
export class ThreadTable {
  /** The ABI of the traced machine's kernel, which new programs have. */
  native: Abi;
  readonly live = new Map<number, Process>();
  readonly forks: Fork[] = [];
  started = 0;
  /** The process that lines without a pid belong to, while it is known. */
  alone: Process | undefined;
  /** Those whose fork has not returned, in the order in which it began. */
  readonly forking: Process[] = [];

  /** Children that a call returned and no line has shown yet. */
  readonly #expected = new Map<number, Inherited>();
  /** Those of them whose number is of an inner PID namespace, the last one last; some have been shown since. */
  readonly #inner: number[] = [];
  /** Threads that ended before a call returned them, and whether they count as strangers. */
  readonly #early = new Map<number, boolean>();
  /** How many threads came up that no call has returned, while one could. */
  #strangers = 0;

  readonly #options: ThreadTableOptions;
  #anonymous: Process | undefined;
  #modeLines = false;

  constructor(options: ThreadTableOptions) {
    this.native = options.arch ?? 'x86_64';
    this.#options = options;
  }

  /** The process of a line. Lines without a pid belong to the only one there is. */
  of(pid: number | undefined): Process {
    if (pid === undefined) {
      this.alone ??= this.#sole();
      return this.alone;
    }
    this.alone = undefined;
    const known = this.#get(pid);
    if (known) return known;
    // `[pid N]` appears only with the second process: the first of unknown number is the one nobody forked.
    if (this.#anonymous && this.#anonymous.pid === undefined) {
      this.#anonymous.pid = pid;
      this.live.set(pid, this.#anonymous);
      return this.#anonymous;
    }
    return this.#start(pid, this.forking.at(-1) ?? this.#unseen(), true);
  }

  /** A pid that strace announced: never the unnamed first process. */
  announced(pid: number): void {
    this.alone = undefined;
    if (this.#get(pid)) return;
    const first = this.#anonymous ?? (this.live.size === 1 ? [...this.live.values()][0] : undefined);
    // The line of the call that made it may still be open.
    this.#strange(this.#start(pid, this.forking.at(-1) ?? first, true), first !== undefined);
  }

  /** `[ Process PID=N runs in 32 bit mode. ]`, perhaps behind the pid of another line. */
  mode(named: number | undefined, prefixed: number | undefined, mode: Mode): void {
    this.#modeLines = true;
    const family = abiOfMode(mode, this.native);
    if (prefixed === undefined && named !== undefined && !this.#get(named) && this.#anonymous === undefined) {
      // The first process of a trace without pids: the message is the first to name it.
      const sole = this.live.size === 0 ? this.of(undefined) : this.of(named);
      sole.abi = family;
      return;
    }
    const process =
      prefixed !== undefined
        ? this.of(prefixed)
        : named !== undefined && this.#get(named)
          ? this.#get(named)!
          : this.of(undefined);
    process.abi = family;
  }

  /** What a call that returned does to its process and to others. */
  effects(process: Process, name: string, args: string, value: string): void {
    if (name === 'execve' || name === 'execveat') {
      if (value === '0') {
        process.image = new Image(commandOf(name, args) ?? process.command);
        process.guessed = false;
        // With -o nothing tells the new program's ABI but its calls; most are native.
        if (!this.#modeLines) process.abi = this.native;
      }
    } else if (FORKS.has(name) && value !== '0') {
      const child = Number(value);
      this.forks.push({ pid: child, abi: process.abi, command: process.command });
      if (this.#options.pid === undefined) this.#returned(child, process);
    }
  }

  #returned(child: number, parent: Process): void {
    const known = this.live.get(child);
    if (known?.guessed) {
      known.guessed = false;
      this.#strange(known, false);
      known.image = parent.image;
    }
    if (known) return;
    // A child can have run and ended meanwhile. Its number may be that of an inner PID namespace, too: it counts as a thread
    // when a line shows it.
    const early = this.#early.get(child);
    if (early === true) this.#strangers--;
    if (early !== undefined) this.#early.delete(child);
    else {
      // Numbers begin anew in an inner namespace.
      if (child < (parent.pid ?? 0)) this.#inner.push(child);
      this.#expected.set(child, { pid: parent.pid, abi: parent.abi, image: parent.image });
    }
  }

  /** A call that makes a child has begun. */
  began(process: Process): void {
    this.forking.push(process);
  }

  /** Its fork has returned, or never will. */
  settled(process: Process): void {
    const at = this.forking.lastIndexOf(process);
    if (at !== -1) this.forking.splice(at, 1);
  }

  remove(process: Process): void {
    if (process.guessed) this.#early.set(process.pid!, process.stranger);
    this.alone = undefined;
    if (process.pid !== undefined && this.live.get(process.pid) === process) this.live.delete(process.pid);
    if (process === this.#anonymous) this.#anonymous = undefined;
  }

  living(): ReadonlySet<Process> {
    return new Set([...this.live.values(), ...(this.#anonymous ? [this.#anonymous] : [])]);
  }

  /** After the last line: whether calls returned children that the trace does not show; these count as threads. */
  missing(): boolean {
    // In an inner PID namespace calls return other numbers than strace prints: then as many threads came up unannounced.
    const missing = Math.max(0, this.#expected.size - this.#strangers);
    this.started += missing;
    return missing > 0;
  }

  #sole(): Process {
    // Until a line names it, the first process goes without a pid, also while its child is announced.
    if (this.#anonymous && this.#anonymous.pid === undefined) return this.#anonymous;
    if (this.live.size === 0 && this.#expected.size === 1) this.#get([...this.#expected.keys()][0]!);
    if (this.live.size === 1) return [...this.live.values()][0]!;
    if (this.#anonymous) return this.#anonymous;
    const { pid, command, abi } = this.#options;
    const process =
      pid === undefined ? new Process(undefined, this.native) : this.#start(pid, undefined, false);
    if (pid === undefined) this.started++;
    if (abi) process.abi = abi;
    if (command !== undefined) process.image = new Image(command, true);
    if (pid === undefined) this.#anonymous = process;
    return process;
  }

  /** A thread that is known, or that a call has returned. */
  #get(pid: number): Process | undefined {
    const parent = this.#expected.get(pid);
    if (!parent) return this.live.get(pid);
    this.#expected.delete(pid);
    return this.live.get(pid) ?? this.#start(pid, parent, false);
  }

  /** What a thread inherits that came up unannounced: the child of an inner PID namespace that was made last. */
  #unseen(): Inherited | undefined {
    for (;;) {
      const child = this.#inner.at(-1);
      if (child === undefined) return undefined;
      const inherited = this.#expected.get(child);
      if (inherited) return inherited;
      this.#inner.pop();
    }
  }

  #strange(process: Process, stranger: boolean): void {
    this.#strangers += Number(stranger) - Number(process.stranger);
    process.stranger = stranger;
  }

  #start(pid: number, parent: Inherited | undefined, guessed: boolean): Process {
    const process = new Process(pid, parent?.abi ?? this.native);
    process.image = parent?.image ?? new Image(undefined);
    process.guessed = guessed;
    this.#strange(process, guessed && (this.forking.length > 0 || this.#expected.size > 0));
    this.live.set(pid, process);
    this.started++;
    this.alone = undefined;
    return process;
  }
}

import type { Abi } from '../../linux/abi.ts';
import { commandOf } from '../grammar/command.ts';
import { abiOfMode } from '../grammar/identity.ts';
import type { Mode } from '../grammar/line.ts';
import type { FragmentLog, ThreadState } from './fragment.ts';
import { Process } from './process.ts';

export interface ThreadTableOptions {
  /** Native ABI of the traced machine; x86_64 when not known. */
  readonly arch?: Abi;
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

/** Who lives: the processes of a trace, by what its lines say of them and by what their calls do. */
export class ThreadTable {
  readonly native: Abi;
  readonly live = new Map<number, Process>();
  readonly forks: Fork[] = [];
  started = 0;
  /** The process that lines without a pid belong to, while it is known. */
  alone: Process | undefined;
  /** Those whose fork has not returned, in the order in which it began. */
  readonly forking: Process[] = [];

  readonly #options: ThreadTableOptions;
  readonly #fragment: FragmentLog | undefined;
  #anonymous: Process | undefined;
  #modeLines = false;

  constructor(options: ThreadTableOptions, fragment: FragmentLog | undefined) {
    this.native = options.arch ?? 'x86_64';
    this.#options = options;
    this.#fragment = fragment;
  }

  /** The process of a line. Lines without a pid belong to the only one there is. */
  of(pid: number | undefined): Process {
    if (pid === undefined) {
      this.#fragment?.abandon();
      this.alone ??= this.#sole();
      return this.alone;
    }
    this.alone = undefined;
    const known = this.live.get(pid);
    if (known) return known;
    // `[pid N]` appears only with the second process: the first of unknown number is the one nobody forked.
    if (this.#anonymous && this.#anonymous.pid === undefined) {
      this.#anonymous.pid = pid;
      this.live.set(pid, this.#anonymous);
      return this.#anonymous;
    }
    return this.#start(pid, this.forking.at(-1), true);
  }

  /** A pid that strace announced: never the unnamed first process. */
  announced(pid: number): void {
    this.alone = undefined;
    this.#fragment?.abandon();
    if (this.live.has(pid)) return;
    const first = this.#anonymous ?? (this.live.size === 1 ? [...this.live.values()][0] : undefined);
    this.#start(pid, this.forking.at(-1) ?? first, true);
  }

  /** `[ Process PID=N runs in 32 bit mode. ]`, perhaps behind the pid of another line. */
  mode(named: number | undefined, prefixed: number | undefined, mode: Mode): void {
    this.#modeLines = true;
    this.#fragment?.abandon();
    const family = abiOfMode(mode, this.native);
    if (
      prefixed === undefined &&
      named !== undefined &&
      !this.live.has(named) &&
      this.#anonymous === undefined
    ) {
      // The first process of a trace without pids: the message is the first to name it.
      const sole = this.live.size === 0 ? this.of(undefined) : this.of(named);
      sole.abi = family;
      return;
    }
    const process =
      prefixed !== undefined
        ? this.of(prefixed)
        : named !== undefined && this.live.has(named)
          ? this.live.get(named)!
          : this.of(undefined);
    process.abi = family;
  }

  /** What a call that returned does to its process and to others. */
  effects(process: Process, name: string, args: string, value: string): void {
    if (name === 'execve' || name === 'execveat') {
      if (value === '0') {
        process.command = commandOf(name, args) ?? process.command;
        process.guessed = false;
        // With -o nothing tells the new program's ABI but its calls; most are native.
        if (!this.#modeLines) process.abi = this.native;
      }
    } else if (FORKS.has(name) && value !== '0') {
      const child = Number(value);
      this.forks.push({ pid: child, abi: process.abi, command: process.command });
      const known = this.live.get(child);
      if (!known && this.#options.pid === undefined) this.#start(child, process, false);
      else if (known?.guessed) {
        known.guessed = false;
        known.command = this.#fragment?.corrected(known, process.command) ?? process.command;
      }
    }
  }

  /** Its fork has returned, or never will. */
  settled(process: Process): void {
    const at = this.forking.lastIndexOf(process);
    if (at !== -1) this.forking.splice(at, 1);
  }

  remove(process: Process): void {
    this.#fragment?.ended(process);
    this.alone = undefined;
    if (process.pid !== undefined && this.live.get(process.pid) === process) this.live.delete(process.pid);
    if (process === this.#anonymous) this.#anonymous = undefined;
  }

  living(): ReadonlySet<Process> {
    return new Set([...this.live.values(), ...(this.#anonymous ? [this.#anonymous] : [])]);
  }

  /** As a following fragment has to know them. */
  states(): ThreadState[] {
    return [...this.live.values()].map(
      ({ pid, abi, command, pending, guessed, leaving, inherited, untouched, watch }) => ({
        pid: pid!,
        abi,
        command,
        pending,
        guessed,
        leaving,
        inherited,
        untouched,
        watch,
      }),
    );
  }

  #sole(): Process {
    // Until a line names it, the first process goes without a pid, also while its child is announced.
    if (this.#anonymous && this.#anonymous.pid === undefined) return this.#anonymous;
    if (this.live.size === 1) return [...this.live.values()][0]!;
    if (this.#anonymous) return this.#anonymous;
    const { pid, command, abi } = this.#options;
    const process =
      pid === undefined ? new Process(undefined, this.native) : this.#start(pid, undefined, false);
    if (pid === undefined) this.started++;
    if (abi) process.abi = abi;
    if (command !== undefined) process.command = command;
    if (pid === undefined) this.#anonymous = process;
    return process;
  }

  #start(pid: number, parent: Process | undefined, guessed: boolean): Process {
    const process = new Process(pid, parent?.abi ?? this.native);
    process.command = parent?.command;
    process.guessed = guessed;
    this.live.set(pid, process);
    if (!this.#fragment?.met(process, guessed, parent !== undefined)) this.started++;
    this.alone = undefined;
    return process;
  }
}

import type { Abi } from '../../linux/abi.ts';
import type { DistinctCall, Outcome, ThreadEnd, TraceStats } from '../grammar/event.ts';
import type { Line } from '../grammar/line.ts';
import { emptyWatch, type Watch } from '../summary/consequence.ts';
import { Image } from './image.ts';
import type { Pending, Process } from './process.ts';

/**
 * A trace is read in parts by several threads. A part does not know which processes live at its beginning, what they run,
 * and what they wait for. It assumes the native ABI, writes down what it could not know, and `joinFragments` fills it in. What is too
 * rare to be worth a rule (mode lines, lines without pids, torn lines at the border) makes it give up: then one thread
 * reads all.
 */
export interface Fragment extends FragmentEnd {
  readonly abandoned: boolean;
  readonly refs: readonly Ref[];
  readonly orphans: readonly Orphan[];
  /** Processes whose first line here shows that what they waited for never ended. */
  readonly dropped: readonly Dropped[];
  /** Processes that may have lived before and ended here. */
  readonly gone: readonly number[];
  /** Processes that were met here and may have lived before. */
  readonly met: readonly number[];
  /** What processes that may have lived before did first, until it was of no more interest to a refusal before. */
  readonly heads: readonly Head[];
  readonly torn: boolean;
  readonly stats: TraceStats;
  readonly calls: readonly CountedCall[];
}

/** `end`: the line on which the first such event was over; it was counted first for that. */
export interface CountedCall extends DistinctCall {
  readonly end: number;
}

export interface Head {
  readonly pid: number;
  readonly watch: Watch;
  readonly end: ThreadEnd | undefined;
}

/** How things stand at the end of a part. */
export interface FragmentEnd {
  readonly live: readonly ThreadState[];
  /** Pids that wait for a fork, clone or vfork to return, in the order in which they began. */
  readonly forking: readonly number[];
  readonly ends: number;
  readonly detached: boolean;
}

export interface ThreadState {
  readonly pid: number;
  readonly abi: Abi;
  readonly command: string | undefined;
  readonly pending: Pending | undefined;
  readonly guessed: boolean;
  readonly leaving: boolean;
  readonly inherited: boolean;
  readonly untouched: boolean;
  readonly watch: Watch | undefined;
}

/** A process that goes on without the end of what it waited for. */
export interface Dropped {
  readonly pid: number;
  readonly command: string | undefined;
  readonly line: number;
}

/** The second half of a call that began in an earlier part. */
export interface Orphan extends Dropped {
  readonly name: string;
  readonly args: string;
  readonly outcome: Outcome;
  readonly number: number | undefined;
  readonly time: number | undefined;
}

/** A command line that only an earlier part knows; written as NUL and an index in place of the command. */
export type Ref =
  /** What the process ran at the beginning, or else its likely parent: `guess`, or who was forking before. */
  | {
      readonly kind: 'start';
      readonly pid: number;
      readonly guess: { readonly command: string | undefined } | undefined;
      readonly orphans: number;
    }
  /** What the execve started that began earlier. */
  | { readonly kind: 'exec'; readonly pid: number; readonly before: string | undefined }
  /** A fork returned: its parent's command, unless the child was known for certain. */
  | {
      readonly kind: 'fixed';
      readonly pid: number;
      readonly before: string | undefined;
      readonly parent: string | undefined;
    };

type Effects = (process: Process, name: string, args: string, value: string) => void;

const FORKED = /^(?:clone|clone2|clone3|fork|vfork)$/;

/** Collects, while a part is read, what it can't know. */
export class FragmentLog {
  #abandoned = false;
  readonly #refs: Ref[] = [];
  readonly #orphans: Orphan[] = [];
  readonly #dropped: Dropped[] = [];
  readonly #gone: number[] = [];
  readonly #met: number[] = [];
  readonly #heads: Head[] = [];
  readonly #known = new Set<number>();
  #effects: Effects | undefined;

  /** `effects`: what a call that returned does to its process and to others. */
  attach(effects: Effects): void {
    this.#effects = effects;
  }

  abandon(): void {
    this.#abandoned = true;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  taken(): Pick<Fragment, 'abandoned' | 'refs' | 'orphans' | 'dropped' | 'gone' | 'met' | 'heads'> {
    return {
      abandoned: this.#abandoned,
      refs: this.#refs,
      orphans: this.#orphans,
      dropped: this.#dropped,
      gone: this.#gone,
      met: this.#met,
      heads: this.#heads,
    };
  }

  /** A process was met; true when it may have lived before this part. Called once per process, after its parent is set. */
  met(process: Process, guessed: boolean, parented: boolean): boolean {
    const pid = process.pid!;
    if (this.#known.has(pid)) {
      // Its number used a second time; who forked it may have begun to do so in an earlier part.
      if (guessed && !parented) this.abandon();
      return false;
    }
    this.#known.add(pid);
    this.#met.push(pid);
    process.inherited = true;
    process.untouched = true;
    // Keeps the byte scanner away until `first` has seen its first line, and the watch its first events.
    process.lazyLine = -1;
    process.watch = emptyWatch(pid);
    const start = this.#ref({
      kind: 'start',
      pid,
      guess: guessed && parented ? { command: process.command } : undefined,
      orphans: this.#orphans.length,
    });
    process.image = new Image(
      guessed ? start : this.#ref({ kind: 'fixed', pid, before: start, parent: process.command }),
      true,
    );
    return true;
  }

  /** A fork returned the pid of a process that was met before, whose parent was not certain. */
  corrected(child: Process, parent: string | undefined): string | undefined {
    if (!child.inherited) return undefined;
    return this.#ref({ kind: 'fixed', pid: child.pid!, before: child.command, parent });
  }

  /** A line of a process that may have lived before; true when the line is dealt with. */
  first(process: Process, { body, prefix }: Line, line: number): boolean {
    if ((body.kind === 'signal' || body.kind === 'killed') && body.signal === 'SIGSYS') this.abandon();
    if (!process.untouched || body.kind === 'signal') return false;
    process.untouched = false;
    if (
      body.kind === 'still' ||
      body.kind === 'open' ||
      (body.kind === 'detached' && body.pid !== undefined)
    ) {
      this.abandon();
      return false;
    }
    if (body.kind !== 'resumed') {
      this.#dropped.push({ pid: process.pid!, command: process.command, line });
      return false;
    }
    const { name, args, outcome } = body;
    if (name === undefined) {
      this.abandon();
      return true;
    }
    const pid = process.pid!;
    const { command } = process;
    this.#orphans.push({ pid, command, name, args, outcome, number: prefix.number, time: prefix.time, line });
    process.recent = false;
    if (outcome.kind === 'returned') {
      if (FORKED.test(name)) this.#effects?.(process, name, args, outcome.value);
      else if (/^execve(?:at)?$/.test(name) && outcome.value === '0') {
        process.image = new Image(this.#ref({ kind: 'exec', pid, before: process.command }), true);
        process.guessed = false;
      }
    } else if (outcome.kind === 'unknown' && /^(?:exit_group|_exit)$/.test(name)) process.leaving = true;
    return true;
  }

  /** A process that was followed from its first line here was refused something, or ended. */
  head(head: Head): void {
    this.#heads.push(head);
  }

  ended(process: Process): void {
    if (process.inherited) this.#gone.push(process.pid!);
  }

  #ref(ref: Ref): string {
    this.#refs.push(ref);
    return `\0${this.#refs.length - 1}`;
  }
}

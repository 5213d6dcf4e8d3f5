import type { ProcessInfo, Timeline } from '../../documents/report.ts';
import type { ExitInfo } from '../../documents/trace.ts';
import { commandOf } from '../../strace/grammar/command.ts';
import type { TraceEvent } from '../../strace/grammar/event.ts';

interface Growing {
  readonly pid: number;
  parent?: number;
  command?: string;
  from: number;
  to: number;
  fromLine: number;
  toLine: number;
  events: number;
  failed: number;
  exit?: ExitInfo;
}

/** A refusal as a timeline marks it; more of one kind in one process than this only blur it. */
const MOST_MARKS = 64;
const MAKES_PROCESS = /^(?:clone3?|v?fork)$/;

/** What marks a refusal: the same as in a `Denial`. */
export interface Refusal {
  readonly syscall: string;
  readonly abi: string;
  readonly errno: string;
}

const keyOf = ({ syscall, abi, errno }: Refusal): string => `${syscall} ${abi} ${errno}`;

/** Makes the timeline and the process tree out of all events of one trace, in their order. */
export class ProcessCollector {
  #processes = new Map<number, Growing>();
  #order: Growing[] = [];
  #denials: ReadonlyMap<string, number>;
  #marks: { time: number | undefined; line: number; pid: number; denial: number }[] = [];
  #markCount = new Map<string, number>();
  #timed = true;

  constructor(denials: readonly Refusal[]) {
    this.#denials = new Map(denials.map((denial, index) => [keyOf(denial), index]));
  }

  /** Events of one process in their order; those of several may be out of step, as `EventParser` gives them. */
  add(event: TraceEvent): void {
    const pid = event.pid ?? 0;
    const time = event.time;
    if (time === undefined) this.#timed = false;
    let process = this.#processes.get(pid);
    if (!process || process.exit) process = this.#begin(pid, event);
    process.to = time ?? 0;
    process.toLine = event.endLine;
    process.events++;
    const { outcome, name } = event;
    if (outcome.kind === 'failed') {
      process.failed++;
      this.#mark(event, pid, outcome.errno);
    } else if (outcome.kind === 'sigsys') {
      process.failed++;
      process.exit = { signal: 'SIGSYS' };
      this.#mark(event, pid, 'SIGSYS');
    } else if (outcome.kind === 'returned') {
      if (MAKES_PROCESS.test(name)) this.#child(process, Number(outcome.value), event);
      else if (name === 'execve' || name === 'execveat') {
        const command = commandOf(name, event.args);
        if (command !== undefined) process.command = command;
      }
    }
    if (name === 'exit_group' || (name === 'exit' && outcome.kind === 'unknown')) {
      const status = /^\d+/.exec(event.args)?.[0];
      if (status !== undefined) process.exit = { status: Number(status) & 0xff };
    }
  }

  #begin(pid: number, event: TraceEvent): Growing {
    const old = this.#processes.get(pid);
    const process: Growing = {
      pid,
      from: event.time ?? 0,
      to: event.time ?? 0,
      fromLine: event.line,
      toLine: event.endLine,
      events: 0,
      failed: 0,
      // A pid that is used again is another process, unless only the leader's exit was seen before its last calls.
      ...(old && event.name !== 'execve' && old.toLine === event.line - 1
        ? { ...(old.parent === undefined ? {} : { parent: old.parent }) }
        : {}),
    };
    this.#processes.set(pid, process);
    this.#order.push(process);
    return process;
  }

  #child(parent: Growing, pid: number, event: TraceEvent): void {
    if (!Number.isInteger(pid) || pid <= 0) return;
    let child = this.#processes.get(pid);
    // The child's lines may be given before the clone of its parent; lines before that clone are of another process.
    if (!child || child.fromLine <= event.line) child = this.#begin(pid, event);
    child.parent = parent.pid;
    if (child.command === undefined && parent.command !== undefined) child.command = parent.command;
  }

  #mark(event: TraceEvent, pid: number, errno: string): void {
    if (event.abi === undefined) return;
    const denial = this.#denials.get(keyOf({ syscall: event.name, abi: event.abi, errno }));
    if (denial === undefined) return;
    const key = `${pid} ${denial}`;
    const count = (this.#markCount.get(key) ?? 0) + 1;
    this.#markCount.set(key, count);
    if (count <= MOST_MARKS) this.#marks.push({ time: event.time, line: event.line, pid, denial });
  }

  /** At most `most` processes: those with refused calls and their ancestors first, then by their number of events. */
  end(most = 5_000): Timeline {
    this.#order.sort((a, b) => a.fromLine - b.fromLine);
    const timed = this.#timed && this.#order.length > 0;
    const refused = new Set(this.#marks.map(({ pid }) => pid));
    const keep = new Set<number>();
    for (const pid of refused) {
      for (let at: number | undefined = pid; at !== undefined && !keep.has(at); ) {
        keep.add(at);
        at = this.#processes.get(at)?.parent;
      }
    }
    const chosen =
      this.#order.length <= most
        ? this.#order
        : (() => {
            const best = new Set(
              [...this.#order]
                .sort((a, b) => Number(keep.has(b.pid)) - Number(keep.has(a.pid)) || b.events - a.events)
                .slice(0, most),
            );
            return this.#order.filter((process) => best.has(process));
          })();
    const from = (process: Growing): number => (timed ? process.from : process.fromLine);
    const to = (process: Growing): number => (timed ? process.to : process.toLine);
    return {
      unit: timed ? 'seconds' : 'lines',
      from: this.#order.reduce((least, process) => Math.min(least, from(process)), Infinity) || 0,
      to: this.#order.reduce((most, process) => Math.max(most, to(process)), 0),
      processes: chosen.map(
        (process): ProcessInfo => ({
          pid: process.pid,
          ...(process.parent === undefined ? {} : { parent: process.parent }),
          ...(process.command === undefined ? {} : { command: process.command }),
          from: from(process),
          to: to(process),
          events: process.events,
          failed: process.failed,
          ...(process.exit === undefined ? {} : { exit: process.exit }),
        }),
      ),
      omitted: this.#order.length - chosen.length,
      marks: this.#marks.map(({ time, line, pid, denial }) => ({
        at: timed ? (time ?? 0) : line,
        pid,
        denial,
      })),
    };
  }
}

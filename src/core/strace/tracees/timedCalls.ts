import type { TimedCall } from '../../documents/timed.ts';
import { commandOf } from '../grammar/command.ts';
import type { Outcome, TraceEvent } from '../grammar/event.ts';
import { EventParser } from './events.ts';

/** Longer traces make files that no viewer opens. */
export const MOST_CALLS = 2_000_000;

const NEWLINE = 10;
const TOOK = / <(\d+\.\d+)>\s*$/;
const MAKES_PROCESS = /^(?:clone3?|v?fork)$/;

/** A call as it was read: events come in the order in which they are certain, not in that of time. */
interface Read extends Omit<TimedCall, 'at' | 'program'> {
  readonly time: number;
  /** The thread that it made. */
  readonly child?: number;
  /** The program that runs after it. */
  readonly runs?: string;
}

/** Reads a trace made with `strace -f -ttt -T` for viewers of time; no arguments are kept, so nothing in it is secret. */
export class TimedCalls {
  readonly #parser: EventParser;
  readonly #took = new Map<number, number>();
  readonly #calls: Read[] = [];
  #line = 1;
  #tail = '';
  #untimed = 0;

  constructor(options: ConstructorParameters<typeof EventParser>[0] = {}) {
    this.#parser = new EventParser(options);
  }

  push(chunk: Uint8Array): void {
    this.#durations(chunk);
    for (const event of this.#parser.push(chunk)) this.#add(event);
  }

  /** In the order of time; undefined where no call has a time, or there are too many. */
  end(): readonly TimedCall[] | undefined {
    for (const event of this.#parser.end()) this.#add(event);
    const [first] = this.#calls.sort((a, b) => a.time - b.time || a.line - b.line);
    if (!first || this.#untimed > 0 || this.#calls.length > MOST_CALLS) return undefined;
    const programs = new Map<number, string>();
    return this.#calls.map(({ time, child, runs, ...call }) => {
      const program = programs.get(call.pid);
      if (child !== undefined && program !== undefined) programs.set(child, program);
      if (runs !== undefined) programs.set(call.pid, runs);
      return { ...call, at: time - first.time, ...(program === undefined ? {} : { program }) };
    });
  }

  /** The time that a call took stands at the end of its last line. */
  #durations(chunk: Uint8Array): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const end = this.#tail + latin(chunk.subarray(Math.max(from, at - 40), at));
      const took = TOOK.exec(end)?.[1];
      if (took !== undefined) this.#took.set(this.#line, Number(took));
      this.#tail = '';
      this.#line++;
      from = at + 1;
    }
    this.#tail = (this.#tail + latin(chunk.subarray(Math.max(from, chunk.length - 40)))).slice(-40);
  }

  #add(event: TraceEvent): void {
    const { time, pid = 0, name, line, endLine, outcome } = event;
    if (time === undefined) {
      this.#untimed++;
      return;
    }
    const seconds = this.#took.get(endLine);
    this.#took.delete(endLine);
    if (this.#calls.length > MOST_CALLS) return;
    this.#calls.push({
      ...{ pid, name, time, line, result: resultOf(outcome) },
      ...(seconds === undefined ? {} : { seconds }),
      ...(outcome.kind === 'returned' ? madeBy(name, event.args, outcome.value) : {}),
    });
  }
}

/** The thread that a call made, or the program that it started. */
function madeBy(name: string, args: string, value: string): Pick<Read, 'child' | 'runs'> {
  if (MAKES_PROCESS.test(name)) return { child: Number(value) };
  if (!/^execve(?:at)?$/.test(name)) return {};
  const runs = commandOf(name, args)?.split(' ')[0]?.split('/').at(-1);
  return runs === undefined ? {} : { runs };
}

const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

function resultOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'returned':
      return 'ok';
    case 'failed':
      return outcome.errno;
    case 'sigsys':
      return 'SIGSYS';
    default:
      return '?';
  }
}

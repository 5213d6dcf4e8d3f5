import { type Abi, abiInfo } from '../../linux/abi.ts';
import { argumentValues } from '../grammar/arguments.ts';
import type { Aftermath, Call, DistinctCall, FirstSeen, Outcome, TraceEvent } from '../grammar/event.ts';
import type { Identity } from '../grammar/identity.ts';
import { mergeAftermaths } from './consequence.ts';
import { relevantArguments } from './relevant.ts';

/** A distinct call while it is being counted. */
export interface Counter {
  readonly call: Call;
  readonly outcome: DistinctCall['outcome'];
  readonly key: string;
  count: number;
  first: FirstSeen;
  sample: string;
  /** The line on which the first such event was counted. */
  end: number;
  after?: Aftermath | undefined;
}

const SAMPLE_LENGTH = 4096;

/** What a filter sees of an event: ABI, number, and the arguments that decide. */
function callOf(
  event: TraceEvent,
  abi: Abi,
  identity: Identity,
  more?: (name: string) => readonly number[],
): Call {
  const wanted = relevantArguments(event.name, abi, more);
  let args: readonly (bigint | undefined)[] = [];
  if (identity.subcall !== undefined) args = [BigInt(identity.subcall)];
  else if (wanted.length > 0) args = argumentValues(event.name, event.args, wanted, abi, abiInfo(abi).bits);
  return { abi, nr: event.nr ?? -1, name: event.name, args };
}

/** Counts events that are alike for every filter. */
export class Tally {
  readonly #counters = new Map<string, Counter>();
  readonly #more: ((name: string) => readonly number[]) | undefined;
  readonly #file: string | undefined;

  constructor(file: string | undefined, more: ((name: string) => readonly number[]) | undefined) {
    this.#file = file;
    this.#more = more;
  }

  /** `line`: the last line read so far. */
  add(event: TraceEvent, identity: Identity, command: string | undefined, line: number): Counter {
    const call = callOf(event, identity.abi, identity, this.#more);
    return this.#count(call, distinctOutcome(event.outcome), 1, () => ({
      first: this.firstSeen(event, command),
      sample: event.args.slice(0, SAMPLE_LENGTH),
      end: line,
    }));
  }

  /** The event was refused by a filter that kills or traps: it counts as that, not as what strace printed. */
  turnToSigsys(
    counter: Counter,
    event: Pick<TraceEvent, 'line' | 'pid' | 'args'> | undefined,
    command: string | undefined,
    as?: Identity,
  ): void {
    counter.count--;
    if (counter.count === 0) this.#counters.delete(counter.key);
    const call = as ? { ...counter.call, abi: as.abi, name: as.name, nr: as.nr ?? -1 } : counter.call;
    this.#count(call, 'sigsys', 1, () => ({
      first: event ? this.firstSeen(event, command) : counter.first,
      sample: event ? event.args.slice(0, SAMPLE_LENGTH) : counter.sample,
      end: event?.line ?? counter.end,
    }));
  }

  /** The same with what `joinFragments` needs. */
  counted(): (DistinctCall & { readonly end: number })[] {
    return [...this.#counters.values()].map(({ end, ...counter }) => ({ ...plain(counter), end }));
  }

  /** Adds what another tally counted; `first` is taken from whichever was over earlier. */
  merge(other: DistinctCall & { readonly end: number }): void {
    const { call, outcome, count, first, sample, end, after } = other;
    const counter = this.#count(call, outcome, count, () => ({ first, sample, end }));
    counter.after = mergeAftermaths(counter.after, after);
    if (end < counter.end) Object.assign(counter, { first, sample, end });
  }

  /** In the order of their first event. */
  calls(): DistinctCall[] {
    return [...this.#counters.values()].sort((a, b) => a.first.line - b.first.line).map(plain);
  }

  /** What followed one event of the call with this key. */
  addAftermath(key: string, after: Aftermath): void {
    const counter = this.#counters.get(key);
    if (counter) counter.after = mergeAftermaths(counter.after, after);
  }

  #count(
    call: Call,
    outcome: DistinctCall['outcome'],
    count: number,
    made: () => Pick<Counter, 'first' | 'sample' | 'end'>,
  ): Counter {
    const key = distinctKey(call, outcome);
    const known = this.#counters.get(key);
    if (known) {
      known.count += count;
      return known;
    }
    const counter: Counter = { call, outcome, key, count, ...made() };
    this.#counters.set(key, counter);
    return counter;
  }

  firstSeen({ line, pid }: Pick<TraceEvent, 'line' | 'pid'>, command: string | undefined): FirstSeen {
    return {
      ...(this.#file === undefined ? {} : { file: this.#file }),
      line,
      pid,
      ...(command === undefined ? {} : { command }),
    };
  }
}

function plain({ call, outcome, count, first, sample, after }: Omit<Counter, 'end' | 'key'>): DistinctCall {
  return { call, outcome, count, first, sample, ...(after ? { after } : {}) };
}

/** Equal for calls that are alike for every filter. */
export function distinctKey(call: Call, outcome: DistinctCall['outcome']): string {
  const end = typeof outcome === 'string' ? outcome : `${outcome.errno}${outcome.injected ? '!' : ''}`;
  return `${call.abi} ${call.nr} ${call.name} ${call.args.map((arg) => arg ?? '').join(',')} ${end}`;
}

function distinctOutcome(outcome: Outcome): DistinctCall['outcome'] {
  if (outcome.kind === 'failed') return { errno: outcome.errno, injected: outcome.injected === true };
  return outcome.kind;
}

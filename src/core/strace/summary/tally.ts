import { type Abi, abiInfo } from '../../linux/abi.ts';
import { hasKnownCallers } from '../../linux/callers.ts';
import { argumentValues } from '../grammar/arguments.ts';
import type {
  Aftermath,
  Call,
  CallerImage,
  DistinctCall,
  FirstSeen,
  Outcome,
  TraceEvent,
} from '../grammar/event.ts';
import type { Identity } from '../grammar/identity.ts';
import type { Image } from '../tracees/image.ts';
import { mergeAftermaths } from './consequence.ts';
import { relevantArguments } from './relevant.ts';

/** A distinct call while it is being counted. */
export interface Counter {
  readonly call: Call;
  readonly outcome: DistinctCall['outcome'];
  readonly key: string;
  count: number;
  readonly first: FirstSeen;
  readonly sample: string;
  after?: Aftermath | undefined;
  /** Who made it; undefined for calls whose callers nobody asks for. */
  readonly images: Set<Image> | undefined;
  /** The last of them that was noted. */
  image: Image | undefined;
}

/** More programs than this are not told apart: then nobody is named. */
const MOST_IMAGES = 200;

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

  add(event: TraceEvent, identity: Identity, image: Image): Counter {
    const call = callOf(event, identity.abi, identity, this.#more);
    const counter = this.#count(call, distinctOutcome(event.outcome), () => ({
      first: this.firstSeen(event, image.command),
      sample: event.args.slice(0, SAMPLE_LENGTH),
    }));
    noteImage(counter, image);
    return counter;
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
    const killed = this.#count(call, 'sigsys', () => ({
      first: event ? this.firstSeen(event, command) : counter.first,
      sample: event ? event.args.slice(0, SAMPLE_LENGTH) : counter.sample,
    }));
    if (counter.image !== undefined) noteImage(killed, counter.image);
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
    made: () => Pick<Counter, 'first' | 'sample'>,
  ): Counter {
    const key = distinctKey(call, outcome);
    const known = this.#counters.get(key);
    if (known) {
      known.count++;
      return known;
    }
    const images = hasKnownCallers(call.name) ? new Set<Image>() : undefined;
    const counter: Counter = { call, outcome, key, count: 1, images, image: undefined, ...made() };
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

/** A program made the call; it may be told so for every event. */
export function noteImage(counter: Counter, image: Image): void {
  if (counter.images === undefined || counter.image === image) return;
  counter.image = image;
  counter.images.add(image);
}

function plain({ call, outcome, count, first, sample, after, images }: Counter): DistinctCall {
  const shown = images ? distinctImages([...images].map((image) => image.shown())) : [];
  return {
    call,
    outcome,
    count,
    first,
    sample,
    ...(after ? { after } : {}),
    ...(shown.length > 0 && shown.length <= MOST_IMAGES ? { images: shown } : {}),
  };
}

/** Each program once: a compiler that runs a thousand times is one. */
export function distinctImages(images: readonly CallerImage[]): readonly CallerImage[] {
  const found = new Map<string, CallerImage>();
  for (const image of images) {
    const [program = ''] = image.command?.split(' ', 1) ?? [];
    const key = JSON.stringify([program, [...image.libraries].sort(), image.start, image.partial]);
    if (!found.has(key)) found.set(key, image);
  }
  return [...found.values()];
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

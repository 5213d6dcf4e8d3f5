import type { ThreadEnd, TraceEvent } from '../grammar/event.ts';
import { type Identity, isOwnNumber } from '../grammar/identity.ts';
import {
  aftermathOf,
  end,
  type Finish,
  follow,
  isOpen,
  isRefusal,
  occurrenceOf,
} from '../summary/consequence.ts';
import type { Counter, Tally } from '../summary/tally.ts';
import { lastEvent } from '../tracees/pendingLines.ts';
import type { Process } from '../tracees/process.ts';
import type { Sink } from '../tracees/sink.ts';
import type { NameTable } from './nameTable.ts';

/** Counts the events of lines that are read in full, and follows what their threads do after a refusal. */
export class TallySink implements Sink {
  /** The event of the line at hand, for learning its counter. */
  made: { readonly event: TraceEvent; readonly identity: Identity; readonly counter: Counter } | undefined;
  readonly #tally: Tally;
  readonly #names: NameTable;
  readonly #finish: Finish;

  constructor(tally: Tally, names: NameTable) {
    this.#tally = tally;
    this.#names = names;
    this.#finish = (watch, how) => tally.addAftermath(watch.key, aftermathOf(occurrenceOf(watch, how)));
  }

  event(event: TraceEvent, identity: Identity, process: Process): void {
    const counter = this.#tally.add(event, identity, process.image);
    process.image.learn(event);
    process.last = counter;
    process.lastEvent = event;
    const watched = process.watch !== undefined;
    if (watched || (!process.unfollowed && isRefusal(event.name, event.outcome))) {
      const begin = () => ({ key: counter.key, at: this.#tally.firstSeen(event, process.command) });
      follow(process, event, begin, this.#finish);
      // The byte scanner leaves the lines of a watched thread alone.
      process.lazyLine = isOpen(process.watch) ? -1 : 0;
      process.lazySlot = undefined;
    }
    this.made = { event, identity, counter };
  }

  sigsys(process: Process, as?: Identity): void {
    const counter = process.last as Counter | undefined;
    if (!counter) return;
    this.#tally.turnToSigsys(counter, process.lastEvent ?? lastEvent(process), process.command, as);
    this.#names.forget(counter);
    process.last = undefined;
  }

  last(process: Process): { readonly name: string; readonly own: boolean } | undefined {
    const counter = process.last as Counter | undefined;
    if (!counter) return undefined;
    const { abi, name, nr } = counter.call;
    const event = process.lastEvent ?? lastEvent(process);
    return { name, own: event !== undefined && isOwnNumber({ abi, nr }, event.outcome) };
  }

  ended(process: Process, how?: ThreadEnd): void {
    end(process, how, this.#finish);
  }
}

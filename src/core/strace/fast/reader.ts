// Speed only. What a trace means is decided in grammar/ and tracees/ (read ../grammar/line.ts first); this directory gives the
// same answers without looking at every byte.

import type { TraceSummary } from '../grammar/event.ts';
import { decodeText } from '../sources/bytes.ts';
import { Head } from '../sources/head.ts';
import { isPlain, type Survey, survey } from '../sources/survey.ts';
import { Unended } from '../sources/unended.ts';
import { noteImage, Tally } from '../summary/tally.ts';
import { statsOf } from '../tracees/events.ts';
import { PendingLines, wake } from '../tracees/pendingLines.ts';
import type { Process } from '../tracees/process.ts';
import { Processes, type ProcessesOptions } from '../tracees/processes.ts';
import type { Fork } from '../tracees/threadTable.ts';
import {
  BODY,
  CALL,
  DETAIL,
  END,
  FAILED,
  FIELDS,
  KEY_FROM,
  KEY_TO,
  NAME,
  OTHER,
  PID,
  RESUMED,
  RETURNED,
  TAIL,
  UNFINISHED,
} from './classify.ts';
import { entryOf, NameTable, opensObject, resumes } from './nameTable.ts';
import type { Slot } from './scanner.ts';
import { TallySink } from './tallySink.ts';

export interface TraceReaderOptions extends ProcessesOptions {
  /** Arguments that a profile of one's own tests, besides RELEVANT_ARGUMENTS. */
  readonly relevant?: (name: string) => readonly number[];
  /** For tests that hold all ways to agree: false reads every line in full, the others take one classifier always. */
  readonly scan?: boolean | 'plain' | 'simd';
}

const FIRST_BATCH = 64;

/**
 * Tallies the distinct calls of a trace. The bytes of a common line are looked at only as far as they decide: prefix,
 * name, result. Every other line, and the first of each kind, goes through the grammar of line.ts; both ways give the
 * same summary (test/core/strace/reader.test.ts).
 */
export class TraceReader {
  readonly #file: string;
  readonly #processes: Processes;
  readonly #tally: Tally;
  readonly #names: NameTable;
  readonly #sink: TallySink;
  #scanning: boolean;
  readonly #head: Head;
  readonly #held = new PendingLines();
  readonly #rest = new Unended();
  #batch = FIRST_BATCH;
  #lines = 0;
  #fastEvents = 0;

  constructor(options: TraceReaderOptions = {}) {
    this.#file = options.file ?? '';
    this.#head = new Head((lines, core) => this.#begin({ ...survey(lines), ...(core ? { core } : {}) }));
    this.#scanning = options.scan !== false;
    this.#names = new NameTable(options.relevant, options.scan ?? true);
    this.#tally = new Tally(options.file, options.relevant);
    this.#sink = new TallySink(this.#tally, this.#names);
    this.#processes = new Processes(options, this.#sink);
    this.#processes.beforePending = wake;
  }

  /** The chunk may be used again afterwards. */
  push(chunk: Uint8Array): void {
    const ready = this.#head.push(chunk);
    if (ready) this.#read(ready);
  }

  #begin(survey: Survey): void {
    this.#processes.begin(survey);
    if (!isPlain(survey)) this.#scanning = false;
  }

  #read(chunk: Uint8Array): void {
    let from = 0;
    if (this.#rest.size > 0) {
      const end = chunk.indexOf(0x0a);
      this.#rest.keep(chunk, 0, end === -1 ? chunk.length : end);
      if (end === -1) return;
      const whole = this.#rest.take();
      this.#scan(whole, 0, whole.length);
      from = end + 1;
    }
    const last = chunk.lastIndexOf(0x0a);
    if (last >= from) {
      this.#scan(chunk, from, last + 1);
      from = last + 1;
    }
    this.#rest.keep(chunk, from, chunk.length);
  }

  end(): TraceSummary {
    const torn = this.#torn();
    const { complete } = this.#processes.end(torn);
    const events = this.#fastEvents + this.#processes.calls.events;
    return {
      ...statsOf(this.#processes, this.#file, this.#lines, events, complete),
      calls: this.#tally.calls(),
    };
  }

  /** The last line, when it has no line end. */
  #torn(): boolean {
    const head = this.#head.end();
    if (head) this.#read(head);
    const torn = this.#rest.size > 0;
    if (torn) {
      const whole = this.#rest.take();
      this.#slow(whole, 0, whole.length - 1);
    }
    this.#names.giveBack();
    return torn;
  }

  /** Children that this input's processes started, for the other files of `strace -ff`. */
  get forks(): readonly Fork[] {
    return this.#processes.threads.forks;
  }

  #slow(bytes: Uint8Array, from: number, to: number): void {
    this.#lines++;
    this.#processes.line(decodeText(bytes, from, to), this.#lines);
  }

  /** Whole lines, each with its `\n`, from `start` to `end`. */
  #scan(chunk: Uint8Array, start: number, end: number): void {
    // One kind of array for all the loads below; a Node Buffer is another.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!this.#scanning) {
      for (let from = start; from < end; ) {
        const to = bytes.indexOf(0x0a, from);
        this.#slow(bytes, from, to);
        from = to + 1;
      }
      return;
    }
    const { capacity } = this.#names.prepare(end - start);
    for (let from = start; from < end; ) {
      let to = end;
      if (end - from > capacity) to = bytes.lastIndexOf(0x0a, from + capacity - 1) + 1;
      if (to > from) {
        this.#part(bytes, from, to);
      } else {
        to = bytes.indexOf(0x0a, from) + 1;
        this.#slow(bytes, from, to - 1);
      }
      from = to;
    }
  }

  /** Whole lines that the classifier can take at once. */
  #part(bytes: Uint8Array, from: number, to: number): void {
    const { classifier } = this.#names;
    classifier.load(bytes, from, to);
    const size = to - from;
    for (let at = 0; at < size; ) {
      const count = classifier.scan(at, size, Math.min(this.#batch, classifier.most));
      const counted = this.#countLines(bytes, from, at, count);
      at = classifier.records[(counted - 1) * FIELDS + END]! + 1;
      // While there is much to learn, little is classified in vain.
      this.#batch = counted < count ? FIRST_BATCH : Math.min(2 * this.#batch, classifier.most);
    }
    this.#held.copy(bytes);
  }

  /**
   * Counts the lines that the classifier has looked at, and reads in full those that it can't tell. Ends early when a new
   * name was learned; gives how many lines were dealt with.
   */
  #countLines(bytes: Uint8Array, base: number, start: number, count: number): number {
    const names = this.#names;
    const { records } = names.classifier;
    const processes = this.#processes;
    const { threads } = processes;
    const { slots } = names;
    const held = this.#held.processes;
    let lastPid = -1;
    let process: Process | undefined;
    let from = base + start;
    let lines = this.#lines;
    let fast = 0;
    for (let index = 0, record = 0; index < count; index++, record += FIELDS) {
      const end = base + records[record + END]!;
      const body = records[record + BODY]!;
      let slot = body === CALL ? slots[records[record + NAME]!] : undefined;
      if (
        (body === RESUMED || (slot !== undefined && !slot.special)) &&
        records[record + TAIL] !== OTHER &&
        processes.open === undefined
      ) {
        const pid = records[record + PID]!;
        if (pid === -1) process = threads.alone;
        else if (pid !== lastPid || process === undefined) {
          threads.alone = undefined;
          process = threads.live.get(pid);
          lastPid = pid;
        }
        if (process !== undefined && process.pending === undefined && !process.image.young) {
          const resumed = body === RESUMED;
          if (resumed) {
            slot = process.lazyLine === 0 ? undefined : (process.lazySlot as Slot | undefined);
            if (slot !== undefined && !resumes(slot, bytes, base + records[record + KEY_TO]!))
              slot = undefined;
          } else if (process.lazyLine !== 0) slot = undefined;
          const entry = slot === undefined ? undefined : entryOf(slot, process.abi);
          if (entry !== undefined) {
            const tail = records[record + TAIL]!;
            if (tail === UNFINISHED) {
              lines++;
              process.lazyFrom = from;
              process.lazyTo = bytes[end - 1] === 0x0d ? end - 1 : end;
              process.lazySlot = slot;
              process.lazyLine = lines;
              process.recent = false;
              if (!process.held) {
                process.held = true;
                held.push(process);
              }
              from = end + 1;
              continue;
            }
            const detail = records[record + DETAIL]!;
            const counter = tail === RETURNED ? entry.returned : entry.failures[detail];
            const suspicious = tail === RETURNED && detail === entry.suspicious;
            const again =
              resumed && (suspicious || entry.suspicious === -1 || (slot!.opens && tail === RETURNED));
            const loads = opensObject(slot!, tail, bytes, base + records[record + KEY_TO]!, end);
            if (counter !== undefined && !again && !loads) {
              noteImage(counter, process.image);
              counter.count++;
              fast++;
              lines++;
              if (resumed) {
                process.lazyLine = 0;
                process.lazyFrom = -1;
                process.lazy = undefined;
              }
              if (!suspicious && (entry.suspicious !== -1 || tail === FAILED)) {
                process.recent = false;
              } else {
                // The value that a killing filter leaves: the next line tells, and may need this one again.
                process.recent = true;
                process.last = counter;
                process.lastEvent = undefined;
                process.lastFrom = from;
                process.lastTo = end;
                process.lastLine = lines;
                if (!process.held) {
                  process.held = true;
                  held.push(process);
                }
              }
              from = end + 1;
              continue;
            }
          }
        }
      }

      // Everything else is read in full; then the scanner knows one more kind of line.
      this.#lines = lines;
      this.#sink.made = undefined;
      this.#held.copy(bytes);
      this.#slow(bytes, from, end);
      names.grew = false;
      this.#learn(
        slot,
        body === CALL
          ? bytes.subarray(base + records[record + KEY_FROM]!, base + records[record + KEY_TO]!)
          : undefined,
      );
      lines = this.#lines;
      process = undefined;
      lastPid = -1;
      from = end + 1;
      if (names.grew) {
        this.#fastEvents += fast;
        return index + 1;
      }
    }
    this.#lines = lines;
    this.#fastEvents += fast;
    return count;
  }

  /** After a line was read in full. */
  #learn(slot: Slot | undefined, key: Uint8Array | undefined): void {
    const { made } = this.#sink;
    const { begun } = this.#processes.calls;
    if (made?.event.endLine === this.#lines) this.#names.learn(slot, key, made);
    else if (begun?.line === this.#lines) this.#names.slotFor(slot, key, begun.identity);
  }
}

import { type Failure, fail } from '../failure.ts';
import type { Abi } from '../syscalls/abi.ts';
import { aftermathOf, end, type Finish, follow, isOpen, isRefusal, occurrenceOf } from './aftermath.ts';
import { copyOf, decodeText } from './bytes.ts';
import {
  BODY,
  CALL,
  type Classifier,
  DETAIL,
  END,
  FAILED,
  FIELDS,
  KEY_FROM,
  KEY_TO,
  NAME,
  OTHER,
  PID,
  PlainClassifier,
  RESUMED,
  RETURNED,
  TAIL,
  UNFINISHED,
} from './classify.ts';
import type { TraceEvent, TraceSummary } from './event.ts';
import { statsOf } from './events.ts';
import type { Fragment, FragmentLog } from './fragment.ts';
import type { Identity } from './identity.ts';
import { readLine } from './line.ts';
import { LONGEST_LINE } from './lines.ts';
import type { Fork } from './population.ts';
import type { Process } from './process.ts';
import { Processes, type ProcessesOptions } from './processes.ts';
import { relevantArguments } from './relevant.ts';
import { type Entry, isDigit, type Slot, sameBytes } from './scanner.ts';
import { release, simdClassifier } from './simd.ts';
import { type Counter, Tally } from './tally.ts';

export interface TraceReaderOptions extends ProcessesOptions {
  /** Arguments that a profile of one's own tests, besides RELEVANT_ARGUMENTS. */
  readonly relevant?: (name: string) => readonly number[];
  /** Reads a part of a trace whose beginning it does not see; see fragment.ts. */
  readonly fragment?: FragmentLog;
  /** For tests that hold all ways to agree: false reads every line in full, the others take one classifier always. */
  readonly scan?: boolean | 'plain' | 'simd';
}

/** Names whose every line is read in full: they start processes, or change what a process is. */
const SPECIAL = /^(?:execve|execveat|clone|clone2|clone3|fork|vfork|exit|exit_group|_exit)$/;
const RESUMED_MARK = ascii(' resumed>');
/** From this size of a chunk on the SIMD classifier is worth its start (half a millisecond). */
const WORTH_SIMD = 32 << 10;
const FIRST_BATCH = 64;

/**
 * Tallies the distinct calls of a trace. The bytes of a common line are looked at only as far as they decide: prefix,
 * name, result. Every other line, and the first of each kind, goes through the grammar of line.ts; both ways give the
 * same summary (test/core/trace/reader.test.ts).
 */
export class TraceReader {
  readonly #file: string;
  readonly #more: ((name: string) => readonly number[]) | undefined;
  readonly #processes: Processes;
  readonly #tally: Tally;
  /** By the classifier's index of the name. */
  readonly #slots: Slot[] = [];
  readonly #errnos = new Map<string, number>();
  readonly #scanning: boolean | 'plain' | 'simd';
  #classifier: Classifier = new PlainClassifier();
  #upgraded = false;
  #batch = FIRST_BATCH;
  #learned = false;
  /** Processes with a line of the chunk at hand that may be needed later. */
  readonly #held: Process[] = [];
  #lines = 0;
  #fastEvents = 0;
  #rest: Uint8Array = new Uint8Array(4096);
  #restSize = 0;
  /** The event that the slow path made of the line at hand, for learning its counter. */
  #made: { readonly event: TraceEvent; readonly identity: Identity; readonly counter: Counter } | undefined;

  constructor(options: TraceReaderOptions = {}) {
    this.#file = options.file ?? '';
    this.#more = options.relevant;
    this.#scanning = options.scan ?? true;
    this.#tally = new Tally(options.file, options.relevant);
    const finish: Finish = (watch, how, thread) => {
      if (watch.key !== undefined) this.#tally.addAftermath(watch.key, aftermathOf(occurrenceOf(watch, how)));
      else options.fragment?.head({ pid: (thread as Process).pid!, watch, end: how });
    };
    this.#processes = new Processes(
      options,
      {
        event: (event, identity, process) => {
          const counter = this.#tally.add(event, identity, process.command, this.#lines);
          process.last = counter;
          process.lastEvent = event;
          const watched = process.watch !== undefined;
          if (watched || isRefusal(event.name, event.outcome)) {
            const begin = () => ({ key: counter.key, at: this.#tally.firstSeen(event, process.command) });
            follow(process, event, begin, finish);
            // The byte scanner leaves the lines of a watched thread alone.
            process.lazyLine = isOpen(process.watch) ? -1 : 0;
            process.lazySlot = undefined;
          }
          this.#made = { event, identity, counter };
        },
        sigsys: (process) => {
          const counter = process.last as Counter | undefined;
          if (!counter) return;
          this.#tally.turnToSigsys(counter, process.lastEvent ?? this.#again(process), process.command);
          this.#forget(counter);
          process.last = undefined;
        },
        ended: (process, how) => end(process, how, finish),
      },
      options.fragment,
    );
    options.fragment?.attach(this.#processes.population);
    this.#processes.beforePending = (process) => this.#wake(process);
  }

  /** The chunk may be used again afterwards. */
  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#restSize > 0) {
      const end = chunk.indexOf(0x0a);
      this.#keep(chunk, 0, end === -1 ? chunk.length : end);
      if (end === -1) return;
      const whole = new Uint8Array(this.#restSize + 1);
      whole.set(this.#rest.subarray(0, this.#restSize));
      whole[this.#restSize] = 0x0a;
      this.#restSize = 0;
      this.#scan(whole, 0, whole.length);
      from = end + 1;
    }
    const last = chunk.lastIndexOf(0x0a);
    if (last >= from) {
      this.#scan(chunk, from, last + 1);
      from = last + 1;
    }
    this.#keep(chunk, from, chunk.length);
  }

  end(): TraceSummary {
    const torn = this.#torn();
    const { complete } = this.#processes.end(torn);
    const events = this.#fastEvents + this.#processes.events;
    return {
      ...statsOf(this.#processes, this.#file, this.#lines, events, complete),
      calls: this.#tally.calls(),
    };
  }

  /** Instead of `end`, for a part of a trace: ends with a whole line unless it is the last part. */
  endFragment(log: FragmentLog): Fragment {
    const torn = this.#torn();
    const end = this.#processes.handOver();
    return {
      ...log.taken(),
      ...end,
      torn,
      stats: statsOf(
        this.#processes,
        this.#file,
        this.#lines,
        this.#fastEvents + this.#processes.events,
        false,
      ),
      calls: this.#tally.counted(),
    };
  }

  /** Keeps the beginning of a line until its end comes. */
  #keep(chunk: Uint8Array, from: number, to: number): void {
    const size = Math.min(to - from, LONGEST_LINE - this.#restSize);
    if (size <= 0) return;
    if (this.#rest.length < this.#restSize + size) {
      const larger = new Uint8Array(2 * (this.#restSize + size));
      larger.set(this.#rest.subarray(0, this.#restSize));
      this.#rest = larger;
    }
    this.#rest.set(chunk.subarray(from, from + size), this.#restSize);
    this.#restSize += size;
  }

  /** The last line, when it has no line end. */
  #torn(): boolean {
    const size = this.#restSize;
    this.#restSize = 0;
    if (size > 0) this.#slow(this.#rest, 0, size);
    this.#giveBack();
    return size > 0;
  }

  #giveBack(): void {
    if (!this.#upgraded) return;
    release(this.#classifier);
    this.#classifier = new PlainClassifier();
    this.#upgraded = false;
    this.#slots.length = 0;
    this.#errnos.clear();
  }

  /** Children that this input's processes started, for the other files of `strace -ff`. */
  get forks(): readonly Fork[] {
    return this.#processes.population.forks;
  }

  /** A pending call that the scanner kept as bytes becomes one that the grammar knows. */
  #wake(process: Process): void {
    const bytes = process.lazy;
    if (!bytes || process.lazyLine === 0) return;
    const line = readLine(decodeText(bytes, 0, bytes.length));
    const { body, prefix } = line;
    if (body.kind === 'unfinished') {
      process.pending = {
        name: body.name,
        args: body.args,
        line: process.lazyLine,
        number: prefix.number,
        time: prefix.time,
      };
    }
    process.lazy = undefined;
    process.lazyLine = 0;
  }

  /** The last event of a process once more, as far as the tally needs it. */
  #again(process: Process): Pick<TraceEvent, 'line' | 'pid' | 'args'> | undefined {
    const bytes = process.lastBytes;
    if (!bytes) return undefined;
    const { body } = readLine(decodeText(bytes, 0, bytes.length));
    return body.kind === 'call' ? { line: process.lastLine, pid: process.pid, args: body.args } : undefined;
  }

  /** Forgets a counter that was taken back. */
  #forget(counter: Counter): void {
    for (const { entries } of this.#slots) {
      for (const entry of entries) {
        if (entry.returned === counter) entry.returned = undefined;
        const at = entry.failures.indexOf(counter);
        if (at !== -1) entry.failures[at] = undefined;
      }
    }
  }

  #slow(bytes: Uint8Array, from: number, to: number): void {
    this.#lines++;
    this.#processes.line(decodeText(bytes, from, to), this.#lines);
  }

  /** Whole lines, each with its `\n`, from `start` to `end`. */
  #scan(chunk: Uint8Array, start: number, end: number): void {
    // One kind of array for all the loads below; a Node Buffer is another.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#scanning === false) {
      for (let from = start; from < end; ) {
        const to = bytes.indexOf(0x0a, from);
        this.#slow(bytes, from, to);
        from = to + 1;
      }
      return;
    }
    const { capacity } = this.#prepare(end - start);
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

  /** The fast classifier is worth its start from the first large chunk on; it learns what the other one knew. */
  #prepare(size: number): Classifier {
    const wanted = this.#scanning === 'simd' || (this.#scanning === true && size >= WORTH_SIMD);
    if (wanted && !this.#upgraded) {
      this.#upgraded = true;
      const fast = simdClassifier();
      if (fast) {
        for (const { key } of this.#slots) fast.addName(key);
        for (const errno of this.#errnos.keys()) fast.addErrno(ascii(errno));
        this.#classifier = fast;
      }
    }
    return this.#classifier;
  }

  /** Whole lines that the classifier can take at once. */
  #part(bytes: Uint8Array, from: number, to: number): void {
    const classifier = this.#classifier;
    classifier.load(bytes, from, to);
    const size = to - from;
    for (let at = 0; at < size; ) {
      const count = classifier.scan(at, size, Math.min(this.#batch, classifier.most));
      const counted = this.#countLines(bytes, from, at, count);
      at = classifier.records[(counted - 1) * FIELDS + END]! + 1;
      // While there is much to learn, little is classified in vain.
      this.#batch = counted < count ? FIRST_BATCH : Math.min(2 * this.#batch, classifier.most);
    }
    this.#copyHeld(bytes);
  }

  /**
   * Counts the lines that the classifier has looked at, and reads in full those that it can't tell. Ends early when a new
   * name was learned; gives how many lines were dealt with.
   */
  #countLines(bytes: Uint8Array, base: number, start: number, count: number): number {
    const { records } = this.#classifier;
    const processes = this.#processes;
    const { population } = processes;
    const slots = this.#slots;
    const held = this.#held;
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
        if (pid === -1) process = population.alone;
        else if (pid !== lastPid || process === undefined) {
          population.alone = undefined;
          process = population.live.get(pid);
          lastPid = pid;
        }
        if (process !== undefined && process.pending === undefined) {
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
            if (counter !== undefined && !(resumed && (suspicious || entry.suspicious === -1))) {
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
      this.#made = undefined;
      this.#copyHeld(bytes);
      this.#slow(bytes, from, end);
      this.#learned = false;
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
      if (this.#learned) {
        this.#fastEvents += fast;
        return index + 1;
      }
    }
    this.#lines = lines;
    this.#fastEvents += fast;
    return count;
  }

  /** Lines that may be needed later are copied only when the chunk goes away or somebody could look at them. */
  #copyHeld(bytes: Uint8Array): void {
    const held = this.#held;
    if (held.length === 0) return;
    for (const process of held) {
      process.held = false;
      if (process.lazyFrom !== -1) process.lazy = copyOf(bytes, process.lazyFrom, process.lazyTo);
      if (process.lastFrom !== -1 && process.recent) {
        process.lastBytes = copyOf(bytes, process.lastFrom, process.lastTo);
      }
      process.lazyFrom = -1;
      process.lastFrom = -1;
    }
    held.length = 0;
  }

  /** After a line was read in full: lets the scanner count the next line of this kind by itself. */
  #learn(waiting: Slot | undefined, key: Uint8Array | undefined): void {
    const made = this.#made;
    if (!made || made.event.endLine !== this.#lines) {
      const begun = this.#processes.begun;
      if (begun && begun.line === this.#lines) this.#slotFor(waiting, key, begun.identity);
      return;
    }
    const { event, identity, counter } = made;
    const entry = this.#slotFor(waiting, key, identity);
    if (!entry) return;
    if (event.outcome.kind === 'returned') entry.returned = counter;
    else if (event.outcome.kind === 'failed' && event.outcome.injected !== true) {
      // Every refusal is read in full: what follows it tells what it did.
      if (isRefusal(event.name, event.outcome)) return;
      const index = this.#errnoIndex(event.outcome.errno);
      if (index !== -1) entry.failures[index] = counter;
    }
  }

  #errnoIndex(errno: string): number {
    const known = this.#errnos.get(errno);
    if (known !== undefined) return known;
    const index = this.#classifier.addErrno(ascii(errno));
    if (index === -1) return -1;
    this.#errnos.set(errno, index);
    this.#learned = true;
    return index;
  }

  /** The scanner's entry for the name of the line at hand; undefined when its lines are to be read in full. */
  #slotFor(waiting: Slot | undefined, key: Uint8Array | undefined, identity: Identity): Entry | undefined {
    let slot = waiting;
    if (!slot) {
      if (!key || this.#classifier.addName(key) === -1) return undefined;
      slot = {
        key: copyOf(key),
        special:
          SPECIAL.test(identity.name) ||
          identity.subcall !== undefined ||
          relevantArguments(identity.name, identity.abi, this.#more).length > 0,
        entries: [],
      };
      this.#slots.push(slot);
      this.#learned = true;
    }
    if (slot.special || identity.subcall !== undefined) return undefined;
    return entryOf(slot, identity.abi) ?? addEntry(slot, identity);
  }
}

/** A table of `strace -c`, or text of another kind, instead of a trace, in words; undefined for a trace. */
export function refusal(summary: TraceSummary): Failure | undefined {
  if (summary.events > 0) return undefined;
  if (summary.table !== true) {
    if (summary.unparsed === 0 || summary.complete) return undefined;
    const other = fail('input', 'this is not the output of strace: no line of it is a call', {
      where: { file: summary.file, line: summary.unparsedSamples[0]?.line ?? 1 },
      hint: 'Record with: strace -f -o build.strace COMMAND',
    });
    return other.ok ? undefined : other.failure;
  }
  const failed = fail(
    'input',
    'this is a summary table of strace -c, which counts calls but shows none of them',
    {
      where: { file: summary.file },
      hint: 'Record again without -c (with -C strace prints both)',
    },
  );
  return failed.ok ? undefined : failed.failure;
}

function addEntry(slot: Slot, { abi, nr }: Identity): Entry {
  const x86 = abi === 'x86_64' || abi === 'x86' || abi === 'x32';
  const entry: Entry = { abi, suspicious: x86 ? (nr ?? -2) : -1, returned: undefined, failures: [] };
  slot.entries.push(entry);
  return entry;
}

function entryOf(slot: Slot, abi: Abi): Entry | undefined {
  const entries = slot.entries;
  for (let at = 0; at < entries.length; at++) if (entries[at]!.abi === abi) return entries[at];
  return undefined;
}

/** Whether `name resumed>` at `from` goes on with the call of this slot, whose key may start with a number. */
function resumes(slot: Slot, bytes: Uint8Array, from: number): boolean {
  const { key } = slot;
  let start = 0;
  if (isDigit(key[0]!)) start = key.indexOf(0x20) + 1;
  const size = key.length - start;
  for (let at = 0; at < size; at++) if (key[start + at] !== bytes[from + at]) return false;
  return sameBytes(RESUMED_MARK, bytes, from + size, from + size + RESUMED_MARK.length);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

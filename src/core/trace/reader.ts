import { type Failure, fail } from '../failure.ts';
import type { Abi } from '../syscalls/abi.ts';
import { aftermathOf, end, type Finish, follow, isOpen, isRefusal, occurrenceOf } from './aftermath.ts';
import { copyOf, decodeText } from './bytes.ts';
import type { TraceEvent, TraceSummary } from './event.ts';
import { statsOf } from './events.ts';
import type { Fragment, FragmentLog } from './fragment.ts';
import type { Identity } from './identity.ts';
import { readLine } from './line.ts';
import { LONGEST_LINE } from './lines.ts';
import { type Process, Processes, type ProcessesOptions } from './processes.ts';
import { relevantArguments } from './relevant.ts';
import { afterTime, type Entry, hashStep, isDigit, type Slot, Slots, sameBytes } from './scanner.ts';
import { type Counter, Tally } from './tally.ts';

export interface TraceReaderOptions extends ProcessesOptions {
  /** Arguments that a profile of one's own tests, besides RELEVANT_ARGUMENTS. */
  readonly relevant?: (name: string) => readonly number[];
  /** Reads a part of a trace whose beginning it does not see; see fragment.ts. */
  readonly fragment?: FragmentLog;
  /** Reads every line in full: slow, for tests that hold both ways to agree. */
  readonly scan?: boolean;
}

/** Names whose every line is read in full: they start processes, or change what a process is. */
const SPECIAL = /^(?:execve|execveat|clone|clone2|clone3|fork|vfork|exit|exit_group|_exit)$/;
const UNFINISHED = ascii('<unfinished ...>');
const RESUMED = ascii(' resumed>');
const LARGEST_PID = 4_194_304;

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
  readonly #slots = new Slots();
  readonly #scanning: boolean;
  #lines = 0;
  #fastEvents = 0;
  #rest: Uint8Array = new Uint8Array(4096);
  #restSize = 0;
  /** The event that the slow path made of the line at hand, for learning its counter. */
  #made: { readonly event: TraceEvent; readonly identity: Identity; readonly counter: Counter } | undefined;
  // What the scanner found of the line at hand, for the slow path to learn from.
  #keyFrom = 0;
  #keyTo = 0;
  #keyHash = 0;

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
          if (watched || isRefusal(event.outcome)) {
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
          this.#slots.forget(counter);
          process.last = undefined;
        },
        ended: (process, how) => end(process, how, finish),
      },
      options.fragment,
    );
    options.fragment?.attach(this.#processes);
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
    return size > 0;
  }

  /** Children that this input's processes started, for the other files of `strace -ff`. */
  get forks(): Processes['forks'] {
    return this.#processes.forks;
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

  #slow(bytes: Uint8Array, from: number, to: number): void {
    this.#lines++;
    this.#processes.line(decodeText(bytes, from, to), this.#lines);
  }

  /** Whole lines, each with its `\n`, from `start` to `end`. */
  #scan(chunk: Uint8Array, start: number, end: number): void {
    // One kind of array for all the loads below; a Node Buffer is another, but finds line ends faster.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!this.#scanning) {
      for (let from = start; from < end; ) {
        const to = bytes.indexOf(0x0a, from);
        this.#slow(bytes, from, to);
        from = to + 1;
      }
      return;
    }
    const processes = this.#processes;
    let lastPid = -1;
    let process: Process | undefined;
    let from = start;
    let lines = this.#lines;
    let fast = 0;
    while (from < end) {
      let at = from;
      let byte = bytes[at]!;
      let pid = -1;
      let known = true;

      // Prefix: pid, time, number; the forms of prefix.ts that are common.
      if (byte < 0x61) {
        if (isDigit(byte)) {
          let value = byte - 0x30;
          at++;
          byte = bytes[at]!;
          while (byte >= 0x30 && byte <= 0x39) {
            value = value * 10 + byte - 0x30;
            at++;
            byte = bytes[at]!;
          }
          const few = at - from < 8;
          if (byte === 0x3c) {
            while (byte !== 0x3e && byte !== 0x0a) byte = bytes[++at]!;
            if (byte === 0x3e) byte = bytes[++at]!;
          }
          if (byte === 0x20 && value <= LARGEST_PID && few) {
            pid = value;
            while (byte === 0x20) byte = bytes[++at]!;
          } else {
            at = from;
            byte = bytes[at]!;
          }
        } else if (
          byte === 0x5b &&
          bytes[at + 1] === 0x70 &&
          bytes[at + 2] === 0x69 &&
          bytes[at + 3] === 0x64
        ) {
          at += 4;
          while (bytes[at] === 0x20) at++;
          let value = 0;
          const digits = at;
          while (isDigit(bytes[at]!)) value = value * 10 + bytes[at++]! - 0x30;
          if (bytes[at] === 0x3c) while (bytes[at] !== 0x3e && bytes[at] !== 0x0a) at++;
          if (bytes[at] === 0x3e) at++;
          if (digits === from + 4 || at === digits || bytes[at] !== 0x5d || value > LARGEST_PID)
            known = false;
          else {
            pid = value;
            at++;
            while (bytes[at] === 0x20) at++;
          }
          byte = bytes[at]!;
        }
        if (known && (byte === 0x20 || (byte >= 0x30 && byte <= 0x39))) {
          while (byte === 0x20) byte = bytes[++at]!;
          at = afterTime(bytes, at);
          if (at === -1) {
            known = false;
            at = from;
          }
          byte = bytes[at]!;
        }
      }

      // Name: with the number of -n, when there is one.
      let keyFrom = at;
      let hash = 0;
      if (known && byte === 0x5b) {
        byte = bytes[++at]!;
        while (byte === 0x20) byte = bytes[++at]!;
        keyFrom = at;
        while (byte >= 0x30 && byte <= 0x39) {
          hash = hashStep(hash, byte);
          byte = bytes[++at]!;
        }
        const digits = at - keyFrom;
        if (byte === 0x5d && bytes[at + 1] === 0x20 && digits > 0 && digits < 8) {
          at += 2;
          byte = bytes[at]!;
        } else known = false;
      }
      const resumed = known && byte === 0x3c;
      let slot: Slot | undefined;
      if (resumed) {
        // `<... name resumed>`: must be what the process waits for.
        known =
          bytes[at + 1] === 0x2e &&
          bytes[at + 2] === 0x2e &&
          bytes[at + 3] === 0x2e &&
          bytes[at + 4] === 0x20;
        if (known) at += 5;
      } else if (known && ((byte >= 0x61 && byte <= 0x7a) || byte === 0x5f)) {
        while ((byte >= 0x61 && byte <= 0x7a) || byte === 0x5f || (byte >= 0x30 && byte <= 0x39)) {
          hash = (Math.imul(hash, 31) + byte) | 0;
          byte = bytes[++at]!;
        }
        if (byte === 0x28) slot = this.#slots.find(bytes, keyFrom, at, hash);
        else known = false;
      } else known = false;
      const keyTo = at;

      // End of the line.
      at = chunk.indexOf(0x0a, at);
      const next = at + 1;

      if (known && (resumed || (slot !== undefined && !slot.special)) && processes.open === undefined) {
        if (pid === -1) process = processes.alone;
        else if (pid !== lastPid || process === undefined) {
          processes.alone = undefined;
          process = processes.live.get(pid);
          lastPid = pid;
        }
        if (process !== undefined && process.pending === undefined) {
          if (resumed) {
            slot = process.lazyLine === 0 ? undefined : (process.lazySlot as Slot);
            if (slot !== undefined && !resumes(slot, bytes, keyTo)) slot = undefined;
          } else if (process.lazyLine !== 0) slot = undefined;
          const entry = slot === undefined ? undefined : entryOf(slot, process.abi);
          if (entry !== undefined) {
            // Result: from the right.
            let tail = at - 1;
            let last = bytes[tail]!;
            if (last === 0x0d) last = bytes[--tail]!;
            if (last === 0x3e) {
              if (bytes[tail - 1] === 0x2e) {
                // Only the exact mark: the line end may follow a carriage return.
                if (!resumed && endsWith(UNFINISHED, bytes, tail + 1) && tail - UNFINISHED.length >= keyTo) {
                  lines++;
                  process.lazy = copyOf(bytes, from, tail + 1);
                  process.lazySlot = slot;
                  process.lazyLine = lines;
                  process.recent = false;
                  from = next;
                  continue;
                }
              } else {
                // ` <0.000012>` of -T.
                let open = tail - 1;
                let points = 0;
                while (isDigit(bytes[open]!) || bytes[open] === 0x2e) if (bytes[open--] === 0x2e) points++;
                if (
                  points === 1 &&
                  bytes[open] === 0x3c &&
                  bytes[open - 1] === 0x20 &&
                  isDigit(bytes[open + 1]!) &&
                  isDigit(bytes[tail - 1]!)
                ) {
                  tail = open - 2;
                  last = bytes[tail]!;
                }
              }
            }
            let counter: Counter | undefined;
            let suspicious = false;
            let valueTo = tail;
            if (last === 0x29) {
              // ` = -1 EPERM (Operation not permitted)`, ` = 0 (Timeout)`
              let open = tail - 1;
              let unit = bytes[open]!;
              while (open > keyTo && unit !== 0x28 && unit !== 0x29 && unit !== 0x3d) unit = bytes[--open]!;
              valueTo = -1;
              if (unit === 0x28 && bytes[open - 1] === 0x20) {
                let code = open - 2;
                let sum = 0;
                unit = bytes[code]!;
                while ((unit >= 0x41 && unit <= 0x5a) || isDigit(unit)) {
                  sum = (Math.imul(sum, 31) + unit) | 0;
                  unit = bytes[--code]!;
                }
                if (unit !== 0x20 || bytes[code + 1] !== 0x45) {
                  // INJECTED and DELAYED stand for something else.
                  if (bytes[open + 1] !== 0x49 && bytes[open + 1] !== 0x44) valueTo = open - 2;
                } else if (
                  open - 1 - code > 2 &&
                  bytes[code - 1] === 0x31 &&
                  bytes[code - 2] === 0x2d &&
                  closes(bytes, code - 3, keyTo)
                ) {
                  const failures = entry.failures;
                  for (let index = 0; index < failures.length; index++) {
                    const failure = failures[index]!;
                    if (failure.hash === sum && sameBytes(failure.errno, bytes, code + 1, open - 1)) {
                      counter = failure.counter;
                      break;
                    }
                  }
                }
              }
            } else if (last === 0x3e) {
              // ` = 3</path>` of -y
              let open = tail - 1;
              let unit = bytes[open]!;
              while (open > keyTo && unit !== 0x3c && unit !== 0x3e) unit = bytes[--open]!;
              valueTo = unit === 0x3c && isDigit(bytes[open - 1]!) ? open - 1 : -1;
            }
            if (valueTo !== -1 && entry.returned !== undefined) {
              // ` = 17`, ` = 0x7f12…`
              let digit = valueTo;
              let value = 0;
              let unit = 1;
              last = bytes[digit]!;
              while (last >= 0x30 && last <= 0x39) {
                value += (last - 0x30) * unit;
                unit *= 10;
                last = bytes[--digit]!;
              }
              let good = digit < valueTo && last === 0x20;
              if (!good && (last === 0x78 || (last >= 0x61 && last <= 0x66))) {
                while (isDigit(last) || (last >= 0x61 && last <= 0x66)) last = bytes[--digit]!;
                good =
                  last === 0x78 && digit < valueTo && bytes[digit - 1] === 0x30 && bytes[digit - 2] === 0x20;
                digit -= 2;
                value = -1;
              }
              if (good && closes(bytes, digit, keyTo)) {
                counter = entry.returned;
                suspicious = value === entry.suspicious;
              }
            }
            if (counter !== undefined && !(resumed && (suspicious || entry.suspicious === -1))) {
              counter.count++;
              fast++;
              lines++;
              if (resumed) {
                process.lazyLine = 0;
                process.lazy = undefined;
              }
              if (!suspicious && (entry.suspicious !== -1 || counter !== entry.returned)) {
                if (process.recent) process.recent = false;
              } else {
                // The value that a killing filter leaves: the next line tells, and may need this one again.
                process.recent = true;
                process.last = counter;
                process.lastEvent = undefined;
                process.lastBytes = copyOf(bytes, from, at);
                process.lastLine = lines;
              }
              from = next;
              continue;
            }
          }
        }
      }

      // Everything else is read in full; then the scanner knows one more kind of line.
      this.#lines = lines;
      this.#made = undefined;
      this.#keyFrom = known && !resumed ? keyFrom : -1;
      this.#keyTo = keyTo;
      this.#keyHash = hash;
      this.#slow(bytes, from, at);
      this.#learn(bytes, slot);
      lines = this.#lines;
      process = undefined;
      lastPid = -1;
      from = next;
    }
    this.#lines = lines;
    this.#fastEvents += fast;
  }

  /** After a line was read in full: lets the scanner count the next line of this kind by itself. */
  #learn(bytes: Uint8Array, waiting: Slot | undefined): void {
    const made = this.#made;
    if (!made || made.event.endLine !== this.#lines) {
      const begun = this.#processes.begun;
      if (begun && begun.line === this.#lines) this.#slotFor(bytes, waiting, begun.identity);
      return;
    }
    const { event, identity, counter } = made;
    const entry = this.#slotFor(bytes, waiting, identity);
    if (!entry) return;
    if (event.outcome.kind === 'returned') entry.returned = counter;
    else if (event.outcome.kind === 'failed' && event.outcome.injected !== true) {
      // Every refusal is read in full: what follows it tells what it did.
      if (isRefusal(event.outcome)) return;
      const errno = ascii(event.outcome.errno);
      let hash = 0;
      for (let at = errno.length - 1; at >= 0; at--) hash = hashStep(hash, errno[at]!);
      if (!entry.failures.some((failure) => failure.counter === counter)) {
        entry.failures.push({ hash, errno, counter });
      }
    }
  }

  /** The scanner's entry for the name of the line at hand; undefined when its lines are to be read in full. */
  #slotFor(bytes: Uint8Array, waiting: Slot | undefined, identity: Identity): Entry | undefined {
    let slot = waiting;
    if (!slot) {
      if (this.#keyFrom === -1) return undefined;
      slot = this.#slots.find(bytes, this.#keyFrom, this.#keyTo, this.#keyHash);
    }
    if (!slot) {
      slot = {
        key: copyOf(bytes, this.#keyFrom, this.#keyTo),
        special:
          SPECIAL.test(identity.name) ||
          identity.subcall !== undefined ||
          relevantArguments(identity.name, identity.abi, this.#more).length > 0,
        entries: [],
      };
      if (!this.#slots.add(slot, this.#keyHash)) return undefined;
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

/** `)`, spaces, `= ` before the value that starts after `space`. */
function closes(bytes: Uint8Array, space: number, least: number): boolean {
  if (bytes[space] !== 0x20 || bytes[space - 1] !== 0x3d || bytes[space - 2] !== 0x20) return false;
  let at = space - 3;
  while (bytes[at] === 0x20) at--;
  return bytes[at] === 0x29 && at > least;
}

function endsWith(mark: Uint8Array, bytes: Uint8Array, to: number): boolean {
  return to >= mark.length && sameBytes(mark, bytes, to - mark.length, to);
}

/** Whether `name resumed>` at `from` goes on with the call of this slot, whose key may start with a number. */
function resumes(slot: Slot, bytes: Uint8Array, from: number): boolean {
  const { key } = slot;
  let start = 0;
  if (isDigit(key[0]!)) start = key.indexOf(0x20) + 1;
  const size = key.length - start;
  for (let at = 0; at < size; at++) if (key[start + at] !== bytes[from + at]) return false;
  return sameBytes(RESUMED, bytes, from + size, from + size + RESUMED.length);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

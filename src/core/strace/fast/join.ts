import type { TraceArch } from '../../documents/trace.ts';
import type { Abi } from '../../linux/abi.ts';
import { commandOf } from '../grammar/command.ts';
import type { Aftermath, FirstSeen, Outcome, TraceEvent, TraceSummary } from '../grammar/event.ts';
import { joinArguments, sameCall } from '../grammar/halves.ts';
import { Identities } from '../grammar/identity.ts';
import type { Survey } from '../sources/survey.ts';
import {
  absorb,
  aftermathOf,
  end as endWatch,
  type Finish,
  follow,
  moved,
  occurrenceOf,
  type Watched,
} from '../summary/consequence.ts';
import { Tally, withoutImages } from '../summary/tally.ts';
import type { Dropped, Fragment, Orphan, ThreadState } from '../tracees/fragment.ts';
import { Image } from '../tracees/image.ts';
import type { Pending } from '../tracees/process.ts';

export interface JoinOptions {
  readonly file: string;
  readonly arch?: Abi;
  readonly assume?: Abi;
  /** Of the beginning of the whole. */
  readonly survey?: Survey;
  readonly relevant?: (name: string) => readonly number[];
}

const SAMPLES = 5;

/**
 * Puts the parts of one trace together, in their order: the same summary as one reader of all the bytes gives. Undefined
 * when a part gave up or assumed what turns out wrong (a 32-bit process that began before it).
 */
export function joinFragments(parts: readonly Fragment[], options: JoinOptions): TraceSummary | undefined {
  const join = new Join(options);
  for (const part of parts) if (!join.add(part)) return undefined;
  return join.end();
}

class Join {
  readonly #file: string;
  readonly #arch: TraceArch;
  readonly #native: Abi;
  readonly #tally: Tally;
  readonly #identities: Identities;
  #live = new Map<number, ThreadState>();
  #forking: readonly number[] = [];
  #lines = 0;
  #events = 0;
  #unparsed = 0;
  #unfinished = 0;
  #processes = 0;
  #ends = 0;
  #detached = false;
  #torn = false;
  #sure = true;
  /** Threads whose next calls are of interest. */
  readonly #watched = new Map<number, Watched>();
  readonly #finish: Finish = (watch, how) => {
    if (watch.key !== undefined) this.#tally.addAftermath(watch.key, aftermathOf(occurrenceOf(watch, how)));
  };
  readonly #samples: { line: number; text: string }[] = [];
  readonly #abis = new Set<Abi>();

  constructor({ file, arch, relevant, survey }: JoinOptions) {
    this.#file = file;
    this.#arch = arch
      ? { value: arch, basis: 'known', by: 'given' }
      : (survey?.arch ?? { value: 'x86_64', basis: 'assumed', by: 'default' });
    this.#native = this.#arch.value;
    this.#tally = new Tally(file, relevant);
    this.#identities = new Identities(this.#native);
  }

  add(part: Fragment): boolean {
    if (part.abandoned || this.#torn) return false;
    const offset = this.#lines;
    const commands = new Commands(part, this.#live, this.#forking);
    for (const pid of part.met) {
      const before = this.#live.get(pid);
      if (before && before.abi !== this.#native) return false;
      if (!before) this.#processes++;
    }
    if (this.#forking.some((pid) => this.#live.get(pid)?.abi !== this.#native)) return false;
    if (part.dropped.some(({ pid }) => this.#forking.includes(pid))) return false;

    for (const loose of [...part.orphans, ...part.dropped].sort((a, b) => a.line - b.line)) {
      if (isOrphan(loose)) this.#adopt(loose, offset, commands);
      else this.#drop(this.#live.get(loose.pid), loose.line + offset, commands.resolve(loose.command));
    }
    for (const call of part.calls) {
      this.#tally.merge({
        ...call,
        first: placed(call.first, offset, commands),
        end: call.end + offset,
        ...(call.after ? { after: placedAfter(call.after, offset, commands) } : {}),
      });
    }
    this.#follow(part, offset, commands);
    const { stats } = part;
    this.#lines += stats.lines;
    this.#events += stats.events;
    this.#unparsed += stats.unparsed;
    this.#unfinished += stats.unfinished;
    this.#processes += stats.processes;
    for (const abi of stats.abis) this.#abis.add(abi);
    for (const { line, text } of stats.unparsedSamples) {
      if (this.#samples.length < SAMPLES) this.#samples.push({ line: line + offset, text });
    }
    this.#ends += part.ends;
    this.#detached ||= part.detached;
    this.#torn = part.torn;
    this.#advance(part, offset, commands);
    return this.#sure && commands.sure;
  }

  /** Undefined where a call returned a child that no part shows: whether it ended before, one reader of all tells. */
  end(): TraceSummary | undefined {
    if ([...this.#live.values()].some(({ untouched }) => untouched)) return undefined;
    for (const process of this.#live.values()) this.#drop(process, Number.MAX_SAFE_INTEGER, process.command);
    for (const thread of this.#watched.values()) endWatch(thread, undefined, this.#finish);
    const living = [...this.#live.values()];
    const ended = this.#ends > 0 ? living.length === 0 : living.every(({ leaving }) => leaving);
    return {
      file: this.#file,
      lines: this.#lines,
      events: this.#events,
      unparsed: this.#unparsed,
      unparsedSamples: this.#samples,
      unfinished: this.#unfinished,
      complete: this.#processes > 0 && !this.#torn && !this.#detached && ended,
      abis: [...this.#abis].sort(),
      arch: this.#arch,
      processes: this.#processes,
      calls: this.#tally.calls().map(withoutImages),
    };
  }

  /** The second half of a call: joined with its first half from an earlier part. */
  #adopt(orphan: Orphan, offset: number, commands: Commands): void {
    const process = this.#live.get(orphan.pid);
    const command = commands.resolve(orphan.command);
    const { line, ...rest } = orphan;
    const end = line + offset;
    const pending = pendingOf(process, orphan);
    if (pending) {
      this.#count(
        orphan.pid,
        { ...pending, args: joinArguments(pending.args, orphan.args) },
        orphan.outcome,
        end,
        command,
      );
      return;
    }
    this.#drop(process, end, command);
    this.#count(orphan.pid, { ...rest, line: end }, orphan.outcome, end, command);
  }

  #drop(process: ThreadState | undefined, end: number, command: string | undefined): void {
    if (!process?.pending) return;
    this.#unfinished++;
    this.#count(process.pid, process.pending, { kind: 'unknown' }, end, command);
  }

  #count(pid: number, call: Pending, outcome: Outcome, endLine: number, command: string | undefined): void {
    const current = this.#live.get(pid)?.abi ?? this.#native;
    const identity = this.#identities.find(call.name, call.number, current);
    if (identity.abi !== this.#native) this.#sure = false;
    this.#abis.add(identity.abi);
    this.#events++;
    const { abi, name, nr } = identity;
    const { args, line } = call;
    const event: TraceEvent = { pid, abi, name, nr, args, outcome, line, endLine };
    const counter = this.#tally.add(event, identity, new Image(command, true), endLine);
    counter.end = Math.min(counter.end, endLine);
    const begin = () => ({ key: counter.key, at: this.#tally.firstSeen(event, command) });
    follow(this.#threadOf(pid), event, begin, this.#finish);
  }

  #threadOf(pid: number): Watched {
    const thread = this.#watched.get(pid) ?? { watch: undefined };
    this.#watched.set(pid, thread);
    return thread;
  }

  /** What the part saw of threads that were refused something before, and of those that were in it. */
  #follow(part: Fragment, offset: number, commands: Commands): void {
    for (const { pid, watch, end } of part.heads) {
      const thread = this.#threadOf(pid);
      if (thread.watch) absorb(thread.watch, watch, offset);
      endWatch(thread, end, this.#finish);
      this.#watched.delete(pid);
    }
    for (const { pid, watch } of part.live) {
      if (!watch) continue;
      const thread = this.#threadOf(pid);
      if (watch.key !== undefined) thread.watch = moved(watch, offset, commands.resolve(watch.at.command));
      else if (thread.watch) absorb(thread.watch, watch, offset);
    }
  }

  /** How things stand after a part. */
  #advance(part: Fragment, offset: number, commands: Commands): void {
    const before = this.#live;
    const after = new Map(before);
    for (const pid of part.gone) after.delete(pid);
    for (const process of part.live) {
      const earlier = process.inherited ? before.get(process.pid) : undefined;
      const own = process.pending && { ...process.pending, line: process.pending.line + offset };
      after.set(process.pid, {
        ...process,
        command: commands.resolve(process.command),
        pending: process.untouched ? earlier?.pending : own,
        guessed: process.guessed && (earlier?.guessed ?? true),
        leaving: process.leaving || earlier?.leaving === true,
      });
    }
    const settled = new Set([...part.orphans.map(({ pid }) => pid), ...part.gone]);
    this.#forking = [...this.#forking.filter((pid) => !settled.has(pid)), ...part.forking];
    this.#live = after;
  }
}

function placed(first: FirstSeen, offset: number, commands: Commands): FirstSeen {
  const { command, line, ...rest } = first;
  const shown = commands.resolve(command);
  return { ...rest, line: line + offset, ...(shown === undefined ? {} : { command: shown }) };
}

function placedAfter(after: Aftermath, offset: number, commands: Commands): Aftermath {
  const { at, next, fellBack, message, ...rest } = after.shown;
  return {
    ...after,
    shown: {
      ...rest,
      at: placed(at, offset, commands),
      next: next.map((call) => ({ ...call, line: call.line + offset })),
      ...(fellBack ? { fellBack: { ...fellBack, line: fellBack.line + offset } } : {}),
      ...(message === undefined ? {} : { message: message + offset }),
    },
  };
}

function isOrphan(loose: Dropped | Orphan): loose is Orphan {
  return 'outcome' in loose;
}

/** What the process waits for, when this is the end of it. */
function pendingOf(process: ThreadState | undefined, { name }: Orphan): Pending | undefined {
  const pending = process?.pending;
  return pending && (pending.name === name || sameCall(pending.name, name)) ? pending : undefined;
}

/** Finds the command lines that a part left open. */
class Commands {
  readonly #part: Fragment;
  readonly #before: ReadonlyMap<number, ThreadState>;
  readonly #forking: readonly number[];
  sure = true;

  constructor(part: Fragment, before: ReadonlyMap<number, ThreadState>, forking: readonly number[]) {
    this.#part = part;
    this.#before = before;
    this.#forking = forking;
  }

  resolve(command: string | undefined): string | undefined {
    if (command?.charCodeAt(0) !== 0) return command;
    const ref = this.#part.refs[Number(command.slice(1))]!;
    const earlier = this.#before.get(ref.pid);
    switch (ref.kind) {
      case 'start': {
        if (earlier) return earlier.command;
        if (ref.guess) return this.resolve(ref.guess.command);
        const back = new Set(this.#part.orphans.slice(0, ref.orphans).map(({ pid }) => pid));
        const parent = this.#forking.findLast((pid) => !back.has(pid));
        return parent === undefined ? undefined : this.#before.get(parent)?.command;
      }
      case 'exec': {
        const orphan = this.#part.orphans.find(({ pid }) => pid === ref.pid)!;
        const pending = pendingOf(earlier, orphan);
        const name = pending?.name ?? orphan.name;
        const args = pending ? joinArguments(pending.args, orphan.args) : orphan.args;
        return commandOf(name, args) ?? this.resolve(ref.before);
      }
      case 'fixed':
        return earlier && !earlier.guessed ? this.resolve(ref.before) : this.resolve(ref.parent);
    }
  }
}

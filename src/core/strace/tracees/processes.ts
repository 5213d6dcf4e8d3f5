import type { Abi } from '../../linux/abi.ts';
import type { Outcome, ThreadEnd, TraceEvent } from '../grammar/event.ts';
import { joinArguments, sameCall } from '../grammar/halves.ts';
import { Identities, type Identity, mayDieOf } from '../grammar/identity.ts';
import { type Line, readDone, readLine } from '../grammar/line.ts';
import { Unparsed } from '../grammar/unparsed.ts';
import type { FragmentEnd, FragmentLog } from './fragment.ts';
import { joined, type OpenLine, openLine } from './openLine.ts';
import type { Pending, Process } from './process.ts';
import type { ProcessesOptions, Sink } from './sink.ts';
import { FORKS, ThreadTable } from './threadTable.ts';

export type { ProcessesOptions, Sink } from './sink.ts';

/** Follows processes through the lines of a trace and joins what belongs together. */
export class Processes {
  readonly threads: ThreadTable;
  readonly abis = new Set<Abi>();
  readonly unparsed = new Unparsed();
  /** Events so far that were given to the sink by this object. */
  events = 0;
  unfinished = 0;
  /** A line that waits for its second half; the byte scanner must not run meanwhile. */
  open: OpenLine | undefined;
  /** A table of strace -c was met. */
  table = false;
  /** The call that began last, for the byte scanner. */
  begun: { readonly line: number; readonly identity: Identity } | undefined;
  /** Called before a pending call is looked at: the byte scanner keeps its own as bytes. */
  beforePending: ((process: Process) => void) | undefined;

  readonly #options: ProcessesOptions;
  readonly #sink: Sink;
  readonly #identities: Identities;
  readonly #fragment: FragmentLog | undefined;
  #ends = 0;
  #detached = false;

  constructor(options: ProcessesOptions, sink: Sink, fragment?: FragmentLog) {
    this.#options = options;
    this.#fragment = fragment;
    this.#sink = sink;
    this.threads = new ThreadTable(options, fragment);
    this.#identities = new Identities(this.threads.native);
  }

  /** Takes the next line, without its line end. `number` counts from 1. */
  line(raw: string, number: number): void {
    const line = readLine(raw);
    const { body, prefix } = line;
    switch (body.kind) {
      case 'ignored':
        return;
      case 'table':
        this.table = true;
        this.#fragment?.abandon();
        return;
      case 'unknown':
        if (this.#staged(line, number)) return;
        // After `…SIGCHLDstrace: Process 12 attached` the next line goes on (old ones: `Process 12 resumed` first).
        if (this.open?.attached === true && this.open.announced >= number - 2) this.#rest(line, raw, number);
        else {
          if (!this.table) this.unparsed.add(raw, number);
          if (this.open && --this.open.patience === 0) this.#giveUp();
        }
        return;
      case 'rest':
        this.#rest(line, raw, number);
        return;
      case 'attached':
        if (this.open) this.open.announced = number;
        this.threads.announced(body.pid);
        return;
      case 'mode':
        this.threads.mode(body.pid, prefix.pid, body.mode);
        return;
    }
    const process = this.threads.of(prefix.pid);
    this.beforePending?.(process);
    if (process.inherited && this.#fragment?.first(process, line, number)) return;
    if (body.kind !== 'open' && this.open && body.kind === 'call') this.#keepOrGiveUp(process);
    switch (body.kind) {
      case 'call':
        this.#drop(process);
        this.#finish(process, { ...body, number: prefix.number, time: prefix.time, line: number }, number);
        return;
      case 'unfinished':
        this.#drop(process);
        // In a file of `strace -ff` this thread is over: the leader's file has the rest.
        if (body.moved && this.#options.pid !== undefined) this.#end(process);
        else this.#begin(process, body.name, body.args, line, number);
        return;
      case 'open':
        this.#giveUp();
        if (body.attached !== undefined) this.threads.announced(body.attached);
        this.open = openLine(line.text, number, body.attached !== undefined);
        return;
      case 'still':
        if (process.pending) process.pending.args = joinArguments(process.pending.args, body.args);
        else this.#orphan(process, body.name, body.args, { kind: 'unknown' }, line, number);
        return;
      case 'resumed':
        this.#resume(process, body.name, body.args, body.outcome, line, number);
        return;
      case 'signal':
        this.#signal(process, body.signal, body.text);
        return;
      case 'exited':
        this.#end(process, { status: body.status });
        return;
      case 'killed':
        if (body.signal === 'SIGSYS' && process.recent && !process.pending) this.#sink.sigsys(process);
        this.#end(process, { signal: body.signal });
        return;
      case 'superseded':
        this.#superseded(process, body.by);
        return;
      case 'detached': {
        const gone = body.pid === undefined ? process : this.threads.of(body.pid);
        this.beforePending?.(gone);
        // Old traces say so of processes that have ended; of others, strace went away.
        if (!gone.leaving) this.#detached = true;
        else this.#ends--;
        if (body.name !== undefined) this.#begin(gone, body.name, body.args ?? '', line, number);
        this.#end(gone);
        return;
      }
    }
  }

  /** After the last line; `torn` when it had no line end. */
  end(torn: boolean): { readonly complete: boolean } {
    this.#giveUp();
    const living = [...this.threads.living()];
    for (const process of living) {
      this.beforePending?.(process);
      this.#drop(process);
      this.#sink.ended(process);
    }
    // Traces before strace 4.6 have no `+++ exited` lines: exit_group is the last that is seen.
    const ended =
      !this.threads.missing() &&
      (this.#ends > 0 ? living.length === 0 : living.every((process) => process.leaving));
    return { complete: this.threads.started > 0 && !torn && !this.#detached && ended };
  }

  /** What a following fragment has to know; nothing is dropped. */
  handOver(): FragmentEnd {
    if (this.open) this.#fragment?.abandon();
    for (const process of this.threads.live.values()) this.beforePending?.(process);
    return {
      live: this.threads.states(),
      forking: this.threads.forking.map(({ pid }) => pid!),
      ends: this.#ends,
      detached: this.#detached,
    };
  }

  #begin(process: Process, name: string, args: string, line: Line, number: number): void {
    process.pending = { name, args, line: number, number: line.prefix.number, time: line.prefix.time };
    process.recent = false;
    if (FORKS.has(name)) this.threads.began(process);
    const identity = this.#identities.find(name, line.prefix.number, process.abi);
    if (identity.abi === process.abi) this.begun = { line: number, identity };
  }

  #resume(
    process: Process,
    name: string | undefined,
    args: string,
    outcome: Outcome,
    line: Line,
    number: number,
  ): void {
    const { pending } = process;
    if (!pending || (name !== undefined && pending.name !== name && !sameCall(pending.name, name))) {
      this.#orphan(process, name, args, outcome, line, number);
      return;
    }
    this.#close(process, pending, args, outcome, number);
  }

  #close(process: Process, pending: Pending, args: string, outcome: Outcome, number: number): void {
    this.#settle(process);
    this.#finish(process, { ...pending, args: joinArguments(pending.args, args), outcome }, number);
  }

  /** The end of a call whose beginning is not in the trace. */
  #orphan(
    process: Process,
    name: string | undefined,
    args: string,
    outcome: Outcome,
    { prefix }: Line,
    number: number,
  ): void {
    if (name === undefined) return;
    this.#drop(process);
    this.#finish(
      process,
      { name, number: prefix.number, time: prefix.time, args, outcome, line: number },
      number,
    );
  }

  #finish(process: Process, call: Pending & { readonly outcome: Outcome }, endLine: number): void {
    const identity = this.#identities.find(call.name, call.number, process.abi);
    if (identity.abi !== process.abi) process.abi = identity.abi;
    this.abis.add(identity.abi);
    const { outcome } = call;
    const event: TraceEvent = {
      pid: process.pid,
      abi: identity.abi,
      name: identity.name,
      nr: identity.nr,
      args: call.args,
      outcome,
      line: call.line,
      endLine,
      ...(call.time === undefined ? {} : { time: call.time }),
      ...(this.#options.file === undefined ? {} : { file: this.#options.file }),
    };
    this.events++;
    this.#sink.event(event, identity, process);
    process.recent = mayDieOf(identity, outcome, call.line === endLine);
    if (outcome.kind === 'returned') this.threads.effects(process, call.name, call.args, outcome.value);
    else if (outcome.kind === 'unknown' && (call.name === 'exit_group' || call.name === '_exit')) {
      process.leaving = true;
    }
  }

  #signal(process: Process, signal: string, text: string): void {
    if (signal === 'SIGSYS' && process.recent && !process.pending && !/si_code=(?!SYS_SECCOMP)/.test(text)) {
      this.#sink.sigsys(process);
    }
    if (signal === 'SIGSYS') process.recent = false;
  }

  #end(process: Process, end?: ThreadEnd): void {
    this.#ends++;
    this.#drop(process);
    this.#sink.ended(process, end);
    this.threads.remove(process);
  }

  /** A thread called execve: it goes on under the leader's pid, the leader's own call is lost. */
  #superseded(leader: Process, by: number): void {
    this.#drop(leader);
    const thread = this.threads.live.get(by);
    if (!thread || thread.untouched) this.#fragment?.abandon();
    if (!thread) return;
    this.beforePending?.(thread);
    leader.pending = thread.pending;
    leader.command = thread.command;
    leader.recent = false;
    thread.pending = undefined;
    this.#sink.ended(thread);
    this.#ends++;
    this.threads.remove(thread);
  }

  /** Gives up a pending call: it never ended. */
  #drop(process: Process): void {
    const { pending } = process;
    if (!pending) return;
    this.#settle(process);
    this.unfinished++;
    this.#finish(process, { ...pending, outcome: { kind: 'unknown' } }, pending.line);
    process.recent = false;
  }

  #settle(process: Process): void {
    process.pending = undefined;
    this.threads.settled(process);
  }

  /**
   * With -z, -Z or -e status strace keeps a line back until its status is known; when another process's line came first,
   * `<unfinished ...>` and the rest follow each other as two lines, the second without a prefix. True when this is that.
   */
  #staged({ prefix, text }: Line, number: number): boolean {
    if (prefix.pid !== undefined || this.open) return false;
    if (number === 1) this.#fragment?.abandon();
    const process = [...this.threads.live.values()].find(
      ({ lazyLine, pending }) => lazyLine === number - 1 || pending?.line === number - 1,
    );
    const rest = process && readDone(text, prefix.at);
    if (!rest) return false;
    this.beforePending?.(process);
    if (!process.pending) return false;
    this.#close(process, process.pending, rest.args, rest.outcome, number);
    return true;
  }

  /** The second half of a line that other output tore apart. */
  #rest(line: Line, raw: string, number: number): void {
    const { open } = this;
    if (!open) {
      if (this.#staged(line, number)) return;
      this.#fragment?.abandon();
      this.unparsed.add(raw, number);
      return;
    }
    const whole = joined(open, line);
    const { body, prefix } = whole;
    if (body.kind !== 'call' && body.kind !== 'unfinished') {
      this.unparsed.add(raw, number);
      return;
    }
    this.open = undefined;
    const process = this.threads.of(prefix.pid);
    this.beforePending?.(process);
    this.#drop(process);
    if (body.kind === 'unfinished') this.#begin(process, body.name, body.args, whole, open.line);
    else
      this.#finish(process, { ...body, number: prefix.number, time: prefix.time, line: open.line }, number);
  }

  /** A whole call of the process that the open line belongs to: its other half will not come. */
  #keepOrGiveUp(process: Process): void {
    const { open } = this;
    if (open && this.threads.of(readLine(open.text).prefix.pid) === process) this.#giveUp();
  }

  #giveUp(): void {
    const { open } = this;
    this.open = undefined;
    if (open) this.unparsed.add(open.text, open.line);
  }
}

import type { Abi } from '../syscalls/abi.ts';
import { commandOf } from './command.ts';
import type { Outcome, ThreadEnd, TraceEvent } from './event.ts';
import type { FragmentEnd, FragmentLog } from './fragment.ts';
import { joinArguments, sameCall } from './halves.ts';
import { abiOfMode, Identities, type Identity, mayDieOf } from './identity.ts';
import { CUT_IN, type Line, type Mode, readLine } from './line.ts';
import { type Pending, Process } from './process.ts';

/** What becomes of the events. */
export interface Sink {
  event(event: TraceEvent, identity: Identity, process: Process): void;
  /** The last event of this process was refused by a filter that kills or traps. */
  sigsys(process: Process): void;
  /** No line of this process follows. */
  ended(process: Process, end?: ThreadEnd): void;
}

export interface ProcessesOptions {
  readonly file?: string;
  /** Native ABI of the traced machine; x86_64 when not known. */
  readonly arch?: Abi;
  /** The process whose file of `strace -ff` this is. */
  readonly pid?: number;
  /** What that process inherited: known from its parent's file. */
  readonly command?: string;
  readonly abi?: Abi;
}

/** `strace -ff` needs to hand these over from file to file. */
export interface Fork {
  readonly pid: number;
  readonly abi: Abi;
  readonly command: string | undefined;
}

const FORKS = new Set(['clone', 'clone3', 'fork', 'vfork', 'clone2']);
const SAMPLES = 5;
const SAMPLE_LENGTH = 400;
/** Lines of other output that may stand between the halves of a call that it tore apart. */
const PATIENCE = 200;

/** Follows processes through the lines of a trace and joins what belongs together. */
export class Processes {
  readonly live = new Map<number, Process>();
  readonly abis = new Set<Abi>();
  readonly samples: { line: number; text: string }[] = [];
  readonly forks: Fork[] = [];
  /** Events so far that were given to the sink by this object. */
  events = 0;
  unparsed = 0;
  unfinished = 0;
  started = 0;
  /** A line that waits for its second half; the byte scanner must not run meanwhile. */
  open:
    | { readonly text: string; readonly line: number; readonly attached: boolean; patience: number }
    | undefined;
  /** A table of strace -c was met. */
  table = false;
  /** The process that lines without a pid belong to, while it is known. */
  alone: Process | undefined;
  /** The call that began last, for the byte scanner. */
  begun: { readonly line: number; readonly identity: Identity } | undefined;
  /** Called before a pending call is looked at: the byte scanner keeps its own as bytes. */
  beforePending: ((process: Process) => void) | undefined;

  readonly #native: Abi;
  readonly #options: ProcessesOptions;
  readonly #sink: Sink;
  readonly #identities: Identities;
  readonly #fragment: FragmentLog | undefined;
  readonly #forking: Process[] = [];
  #anonymous: Process | undefined;
  #modeLines = false;
  #ends = 0;
  #detached = false;

  constructor(options: ProcessesOptions, sink: Sink, fragment?: FragmentLog) {
    this.#options = options;
    this.#fragment = fragment;
    this.#native = options.arch ?? 'x86_64';
    this.#sink = sink;
    this.#identities = new Identities(this.#native);
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
        // After `…SIGCHLDstrace: Process 12 attached` the next line goes on (old ones: `Process 12 resumed` first).
        if (this.open?.attached === true && this.open.line >= number - 2) this.#rest(line, raw, number);
        else {
          if (!this.table) this.#reject(raw, number);
          if (this.open && --this.open.patience === 0) this.#giveUp();
        }
        return;
      case 'rest':
        this.#rest(line, raw, number);
        return;
      case 'attached':
        this.#known(body.pid);
        return;
      case 'mode':
        this.#mode(body.pid, prefix.pid, body.mode);
        return;
    }
    const process = this.processOf(prefix.pid);
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
        this.#begin(process, body.name, body.args, line, number);
        return;
      case 'open':
        this.#giveUp();
        if (body.attached !== undefined) this.#known(body.attached);
        this.open = {
          text: line.text,
          line: number,
          attached: body.attached !== undefined,
          patience: PATIENCE,
        };
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
        const gone = body.pid === undefined ? process : this.processOf(body.pid);
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
    const living = [...this.live.values(), ...(this.#anonymous ? [this.#anonymous] : [])];
    for (const process of new Set(living)) {
      this.beforePending?.(process);
      this.#drop(process);
      this.#sink.ended(process);
    }
    const left = new Set(living).size;
    // Traces before strace 4.6 have no `+++ exited` lines: exit_group is the last that is seen.
    const ended = this.#ends > 0 ? left === 0 : living.every((process) => process.leaving);
    return { complete: this.started > 0 && !torn && !this.#detached && ended };
  }

  /** The process of a line. Lines without a pid belong to the only one there is. */
  processOf(pid: number | undefined): Process {
    if (pid === undefined) {
      this.#fragment?.abandon();
      this.alone ??= this.#soleProcess();
      return this.alone;
    }
    this.alone = undefined;
    const known = this.live.get(pid);
    if (known) return known;
    // `[pid N]` appears only with the second process: the first of unknown number is the one nobody forked.
    if (this.#anonymous && this.#anonymous.pid === undefined) {
      this.#anonymous.pid = pid;
      this.live.set(pid, this.#anonymous);
      return this.#anonymous;
    }
    return this.#start(pid, this.#forking.at(-1), true);
  }

  /** What a following fragment has to know; nothing is dropped. */
  handOver(): FragmentEnd {
    if (this.open) this.#fragment?.abandon();
    for (const process of this.live.values()) this.beforePending?.(process);
    return {
      live: [...this.live.values()].map(
        ({ pid, abi, command, pending, guessed, leaving, inherited, untouched, watch }) => ({
          pid: pid!,
          abi,
          command,
          pending,
          guessed,
          leaving,
          inherited,
          untouched,
          watch,
        }),
      ),
      forking: this.#forking.map(({ pid }) => pid!),
      ends: this.#ends,
      detached: this.#detached,
    };
  }

  identityOf(name: string, number: number | undefined, abi: Abi): Identity {
    return this.#identities.find(name, number, abi);
  }

  #soleProcess(): Process {
    // Until a line names it, the first process goes without a pid, also while its child is announced.
    if (this.#anonymous && this.#anonymous.pid === undefined) return this.#anonymous;
    if (this.live.size === 1) return [...this.live.values()][0]!;
    if (this.#anonymous) return this.#anonymous;
    const { pid, command, abi } = this.#options;
    const process =
      pid === undefined ? new Process(undefined, this.#native) : this.#start(pid, undefined, false);
    if (pid === undefined) this.started++;
    if (abi) process.abi = abi;
    if (command !== undefined) process.command = command;
    if (pid === undefined) this.#anonymous = process;
    return process;
  }

  #start(pid: number, parent: Process | undefined, guessed: boolean): Process {
    const process = new Process(pid, parent?.abi ?? this.#native);
    process.command = parent?.command;
    process.guessed = guessed;
    this.live.set(pid, process);
    if (!this.#fragment?.met(process, guessed, parent !== undefined)) this.started++;
    this.alone = undefined;
    return process;
  }

  /** A pid that strace announced: never the unnamed first process. */
  #known(pid: number): void {
    this.alone = undefined;
    this.#fragment?.abandon();
    if (!this.live.has(pid)) this.#start(pid, this.#forking.at(-1) ?? this.#openProcess(), true);
  }

  #openProcess(): Process | undefined {
    return this.#anonymous ?? (this.live.size === 1 ? [...this.live.values()][0] : undefined);
  }

  #mode(named: number | undefined, prefixed: number | undefined, mode: Mode): void {
    this.#modeLines = true;
    this.#fragment?.abandon();
    const family = abiOfMode(mode, this.#native);
    if (
      prefixed === undefined &&
      named !== undefined &&
      !this.live.has(named) &&
      this.#anonymous === undefined
    ) {
      // The first process of a trace without pids: the message is the first to name it.
      const sole = this.live.size === 0 ? this.processOf(undefined) : this.processOf(named);
      sole.abi = family;
      return;
    }
    const process =
      prefixed !== undefined
        ? this.processOf(prefixed)
        : named !== undefined && this.live.has(named)
          ? this.live.get(named)!
          : this.processOf(undefined);
    process.abi = family;
  }

  #begin(process: Process, name: string, args: string, line: Line, number: number): void {
    process.pending = { name, args, line: number, number: line.prefix.number, time: line.prefix.time };
    process.recent = false;
    if (FORKS.has(name)) this.#forking.push(process);
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
    if (outcome.kind === 'returned') this.effects(process, call.name, call.args, outcome.value);
    else if (outcome.kind === 'unknown' && (call.name === 'exit_group' || call.name === '_exit')) {
      process.leaving = true;
    }
  }

  /** What a call does to its process and to others. */
  effects(process: Process, name: string, args: string, value: string): void {
    if (name === 'execve' || name === 'execveat') {
      if (value === '0') {
        process.command = commandOf(name, args) ?? process.command;
        process.guessed = false;
        // With -o nothing tells the new program's ABI but its calls; most are native.
        if (!this.#modeLines) process.abi = this.#native;
      }
    } else if (FORKS.has(name) && value !== '0') {
      const child = Number(value);
      this.forks.push({ pid: child, abi: process.abi, command: process.command });
      const known = this.live.get(child);
      if (!known && this.#options.pid === undefined) this.#start(child, process, false);
      else if (known?.guessed) {
        known.guessed = false;
        known.command = this.#fragment?.corrected(known, process.command) ?? process.command;
      }
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
    this.#fragment?.ended(process);
    this.alone = undefined;
    if (process.pid !== undefined && this.live.get(process.pid) === process) this.live.delete(process.pid);
    if (process === this.#anonymous) this.#anonymous = undefined;
  }

  /** A thread called execve: it goes on under the leader's pid, the leader's own call is lost. */
  #superseded(leader: Process, by: number): void {
    this.#drop(leader);
    const thread = this.live.get(by);
    if (!thread || thread.untouched) this.#fragment?.abandon();
    if (!thread) return;
    this.#fragment?.ended(thread);
    this.beforePending?.(thread);
    leader.pending = thread.pending;
    leader.command = thread.command;
    leader.recent = false;
    thread.pending = undefined;
    this.#sink.ended(thread);
    this.#ends++;
    this.live.delete(by);
    this.alone = undefined;
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
    const at = this.#forking.lastIndexOf(process);
    if (at !== -1) this.#forking.splice(at, 1);
  }

  /** The second half of a line that other output tore apart. */
  #rest(line: Line, raw: string, number: number): void {
    const { open } = this;
    if (!open) {
      this.#fragment?.abandon();
      this.#reject(raw, number);
      return;
    }
    const joined = readLine(open.text.replace(CUT_IN, '') + line.text.slice(line.prefix.at));
    const { body, prefix } = joined;
    if (body.kind !== 'call' && body.kind !== 'unfinished') {
      this.#reject(raw, number);
      return;
    }
    this.open = undefined;
    const process = this.processOf(prefix.pid);
    this.beforePending?.(process);
    this.#drop(process);
    if (body.kind === 'unfinished') this.#begin(process, body.name, body.args, joined, open.line);
    else
      this.#finish(process, { ...body, number: prefix.number, time: prefix.time, line: open.line }, number);
  }

  /** A whole call of the process that the open line belongs to: its other half will not come. */
  #keepOrGiveUp(process: Process): void {
    const { open } = this;
    if (open && this.processOf(readLine(open.text).prefix.pid) === process) this.#giveUp();
  }

  #giveUp(): void {
    const { open } = this;
    this.open = undefined;
    if (open) this.#reject(open.text, open.line);
  }

  #reject(text: string, line: number): void {
    this.unparsed++;
    if (this.samples.length < SAMPLES) this.samples.push({ line, text: text.slice(0, SAMPLE_LENGTH) });
  }
}

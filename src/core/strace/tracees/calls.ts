import type { Abi } from '../../linux/abi.ts';
import type { Outcome, TraceEvent } from '../grammar/event.ts';
import { joinArguments, sameCall } from '../grammar/halves.ts';
import { Identities, type Identity, mayDieOf } from '../grammar/identity.ts';
import type { Line } from '../grammar/line.ts';
import type { SigsysInfo } from '../grammar/siginfo.ts';
import type { Pending, Process } from './process.ts';
import type { ProcessesOptions, Sink } from './sink.ts';
import { FORKS, type ThreadTable } from './threadTable.ts';

/** Joins the halves of calls into events, and finds the call that a SIGSYS is about. */
export class Calls {
  readonly abis = new Set<Abi>();
  /** Events so far that were given to the sink by this object. */
  events = 0;
  unfinished = 0;
  /** The call that began last, for the byte scanner. */
  begun: { readonly line: number; readonly identity: Identity } | undefined;

  readonly #options: ProcessesOptions;
  readonly #sink: Sink;
  readonly #threads: ThreadTable;
  #identities: Identities;

  constructor(options: ProcessesOptions, sink: Sink, threads: ThreadTable) {
    this.#options = options;
    this.#sink = sink;
    this.#threads = threads;
    this.#identities = new Identities(threads.native);
  }

  /** The traced machine is of this ABI; before the first call. */
  of(native: Abi): void {
    this.#identities = new Identities(native);
  }

  /** A call whose end comes with a later line. */
  begin(
    process: Process,
    { name, args }: { name: string; args: string },
    prefix: Line['prefix'],
    line: number,
  ) {
    process.pending = { name, args, line, number: prefix.number, time: prefix.time };
    process.recent = false;
    if (FORKS.has(name) && !process.recorded) this.#threads.began(process);
    const identity = this.#identities.find(name, prefix.number, process.abi);
    if (identity.abi === process.abi) this.begun = { line, identity };
  }

  /** `<... x resumed> <unfinished ...>`: the pending call goes on. False when there is none. */
  still(process: Process, args: string): boolean {
    if (!process.pending) return false;
    process.pending.args = joinArguments(process.pending.args, args);
    return true;
  }

  /** The end of a call: of the one that is pending, or of one whose beginning is not in the trace. */
  resume(
    process: Process,
    end: { readonly name: string | undefined; readonly args: string; readonly outcome: Outcome },
    prefix: Line['prefix'],
    line: number,
  ): void {
    const { pending } = process;
    const { name, args, outcome } = end;
    if (pending && (name === undefined || pending.name === name || sameCall(pending.name, name))) {
      this.close(process, pending, end, line);
      return;
    }
    if (name === undefined) return;
    this.drop(process);
    this.finish(process, { name, number: prefix.number, time: prefix.time, args, outcome, line }, line);
  }

  /** The pending call ends. */
  close(
    process: Process,
    pending: Pending,
    { args, outcome }: { readonly args: string; readonly outcome: Outcome },
    line: number,
  ): void {
    this.#settle(process);
    this.finish(process, { ...pending, args: joinArguments(pending.args, args), outcome }, line);
  }

  /** A whole call. */
  finish(process: Process, call: Pending & { readonly outcome: Outcome }, endLine: number): void {
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
    process.otherAbi = this.#identities.killedElsewhere(call.name, identity, outcome);
    process.recent = process.otherAbi !== undefined || mayDieOf(identity, outcome, call.line === endLine);
    if (process.recorded) return;
    if (outcome.kind === 'returned') this.#threads.effects(process, call.name, call.args, outcome.value);
    else if (outcome.kind === 'unknown' && /^(?:exit_group|_exit)$/.test(call.name)) process.leaving = true;
  }

  /** Gives up a pending call: it never ended. */
  drop(process: Process): void {
    const { pending } = process;
    if (!pending) return;
    this.#settle(process);
    this.unfinished++;
    this.finish(process, { ...pending, outcome: { kind: 'unknown' } }, pending.line);
    process.recent = false;
  }

  /** A thread that called execve goes on under the leader's pid: so does its call. */
  hand(thread: Process, leader: Process): void {
    leader.pending = thread.pending;
    leader.image = thread.image;
    leader.recent = false;
    thread.pending = undefined;
  }

  /**
   * SIGSYS came, or ended the thread (`info` is then undefined). The call is the last one of the thread, the one that is
   * pending, or one that the trace does not show: then it becomes an event on the line of the signal. False when nothing
   * tells which call it was.
   */
  sigsys(process: Process, info: SigsysInfo | undefined, line: number): boolean {
    const { pending } = process;
    const last = process.recent && !pending ? this.#sink.last(process) : undefined;
    const name = info?.name;
    process.recent = false;
    // A result that is the call's own number is certain; some kernels gave a wrong si_syscall.
    if (last && (name === undefined || last.name === name || last.own)) {
      this.#sink.sigsys(process, process.otherAbi);
      return true;
    }
    if (name === undefined) return false;
    if (pending && this.#identities.find(pending.name, pending.number, process.abi).name === name) {
      this.#settle(process);
      this.finish(process, { ...pending, outcome: { kind: 'sigsys' } }, line);
      return true;
    }
    if (info?.abi) process.abi = info.abi;
    const outcome = { kind: 'sigsys' as const };
    this.finish(process, { name, number: info?.nr, time: undefined, args: '', outcome, line }, line);
    return true;
  }

  #settle(process: Process): void {
    process.pending = undefined;
    this.#threads.settled(process);
  }
}

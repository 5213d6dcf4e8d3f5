import type { TraceArch } from '../../documents/trace.ts';
import type { Abi } from '../../linux/abi.ts';
import { canonicalName } from '../../linux/numbers.ts';
import type { FirstSeen, ThreadEnd } from '../grammar/event.ts';
import { type Body, type Line, readDone, readLine } from '../grammar/line.ts';
import { sigsysInfo } from '../grammar/siginfo.ts';
import { Unparsed } from '../grammar/unparsed.ts';
import { ContinuedLines } from '../sources/continued.ts';
import type { Survey } from '../sources/survey.ts';
import { Wrapping } from '../sources/wrapping.ts';
import { Calls } from './calls.ts';
import { joined, type OpenLine, openLine, wholeCall } from './openLine.ts';
import { Process } from './process.ts';
import { Records } from './records.ts';
import type { ProcessesOptions, Sink } from './sink.ts';
import { ThreadTable } from './threadTable.ts';

export type { ProcessesOptions, Sink } from './sink.ts';

/** SECCOMP_RET_KILL_PROCESS ends all threads at once: within so many lines of the one that was refused something. */
const TOGETHER = 100;

/** The name of a call that no line shows. */
const UNKNOWN_CALL = 'unknown';

/** The architecture of the hosts in question, where the trace leaves several possible and this is one. */
function assumed(arch: TraceArch, asked: Abi | undefined): TraceArch {
  if (!asked || arch.basis !== 'assumed' || !arch.candidates?.includes(asked)) return arch;
  return { ...arch, value: asked, by: 'host' };
}

/** Follows processes through the lines of a trace. */
export class Processes {
  readonly threads: ThreadTable;
  readonly calls: Calls;
  readonly records: Records;
  readonly unparsed = new Unparsed();
  /** A line that waits for its second half; the byte scanner must not run meanwhile. */
  open: OpenLine | undefined;
  arch: TraceArch;
  /** A table of strace -c was met. */
  table = false;
  /** Called before a pending call is looked at: the byte scanner keeps its own as bytes. */
  beforePending: ((process: Process) => void) | undefined;

  readonly #options: ProcessesOptions;
  readonly #sink: Sink;
  #wrapping = new Wrapping();
  #continued: ContinuedLines | undefined;
  readonly #sigsysLines: number[] = [];
  #killed: FirstSeen[] = [];
  #ends = 0;
  #detached = false;

  constructor(options: ProcessesOptions, sink: Sink) {
    this.#options = options;
    this.#sink = sink;
    this.threads = new ThreadTable(options);
    this.calls = new Calls(options, sink, this.threads);
    this.records = new Records(this.calls, this.threads);
    this.arch = options.arch
      ? { value: options.arch, basis: 'known', by: 'given' }
      : { value: this.threads.native, basis: 'assumed', by: 'default' };
  }

  /** What the beginning of the trace shows of it; before the first line. */
  begin(survey: Survey): void {
    this.#wrapping = new Wrapping(survey);
    if (survey.continued) this.#continued = new ContinuedLines();
    if (!this.#options.arch) {
      this.arch = assumed(survey.arch, this.#options.assume);
      this.threads.native = this.arch.value;
      this.calls.of(this.arch.value);
    }
    if (survey.core) this.records.count('core');
  }

  /** Takes the next line, without its line end. `number` counts from 1. */
  line(raw: string, number: number): void {
    if (!this.#continued) this.#line(raw, number);
    else for (const whole of this.#continued.push(raw, number)) this.#line(whole.raw, whole.number);
  }

  #line(raw: string, number: number): void {
    const line = this.#wrapping.read(raw);
    const { body, prefix } = line;
    switch (body.kind) {
      case 'ignored':
        return;
      case 'table':
        this.table = true;
        return;
      case 'record':
        this.records.take(body.record, number);
        return;
      case 'unknown':
        this.#unknown(line, raw, number);
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
    if (this.open && body.kind !== 'open') this.#keepOrGiveUp(process, body);
    switch (body.kind) {
      case 'call':
        this.calls.drop(process);
        this.#whole(process, body, line, number);
        return;
      case 'unfinished':
        this.calls.drop(process);
        // In a file of `strace -ff` this thread is over: the leader's file has the rest.
        if (body.moved && this.#options.pid !== undefined) this.#end(process);
        else this.calls.begin(process, body, prefix, number);
        return;
      case 'open':
        this.#giveUp();
        if (body.attached !== undefined) this.threads.announced(body.attached);
        this.open = openLine(line.text, number, body.attached !== undefined);
        return;
      case 'still':
        if (!this.calls.still(process, body.args))
          this.calls.resume(process, { ...body, outcome: { kind: 'unknown' } }, prefix, number);
        return;
      case 'resumed':
        this.calls.resume(process, body, prefix, number);
        return;
      case 'signal':
        if (body.signal === 'SIGSYS') this.#sigsys(process, body.text, number);
        return;
      case 'exited':
        this.#end(process, { status: body.status });
        return;
      case 'killed':
        if (body.signal === 'SIGSYS' && !process.sigsys && !this.records.killed(process.pid))
          this.#sigsys(process, undefined, number);
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
        if (body.name !== undefined)
          this.calls.begin(gone, { name: body.name, args: body.args ?? '' }, prefix, number);
        this.#end(gone);
        return;
      }
    }
  }

  /** After the last line; `torn` when it had no line end. */
  end(torn: boolean): { readonly complete: boolean } {
    for (const { raw, number } of this.#continued?.end() ?? []) this.#line(raw, number);
    this.#giveUp();
    const living = [...this.threads.living()];
    for (const process of living) {
      this.beforePending?.(process);
      this.calls.drop(process);
      this.#sink.ended(process);
    }
    for (const { line, pid } of this.killed) {
      const process = new Process(pid, this.threads.native);
      process.recorded = true;
      const outcome = { kind: 'sigsys' as const };
      this.calls.finish(
        process,
        { name: UNKNOWN_CALL, args: '', outcome, number: undefined, time: undefined, line },
        line,
      );
    }
    this.records.end(this.#sink);
    // No record of another tool says whether it is whole.
    if (this.threads.started === 0 && this.records.size > 0) return { complete: !torn };
    // Traces before strace 4.6 have no `+++ exited` lines: exit_group is the last that is seen.
    const ended =
      !this.threads.missing() &&
      (this.#ends > 0 ? living.length === 0 : living.every((process) => process.leaving));
    return { complete: this.threads.started > 0 && !torn && !this.#detached && ended };
  }

  /** Threads that SIGSYS ended in a call that no line shows, and that did not just end with another one. */
  get killed(): readonly FirstSeen[] {
    return this.#killed.filter(
      ({ line }) => !this.#sigsysLines.some((other) => Math.abs(other - line) <= TOGETHER),
    );
  }

  /** `text`: the siginfo; undefined where the thread has died of it. */
  #sigsys(process: Process, text: string | undefined, number: number): void {
    const info = text === undefined ? undefined : sigsysInfo(text);
    process.sigsys = true;
    if (info?.seccomp === false) {
      process.recent = false;
    } else if (this.calls.sigsys(process, info, number)) {
      this.#sigsysLines.push(number);
    } else if (text === undefined) {
      const { pid, command } = process;
      this.#killed.push({ line: number, pid, ...(command === undefined ? {} : { command }) });
    } else process.sigsys = false;
  }

  #end(process: Process, end?: ThreadEnd): void {
    this.#ends++;
    this.calls.drop(process);
    this.#sink.ended(process, end);
    this.threads.remove(process);
  }

  /** A thread called execve: it goes on under the leader's pid, the leader's own call is lost. */
  #superseded(leader: Process, by: number): void {
    this.calls.drop(leader);
    const thread = this.threads.live.get(by);
    if (!thread) return;
    this.beforePending?.(thread);
    this.calls.hand(thread, leader);
    this.#sink.ended(thread);
    this.#ends++;
    this.threads.remove(thread);
  }

  #whole(process: Process, body: Body & { readonly kind: 'call' }, { prefix }: Line, number: number): void {
    const { name, args, outcome } = body;
    this.calls.finish(
      process,
      { name, args, outcome, number: prefix.number, time: prefix.time, line: number },
      number,
    );
  }

  #unknown(line: Line, raw: string, number: number): void {
    if (this.#staged(line, number)) return;
    // After `…SIGCHLDstrace: Process 12 attached` the next line goes on (old ones: `Process 12 resumed` first).
    if (this.open?.attached === true && this.open.announced >= number - 2) {
      this.#rest(line, raw, number);
      return;
    }
    if (!this.table) this.unparsed.add(raw, number);
    if (this.open && --this.open.patience === 0) this.#giveUp();
  }

  /**
   * With -z, -Z or -e status strace keeps a line back until its status is known; when another process's line came first,
   * `<unfinished ...>` and the rest follow each other as two lines, the second without a prefix. True when this is that.
   */
  #staged({ prefix, text }: Line, number: number): boolean {
    if (prefix.pid !== undefined || this.open) return false;
    const process = [...this.threads.live.values()].find(
      ({ lazyLine, pending }) => lazyLine === number - 1 || pending?.line === number - 1,
    );
    const rest = process && readDone(text, prefix.at);
    if (!rest) return false;
    this.beforePending?.(process);
    if (!process.pending) return false;
    this.calls.close(process, process.pending, rest, number);
    return true;
  }

  /** The second half of a line that other output tore apart. */
  #rest(line: Line, raw: string, number: number): void {
    const { open } = this;
    if (!open) {
      if (this.#staged(line, number)) return;
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
    this.calls.drop(process);
    if (body.kind === 'unfinished') this.calls.begin(process, body, prefix, open.line);
    else {
      const { name, args, outcome } = body;
      const call = { name, args, outcome, number: prefix.number, time: prefix.time, line: open.line };
      this.calls.finish(process, call, number);
    }
  }

  /** A line of the process that the open line belongs to, which says that the other half will not come. */
  #keepOrGiveUp(process: Process, { kind }: Body): void {
    if (kind !== 'call' && kind !== 'killed' && kind !== 'exited') return;
    const { open } = this;
    if (open && this.threads.of(readLine(open.text).prefix.pid) === process) this.#giveUp();
  }

  /** An open line whose arguments are whole is a call of which the result is not shown, as of exit in old traces. */
  #giveUp(): void {
    const { open } = this;
    this.open = undefined;
    if (!open) return;
    const call = wholeCall(open);
    if (!call || canonicalName(call.name) === undefined) {
      this.unparsed.add(open.text, open.line);
      return;
    }
    const { prefix, name, args } = call;
    const process = this.threads.of(prefix.pid);
    this.beforePending?.(process);
    this.calls.drop(process);
    const outcome = { kind: 'unknown' as const };
    const whole = { name, args, outcome, number: prefix.number, time: prefix.time, line: open.line };
    this.calls.finish(process, whole, open.line);
    if (/^_?exit(?:_group)?$/.test(name)) process.leaving = true;
  }
}

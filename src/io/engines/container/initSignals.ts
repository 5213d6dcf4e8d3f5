/** So many identical faults in a row are taken for the end of process 1. */
const FAULTS = 200;

/** What a terminal sends to end a command, and what a filter's SECCOMP_RET_TRAP sends: seen once each. */
const ONCE = /^--- (SIGINT|SIGQUIT|SIGSYS) \{si_signo=SIG\w+, si_code=(?:SI_KERNEL|SYS_SECCOMP)[,}]/;
const AGAIN_AND_AGAIN = /^--- (SIG(?:SEGV|BUS|ILL|FPE|TRAP)) \{/;
const EXECUTED = /^execve.* = 0$/s;
/** `rt_sigaction(SIGSYS, {sa_handler=0x5581…`; whatever is not plainly the default counts as a handler. */
const ACTION = /^rt_sigaction\((SIGINT|SIGQUIT|SIGSYS), (?!NULL)(\{sa_handler=SIG_DFL)?/;

/**
 * Tells of which signal process 1 of a container would have died, had it not been traced: for its debugger the kernel
 * keeps an init alive (force_sig_info_to_task and sig_task_ignored, kernel/signal.c). It drops a SIGSYS of a filter, and
 * the SIGINT of the container's terminal, which ends any other command; a fault comes for ever. `handlersTraced`: the
 * trace shows rt_sigaction; without it nobody knows who handles a signal.
 */
export class InitSignals {
  readonly #handlersTraced: boolean;
  readonly #handlers: Readonly<Record<string, Set<number>>> = {
    SIGINT: new Set(),
    SIGQUIT: new Set(),
    SIGSYS: new Set(),
  };
  /** Who got a SIGSYS: a thread of process 1 if it goes on. */
  readonly #trapped = new Set<number>();
  #last: Buffer = Buffer.alloc(0);
  #repeated = 0;
  #fault: string | undefined;

  constructor(handlersTraced: boolean) {
    this.#handlersTraced = handlersTraced;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  /** Notes a line of process `pid`; behind the number it is `text` from `at` to `end`. The first byte decides most. */
  see(pid: number, text: Buffer, at: number, end: number): void {
    const first = text[at];
    if (this.#trapped.size > 0 && this.#trapped.delete(pid) && first !== PLUS) this.#fault = 'SIGSYS';
    if (first === MINUS) this.#signal(pid, text.subarray(at, end));
    else if (pid === 1) this.#repeated = 0;
    if (first === R) this.#action(pid, text.toString('latin1', at, Math.min(end, at + 64)));
    else if (first === E && pid === 1 && EXECUTED.test(text.toString('latin1', at, end))) {
      for (const handlers of Object.values(this.#handlers)) handlers.delete(1);
    }
  }

  #action(pid: number, line: string): void {
    const [, signal, byDefault] = ACTION.exec(line) ?? [];
    if (signal === undefined) return;
    if (byDefault === undefined) this.#handlers[signal]!.add(pid);
    else this.#handlers[signal]!.delete(pid);
  }

  #signal(pid: number, line: Buffer): void {
    const signal = ONCE.exec(line.toString('latin1', 0, 80))?.[1];
    if (signal !== undefined && this.#handlersTraced) {
      const handlers = this.#handlers[signal]!;
      if (pid === 1 && !handlers.has(1)) this.#fault = signal;
      else if (signal === 'SIGSYS' && handlers.size === 0) this.#trapped.add(pid);
    }
    if (pid === 1) this.#repeat(line);
  }

  /** A handler would return (a call of its own) or mend what was wrong: the same again and again is no handler. */
  #repeat(line: Buffer): void {
    if (this.#last.equals(line)) this.#repeated++;
    else {
      this.#last = Buffer.from(line);
      this.#repeated = 0;
    }
    if (this.#repeated < FAULTS) return;
    const name = AGAIN_AND_AGAIN.exec(line.toString('latin1'))?.[1];
    if (name !== undefined) this.#fault = name;
  }
}

const [PLUS, MINUS, E, R] = [43, 45, 101, 114];

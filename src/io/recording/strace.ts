import { release, version } from 'node:os';
import { recognizeSandbox } from '../../core/diagnosis/machine/sandbox.ts';
import { fail, ok, type Result } from '../../core/failure.ts';
import { capture } from '../process/exec.ts';

/** One installed strace and what it can do, read from its own help text rather than from its version. */
export interface Strace {
  readonly path: string;
  /** Such as `6.1`. */
  readonly version: string;
  /** `-n`: print syscall numbers (with the name they give the ABI). */
  readonly numbers: boolean;
  /** `--seccomp-bpf`: stop only at the chosen calls. */
  readonly seccompBpf: boolean;
}

const INSTALL_STRACE = 'install it with the package manager, for example: apt-get install strace';

const probed = new Map<string, Promise<Result<Strace>>>();

/** Finds out once per process what this strace can do. */
export function probeStrace(path = 'strace'): Promise<Result<Strace>> {
  let found = probed.get(path);
  if (!found) {
    found = probe(path);
    probed.set(path, found);
  }
  return found;
}

async function probe(path: string): Promise<Result<Strace>> {
  const ask = (option: string) => capture(path, [option], { timeoutSeconds: 10 });
  const [said, help] = await Promise.all([ask('-V'), ask('-h')]);
  if (said.missing !== undefined) return fail('missing', said.missing, { hint: INSTALL_STRACE });
  const found = /version\s+(\S+)/.exec(said.stdout + said.stderr)?.[1];
  if (found === undefined) return fail('missing', `${path} -V does not tell a version: is it strace?`);
  const text = help.stdout + help.stderr;
  // gVisor (seen with 20221219) loses the first process when strace's filter names many calls.
  const { kind } = recognizeSandbox({ system: { release: release(), version: version() } });
  return ok({
    path,
    version: found,
    numbers: text.includes('--syscall-number'),
    seccompBpf: kind !== 'gvisor' && text.includes('--seccomp-bpf'),
  });
}

/**
 * The strace that will trace: this machine's, or, in a container, the tracer image's own. That one is not asked; nothing is
 * wanted of it that strace 5 could not do, unless there is one here to go by.
 */
export async function straceFor(inContainer: boolean): Promise<Result<Strace>> {
  const here = await probeStrace();
  if (here.ok || !inContainer) return here;
  return ok({ path: 'strace', version: 'of the tracer', numbers: false, seccompBpf: false });
}

export interface StraceWishes {
  /** Syscalls whose arguments are printed as raw numbers: those that some profile tests. */
  readonly raw?: readonly string[];
  /**
   * Fast mode: never stop at these calls (but at execve, to know which program runs, and at `FIRST_CALLS`). What is
   * not named, newer calls than the strace included, is printed. Never under a filter: there the filter's answer
   * outranks strace's and denied calls are not seen.
   */
  readonly except?: readonly string[];
  /** Print when each call began and how long it took. */
  readonly times?: boolean;
  /** Longest string printed, in bytes; default 120: paths are never cut, and data is of no use here. */
  readonly strings?: number;
}

/**
 * Calls that a thread or process makes first. With --seccomp-bpf, strace (next_event in its strace.c) lets a new thread
 * or process run from one syscall to the next until it has once stopped by the filter; only then does it believe that
 * the filter is there. A thread that makes none of the chosen calls would so be stopped at every call of its life, at
 * the cost of full tracing. Each start makes one of these: glibc's threads and forks set_robust_list and rseq; musl's
 * rt_sigprocmask, as do make and posix_spawn; Zig's, Go's and Rust's sigaltstack; static programs set_tid_address.
 */
const FIRST_CALLS = ['rseq', 'rt_sigprocmask', 'set_robust_list', 'set_tid_address', 'sigaltstack'];

/** Options for recording, besides -o and the command. */
export function straceOptions(strace: Strace, wishes: StraceWishes = {}): readonly string[] {
  const options = ['-f', '-q', '-s', String(wishes.strings ?? 120)];
  if (strace.numbers) options.push('-n');
  if (wishes.times) options.push('-ttt', '-T');
  // A question mark: this strace or this architecture need not know the name.
  if (wishes.raw && wishes.raw.length > 0) options.push('-e', `raw=${questioned(wishes.raw)}`);
  if (wishes.except) {
    const kept = new Set(['execve', 'execveat', ...(strace.seccompBpf ? FIRST_CALLS : [])]);
    options.push('-e', `trace=!${questioned(wishes.except.filter((name) => !kept.has(name)))}`);
    if (strace.seccompBpf) options.push('--seccomp-bpf');
  }
  return options;
}

/** Names that strace takes for a class of calls; as a regular expression they are the call alone. */
const CLASSES = new Set(['desc', 'file', 'ipc', 'memory', 'network', 'process', 'signal']);

function questioned(names: readonly string[]): string {
  return names.map((name) => (CLASSES.has(name) ? `?/^${name}$` : `?${name}`)).join(',');
}

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Beside, JobResult } from '../engines/engine.ts';
import { type Reading, readFailure } from '../experiments/minimizeOutcome.ts';
import { capture } from '../process/exec.ts';

/** How a long-running program shows that it is up: a pattern in its output, a TCP port, or a command that succeeds. */
export type ReadyWhen =
  | { readonly kind: 'output'; readonly pattern: RegExp }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'command'; readonly command: string };

export interface Readiness {
  readonly when: ReadyWhen;
  /** A shell command that decides once it is ready; it runs outside of the filter. Absent: being up is a pass. */
  readonly test?: string;
  /** How long it must stay up afterwards, in seconds. */
  readonly settle: number;
  /** How long it may take to stop in order before it is killed, in seconds. */
  readonly grace: number;
  /** One that stops in order without a filter must do so under one too. */
  readonly mustStop?: boolean;
}

/** `/regex/` or a pattern; a number is a port; what follows `cmd:` is a command. */
export function parseReady(text: string): ReadyWhen {
  if (/^\d+$/.test(text)) return { kind: 'port', port: Number(text) };
  if (text.startsWith('cmd:')) return { kind: 'command', command: text.slice(4).trim() };
  const bare = /^\/(.*)\/$/.exec(text)?.[1] ?? text;
  return { kind: 'output', pattern: new RegExp(bare, 'm') };
}

/** When a server counts as up, with the usual times (seconds) to settle and to stop. */
export function readinessOf(when: ReadyWhen, test?: string): Readiness {
  // A test says more about being up than a moment's wait.
  return { when, ...(test === undefined ? {} : { test }), settle: test === undefined ? 0.3 : 0, grace: 10 };
}

/** Stops are waited for at least so long, in seconds: a machine may be busy. */
const LEAST_GRACE = 2;

/** The same for runs under a filter, after what the unfiltered ones took to stop, in seconds; undefined: they were killed. */
export function calibrated(readiness: Readiness, stopping: number | undefined): Readiness {
  if (stopping === undefined) return { ...readiness, grace: LEAST_GRACE, mustStop: false };
  return { ...readiness, grace: Math.min(readiness.grace, LEAST_GRACE + 5 * stopping), mustStop: true };
}

/** What one execution of a long-running program says. */
export function readReadiness(
  result: JobResult,
  { ready, failed, stopping }: Watched,
  { grace, mustStop }: Readiness,
): Reading {
  if (ready) {
    if (mustStop !== true || stopping !== undefined) return { outcome: 'pass' };
    return { outcome: 'fail', why: `it did not stop in order within ${grace.toFixed(0)} s` };
  }
  if (result.ended === 'timeout') {
    return { outcome: 'unresolved', why: 'it was not ready within the time limit', trouble: 'hung' };
  }
  if (failed !== undefined) return { outcome: 'fail', why: failed };
  if (result.ended === 'engine-failed') return readFailure(result);
  if (result.ended !== 'exited') return { outcome: 'unresolved', why: result.trouble ?? result.ended };
  const how = result.exit.signal
    ? `died of ${result.exit.signal}`
    : `ended with status ${result.exit.status}`;
  const background =
    result.exit.status === 0 ? ' (one that goes on in the background has to be kept in the foreground)' : '';
  return { outcome: 'fail', why: `${how} before it was ready${background}` };
}

/** What was seen of a program from beside. */
export interface Watched {
  readonly ready: boolean;
  /** Why it is none although it was up: the test's last line. */
  readonly failed?: string;
  /** Seconds that it took to stop in order; absent when it did not. */
  readonly stopping?: number;
}

export interface Watch {
  /** Aborted when it has to be killed: it did not stop in order, or it failed its test. */
  readonly kill: AbortSignal;
  /** Aborted when the program is to be asked to end. */
  readonly ask: AbortSignal;
  readonly onOutput: (text: string) => void;
  /** Where the program runs in a container: what looks at it must run beside it. */
  readonly onRunning: (beside: Beside) => void;
  /** Asked once, when the execution is over. */
  readonly seen: (result: JobResult) => Watched;
  stop(): void;
}

/** In a container: a port's line in /proc/net/tcp, state 0A (LISTEN); the tracer image has a shell and grep. */
function listening(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return `grep -qs '^ *[0-9]*: [0-9A-F]*:${hex} [0-9A-F:]* 0A' /proc/net/tcp /proc/net/tcp6`;
}

/** Watches one execution until it is ready, tests it, then asks it to stop. `inContainer`: from beside it. */
export function watchReadiness({ when, test, settle, grace }: Readiness, inContainer: boolean): Watch {
  const kill = new AbortController();
  const ask = new AbortController();
  const over = new AbortController();
  let announce: (beside: Beside) => void = () => {};
  const running = new Promise<Beside>((settle) => {
    announce = settle;
  });
  let said = '';
  let seen: Watched = { ready: false };
  let asked = 0n;
  const pause = (seconds: number) => sleep(seconds * 1000, undefined, { signal: over.signal });
  const here: Beside = async (script) => {
    const limit = { timeoutSeconds: 10, signal: over.signal };
    const { status, stdout, stderr } = await capture('/bin/sh', ['-c', script], limit);
    return { ...(status === undefined ? {} : { status }), said: `${stdout}\n${stderr}` };
  };
  const isUp = async (): Promise<boolean> => {
    if (when.kind === 'output') return when.pattern.test(said);
    if (inContainer) {
      // One container that waits, rather than one for each look.
      const [look, image] =
        when.kind === 'port'
          ? ([listening(when.port), 'tracer'] as const)
          : ([`( ${when.command}\n) >/dev/null 2>&1`, 'own'] as const);
      const waited = await (await running)(`until ${look}; do sleep 0.1; done`, image);
      return waited.status === 0;
    }
    return when.kind === 'port' ? answers(when.port) : (await here(when.command, 'own')).status === 0;
  };
  const passesTest = async (): Promise<boolean> => {
    if (test === undefined) return true;
    const beside = inContainer ? await running : here;
    const { status, said: words } = await beside(test, 'own');
    if (status === 0) return true;
    const last = words.trim().split('\n').at(-1) ?? '';
    seen = {
      ready: false,
      failed: `the test ended with ${status === undefined ? 'no status' : `status ${status}`}: ${last}`,
    };
    return false;
  };
  const watch = async (): Promise<void> => {
    while (!(await isUp())) await pause(when.kind === 'output' ? 0.03 : 0.15);
    if (await passesTest()) {
      await pause(settle);
      seen = { ready: true };
      asked = process.hrtime.bigint();
      ask.abort();
      await pause(grace);
    }
    kill.abort();
  };
  const stopping = () =>
    asked === 0n || kill.signal.aborted ? {} : { stopping: Number(process.hrtime.bigint() - asked) / 1e9 };
  watch().catch(() => {
    // It ended first.
  });
  return {
    kill: kill.signal,
    ask: ask.signal,
    onOutput: (text) => {
      said = (said + text).slice(-64 * 1024);
    },
    onRunning: announce,
    seen: (result) => (result.ended === 'exited' ? { ...seen, ...stopping() } : seen),
    stop: () => over.abort(),
  };
}

/** Whether a TCP port of this machine takes connections. */
export function answers(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 });
    const done = (up: boolean) => () => {
      socket.destroy();
      settle(up);
    };
    socket.once('connect', done(true));
    socket.once('error', done(false));
    socket.once('timeout', done(false));
  });
}

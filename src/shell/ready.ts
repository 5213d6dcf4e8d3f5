import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobResult } from './engines/engine.ts';
import { capture } from './exec.ts';
import type { Reading } from './minimizeOutcome.ts';

/** How a long-running program shows that it is up: a pattern in its output, a TCP port, or a command that succeeds. */
export type ReadyWhen =
  | { readonly kind: 'output'; readonly pattern: RegExp }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'command'; readonly command: string };

export interface Readiness {
  readonly when: ReadyWhen;
  /** How long it must stay up afterwards, in seconds. */
  readonly settle: number;
  /** How long it may take to stop in order before it is killed, in seconds. */
  readonly grace: number;
  read(result: JobResult, ready: boolean): Reading;
}

/** `/regex/` or a pattern; a number is a port; what follows `cmd:` is a command. */
export function parseReady(text: string): ReadyWhen {
  if (/^\d+$/.test(text)) return { kind: 'port', port: Number(text) };
  if (text.startsWith('cmd:')) return { kind: 'command', command: text.slice(4).trim() };
  const bare = /^\/(.*)\/$/.exec(text)?.[1] ?? text;
  return { kind: 'output', pattern: new RegExp(bare, 'm') };
}

export function readinessOf(when: ReadyWhen, settle = 0.3, grace = 10): Readiness {
  return {
    when,
    settle,
    grace,
    read: (result, ready) => {
      if (ready) return { outcome: 'pass' };
      if (result.ended === 'timeout') {
        return { outcome: 'unresolved', why: 'it was not ready within the time limit', trouble: 'hung' };
      }
      if (result.ended === 'engine-failed') {
        return { outcome: 'unresolved', why: result.trouble ?? 'the engine failed', trouble: 'not-started' };
      }
      if (result.ended !== 'exited') return { outcome: 'unresolved', why: result.trouble ?? result.ended };
      const how = result.exit.signal
        ? `died of ${result.exit.signal}`
        : `ended with status ${result.exit.status}`;
      return { outcome: 'fail', why: `${how} before it was ready` };
    },
  };
}

export interface Watch {
  /** Aborted when it has to be killed: it did not stop in order. */
  readonly kill: AbortSignal;
  /** Aborted when the program is to be asked to end. */
  readonly ask: AbortSignal;
  readonly onOutput: (text: string) => void;
  readonly isReady: () => boolean;
  stop(): void;
}

/** Watches one execution until it is ready, then asks it to stop. */
export function watchReadiness({ when, settle, grace }: Readiness): Watch {
  const kill = new AbortController();
  const ask = new AbortController();
  const over = new AbortController();
  let said = '';
  let ready = false;
  const isUp = async (): Promise<boolean> => {
    if (when.kind === 'output') return when.pattern.test(said);
    if (when.kind === 'port') return answers(when.port);
    return (
      (await capture('/bin/sh', ['-c', when.command], { timeoutSeconds: 10, signal: over.signal })).status ===
      0
    );
  };
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      if (await isUp()) break;
      await sleep(when.kind === 'output' ? 30 : 150, undefined, { signal: over.signal });
    }
    await sleep(settle * 1000, undefined, { signal: over.signal });
    ready = true;
    ask.abort();
    await sleep(grace * 1000, undefined, { signal: over.signal });
    kill.abort();
  };
  watch().catch(() => {
    // It ended first.
  });
  return {
    kill: kill.signal,
    ask: ask.signal,
    onOutput: (text) => {
      said = (said + text).slice(-64 * 1024);
    },
    isReady: () => ready,
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

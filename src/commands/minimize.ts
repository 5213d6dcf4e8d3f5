import { resolve } from 'node:path';
import type { MinimizeDocument } from '../core/documents/minimize.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { MinimizeWishes } from '../io/experiments/minimizeSession.ts';
import { profilePath, USUAL_MINIMIZE } from './minimizeDefaults.ts';
import type { MinimizeFlags } from './minimizeFlags.ts';
import { wishesOf } from './minimizeOptions.ts';
import { runnerOf } from './minimizeRuns.ts';
import { placeOf } from './openPlace.ts';
import { type Place, USUAL_ENGINE } from './place.ts';
import type { LogPorts, Ports } from './ports.ts';

export interface MinimizePorts extends LogPorts {
  /** Ends the search; the best so far is the result. */
  readonly signal?: AbortSignal;
  readonly onProgress?: MinimizeWishes['onProgress'];
  /** One of several daemons hangs or is gone: clients that asked it may never end. */
  onDaemonLost?(): void;
}

/**
 * The smallest change to the host's profile that makes a command pass, proven by running it. Runs the command many times,
 * each time in a fresh copy of the working tree. Nothing is written: `profile` of the document is the whole profile.
 */
export async function minimize(
  command: readonly [string, ...string[]],
  options: Partial<MinimizeFlags> = {},
  ports: MinimizePorts = { env: process.env, cwd: process.cwd() },
): Promise<Result<MinimizeDocument>> {
  const flags = { ...USUAL_ENGINE, ...USUAL_MINIMIZE, ...options };
  const place = await openPlaceFor(flags, ports);
  return place.ok ? minimizeAt(command, withTest(command, flags), place.value, flags, ports) : place;
}

/** The place of all runs; of several contexts (`a,b`) the first one is asked what it is. */
export function openPlaceFor(flags: MinimizeFlags, ports: Ports): Promise<Result<Place>> {
  const [context] = flags.context?.split(',') ?? [];
  return placeOf({ ...flags, ...(context === undefined ? {} : { context }) }, ports);
}

/** A server is tested while it is up (see `Readiness`), anything else afterwards. */
export function withTest(
  command: readonly [string, ...string[]],
  { test, ready }: MinimizeFlags,
): readonly [string, ...string[]] {
  if (test === undefined || ready !== undefined) return command;
  return ['/bin/sh', '-c', `"$@"\n${test}`, 'trace-build', ...command];
}

/** Looks for the change at a place that is prepared; `words` is the command as the user wrote it. */
export async function minimizeAt(
  words: readonly string[],
  command: readonly [string, ...string[]],
  place: Place,
  flags: MinimizeFlags,
  ports: MinimizePorts,
): Promise<Result<MinimizeDocument>> {
  if (place.engine.name === 'host') {
    return fail('missing', 'the host engine loads no filter, so nothing can be proven with it', {
      hint: 'install bubblewrap, or use --engine docker; trace-build replay predicts without running',
    });
  }
  const { log = () => {}, signal = new AbortController().signal, onProgress = () => {} } = ports;
  for (const line of place.taken) log(line);
  const opened = await runnerOf(command, place, flags, signal, ports);
  if (!opened.ok) return opened;
  const onLost = (what: string): void => {
    log(what);
    ports.onDaemonLost?.();
  };
  const runner = { ...opened.value, onLost };
  const { snapshots, mounts = [] } = runner;
  try {
    if (snapshots) log(`each run gets a fresh copy of the working tree (${snapshots.size})`);
    for (const mount of mounts)
      log(`each run gets a fresh copy of ${mount.source} (${mount.snapshots.size})`);
    const wishes = await wishesOf(command, place, runner, flags, signal, onProgress, ports);
    const minimized = flags.allowlist
      ? await (await import('./minimizeComplete.ts')).completeOf(wishes, place, flags)
      : await (await import('../io/experiments/minimize.ts')).minimize(wishes);
    if (!minimized.ok) return minimized;
    const { documentOf } = await import('./minimizeDocument.ts');
    return ok(await documentOf(words, place, minimized.value, resolve(ports.cwd, profilePath(flags))));
  } finally {
    await snapshots?.close();
    for (const mount of mounts) await mount.snapshots.close();
  }
}

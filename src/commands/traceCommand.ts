import { resolve } from 'node:path';
import { fail, ok, type Result } from '../core/failure.ts';
import { chooseEngine } from '../io/engines/choose.ts';
import { type Recording, record } from '../io/recording/record.ts';
import { probeStrace } from '../io/recording/strace.ts';
import type { Ports } from './ports.ts';

/** Runs a command without any filter and records every call: what a fixture is made of. */
export async function traceUnconfined(
  command: readonly [string, ...string[]],
  output: string,
  rootfs: string | undefined,
  ports: Ports,
): Promise<Result<Recording>> {
  const strace = await probeStrace();
  if (!strace.ok) return strace;
  const chosen = await chooseEngine('auto', rootfs === undefined ? {} : { rootfs });
  if (!chosen.ok) return chosen;
  const { engine, version } = chosen.value;
  const env = Object.fromEntries(
    Object.entries(ports.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const recorded = await record({
    engine,
    engineVersion: version,
    // Our own standard output is the result's.
    job: {
      command,
      cwd: ports.cwd,
      env,
      network: true,
      stdio: 'stderr',
      ...(rootfs === undefined ? {} : { rootfs: resolve(ports.cwd, rootfs) }),
    },
    recorder: { method: 'strace', strace: strace.value, wishes: { raw: await rawNames() } },
    output,
    mode: 'full',
    host: 'unconfined',
  });
  if (!recorded.ok) return recorded;
  const { result } = recorded.value;
  // The command can be gone before we have heard of the signal ourselves.
  const signal = result.received?.[0] ?? ENDING.find((name) => name === result.exit.signal);
  if (signal !== undefined) {
    return fail('interrupted', `${signal} came while the command was traced, so nothing is kept`);
  }
  if (result.ended !== 'exited') {
    return fail('undecided', result.trouble ?? 'the command did not come to its own end');
  }
  return ok(recorded.value);
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'];

async function rawNames(): Promise<readonly string[]> {
  const { relevantSyscalls } = await import('../core/strace/summary/relevant.ts');
  return relevantSyscalls();
}

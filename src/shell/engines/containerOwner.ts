import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerCli } from './containerCli.ts';

/**
 * Everything we make at a daemon carries this label; its value says which process of which machine made it. What a
 * process left behind that was killed (or whose daemon went away) is found by it at the next start.
 */
export const OWNER_LABEL = 'trace-build.owner';

/** `MACHINE/BOOT/PID-NAMESPACE/PID/START`; the start time (clock ticks since boot) tells a reused number apart. */
export function ownerValue(): string {
  return [machine(), boot(), pidNamespace(), process.pid, startTime(process.pid) ?? 0].join('/');
}

/** Whether the process that the label names is surely gone. Not known (another machine, another namespace): false. */
export function ownerIsGone(value: string): boolean {
  const [itsMachine, itsBoot, itsNamespace, pid, start] = value.split('/');
  if (itsMachine !== machine() || start === undefined) return false;
  if (itsBoot !== boot()) return true;
  if (itsNamespace !== pidNamespace()) return false;
  const now = startTime(Number(pid));
  return now === undefined || String(now) !== start;
}

/**
 * Removes the containers and images that dead runs of this machine left at this daemon; says how many. Errors are
 * not the user's concern here: a daemon that does not answer is reported by what comes next.
 */
export async function sweep(cli: ContainerCli): Promise<number> {
  const format = `{{.ID}} {{.Label "${OWNER_LABEL}"}}`;
  const listed = await cli.capture(
    ['ps', '--all', '--no-trunc', '--filter', `label=${OWNER_LABEL}`, '--format', format],
    { timeoutSeconds: 20 },
  );
  const dead = listed.stdout
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([id, owner]) => id && owner && ownerIsGone(owner))
    .map(([id]) => id!);
  if (dead.length > 0) await remove(cli, dead);
  await sweepImages(cli);
  return dead.length;
}

/** Images that a run made of the steps before a traced one, when it was killed before it removed them. */
async function sweepImages(cli: ContainerCli): Promise<void> {
  const listed = await cli.capture(
    ['image', 'ls', '--quiet', '--no-trunc', '--filter', `label=${OWNER_LABEL}`],
    { timeoutSeconds: 20 },
  );
  const ids = [...new Set(listed.stdout.split('\n').filter((id) => id !== ''))];
  if (ids.length === 0) return;
  const format = `{{.Id}} {{index .Config.Labels "${OWNER_LABEL}"}}`;
  const inspected = await cli.capture(['image', 'inspect', '--format', format, ...ids], {
    timeoutSeconds: 20,
  });
  const dead = inspected.stdout
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([id, owner]) => id && owner && ownerIsGone(owner))
    .map(([id]) => id!);
  const keep = cli.program === 'docker' ? ['--no-prune'] : [];
  if (dead.length > 0)
    await cli.capture(['image', 'rm', '--force', ...keep, ...dead], { timeoutSeconds: 60 });
}

/** Kills and removes containers with their anonymous volumes. Those already gone are no error. */
export async function remove(cli: ContainerCli, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  const rest = [...ids].reverse();
  // Podman removes several at once in any order, and refuses one that another depends on; the tracer is made last.
  const batches = cli.program === 'podman' ? rest.map((id) => [id]) : [rest];
  const force = ['--force', '--volumes', ...(cli.program === 'podman' ? ['--time=0'] : [])];
  let gone = true;
  for (const batch of batches) {
    let said = await cli.capture(['rm', ...force, ...batch], { timeoutSeconds: 60 });
    // Asked for a moment ago as well (an abort): wait until it is done.
    for (let round = 0; round < 50 && /already in progress/i.test(said.stderr); round++) {
      await sleep(100);
      said = await cli.capture(['rm', ...force, ...batch], { timeoutSeconds: 60 });
    }
    if (said.status !== 0 && !/no such container/i.test(said.stderr)) gone = false;
  }
  return gone;
}

function machine(): string {
  const id = text('/etc/machine-id') ?? hostname();
  // The label may be seen by others; the identity itself is not to be told (machine-id(5)).
  return createHash('sha256').update(`trace-build ${id.trim()}`).digest('hex').slice(0, 16);
}

function boot(): string {
  return (text('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '0';
  }
}

function startTime(pid: number): number | undefined {
  const stat = text(`/proc/${pid}/stat`);
  // Field 22, counted behind the name, which may hold blanks and parentheses.
  const after = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return after?.[19] === undefined ? undefined : Number(after[19]);
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { ownerIsGone } from '../../process/owner.ts';
import { sweepBuilds } from './containerBuild.ts';
import type { ContainerCli } from './containerCli.ts';

/**
 * Everything we make at a daemon carries this label; its value (`ownerValue`) says which process made it. What a
 * process left behind that was killed (or whose daemon went away) is found by it at the next start.
 */
export const OWNER_LABEL = 'trace-build.owner';

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
  await sweepBuilds(cli);
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

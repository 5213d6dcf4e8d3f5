import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders } from '../../files/files.ts';
import { ownerIsGone, ownerValue } from '../../process/owner.ts';
import type { ContainerCli } from './containerCli.ts';
import { madeOfUnfinished, namelessChildren, unfinishedStep } from './containerUnfinished.ts';

const folder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trace-build', 'builds');

/** Which daemon a log belongs to, as far as we can name it. */
const daemonOf = (cli: ContainerCli): string =>
  `${cli.shown()} at ${process.env.DOCKER_HOST ?? process.env.CONTAINER_HOST ?? 'its default'}`;

let serial = 0;

/**
 * What builds say, written by the builder itself to a file that outlives us. A builder labels only the image that it
 * finishes; those of its steps have no label, and are known by what it says of them.
 */
export class BuildLog {
  readonly #path: string;
  /** Standard output of a build; undefined where the cache can't be written to, and the log is lost. */
  readonly descriptor: number | undefined;

  constructor(cli: ContainerCli) {
    this.#path = join(folder(), `${ownerValue().replaceAll('/', '_')}.${++serial}`);
    try {
      makeFolders(folder(), 0o700);
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
      this.descriptor = openSync(this.#path, flags, 0o600);
      writeSync(this.descriptor, `${daemonOf(cli)}\n`);
    } catch {
      this.descriptor = undefined;
    }
  }

  /** Everything so far. */
  text(): string {
    return this.descriptor === undefined ? '' : readFileSync(this.#path, 'utf8');
  }

  /** Forgets it: the images are removed, or a cache like any other build's. */
  discard(): void {
    if (this.descriptor === undefined) return;
    closeSync(this.descriptor);
    rmSync(this.#path, { force: true });
  }
}

/**
 * Images of steps that builds made and did not find in their cache, in the words of docker's classic builder and of podman;
 * the last one first.
 */
export function madeBy(log: string): string[] {
  const steps = log.split(/^step (?=\d+\/\d+ ?: )/im).slice(1);
  const made = steps.flatMap((step) => {
    if (/^\d+\/\d+ ?: FROM /i.test(step) || /^ ?-+> Using cache/m.test(step)) return [];
    return [...step.matchAll(/^ ?-+> ([0-9a-f]{10,64})$/gm)].map(([, id]) => id!);
  });
  return [...new Set(made)].reverse();
}

/**
 * Removes images that nothing else is made of; what others use stays, and is no error. False where a container still uses
 * one: a daemon takes a moment to notice that the one who asked for a build is gone.
 */
export async function removeSteps(cli: ContainerCli, ids: readonly string[]): Promise<boolean> {
  let all = true;
  // One after the other: each frees the one that it was made of.
  for (const id of ids) all = (await removeStep(cli, id)) && all;
  return all;
}

async function removeStep(cli: ContainerCli, id: string): Promise<boolean> {
  // A command can print what looks like the id of somebody's image: what has a name is not ours.
  const names = await cli.capture(
    ['image', 'inspect', '--format', '{{len .RepoTags}} {{len .RepoDigests}}', id],
    { timeoutSeconds: 20 },
  );
  if (names.status === 0 && names.stdout.trim() !== '0 0') return true;
  const keep = cli.program === 'docker' ? ['--no-prune'] : [];
  for (let round = 0; round < ROUNDS; round++) {
    const said = await cli.capture(['image', 'rm', ...keep, id], { timeoutSeconds: 60 });
    if (said.status === 0) return true;
    if (/dependent child/.test(said.stderr)) {
      // The step that was under way has been finished without anybody to be told.
      const children = await namelessChildren(cli, id);
      if (children.length === 0 || !(await removeSteps(cli, children))) return true;
      continue;
    }
    if (/no such image|not known/i.test(said.stderr)) return true;
    await sleep(100);
  }
  return false;
}

const ROUNDS = 50;

/**
 * Removes what builds made according to what they printed, also what the builder finished when nobody listened any more.
 * False: not everything, yet.
 */
export async function removeMade(cli: ContainerCli, log: string): Promise<boolean> {
  const step = cli.program === 'docker' ? unfinishedStep(log) : undefined;
  const late = step === undefined ? [] : await madeOfUnfinished(cli, step);
  return (await removeSteps(cli, [...(late ?? []), ...madeBy(log)])) && late !== undefined;
}

/** Removes what the builds of dead runs made at this daemon. */
export async function sweepBuilds(cli: ContainerCli): Promise<void> {
  for (const name of await readdir(folder()).catch(() => [])) {
    if (!ownerIsGone(name.replace(/\.\d+$/, '').replaceAll('_', '/'))) continue;
    const path = join(folder(), name);
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '' && !text.startsWith(`${daemonOf(cli)}\n`)) continue;
    // Else the next start tries again.
    if (await removeMade(cli, text)) await rm(path, { force: true }).catch(() => undefined);
  }
}

import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders } from '../../files/files.ts';
import { ownerIsGone, ownerValue } from '../../process/owner.ts';
import type { ContainerCli } from './containerCli.ts';

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

/** Images made of this one that have neither a name nor children with one. */
async function namelessChildren(cli: ContainerCli, id: string): Promise<readonly string[]> {
  const listed = await cli.capture(
    ['image', 'ls', '--all', '--quiet', '--no-trunc', '--filter', 'dangling=true'],
    {
      timeoutSeconds: 20,
    },
  );
  const ids = [...new Set(listed.stdout.split('\n').filter((one) => one !== ''))];
  if (ids.length === 0) return [];
  const said = await cli.capture(['image', 'inspect', '--format', '{{.Id}} {{.Parent}}', ...ids], {
    timeoutSeconds: 20,
  });
  return said.stdout.split('\n').flatMap((line) => {
    const [child = '', parent = ''] = line.split(' ');
    return parent !== '' && bare(parent).startsWith(bare(id)) ? [child] : [];
  });
}

const bare = (id: string): string => id.replace('sha256:', '');

/** Removes what the builds of dead runs made at this daemon. */
export async function sweepBuilds(cli: ContainerCli): Promise<void> {
  for (const name of await readdir(folder()).catch(() => [])) {
    if (!ownerIsGone(name.replace(/\.\d+$/, '').replaceAll('_', '/'))) continue;
    const path = join(folder(), name);
    // A builder that has just been ended may finish what it is at.
    await sleep(300);
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '' && !text.startsWith(`${daemonOf(cli)}\n`)) continue;
    // Else the next start tries again.
    if (await removeSteps(cli, madeBy(text))) await rm(path, { force: true }).catch(() => undefined);
  }
}

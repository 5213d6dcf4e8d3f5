import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerCli } from './containerCli.ts';

/** The step that the classic builder was at when nobody listened any more: it may still make an image of it. */
export interface UnfinishedStep {
  /** Id of the image that the step starts from, as far as the builder prints it. */
  readonly base: string;
  /** The instruction on one line: `RUN make`. */
  readonly instruction: string;
  /** Id of the container that the step is executed in; undefined for instructions that need none (COPY). */
  readonly container: string | undefined;
}

/** Of what a builder printed. Undefined where its last step came to an end, and for builders that keep no images of steps. */
export function unfinishedStep(log: string): UnfinishedStep | undefined {
  const steps = log.split(/^Step \d+\/\d+ : /m);
  const last = steps.at(-1)!;
  if (steps.length < 2 || /^ ---> [0-9a-f]{10,64}$/m.test(last)) return undefined;
  const base = [...log.matchAll(/^ ---> ([0-9a-f]{10,64})$/gm)].at(-1)?.[1];
  if (base === undefined) return undefined;
  return {
    base,
    instruction: last.split('\n')[0]!.trim(),
    container: /^ ---> Running in ([0-9a-f]{10,64})$/m.exec(last)?.[1],
  };
}

/**
 * Waits until the daemon has noticed that nobody listens, and finds what it made of the step. Undefined: it did not come to
 * an end yet.
 */
export async function madeOfUnfinished(
  cli: ContainerCli,
  step: UnfinishedStep,
): Promise<readonly string[] | undefined> {
  // The image is made before the container is removed.
  if (step.container !== undefined && !(await untilGone(cli, step.container))) return undefined;
  for (let round = 0; ; round++) {
    const found = await imagesOf(cli, step);
    if (found.length > 0 || step.container !== undefined || round === ROUNDS_WITHOUT_CONTAINER) return found;
    await sleep(200);
  }
}

/** 10 s for a container to be removed; a second for a COPY, which leaves nothing to wait for. */
const ROUNDS = 50;
const ROUNDS_WITHOUT_CONTAINER = 5;

async function untilGone(cli: ContainerCli, container: string): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    const said = await cli.capture(['container', 'inspect', '--format', '{{.Id}}', container], {
      timeoutSeconds: 20,
    });
    if (/no such container/i.test(said.stderr)) return true;
    await sleep(200);
  }
  return false;
}

async function imagesOf(cli: ContainerCli, step: UnfinishedStep): Promise<readonly string[]> {
  const made: string[] = [];
  for (const id of await namelessChildren(cli, step.base)) {
    const format = ['history', '--no-trunc', '--format', '{{.CreatedBy}}', id];
    const said = await cli.capture(format, { timeoutSeconds: 20 });
    if (said.status === 0 && isOf(step.instruction, said.stdout.split('\n')[0]!)) made.push(id);
  }
  return made;
}

/** Whether the classic builder writes this of an image (`CreatedBy`) that it made of the instruction. */
export function isOf(instruction: string, createdBy: string): boolean {
  const [, keyword = '', text = ''] = /^(\S+)\s*(.*)$/s.exec(instruction)!;
  const other = /#\(nop\) +(\S+)/.exec(createdBy)?.[1];
  // Arguments are written expanded, and files as hashes.
  if (other !== undefined) return other.toUpperCase() === keyword.toUpperCase();
  return keyword.toUpperCase() === 'RUN' && (createdBy.endsWith(text) || createdBy.endsWith(words(text)));
}

/** `["echo", "a"]` as it is written: `echo a`. */
function words(text: string): string {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.join(' ') : text;
  } catch {
    return text;
  }
}

/** Images made of this one that have neither a name nor children with one. */
export async function namelessChildren(cli: ContainerCli, id: string): Promise<readonly string[]> {
  const listed = await cli.capture(
    ['image', 'ls', '--all', '--quiet', '--no-trunc', '--filter', 'dangling=true'],
    { timeoutSeconds: 20 },
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

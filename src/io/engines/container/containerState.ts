import { readFileSync } from 'node:fs';
import type { ContainerCli } from './containerCli.ts';
import { HOLD_PATH } from './containerTracer.ts';

export interface ContainerState {
  /** False when the daemon does not know the container or does not answer. */
  readonly known: boolean;
  readonly running: boolean;
  /** Exit code in the engine's terms (see `exitOf`). */
  readonly code: number;
  readonly outOfMemory: boolean;
  /** Identity of the image that it was made from; a name can be given to another image at any time. */
  readonly image: string;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
}

const FORMAT = '{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.Image}} {{.State.Error}}';

/** What the engine says of a container; `known: false` when it has none of this id or does not answer. */
export async function stateOf(cli: ContainerCli, id: string): Promise<ContainerState> {
  const said = await cli.capture(['inspect', '--type', 'container', '--format', FORMAT, id], {
    timeoutSeconds: 30,
  });
  const [, running, code, memory, image = '', error] =
    /^(true|false) (-?\d+) (true|false) (\S*) ?(.*)$/s.exec(said.stdout.trim()) ?? [];
  if (running === undefined)
    return { known: false, running: false, code: 0, outOfMemory: false, image, error: '' };
  return {
    known: true,
    running: running === 'true',
    code: Number(code),
    outOfMemory: memory === 'true',
    image,
    error: error?.trim() ?? '',
  };
}

/** Pid, on this machine, of a container's first process; undefined where the engine runs elsewhere or does not say. */
export async function pidOf(cli: ContainerCli, id: string): Promise<number | undefined> {
  const said = await cli.capture(['inspect', '--type', 'container', '--format', '{{.State.Pid}}', id], {
    timeoutSeconds: 30,
  });
  const pid = Number(said.stdout.trim());
  return said.status === 0 && pid > 0 ? pid : undefined;
}

/** The same of a container that is held: its command line shows that the process of that pid is the one. */
export async function heldHere(cli: ContainerCli, id: string): Promise<number | undefined> {
  const pid = await pidOf(cli, id);
  try {
    const line = pid === undefined ? '' : readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    return line.startsWith(`${HOLD_PATH}\0`) ? pid : undefined;
  } catch {
    return undefined;
  }
}

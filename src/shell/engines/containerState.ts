import type { ContainerCli } from './containerCli.ts';

export interface ContainerState {
  /** False when the daemon does not know the container or does not answer. */
  readonly known: boolean;
  readonly running: boolean;
  /** Exit code in the engine's terms (see `exitOf`). */
  readonly code: number;
  readonly outOfMemory: boolean;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
}

const FORMAT = '{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Error}}';

export async function stateOf(cli: ContainerCli, id: string): Promise<ContainerState> {
  const said = await cli.capture(['inspect', '--type', 'container', '--format', FORMAT, id], {
    timeoutSeconds: 30,
  });
  const [, running, code, memory, error] =
    /^(true|false) (-?\d+) (true|false) ?(.*)$/s.exec(said.stdout.trim()) ?? [];
  if (running === undefined) return { known: false, running: false, code: 0, outOfMemory: false, error: '' };
  return {
    known: true,
    running: running === 'true',
    code: Number(code),
    outOfMemory: memory === 'true',
    error: error?.trim() ?? '',
  };
}

import type { Result } from '../../../core/failure.ts';
import type { Availability, ContainerOptions, Engine, Job, JobResult, LayersHere } from '../engine.ts';
import { ContainerCli, type ContainerProgram, type ContainerServer } from './containerCli.ts';

/** Docker and Podman: a real container with its real runtime and profile; strace looks on from another container. */
export interface ContainerEngine extends Engine {
  /** Who answers; asked once. */
  server(): Promise<Result<ContainerServer>>;
}

const swept = new Set<string>();

/** `options` chooses the daemon: context, address, arguments before the subcommand. */
export function containerEngine(program: ContainerProgram, options?: ContainerOptions): ContainerEngine {
  const cli = new ContainerCli(program, options);
  let asked: Promise<Result<ContainerServer>> | undefined;
  const server = (): Promise<Result<ContainerServer>> => {
    asked ??= cli.server();
    return asked;
  };
  return {
    name: program,
    // What happens before the command is taken out of the stream already.
    setupExecs: 0,
    server,
    async probe(): Promise<Availability> {
      const found = await server();
      if (found.ok) return { usable: true, version: found.value.version };
      const { what, hint } = found.failure;
      return { usable: false, why: what, ...(hint === undefined ? {} : { hint }) };
    },
    async layers({ container }): Promise<LayersHere> {
      const own = container === undefined ? cli : new ContainerCli(program, container);
      const [{ containerLayers }, found] = await Promise.all([import('./containerLayers.ts'), own.server()]);
      return containerLayers(own, found.ok ? found.value.version : '');
    },
    async answers(): Promise<boolean> {
      return (await cli.capture(['ps', '--quiet', '--last=1'], { timeoutSeconds: 5 })).status === 0;
    },
    async run(job: Job): Promise<Result<JobResult>> {
      // A job may name another daemon than the engine was made for.
      const own = job.container === undefined ? cli : new ContainerCli(program, job.container);
      const found = own === cli ? await server() : await own.server();
      if (!found.ok) return found;
      const [{ runInContainer }, { sweep }, { sweepTemporary }] = await Promise.all([
        import('./containerRun.ts'),
        import('./containerOwner.ts'),
        import('../../files/temporary.ts'),
      ]);
      const place = own.shown();
      if (!swept.has(place)) {
        swept.add(place);
        // First the programs that still make something there.
        await sweepTemporary();
        await sweep(own);
      }
      return runInContainer(own, found.value, job);
    },
  };
}

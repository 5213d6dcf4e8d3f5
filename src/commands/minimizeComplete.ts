import type { Result } from '../core/failure.ts';
import { anyRuntimeNeeds, runtimeNeeds } from '../core/minimize/runtimeNeeds.ts';
import type { Completed } from '../io/experiments/minimizeComplete.ts';
import type { MinimizeWishes } from '../io/experiments/minimizeSession.ts';
import type { MinimizeFlags } from './minimizeFlags.ts';
import type { Place } from './place.ts';

/** An allowlist with what is in it for the runtime. */
export interface CompletedFor extends Completed {
  readonly runtime: {
    readonly names: readonly string[];
    /** The runtimes whose needs were measured, such as `runc 1.1.5`. */
    readonly measured: readonly string[];
    /** False: another version runs, and all that the measured one was seen to call is allowed. */
    readonly exact: boolean;
  };
  /** Nothing but exit status 0 made a pass. */
  readonly statusAlone: boolean;
}

/** `--allowlist`: with the needs of the runtime that is really there. */
export async function completeOf(
  wishes: MinimizeWishes,
  place: Place,
  flags: MinimizeFlags,
): Promise<Result<CompletedFor>> {
  const [{ complete }, { runningMachine }] = await Promise.all([
    import('../io/experiments/minimizeComplete.ts'),
    import('../io/machine/machine.ts'),
  ]);
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const inContainer = place.engine.name !== 'bubblewrap';
  const { identity } = wishes.host;
  const named = inContainer
    ? await runtimeOf(place)
    : { runtime: identity.runtime, runtimeVersion: identity.runtimeVersion };
  // Docker and Podman load the filter before they set the user, unless no-new-privileges is asked for.
  const forContainers = runtimeNeeds(named.runtime, named.runtimeVersion, false) ?? {
    names: anyRuntimeNeeds(),
    measured: 'every runtime of the tables',
    exact: false,
  };
  // What is run in bubblewrap is to start in the container that the profile is for as well.
  const sandbox = inContainer ? undefined : runtimeNeeds('bubblewrap', place.engineVersion, true);
  const needs = sandbox ? [sandbox, forContainers] : [forContainers];
  // In a container a traced command is held by a program of ours, whose calls do not belong into the list.
  const traced = inContainer ? { traced: [] } : {};
  const names = [...new Set(needs.flatMap((one) => one.names))].sort();
  const found = await complete({ ...wishes, ...traced }, names, machine.value.arch);
  if (!found.ok) return found;
  const runtime = {
    names,
    measured: needs.map(({ measured }) => measured),
    exact: needs.every(({ exact }) => exact),
  };
  const looked = flags.test ?? flags.ready ?? flags.expectOutput ?? flags.rejectOutput;
  return { ok: true, value: { ...found.value, runtime, statusAlone: looked === undefined } };
}

async function runtimeOf({ engine }: Place): Promise<{ runtime: string; runtimeVersion: string }> {
  const unknown = { runtime: 'runc', runtimeVersion: '' };
  if (!('server' in engine)) return unknown;
  const { server } = engine as import('../io/engines/container/container.ts').ContainerEngine;
  const found = await server();
  return found.ok ? found.value : unknown;
}

import type { Result } from '../../core/failure.ts';
import { runtimeNeeds } from '../../core/minimize/runtimeNeeds.ts';
import type { Completed } from '../../shell/minimizeComplete.ts';
import type { MinimizeWishes } from '../../shell/minimizeSession.ts';
import type { Place } from './engineOptions.ts';

/** `--complete`: with the needs of the runtime that is really there. */
export async function completeOf(wishes: MinimizeWishes, place: Place): Promise<Result<Completed>> {
  const [{ complete }, { runningMachine }] = await Promise.all([
    import('../../shell/minimizeComplete.ts'),
    import('../../shell/machine.ts'),
  ]);
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const inContainer = place.engine.name !== 'bubblewrap';
  const runtime = inContainer ? await runtimeOf(place) : 'bubblewrap';
  // Docker and Podman load the filter before they set the user, unless no-new-privileges is asked for.
  const needs = runtimeNeeds(runtime, !inContainer) ?? runtimeNeeds('runc', false)!;
  // In a container a traced command is held by a program of ours, whose calls do not belong into the list.
  const traced = inContainer ? { traced: [] } : {};
  const found = await complete({ ...wishes, ...traced }, needs.names, machine.value.arch);
  if (!found.ok) return found;
  const note = `allowed for ${needs.runtime} itself, measured with ${needs.version}: ${needs.names.join(' ')}`;
  return { ok: true, value: { ...found.value, notes: [...found.value.notes, note] } };
}

async function runtimeOf({ engine }: Place): Promise<string> {
  if (!('server' in engine)) return 'runc';
  const { server } = engine as import('../../shell/engines/container.ts').ContainerEngine;
  const found = await server();
  return found.ok ? found.value.runtime : 'runc';
}

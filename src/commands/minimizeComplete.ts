import type { Result } from '../core/failure.ts';
import { runtimeNeeds } from '../core/minimize/runtimeNeeds.ts';
import type { Completed } from '../io/experiments/minimizeComplete.ts';
import type { MinimizeWishes } from '../io/experiments/minimizeSession.ts';
import type { MinimizeFlags } from './minimizeFlags.ts';
import type { Place } from './place.ts';

/** `--allowlist`: with the needs of the runtime that is really there. */
export async function completeOf(
  wishes: MinimizeWishes,
  place: Place,
  flags: MinimizeFlags,
): Promise<Result<Completed>> {
  const [{ complete }, { runningMachine }] = await Promise.all([
    import('../io/experiments/minimizeComplete.ts'),
    import('../io/machine/machine.ts'),
  ]);
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const inContainer = place.engine.name !== 'bubblewrap';
  const runtime = inContainer ? await runtimeOf(place) : wishes.host.identity.runtime;
  // Docker and Podman load the filter before they set the user, unless no-new-privileges is asked for.
  const forContainers = runtimeNeeds(runtime, false) ?? runtimeNeeds('runc', false)!;
  // What is run in bubblewrap is to start in the container that the profile is for as well.
  const needs = inContainer ? [forContainers] : [runtimeNeeds('bubblewrap', true)!, forContainers];
  // In a container a traced command is held by a program of ours, whose calls do not belong into the list.
  const traced = inContainer ? { traced: [] } : {};
  const names = [...new Set(needs.flatMap((one) => one.names))].sort();
  const found = await complete({ ...wishes, ...traced }, names, machine.value.arch);
  if (!found.ok) return found;
  const measured = needs.map((one) => `${one.runtime} ${one.version}`).join(' and ');
  const note = `allowed for the runtime itself, measured with ${measured}: ${names.join(' ')}`;
  const looked = flags.test ?? flags.ready ?? flags.expectOutput ?? flags.rejectOutput;
  const blind =
    'exit status 0 alone was taken for a pass: what may fail without changing it (a pipe, a command before a `;`) is not in the list; see --test and --expect-output';
  const notes = [...found.value.notes, note, ...(looked === undefined ? [blind] : [])];
  return { ok: true, value: { ...found.value, notes } };
}

async function runtimeOf({ engine }: Place): Promise<string> {
  if (!('server' in engine)) return 'runc';
  const { server } = engine as import('../io/engines/container/container.ts').ContainerEngine;
  const found = await server();
  return found.ok ? found.value.runtime : 'runc';
}

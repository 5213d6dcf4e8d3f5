import type { Difference } from '../../../core/hosts/compareFilter.ts';
import type { HostModel } from '../../../core/hosts/host.ts';
import type { Action } from '../../../core/seccomp/profile/action.ts';
import type { Policy } from '../../../core/seccomp/profile/policy.ts';
import type { JobResult } from '../engine.ts';

/** What the comparison found, in a sentence; `agrees` where it is as expected. */
export interface FilterNote {
  readonly text: string;
  readonly agrees?: true;
}

const differs = (text: string): readonly FilterNote[] => [{ text }];

/**
 * Compares the filter that an engine really loaded with our model of the host; a sentence each, none where there is
 * nothing to compare. `given`: the host was asked for with a profile; without it the engine's own default was left in
 * force, and a difference is a finding about trace-build (or a patched engine).
 */
export async function checkFilter(
  result: JobResult,
  host: HostModel,
  given: boolean,
): Promise<readonly FilterNote[]> {
  const { filters } = result;
  if (filters === undefined) return [];
  const policy = await policyToExpect(host, given);
  if (policy === undefined) return [];
  if (filters.length === 0) {
    return differs(
      'the container ran without a filter: seccomp is switched off in this engine or for this container',
    );
  }
  const { compareFilters } = await import('../../../core/hosts/compareFilter.ts');
  const compared = compareFilters(filters, policy);
  if (!compared.ok)
    return differs(`the filter in force could not be compared with the model: ${compared.failure.what}`);
  const { calls } = compared.value;
  // A profile is written in names: numbers without one cannot be asked for.
  const differences = compared.value.differences.filter(({ name }) => !given || name !== undefined);
  const { engine, version, expression, assumed, libseccomp } = host.identity;
  if (differences.length === 0) {
    return given
      ? []
      : [
          {
            text: `the filter in force is what the model of ${engine} ${version} says, in all ${calls} calls compared`,
            agrees: true,
          },
        ];
  }
  const shown = differences.slice(0, 5).map(words).join('; ');
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : '';
  const why = assumed.includes('version')
    ? `that version stands in for ${expression}`
    : assumed.includes('libseccomp')
      ? `the engine may have another libseccomp than ${libseccomp}, which is assumed; if not`
      : 'a flaw of trace-build or a changed engine';
  const what = given
    ? `the engine's libseccomp cannot be ${expression} in everything (--engine bubblewrap can)`
    : `the filter in force is not what the model of ${engine} ${version} says (${why}${assumed.includes('version') ? '' : '; please report it'})`;
  return differs(`${what}: ${shown}${more}`);
}

/**
 * Why a run may not be believed: the filter that was really in force does not answer what the host would, in a call that
 * the run made. Undefined where all is well, or where the filter could not be read out.
 */
export async function doubtAbout(
  { filters }: JobResult,
  host: HostModel,
  called: ReadonlySet<string> | undefined,
): Promise<string | undefined> {
  if (filters === undefined || !host.policy) return undefined;
  const policy = await policyToExpect(host, true);
  if (policy === undefined) return undefined;
  if (filters.length === 0) return 'it ran without a filter, although one was asked for';
  const { compareFilters } = await import('../../../core/hosts/compareFilter.ts');
  const compared = compareFilters(filters, policy);
  if (!compared.ok) return `the filter in force could not be read: ${compared.failure.what}`;
  const matter = compared.value.differences.filter(
    ({ name }) => name !== undefined && (called === undefined || called.has(name)),
  );
  if (matter.length === 0) return undefined;
  return `the filter in force is not ${host.identity.expression} in what the command calls: ${matter.slice(0, 3).map(words).join('; ')} (--engine bubblewrap can be any host)`;
}

async function policyToExpect(host: HostModel, given: boolean): Promise<Policy | undefined> {
  if (!given) return host.policy;
  if (host.identity.engine === 'unconfined') return undefined;
  const { emulate } = await import('../../../core/hosts/emulation/emulate.ts');
  const { runningMachine } = await import('../../machine/machine.ts');
  const machine = runningMachine();
  if (!machine.ok) return undefined;
  const emulation = emulate(host, machine.value);
  if (!emulation.ok) return undefined;
  const { policy } = emulation.value;
  return { ...policy, abis: policy.abis.filter(({ abi }) => abi === machine.value.arch) };
}

function words({ abi, nr, name, model, real }: Difference): string {
  return `${name ?? `number ${nr}`} on ${abi} is answered ${answer(real)}, expected ${answer(model)}`;
}

function answer(action: Action): string {
  return 'value' in action ? `${action.kind} ${action.value}` : action.kind;
}

import { ok, type Result } from '../failure.ts';
import { parseKernel } from '../linux/kernel.ts';
import { fillData, seccompData } from '../seccomp/filter/data.ts';
import type { Program } from '../seccomp/filter/instruction.ts';
import { actionOf } from '../seccomp/filter/returns.ts';
import { type Action, actionText } from '../seccomp/profile/action.ts';
import { causeOf } from '../seccomp/profile/cause.ts';
import { evaluate } from '../seccomp/profile/evaluate.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';
import { loadedPrograms, strictestOf } from './compareFilter.ts';
import type { HostModel } from './host.ts';
import { filterThenKernel } from './model.ts';

const EVERY_BIT = 0xffff_ffff_ffff_ffffn;

/**
 * A host whose filters were read out of a container (raw `struct sock_filter[]` each), in place of what the tables say: an
 * engine that is newer than they are, or that somebody patched, is answered by what it loaded. Where both agree the model
 * gives the reason, which a compiled filter has lost. A host without a filter in the tables stays as it is.
 */
export function asInForce(host: HostModel, filters: readonly Uint8Array[]): Result<HostModel> {
  const kernel = parseKernel(host.identity.kernel);
  const { policy } = host;
  if (!policy || !kernel) return ok(host);
  const programs = loadedPrograms(filters);
  if (!programs.ok) return programs;
  const answer = filterThenKernel(kernel, (call) => {
    const modelled = evaluate(policy, call);
    const [real, other] = answersOf(programs.value, call);
    if (actionText(real) === actionText(modelled.action)) return modelled;
    // Only an argument that the trace does not show could tell which of the two it was.
    if (other && modelled.alternatives.some((each) => actionText(each) === actionText(real))) return modelled;
    return verdictOf(real, other);
  });
  return ok({ ...host, answer });
}

function verdictOf(action: Action, other: Action | undefined): Verdict {
  const reason = { kind: 'filter-in-force', action: actionText(action) } as const;
  const alternatives = other ? [other] : [];
  return { action, cause: causeOf(reason), conditional: other !== undefined, alternatives, reason };
}

/** What the filters return; a second result where an argument that is not known decides. */
function answersOf(programs: readonly Program[], { abi, nr, args }: Call): readonly [Action, Action?] {
  const data = seccompData(abi, nr);
  const ask = (unknown: bigint): number => {
    fillData(
      data,
      abi,
      nr,
      Array.from({ length: 6 }, (_, i) => args[i] ?? unknown),
    );
    return strictestOf(programs, data);
  };
  const [first, second] = [ask(0n), ask(EVERY_BIT)];
  return first === second ? [actionOf(first)] : [actionOf(first), actionOf(second)];
}

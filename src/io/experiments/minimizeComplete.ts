import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import type { Abi } from '../../core/linux/abi.ts';
import {
  allowlistCandidates,
  allowlistHost,
  type Usage,
  type Used,
  usedIn,
} from '../../core/minimize/allowlist.ts';
import { LEARNT_ARGUMENTS } from '../../core/minimize/allowlistConditions.ts';
import { search } from '../../core/minimize/search.ts';
import type { Minimized } from './minimize.ts';
import { measureBaseline } from './minimizeBaseline.ts';
import { Runner } from './minimizeRunner.ts';
import { type MinimizeWishes, Session } from './minimizeSession.ts';
import { runAsWritten } from './minimizeWritten.ts';

export interface Completed extends Minimized {
  readonly used: readonly Used[];
  /** Calls that were made without a filter, and that the host refuses: the list grants no more than it. */
  readonly refusedByHost: Usage['refused'];
  readonly tracedRuns: number;
}

const PASSES = 3;
/** Unfiltered runs that are traced: their calls differ a little. */
const TRACED = 2;

/**
 * The least-privilege allowlist: what the unfiltered runs called, as far as the host lets it through, and what the runtime calls after
 * it has loaded the filter (`runtime`, always allowed), everything else ENOSYS. Then proven as any change: it passes, and with any
 * entry taken out it fails. Calls that fall back well on ENOSYS are left out on the way.
 */
export async function complete(
  wishes: MinimizeWishes,
  runtime: readonly string[],
  native: Abi,
): Promise<Result<Completed>> {
  // A list that is too short may pass by luck (a race, a signal that came early): dropping an entry takes more than one.
  const { confirm = 2 } = wishes.search;
  const runner = new Runner({
    ...wishes.runner,
    passes: Math.max(PASSES, confirm),
    recorded: LEARNT_ARGUMENTS,
  });
  const begun = await measureBaseline(runner, wishes, TRACED);
  if (!begun.ok) return begun;
  const { baseline, summaries, tracerFails, outputs } = begun.value;
  if (baseline.flaky) {
    return fail(
      'undecided',
      `the command is flaky: unconfined it passed ${baseline.passed} of ${baseline.runs} times`,
      {
        hint: 'an allowlist can only be proven for a command that passes always',
      },
    );
  }
  if (tracerFails !== undefined) {
    return fail('undecided', `the command fails whenever strace watches it: ${tracerFails}`, {
      hint: 'what it calls cannot be recorded, and an allowlist starts from that',
    });
  }
  if (summaries.length === 0) {
    return fail('missing', 'the unconfined run could not be traced, so it is not known what it calls', {
      hint: 'do not use --no-trace with --allowlist',
    });
  }
  const traces = summaries.map((summary, at) => ({ ...summary, file: `run ${at + 1}` }));
  const { used: all, refused } = usedIn(traces, wishes.host);
  const abis = [...new Set<Abi>([native, ...all.flatMap((entry) => entry.abis)])];
  const bare = allowlistHost(wishes.host, abis, runtime);
  const host: HostModel = { ...bare, identity: { ...bare.identity, arch: native } };
  // What the runtime has anyway is no entry of the command's.
  const used = all.filter(({ name }) =>
    traces.some(({ calls }) => calls.some(({ call }) => call.name === name && isRefused(host, call))),
  );
  const session = new Session({ ...wishes, host, limit: wishes.host }, runner, baseline);
  await session.open();
  const candidates = allowlistCandidates(used, wishes.host);
  session.know(candidates);
  const solution = await session.drive(
    search({ candidates, known: [] }, { ...wishes.search, confirm, aim: '1-minimal', deterministic: true }),
  );
  const written = await runAsWritten(solution, runner, host, baseline, outputs);
  return ok({
    host,
    baseline,
    outcome: solution.best ? 'fixed' : solution.stopped ? 'interrupted' : 'no-fix',
    solution,
    denials: [],
    lackedByKernel: [],
    executions: runner.executions,
    notes: [],
    ...(written ? { written } : {}),
    used,
    refusedByHost: refused,
    tracedRuns: traces.length,
  });
}

function isRefused(host: HostModel, call: Parameters<HostModel['answer']>[0]): boolean {
  return host.answer(call).action.kind !== 'allow';
}

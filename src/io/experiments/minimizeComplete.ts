import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import type { Abi } from '../../core/linux/abi.ts';
import { allowlistCandidates, allowlistHost, type Used, usedIn } from '../../core/minimize/allowlist.ts';
import { search } from '../../core/minimize/search.ts';
import type { Minimized } from './minimize.ts';
import { measureBaseline } from './minimizeBaseline.ts';
import { Runner } from './minimizeRunner.ts';
import { type MinimizeWishes, Session } from './minimizeSession.ts';

export interface Completed extends Minimized {
  readonly used: readonly Used[];
}

const PASSES = 3;
/** Unfiltered runs that are traced: their calls differ a little. */
const TRACED = 2;

/**
 * The least-privilege allowlist: what the unfiltered runs called, and what the runtime calls after it has loaded the
 * filter (`runtime`, always allowed), everything else ENOSYS. Then proven as any change: it passes, and with any entry
 * taken out it fails. Calls that fall back well on ENOSYS are left out on the way.
 */
export async function complete(
  wishes: MinimizeWishes,
  runtime: readonly string[],
  native: Abi,
): Promise<Result<Completed>> {
  // A list that is too short may pass by luck (a race, a signal that came early): dropping an entry takes more than one.
  const { confirm = 2 } = wishes.search;
  const runner = new Runner({ ...wishes.runner, passes: Math.max(PASSES, confirm) });
  const begun = await measureBaseline(runner, wishes, TRACED);
  if (!begun.ok) return begun;
  const { baseline, summaries, tracerFails } = begun.value;
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
  const used = usedIn(summaries).filter(({ name }) => !runtime.includes(name));
  const abis = [...new Set<Abi>([native, ...used.flatMap((entry) => entry.abis)])];
  const bare = allowlistHost(wishes.host, abis, runtime);
  const host: HostModel = { ...bare, identity: { ...bare.identity, arch: native } };
  const session = new Session({ ...wishes, host }, runner, baseline);
  await session.open();
  const candidates = allowlistCandidates(used);
  session.know(candidates);
  const solution = await session.drive(
    search({ candidates, known: [] }, { ...wishes.search, confirm, aim: '1-minimal', deterministic: true }),
  );
  return ok({
    host,
    baseline,
    outcome: solution.best ? 'fixed' : solution.stopped ? 'interrupted' : 'no-fix',
    solution,
    denials: [],
    lackedByKernel: [],
    executions: runner.executions,
    notes: [],
    used,
  });
}

import { blockedCalls, mergeCalls } from '../core/diagnosis/judge.ts';
import type { Denial } from '../core/documents/denial.ts';
import { ok, type Result } from '../core/failure.ts';
import type { HostIdentity } from '../core/hosts/host.ts';
import { knownHosts } from '../core/hosts/known.ts';
import { compressHosts } from '../core/hosts/ranges.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import { type OpenedHost, openHosts } from './openHosts.ts';

/** Whether one fixture works on the oldest promised host and on every later version of that engine. */
export interface BrokenPromise {
  readonly host: HostIdentity;
  readonly fixture: string;
  readonly kept: boolean;
  /** What matters and is refused, with the versions in ranges. */
  readonly broken: readonly { readonly denial: Denial; readonly on: readonly string[] }[];
}

/**
 * Judges fixtures on the host that is promised and on every later version of its engine: kept, or which calls break
 * it where.
 */
export async function promisesOf(
  minHost: string,
  fixtures: readonly { readonly name: string; readonly trace: TraceSummary }[],
): Promise<Result<readonly BrokenPromise[]>> {
  const first = await openHosts([minHost]);
  if (!first.ok) return first;
  const lowest = first.value[0]!;
  const later = await laterVersions(minHost, lowest);
  if (!later.ok) return later;
  const hosts = [lowest, ...later.value];
  return ok(
    fixtures.map(({ name, trace }) => {
      const calls = mergeCalls([trace]);
      const verdicts = hosts.map(({ label, model }) => ({
        label,
        blocked: blockedCalls(calls, model).filter(({ matters }) => matters),
      }));
      const broken = new Map<string, Denial>();
      for (const { blocked } of verdicts) {
        for (const denial of blocked) {
          const key = `${denial.syscall} ${denial.abi} ${denial.errno}`;
          if (!broken.has(key)) broken.set(key, denial);
        }
      }
      return {
        host: lowest.model.identity,
        fixture: name,
        kept: broken.size === 0,
        broken: [...broken].map(([key, denial]) => ({ denial, on: rangesWith(key, verdicts) })),
      };
    }),
  );
}

function rangesWith(
  key: string,
  verdicts: readonly { readonly label: string; readonly blocked: readonly Denial[] }[],
): readonly string[] {
  return compressHosts(
    verdicts.map(({ label, blocked }) => ({
      expression: label,
      key: blocked.some(({ syscall, abi, errno }) => `${syscall} ${abi} ${errno}` === key) ? 'yes' : 'no',
    })),
  )
    .filter((range) => range.key === 'yes')
    .map(({ label }) => label);
}

/** The known versions of the same engine that are newer, with the same refinements. */
async function laterVersions(expression: string, lowest: OpenedHost): Promise<Result<readonly OpenedHost[]>> {
  const { engine, version } = lowest.model.identity;
  const comma = expression.indexOf(',');
  const refinements = comma < 0 || expression.startsWith('profile:') ? '' : expression.slice(comma);
  const line = (await knownHosts()).filter((known) => known.startsWith(`${engine}@`));
  const at = line.indexOf(`${engine}@${version}`);
  if (at < 0) return ok([]);
  return openHosts(line.slice(at + 1).map((known) => `${known}${refinements}`));
}

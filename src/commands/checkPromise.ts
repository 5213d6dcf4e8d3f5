import { blockedCalls } from '../core/diagnosis/blocked.ts';
import { mergeCalls } from '../core/diagnosis/distinct.ts';
import type { Denial } from '../core/documents/denial.ts';
import { ok, type Result } from '../core/failure.ts';
import type { HostIdentity } from '../core/hosts/host.ts';
import { laterHosts } from '../core/hosts/later.ts';
import { compressHosts } from '../core/hosts/ranges.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import { openHosts } from './openHosts.ts';

/** Whether one fixture works on the oldest promised host and on every later version of that engine. */
export interface BrokenPromise {
  readonly host: HostIdentity;
  readonly fixture: string;
  readonly kept: boolean;
  /** Every version that was asked, in ranges: the promised one first. */
  readonly covered: readonly string[];
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
  // A line is promised with its oldest release.
  const first = await openHosts([minHost], 'oldest');
  if (!first.ok) return first;
  const lowest = first.value[0]!.model.identity;
  const later = await openHosts(await laterHosts(lowest), 'oldest');
  if (!later.ok) return later;
  const hosts = [{ ...first.value[0]!, label: exactly(lowest) }, ...later.value];
  const covered = compressHosts(hosts.map(({ label }) => ({ expression: label, key: '' }))).map(
    ({ label }) => label,
  );
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
        host: lowest,
        fixture: name,
        kept: broken.size === 0,
        covered,
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

/** `docker@20.10,arch=arm` by the version that it was taken as: `docker@20.10.0,arch=arm`. */
function exactly({ expression, engine, version, assumed }: HostIdentity): string {
  const head = /^[^,@]+@[^,]*/.exec(expression);
  return head && !expression.startsWith('profile:') && !assumed.includes('version')
    ? `${engine}@${version}${expression.slice(head[0].length)}`
    : expression;
}

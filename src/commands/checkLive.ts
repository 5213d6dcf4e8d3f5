import { blockedCalls } from '../core/diagnosis/blocked.ts';
import { diffVerdicts, type VerdictChange } from '../core/diagnosis/check/diff.ts';
import { type Expected, verdictsOf } from '../core/diagnosis/check/expected.ts';
import { mergeCalls } from '../core/diagnosis/distinct.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { compressHosts } from '../core/hosts/ranges.ts';
import type { Abi } from '../core/linux/abi.ts';
import { hostTitle } from '../core/linux/hostTitle.ts';
import type { DistinctCall, TraceSummary } from '../core/strace/grammar/event.ts';
import { inTemporaryFolder } from '../io/files/temporary.ts';
import { type FixtureFiles, findFixtures, readExpected } from '../io/traces/fixtures.ts';
import { readManifest } from '../io/traces/manifestFile.ts';
import { readTrace } from '../io/traces/traceFile.ts';
import { nativeArch, openHosts, openKnownHosts } from './openHosts.ts';
import type { Ports } from './ports.ts';
import { traceUnconfined } from './traceCommand.ts';

export interface LiveResult {
  readonly fixture: string;
  readonly trace: TraceSummary;
  readonly newSyscalls: readonly {
    readonly syscall: string;
    readonly abi: Abi;
    readonly refusedBy: readonly string[];
    /** The same for people: `Docker before 20.10.0; every gVisor`. */
    readonly words: string;
  }[];
  readonly goneSyscalls: readonly { readonly syscall: string; readonly abi: Abi }[];
  readonly changes: readonly VerdictChange[];
}

/** Traces the command again and compares what it calls, and what hosts say to that, with its fixture. */
export async function liveCheck(
  which: string | true,
  command: readonly [string, ...string[]],
  wishes: { readonly traces: string; readonly rootfs?: string },
  ports: Ports,
): Promise<Result<LiveResult>> {
  const chosen = await chooseFixture(which, command, wishes.traces);
  if (!chosen.ok) return chosen;
  const fixture = chosen.value;
  const before = await readTrace(fixture.trace);
  if (!before.ok) return before;
  const expected = await readExpected(fixture.expected);
  if (!expected.ok) return expected;
  return inTemporaryFolder(async (temporary) => {
    const traced = await traceUnconfined(command, `${temporary}/live.strace.gz`, wishes.rootfs, ports);
    if (!traced.ok) return traced;
    if (traced.value.result.exit.status !== 0) {
      return fail('undecided', 'the command fails without a filter, so its calls can not be compared', {
        hint: 'make it work first',
      });
    }
    const now = traced.value.summary;
    const changes = await changesOf(expected.value, now);
    if (!changes.ok) return changes;
    const had = namesOf(before.value);
    const has = namesOf(now);
    const fresh = [...has].filter(([key]) => !had.has(key)).map(([, call]) => call);
    const refused = await refusers(fresh, now);
    if (!refused.ok) return refused;
    return ok({
      fixture: fixture.name,
      trace: now,
      newSyscalls: refused.value,
      goneSyscalls: [...had]
        .filter(([key]) => !has.has(key))
        .map(([, { call }]) => ({ syscall: call.name, abi: call.abi })),
      changes: changes.value,
    });
  });
}

/** The fixture named, or the one recorded from the same command, or the only one. */
async function chooseFixture(
  which: string | true,
  command: readonly string[],
  folder: string,
): Promise<Result<FixtureFiles>> {
  const found = await findFixtures([folder], folder);
  if (!found.ok) return found;
  const { fixtures } = found.value;
  if (which !== true) {
    const named = fixtures.find(({ name, trace }) => name === which || trace === which);
    if (named) return ok(named);
  } else {
    for (const fixture of fixtures) {
      const manifest = await readManifest(fixture.trace);
      if (manifest?.command.join('\0') === command.join('\0')) return ok(fixture);
    }
    if (fixtures.length === 1) return ok(fixtures[0]!);
  }
  return fail(
    'usage',
    which === true ? 'which fixture is meant is not clear' : `no fixture is named ${which}`,
    {
      where: { file: folder },
      hint: `name one of: ${fixtures.map(({ name }) => name).join(', ') || 'none yet'}; as in --live NAME -- CMD`,
    },
  );
}

async function changesOf(
  before: Expected | undefined,
  now: TraceSummary,
): Promise<Result<readonly VerdictChange[]>> {
  if (!before) return ok([]);
  const hosts = await openHosts(Object.keys(before.hosts));
  if (!hosts.ok) return hosts;
  const after = verdictsOf(
    [now],
    hosts.value.map(({ label, model }) => ({ expression: label, model })),
  );
  return ok(diffVerdicts(before, after));
}

/** Each syscall of the trace by name and ABI. */
function namesOf(trace: TraceSummary): ReadonlyMap<string, DistinctCall> {
  const sorted = [...trace.calls].sort((a, b) =>
    a.call.name < b.call.name ? -1 : a.call.name > b.call.name ? 1 : 0,
  );
  return new Map(sorted.map((call) => [`${call.call.name} ${call.call.abi}`, call]));
}

/** Which of all known hosts refuse a new syscall so that it matters, in ranges. */
async function refusers(
  fresh: readonly DistinctCall[],
  trace: TraceSummary,
): Promise<Result<LiveResult['newSyscalls']>> {
  if (fresh.length === 0) return ok([]);
  const hosts = await openKnownHosts(nativeArch(trace.abis));
  if (!hosts.ok) return hosts;
  return ok(
    fresh.map(({ call }) => {
      const made = trace.calls.filter((one) => one.call.name === call.name && one.call.abi === call.abi);
      const merged = mergeCalls([{ ...trace, calls: made }]);
      const ranges = compressHosts(
        hosts.value.map(({ label, model }) => ({
          expression: label,
          key: blockedCalls(merged, model).some(({ matters }) => matters) ? 'refuses' : '',
        })),
      );
      const refusedBy = ranges.filter(({ key }) => key === 'refuses').map(({ label }) => label);
      const all = ranges.map(({ label }) => label);
      return {
        syscall: call.name,
        abi: call.abi,
        refusedBy,
        words: refusedBy.map((one) => bounds(one, all)).join('; '),
      };
    }),
  );
}

/** `Docker before 20.10.0` where a range starts with the engine's first version, `Docker from 25.0.0` where it ends with its last. */
function bounds(range: string, all: readonly string[]): string {
  const engine = range.split('@')[0]!;
  const own = all.filter((one) => one.startsWith(`${engine}@`));
  const at = own.indexOf(range);
  const versions = (text: string): string => text.slice(text.indexOf('@') + 1);
  // `spec-proposal` has no versions.
  if (own.length === 0) return hostTitle(range);
  if (own.length === 1) return range.includes('@') ? `every ${titleOf(engine)}` : hostTitle(range);
  if (at === 0) return `${titleOf(engine)} before ${versions(own[1]!).split('–')[0]}`;
  if (at === own.length - 1) return `${titleOf(engine)} from ${versions(range).split('–')[0]}`;
  return hostTitle(range);
}

/** `Docker` of `docker`. */
function titleOf(engine: string): string {
  return hostTitle(`${engine}@x`).replace(/ x$/, '');
}

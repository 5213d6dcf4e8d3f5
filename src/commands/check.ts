import { diffVerdicts, type VerdictChange } from '../core/diagnosis/check/diff.ts';
import { type Expected, verdictsOf } from '../core/diagnosis/check/expected.ts';
import type { CheckDocument } from '../core/documents/check.ts';
import type { Manifest } from '../core/documents/manifest.ts';
import { type Failure, fail, ok, type Result } from '../core/failure.ts';
import { kernelText } from '../core/linux/kernel.ts';
import { newestKernel } from '../core/linux/numbers.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import { type FixtureFiles, findFixtures, readExpected, writeExpected } from '../io/traces/fixtures.ts';
import { type LiveResult, liveCheck } from './checkLive.ts';
import { type BrokenPromise, promisesOf } from './checkPromise.ts';
import { compactFixture, recordFixture } from './checkRecord.ts';
import { nativeArch, openHosts, relevantFor } from './openHosts.ts';
import { openTraces } from './openTraces.ts';
import type { LogPorts } from './ports.ts';

/** Where fixtures are when nobody says otherwise. */
export const TRACES = 'traces';

export interface CheckWishes {
  readonly update?: boolean;
  readonly record?: string;
  readonly live?: string | true;
  readonly minHost?: string;
  readonly host?: readonly string[];
  readonly traces: string;
  readonly compact?: boolean;
  readonly rootfs?: string;
}

export interface CheckedFixture {
  readonly files: FixtureFiles;
  readonly trace: TraceSummary;
  readonly hosts: readonly string[];
  readonly changes: readonly VerdictChange[];
  readonly updated: boolean;
}

/** A fixture that could not be checked: the others are, all the same. */
export interface BrokenFixture {
  readonly name: string;
  readonly failure: Failure;
}

export interface Checked {
  readonly fixtures: readonly CheckedFixture[];
  readonly broken: readonly BrokenFixture[];
  readonly promises: readonly BrokenPromise[];
  readonly live?: LiveResult;
}

/** Versions that mark a change in what is refused; a fixture without other wishes is judged against them. */
const DEFAULT_HOSTS = [
  'docker@18.03.1',
  'docker@19.03.15',
  'docker@20.10.5',
  'docker@24.0.9',
  'podman@4.3.1',
  'containerd@1.6.20',
];

/**
 * Hosts of a new fixture, pinned to the trace's architecture and to the kernel that it was recorded on: so that the
 * expectations are the same on every machine.
 */
function defaultHosts(trace: TraceSummary, manifest: Manifest | undefined): readonly string[] {
  const kernel = /^\d+\.\d+/.exec(manifest?.kernel ?? '')?.[0] ?? kernelText(newestKernel());
  return DEFAULT_HOSTS.map((host) => `${host},arch=${nativeArch(trace.abis)},kernel=${kernel}`);
}

/**
 * Evaluates recorded fixtures, by name, file or directory, against what is expected of them. `worse` of the document says
 * whether something that matters got worse; `broken` are fixtures that could not be checked.
 */
export async function checkFixtures(
  paths: readonly string[] = [TRACES],
  options: Pick<CheckWishes, 'minHost' | 'host' | 'update'> = {},
): Promise<Result<CheckDocument>> {
  const ports = { env: process.env, cwd: process.cwd() };
  const done = await check(paths, undefined, { traces: TRACES, ...options }, ports);
  return done.ok ? ok(done.value.document) : done;
}

/**
 * Evaluates fixtures; with the options also records, updates, or traces a command again. `broken` are the fixtures that
 * could not be checked, with the failure of each.
 */
export async function check(
  words: readonly string[],
  behindDashes: readonly string[] | undefined,
  wishes: CheckWishes,
  ports: LogPorts,
): Promise<Result<{ readonly document: CheckDocument; readonly broken: readonly BrokenFixture[] }>> {
  const sorted = sortWords(words, behindDashes, wishes);
  if (!sorted.ok) return sorted;
  const checked = await judge(sorted.value.words, sorted.value.wishes, ports);
  if (!checked.ok) return checked;
  const { fixtures, broken, promises, live } = checked.value;
  const worse =
    fixtures.some(({ changes, updated }) => !updated && changes.some((change) => change.worse)) ||
    promises.some(({ kept }) => !kept) ||
    (live?.changes.some((change) => change.worse) ?? false);
  return ok({ document: toDocument(checked.value, worse), broken });
}

/** Options that would be ignored together: better to say so than to let somebody believe in them. */
function contradiction({ record, live, update, compact }: CheckWishes): string | undefined {
  if (live !== undefined && record !== undefined) return '--live and --record do not go together';
  if (live !== undefined && update)
    return '--live compares and writes nothing, so --update has no meaning with it';
  if (compact && record === undefined && !update) return '--compact needs --record or --update';
  return undefined;
}

/** What stands before `--` are fixtures or their folder, what stands behind it is the command. */
function sortWords(
  words: readonly string[],
  behindDashes: readonly string[] | undefined,
  wishes: CheckWishes,
): Result<{ readonly words: readonly string[]; readonly wishes: CheckWishes }> {
  if (behindDashes === undefined) return ok({ words, wishes });
  if (wishes.record === undefined && wishes.live === undefined) {
    return fail('usage', 'check runs a command only with --record NAME or --live', {
      hint: 'without them it checks the fixtures that are named, or those in traces/',
    });
  }
  const [folder, ...more] = words.slice(0, words.length - behindDashes.length);
  if (folder === undefined) return ok({ words: behindDashes, wishes });
  if (more.length > 0 || wishes.traces !== TRACES) {
    return fail('usage', `one folder of fixtures is enough: ${[folder, ...more].join(' ')}`, {
      hint: 'name it with --traces FOLDER, or once before the --',
    });
  }
  return ok({ words: behindDashes, wishes: { ...wishes, traces: folder } });
}

async function judge(
  words: readonly string[],
  wishes: CheckWishes,
  ports: LogPorts,
): Promise<Result<Checked>> {
  const wrong = contradiction(wishes);
  if (wrong !== undefined) {
    return fail('usage', wrong, { hint: 'to replace a fixture, remove its files and --record it anew' });
  }
  if (wishes.record !== undefined || wishes.live !== undefined) {
    const [program, ...rest] = words;
    if (program === undefined) {
      return fail('usage', 'no command to run', { hint: 'write it after --, such as: -- make all' });
    }
    if (wishes.record !== undefined) {
      const made = await recordFixture(wishes.record, [program, ...rest], wishes, ports);
      return made.ok ? judgeFixtures([made.value], { ...wishes, update: true, compact: false }) : made;
    }
    const live = await liveCheck(wishes.live!, [program, ...rest], wishes, ports);
    if (!live.ok) return live;
    const promises =
      wishes.minHost !== undefined
        ? await promisesOf(wishes.minHost, [{ name: live.value.fixture, trace: live.value.trace }])
        : ok([]);
    return promises.ok
      ? ok({ fixtures: [], broken: [], promises: promises.value, live: live.value })
      : promises;
  }
  const found = await findFixtures(words.length > 0 ? words : [wishes.traces], wishes.traces);
  if (!found.ok) return found;
  const { fixtures, broken } = found.value;
  if (fixtures.length === 0 && broken.length === 0) {
    return fail('input', 'no fixture here', {
      where: { file: words[0] ?? wishes.traces },
      hint: 'add one with: trace-build check --record NAME -- CMD',
    });
  }
  return judgeFixtures(fixtures, wishes, broken);
}

async function judgeFixtures(
  files: readonly FixtureFiles[],
  wishes: CheckWishes,
  incomplete: readonly BrokenFixture[] = [],
): Promise<Result<Checked>> {
  // Wrong for one, wrong for all: said once.
  const named = await openHosts(wishes.host ?? []);
  if (!named.ok) return named;
  const fixtures: CheckedFixture[] = [];
  const broken = [...incomplete];
  for (const one of files) {
    const checked = await judgeFixture(one, wishes);
    if (checked.ok) fixtures.push(checked.value);
    else broken.push({ name: one.name, failure: checked.failure });
  }
  const promises =
    wishes.minHost !== undefined
      ? await promisesOf(
          wishes.minHost,
          fixtures.map(({ files: { name }, trace }) => ({ name, trace })),
        )
      : ok([]);
  return promises.ok ? ok({ fixtures, broken, promises: promises.value }) : promises;
}

async function judgeFixture(files: FixtureFiles, wishes: CheckWishes): Promise<Result<CheckedFixture>> {
  const expected = await readExpected(files.expected);
  if (!expected.ok) return expected;
  const before = expected.value;
  const named = wishes.host ?? (before ? Object.keys(before.hosts) : undefined);
  // Judged and compared with nothing, it would pass for expected.
  const unexpected =
    before && !wishes.update ? (wishes.host ?? []).filter((host) => !before.hosts[host]) : [];
  if (unexpected.length > 0) {
    return fail('usage', `nothing is expected of ${unexpected.join(', ')} there`, {
      where: { file: files.expected },
      hint: `it names ${Object.keys(before!.hosts).join(', ')}; whether the build works on another host says --min-host, or trace-build replay`,
    });
  }
  const opened = await openHosts(named ?? []);
  if (!opened.ok) return opened;
  const read = await openTraces([files.trace], { relevant: relevantFor(opened.value) });
  if (!read.ok) return read;
  const trace = read.value.traces[0]!;
  // A shorter trace is refused less: without this a damaged fixture would pass for a better one.
  if (!trace.complete && read.value.manifests.get(trace.file)?.complete) {
    return fail('input', 'the trace is cut: its manifest says that it was complete', {
      where: { file: files.trace },
      hint: 'restore it from version control, or remove the fixture and record it anew',
    });
  }
  if (!before && !wishes.update && wishes.minHost === undefined) {
    return fail('input', 'nothing is expected of this trace yet', {
      where: { file: files.trace },
      hint: 'write down its verdicts of today with: trace-build check --update',
    });
  }
  const wanted = named ?? (wishes.update ? defaultHosts(trace, read.value.manifests.get(trace.file)) : []);
  const hosts = named ? opened : await openHosts(wanted);
  if (!hosts.ok) return hosts;
  const after: Expected = verdictsOf(
    [trace],
    hosts.value.map(({ label, model }) => ({ expression: label, model })),
  );
  const changes = before ? diffVerdicts(before, after) : [];
  if (wishes.update) {
    if (wishes.compact) {
      const compacted = await compactFixture(files, trace, after, hosts.value);
      if (!compacted.ok) return compacted;
    }
    const written = await writeExpected(files.expected, after);
    if (!written.ok) return written;
  }
  return ok({ files, trace, hosts: wanted, changes, updated: Boolean(wishes.update) });
}

function toDocument({ fixtures, broken, promises, live }: Checked, worse: boolean): CheckDocument {
  return {
    schema: 'trace-build/check@1',
    worse,
    fixtures: fixtures.map(({ files, trace: { calls: _, ...trace }, hosts, changes, updated }) => ({
      name: files.name,
      trace,
      hosts,
      changes,
      updated,
    })),
    broken: broken.map(({ name, failure: { what, where } }) => ({
      name,
      what,
      ...(where?.file !== undefined ? { file: where.file } : {}),
    })),
    promises: promises.map(({ host, fixture, kept, covered, broken }) => ({
      host,
      fixture,
      kept,
      covered,
      broken: broken.map(({ on, denial }) => ({ ...denial, on })),
    })),
    ...(live
      ? {
          live: {
            fixture: live.fixture,
            newSyscalls: live.newSyscalls,
            goneSyscalls: live.goneSyscalls,
            changes: live.changes,
          },
        }
      : {}),
  };
}

import { fail, ok, type Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { FoundNames } from '../../core/redactNames.ts';
import type { Report } from '../../core/report.ts';
import type { TraceSummary } from '../../core/trace/event.ts';

export interface ReportWishes {
  /** Traces, or one JSON document of another command. */
  readonly inputs: readonly string[];
  /** The host that the traces ran on; from the manifest where it is not given. */
  readonly on?: string;
  readonly against: readonly string[];
  readonly version: string;
}

export interface OpenedReport {
  readonly report: Report;
  /** Found in the whole of the traces; to be hidden. */
  readonly names: FoundNames;
}

/** The report of traces or of a RESULT, not redacted yet. */
export async function openReport(wishes: ReportWishes): Promise<Result<OpenedReport>> {
  const [first] = wishes.inputs;
  if (first === undefined) return fail('usage', 'give a trace or the JSON document of another command');
  const { looksLikeJson, readText } = await import('../../shell/textFile.ts');
  if (first !== '-' && (await looksLikeJson(first))) {
    if (wishes.inputs.length > 1) return fail('usage', 'a JSON document stands alone');
    const text = await readText(first);
    if (!text.ok) return text;
    const { reportOfResult } = await import('./results.ts');
    const read = reportOfResult(text.value, first);
    return read.ok ? ok({ report: read.value, names: { users: [], hosts: [] } }) : read;
  }
  return reportOfTraces(wishes);
}

async function reportOfTraces(wishes: ReportWishes): Promise<Result<OpenedReport>> {
  const [
    { readTrace },
    { readManifest },
    { readDetails },
    { buildReport, denialsOfAll, finishReport },
    { parseArch },
  ] = await Promise.all([
    import('../../shell/traceFile.ts'),
    import('../../shell/fixtures.ts'),
    import('../../shell/reportDetails.ts'),
    import('../../core/report/build.ts'),
    import('../../core/syscalls/arch.ts'),
  ]);
  const traces: TraceSummary[] = [];
  let manifest: Manifest | undefined;
  for (const path of wishes.inputs) {
    const beside = path === '-' ? undefined : await readManifest(path);
    manifest ??= beside;
    const arch = beside && parseArch(beside.arch);
    const read = await readTrace(path, arch ? { arch } : {});
    if (!read.ok) return read;
    traces.push(read.value);
  }
  const hosts = await hostsOf(wishes, manifest);
  if (!hosts.ok) return hosts;
  const { ranOn, against } = hosts.value;
  const input = {
    version: wishes.version,
    traces,
    hosts: against,
    ...(manifest ? { manifest } : {}),
    ...(ranOn ? { ranOn } : {}),
  };
  const plain = buildReport(input);
  const denials = denialsOfAll(traces, ranOn, manifest);
  const shown = [...denials, ...plain.hosts.flatMap(({ blocked }) => blocked)];
  const [path] = wishes.inputs;
  const details =
    wishes.inputs.length === 1 && path !== undefined
      ? await readDetails(path, denials, shown, manifest && parseArch(manifest.arch))
      : undefined;
  return ok({
    report: finishReport(plain, details),
    names: details?.names ?? (await namesOf(wishes.inputs)),
  });
}

async function hostsOf(
  wishes: ReportWishes,
  manifest: Manifest | undefined,
): Promise<Result<{ readonly ranOn: HostModel | undefined; readonly against: readonly HostModel[] }>> {
  const [{ openHost, surroundings }, { resolveHost }, { parseArch }] = await Promise.all([
    import('../../shell/hosts.ts'),
    import('../../core/hosts/resolve.ts'),
    import('../../core/syscalls/arch.ts'),
  ]);
  let expressions = [...wishes.against];
  if (expressions.includes('all')) {
    const { knownHosts } = await import('../../core/hosts/known.ts');
    expressions = [...new Set([...expressions.filter((one) => one !== 'all'), ...(await knownHosts())])];
  } else if (expressions.length === 0 && manifest?.mode === 'fast') {
    expressions = [...(manifest.answers ?? [])];
  }
  const against: HostModel[] = [];
  for (const expression of expressions) {
    const host = await openHost(expression);
    if (!host.ok) return host;
    against.push(host.value);
  }
  // What a fast recording was refused says nothing: it ran without a filter.
  const on = wishes.on ?? manifest?.host;
  if (on === undefined) return ok({ ranOn: undefined, against });
  // It ran on the machine that recorded it, not on this one.
  const here = surroundings();
  const arch = manifest ? parseArch(manifest.arch) : undefined;
  const ranOn = await resolveHost(on, {
    ...here,
    running: { kernel: manifest?.kernel ?? here.running.kernel, arch: arch ?? here.running.arch },
  });
  if (!ranOn.ok) return wishes.on === undefined ? ok({ ranOn: undefined, against }) : ranOn;
  return ok({ ranOn: ranOn.value, against });
}

/** Of several traces: each is gone through for names only. */
async function namesOf(paths: readonly string[]): Promise<FoundNames> {
  const [{ namesIn }, { openTraceBytes }, { kindOf }] = await Promise.all([
    import('../../core/redactTrace.ts'),
    import('../../shell/traceFile.ts'),
    import('../../shell/fixtures.ts'),
  ]);
  const found = { users: new Set<string>(), hosts: new Set<string>() };
  for (const path of paths) {
    if (path === '-' || (await kindOf(path)) !== 'file') continue;
    const names = await namesIn(openTraceBytes(path));
    for (const user of names.users) found.users.add(user);
    for (const host of names.hosts) found.hosts.add(host);
  }
  return { users: [...found.users], hosts: [...found.hosts] };
}

import type { Manifest } from '../core/documents/manifest.ts';
import type { Report } from '../core/documents/report.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import type { FoundNames } from '../core/redaction/redactNames.ts';
import type { OpenedHost } from './openHosts.ts';
import type { OpenedTraces } from './openTraces.ts';

export interface ReportWishes {
  /** Traces, or one JSON document of another command. */
  readonly inputs: readonly string[];
  /** The host that the traces ran on; from the manifest where it is not given. */
  readonly on?: string;
  readonly against: readonly string[];
  /** Architecture of the traced machine, where no manifest tells it. */
  readonly arch?: string;
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
  const { looksLikeJson, readStandardInput, readText } = await import('../io/files/textFile.ts');
  if (await looksLikeJson(first)) {
    if (wishes.inputs.length > 1) return fail('usage', 'a JSON document stands alone');
    const text = first === '-' ? ok(await readStandardInput()) : await readText(first);
    if (!text.ok) return text;
    const { reportOfResult } = await import('./results.ts');
    const read = reportOfResult(text.value, first === '-' ? 'standard input' : first);
    return read.ok ? ok({ report: read.value, names: { users: [], hosts: [] } }) : read;
  }
  return reportOfTraces(wishes);
}

async function reportOfTraces(wishes: ReportWishes): Promise<Result<OpenedReport>> {
  const [{ archOption, expandFolders, fastModeNotes, openTraces }, { relevantFor }] = await Promise.all([
    import('./openTraces.ts'),
    import('./openHosts.ts'),
  ]);
  const arch = archOption(wishes.arch);
  if (!arch.ok) return arch;
  const expanded = await expandFolders(wishes.inputs);
  if (!expanded.ok) return expanded;
  const { files, folders } = expanded.value;
  if (files.length === 0)
    return fail('input', 'there is no trace in it', { where: { file: wishes.inputs[0]! } });
  const { readManifest } = await import('../io/traces/manifestFile.ts');
  const manifest = files.length === 1 && files[0] !== '-' ? await readManifest(files[0]!) : undefined;
  const hosts = await hostsOf(wishes, manifest);
  if (!hosts.ok) return hosts;
  const { ranOn, against } = hosts.value;
  const all = ranOn ? [...against, { label: ranOn.identity.expression, model: ranOn }] : against;
  const opened = await openTraces(files, {
    ...(arch.value ? { arch: arch.value } : {}),
    relevant: relevantFor(all),
    found: folders,
  });
  if (!opened.ok) return opened;
  return assemble(wishes, files, opened.value, manifest, ranOn, against, fastModeNotes);
}

async function assemble(
  wishes: ReportWishes,
  files: readonly string[],
  { traces, unfiltered, manifests, skipped }: OpenedTraces,
  manifest: Manifest | undefined,
  ranOn: HostModel | undefined,
  against: readonly OpenedHost[],
  fastModeNotes: (opened: OpenedTraces, hosts: readonly string[]) => readonly string[],
): Promise<Result<OpenedReport>> {
  const [{ readDetails }, { buildReport, denialsOfAll, finishReport }, { parseArch }] = await Promise.all([
    import('../io/traces/reportDetails.ts'),
    import('../core/diagnosis/report/build.ts'),
    import('../core/linux/arch.ts'),
  ]);
  const plain = buildReport({
    version: wishes.version,
    traces,
    unfiltered,
    hosts: against.map(({ label, model }) => ({
      ...model,
      identity: { ...model.identity, expression: label },
    })),
    notes: [
      ...fastModeNotes(
        { traces, unfiltered, manifests },
        against.map(({ label }) => label),
      ),
      ...(skipped ?? []).map(({ where, what }) => `left out ${where?.file}: ${what}`),
    ],
    ...(manifest ? { manifest } : {}),
    ...(ranOn ? { ranOn } : {}),
  });
  const denials = denialsOfAll(traces, ranOn, manifest);
  const shown = [...denials, ...plain.hosts.flatMap(({ blocked }) => blocked)];
  const [path] = files;
  const details =
    files.length === 1 && path !== undefined
      ? await readDetails(path, denials, shown, manifest && parseArch(manifest.arch))
      : undefined;
  return ok({
    report: finishReport(plain, details),
    names: details?.names ?? (await namesOf(files)),
  });
}

async function hostsOf(
  wishes: ReportWishes,
  manifest: Manifest | undefined,
): Promise<Result<{ readonly ranOn: HostModel | undefined; readonly against: readonly OpenedHost[] }>> {
  const [{ surroundings }, { resolveHost }, { parseArch }, { openHosts, openKnownHosts }] = await Promise.all(
    [
      import('../io/machine/hosts.ts'),
      import('../core/hosts/resolve/resolve.ts'),
      import('../core/linux/arch.ts'),
      import('./openHosts.ts'),
    ],
  );
  const arch = (manifest ? parseArch(manifest.arch) : undefined) ?? parseArch(wishes.arch ?? '');
  const named = wishes.against.filter((one) => one !== 'all');
  // By notification it ran there: what was refused is told as that.
  const foretold = manifest?.mode === 'fast' && manifest.method !== 'notification';
  const answers = foretold ? (manifest.answers ?? []) : [];
  const opened = await openHosts(wishes.against.length === 0 ? answers : named);
  if (!opened.ok) return opened;
  const known = wishes.against.includes('all') ? await openKnownHosts(arch ?? 'x86_64') : ok([]);
  if (!known.ok) return known;
  const against = [...opened.value, ...known.value];
  const on = wishes.on ?? manifest?.host;
  if (on === undefined) return ok({ ranOn: undefined, against });
  // It ran on the machine that recorded it, not on this one.
  const here = surroundings();
  const ranOn = await resolveHost(on, {
    ...here,
    running: { kernel: manifest?.kernel ?? here.running.kernel, arch: arch ?? here.running.arch },
  });
  if (!ranOn.ok) return wishes.on === undefined ? ok({ ranOn: undefined, against }) : ranOn;
  // What happened under an emulation is explained by it.
  const { asEmulated } = await import('../core/hosts/emulation/emulated.ts');
  const loaded = manifest?.engine.name === 'bubblewrap' || manifest?.method === 'notification';
  const emulated = loaded && arch !== undefined;
  return ok({ ranOn: emulated ? asEmulated(ranOn.value, arch) : ranOn.value, against });
}

/** Of several traces: each is gone through for names only. */
async function namesOf(paths: readonly string[]): Promise<FoundNames> {
  const [{ namesIn }, { openTraceBytes }, { isPlainFile }] = await Promise.all([
    import('../core/redaction/redactTrace.ts'),
    import('../io/traces/traceFile.ts'),
    import('../io/files/files.ts'),
  ]);
  const found = { users: new Set<string>(), hosts: new Set<string>() };
  for (const path of paths) {
    if (!isPlainFile(path)) continue;
    const names = await namesIn(openTraceBytes(path));
    for (const user of names.users) found.users.add(user);
    for (const host of names.hosts) found.hosts.add(host);
  }
  return { users: [...found.users], hosts: [...found.hosts] };
}

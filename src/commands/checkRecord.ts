import { compactTrace } from '../core/diagnosis/check/compact.ts';
import { type Expected, verdictsOf } from '../core/diagnosis/check/expected.ts';
import type { Manifest } from '../core/documents/manifest.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { makeRedactor, type Redactor } from '../core/redaction/redact.ts';
import { NameFinder } from '../core/redaction/redactNames.ts';
import { TraceReader } from '../core/strace/fast/reader.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import { kindOf } from '../io/files/files.ts';
import { writeOutput } from '../io/files/output.ts';
import { personal } from '../io/files/private.ts';
import { inTemporaryFolder } from '../io/files/temporary.ts';
import { type FixtureFiles, fixtureOf, readTraceText, writeTrace } from '../io/traces/fixtures.ts';
import type { OpenedHost } from './openHosts.ts';
import type { LogPorts } from './ports.ts';
import { traceUnconfined } from './traceCommand.ts';

/** Runs a command, and keeps its redacted trace as FOLDER/NAME.strace.gz with a manifest that holds no times. */
export async function recordFixture(
  name: string,
  command: readonly [string, ...string[]],
  wishes: { readonly traces: string; readonly compact?: boolean; readonly rootfs?: string },
  ports: LogPorts,
): Promise<Result<FixtureFiles>> {
  if (!/^[\w][\w.-]*$/.test(name)) {
    return fail('usage', `'${name}' can't name a fixture`, { hint: 'use letters, digits, - and .' });
  }
  const files = fixtureOf(`${wishes.traces}/${name}.strace.gz`);
  if ((await kindOf(files.trace)) !== undefined) {
    return fail('usage', 'there is a fixture of this name already', {
      where: { file: files.trace },
      hint: 'remove it first, or choose another name',
    });
  }
  return inTemporaryFolder(async (temporary) => {
    const traced = await traceUnconfined(command, `${temporary}/${name}.strace.gz`, wishes.rootfs, ports);
    if (!traced.ok) return traced;
    const { manifest, tracePath } = traced.value;
    if (manifest.exit?.status !== 0) {
      ports.log?.('the command failed while it was recorded; the fixture holds what it did until then');
    }
    const whole = await readTraceText(tracePath);
    if (!whole.ok) return whole;
    const lines = whole.value.split('\n');
    const names = new NameFinder();
    for (const line of lines) names.add(line);
    const mine = personal(names.found);
    const redactor = makeRedactor({
      paths: 'relative',
      cwd: ports.cwd,
      homes: mine.homes,
      users: mine.users,
      hosts: mine.hosts,
    });
    const redacted = lines.map(redactor.line).join('\n');
    const text = wishes.compact ? compactTrace(summaryOf(redacted, files.trace)) : redacted;
    const written = await writeTrace(files.trace, text);
    if (!written.ok) return written;
    const kept = await writeOutput(
      files.manifest,
      `${JSON.stringify(steady(manifest, name, redactor), null, 2)}\n`,
    );
    return kept.ok ? ok(files) : kept;
  });
}

/** Rewrites a fixture's trace with each distinct call once, if that gives the same verdicts. */
export async function compactFixture(
  files: FixtureFiles,
  trace: TraceSummary,
  verdicts: Expected,
  hosts: readonly OpenedHost[],
): Promise<Result<void>> {
  const text = compactTrace(trace);
  const again = verdictsOf(
    [summaryOf(text, files.trace)],
    hosts.map(({ label, model }) => ({ expression: label, model })),
  );
  if (JSON.stringify(again) !== JSON.stringify(verdicts)) {
    return fail('undecided', 'the compacted trace would have other verdicts, so it is left as it is', {
      where: { file: files.trace },
    });
  }
  return writeTrace(files.trace, text);
}

function summaryOf(text: string, file: string): TraceSummary {
  const reader = new TraceReader({ file });
  reader.push(new TextEncoder().encode(text));
  return reader.end();
}

/** The same recording made again gives the same manifest, as far as can be: no times, no patch level, no folders. */
function steady(
  { command, engine, strace, kernel, arch, exit, ...rest }: Manifest,
  name: string,
  redactor: Redactor,
): Manifest {
  return {
    schema: rest.schema,
    trace: `${name}.strace.gz`,
    command: redactor.words(command),
    cwd: '.',
    engine,
    host: 'unconfined',
    notes: [],
    strace,
    kernel: /^\d+\.\d+/.exec(kernel)?.[0] ?? kernel,
    arch,
    mode: rest.mode,
    ...(exit ? { exit } : {}),
    complete: rest.complete,
  };
}

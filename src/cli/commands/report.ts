import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Io } from '../../commands/ports.ts';
import { ok, type Result } from '../../core/failure.ts';
import { EXPORT_FORMATS, type ExportFormat, renderExport } from '../../render/exports/index.ts';
import { formatOfFile, REPORT_FORMATS, type ReportFormat } from '../../render/index.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { FORCE } from '../options/force.ts';
import { addRedactionOptions, EXPOSED, type RedactionFlags } from '../options/redactionOptions.ts';

interface Flags extends RedactionFlags {
  readonly format?: ReportFormat | ExportFormat;
  readonly output?: string;
  readonly force?: boolean;
  readonly on?: string;
  readonly against: readonly string[];
  readonly anchor?: { readonly file: string; readonly line?: number };
  readonly arch?: string;
  readonly fail?: boolean;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function anchorOf(text: string): NonNullable<Flags['anchor']> {
  const [, file, line] = /^(.+?)(?::(\d+))?$/.exec(text) ?? [];
  if (file === undefined) throw new InvalidArgumentError('an anchor is written FILE or FILE:LINE.');
  return { file, ...(line === undefined ? {} : { line: Number(line) }) };
}

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build report build.strace > issue.md', 'Markdown for an issue'],
    ['trace-build report build.strace.gz -o report.html', 'one HTML file, the ending says so'],
    ['trace-build report build.strace --against all -o hosts.html', 'what every known host would refuse'],
    [
      'trace-build report build.strace --format sarif --anchor Dockerfile -o trace.sarif',
      'for code scanning',
    ],
    ['trace-build report minimize.json -o fix.md', 'of a result'],
    [
      'trace-build report build.strace.gz --format perfetto -o build.json',
      'for ui.perfetto.dev, of a trace with times',
    ],
  ]);
  addRedactionOptions(command)
    .argument(
      '<trace...>',
      'traces, or one JSON document that run, replay or minimize printed; - for standard input',
    )
    .addOption(
      new Option(
        '-f, --format <format>',
        "what to write (default: by the output file's ending, else markdown)",
      ).choices([...REPORT_FORMATS, ...EXPORT_FORMATS]),
    )
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--force', FORCE)
    .option('--on <host>', 'host that the trace ran on (default: what its manifest says)')
    .option(
      '--against <host>',
      'host to check the trace against; can be repeated, all for every known one',
      collect,
      [],
    )
    .option('--arch <arch>', 'architecture of the machine that was traced, where the trace does not tell')
    .option(
      '--anchor <file>',
      'file of the repository that SARIF alerts are attached to, FILE or FILE:LINE',
      anchorOf,
    )
    .option('--fail', 'exit with status 1 when something in the report can break the build')
    .action(
      action(async (inputs: readonly string[], flags: Flags) =>
        report(inputs, flags, io, command.parent?.version() ?? ''),
      ),
    );
};

async function report(inputs: readonly string[], flags: Flags, io: Io, version: string): Promise<Done> {
  const [{ report: reportOf }, { renderReport }, { headlineOf }] = await Promise.all([
    import('../../commands/report.ts'),
    import('../../render/index.ts'),
    import('../../render/words.ts'),
  ]);
  const output = flags.output === '-' ? undefined : flags.output;
  const format = flags.format ?? (output === undefined ? 'markdown' : formatOfFile(output));
  if (format === undefined) {
    return {
      kind: 'usage',
      what: `the ending of ${output} names no format`,
      hint: `give --format ${REPORT_FORMATS.join('|')}`,
    };
  }
  if (isExport(format)) return exportOf(inputs, format, output, flags, io);
  const done = await reportOf(inputs, { ...flags, version, cwd: io.cwd });
  if (!done.ok) return done.failure;
  if (!flags.redact) io.err(`trace-build: ${EXPOSED}\n`);
  const safe = done.value;
  const text = renderReport(safe, format, { version, ...(flags.anchor ? { anchor: flags.anchor } : {}) });
  const written = await write(text, output, flags, io);
  if (!written.ok) return written.failure;
  const { tellGithub } = await import('../github.ts');
  await tellGithub(safe, io);
  return flags.fail && headlineOf(safe).level === 'blocked' ? EXIT.findings : EXIT.none;
}

const isExport = (format: string): format is ExportFormat => EXPORT_FORMATS.some((one) => one === format);

/** For a viewer of time: names, times and results of calls, and no arguments. */
async function exportOf(
  inputs: readonly string[],
  format: ExportFormat,
  output: string | undefined,
  flags: Flags,
  io: Io,
): Promise<Done> {
  const { timedTrace } = await import('../../commands/exportTrace.ts');
  const trace = await timedTrace(inputs);
  if (!trace.ok) return trace.failure;
  const written = await write(renderExport(trace.value, format), output, flags, io);
  return written.ok ? EXIT.none : written.failure;
}

async function write(
  text: string,
  output: string | undefined,
  flags: Flags,
  io: Io,
): Promise<Result<unknown>> {
  if (output === undefined) return ok(io.out(text));
  const { writeOutput } = await import('../../io/files/output.ts');
  return writeOutput(resolve(io.cwd, output), text, { force: flags.force ?? false });
}

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { Abi } from '../../core/linux/abi.ts';
import { TraceReader } from '../../core/strace/fast/reader.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import { refusal } from '../../core/strace/grammar/refusal.ts';
import { mergeSummaries } from '../../core/strace/summary/merge.ts';
import type { Fork } from '../../core/strace/tracees/threadTable.ts';
import { openTrace, type TraceBytes, unreadable } from './traceBytes.ts';

export { openTrace, openTraceBytes } from './traceBytes.ts';

export interface ReadTraceOptions {
  /** Arguments that a profile of one's own tests: syscall name -> indices. */
  readonly relevant?: Readonly<Record<string, readonly number[]>>;
  /** Native ABI of the traced machine, from the manifest; x86_64 when not given. */
  readonly arch?: Abi;
  /** Architecture of the hosts in question: taken where the trace leaves several possible, this one among them. */
  readonly assume?: Abi;
  /** Name used in the summary; the path when not given. */
  readonly name?: string;
}

/**
 * Reads one trace: a file (plain, gzip, zstd), standard input (`-`), a folder of `strace -ff` files, or a list of such
 * files. A cut or damaged compressed file gives what is readable, marked incomplete.
 */
export async function readTrace(
  path: string | readonly string[],
  options: ReadTraceOptions = {},
): Promise<Result<TraceSummary>> {
  if (typeof path !== 'string') return readFamily(path, options.name ?? path.join(' '), options);
  if (path !== '-') {
    try {
      if ((await stat(path)).isDirectory()) return readFolder(path, options);
    } catch (error) {
      return unreadable(path, error);
    }
  }
  const opened = await openTrace(path);
  if (!opened.ok) return opened;
  const reader = newReader(options.name ?? (path === '-' ? 'standard input' : path), options);
  return consume(opened.value, reader);
}

function newReader(
  file: string,
  { arch, assume, relevant }: ReadTraceOptions,
  origin: Partial<Fork> = {},
): TraceReader {
  return new TraceReader({
    file,
    ...(assume ? { assume } : {}),
    ...(arch ? { arch } : {}),
    ...(relevant ? { relevant: (call) => (Object.hasOwn(relevant, call) ? relevant[call]! : []) } : {}),
    ...(origin.pid === undefined ? {} : { pid: origin.pid }),
    ...(origin.abi === undefined ? {} : { abi: origin.abi }),
    ...(origin.command === undefined ? {} : { command: origin.command }),
  });
}

async function consume(source: TraceBytes, reader: TraceReader): Promise<Result<TraceSummary>> {
  try {
    for await (const chunk of source.bytes) reader.push(chunk);
  } catch (error) {
    return fail('input', `reading the trace failed: ${(error as Error).message}`);
  }
  const summary = reader.end();
  const trouble = source.trouble();
  if (trouble !== undefined && summary.lines === 0) return fail('input', trouble);
  const failure = refusal(summary);
  if (failure) return { ok: false, failure };
  return ok(trouble === undefined ? summary : { ...summary, complete: false });
}

/** `trace.123`, `trace.123.gz`: one process each. */
const PER_PROCESS = /\.(\d+)(?:\.gz|\.zst)?$/;

async function readFolder(path: string, options: ReadTraceOptions): Promise<Result<TraceSummary>> {
  const names = (await readdir(path)).filter((name) => PER_PROCESS.test(name));
  if (names.length === 0) {
    return fail(
      'input',
      'no trace is in this directory (NAME.strace, NAME.strace.gz, or NAME.PID of strace -ff)',
      {
        where: { file: path },
        hint: 'name the file itself, or record one with: strace -f -o FILE CMD',
      },
    );
  }
  const stem = (name: string): string => name.replace(PER_PROCESS, '');
  const stems = [...new Set(names.map(stem))].sort();
  if (stems.length > 1) {
    return fail('input', `the folder holds several traces of strace -ff: ${stems.join(', ')}`, {
      where: { file: path },
      hint: `Name the files of one of them: ${join(path, stems[0]!)}.*`,
    });
  }
  return readFamily(
    names.map((name) => join(path, name)),
    options.name ?? path,
    options,
  );
}

/** Reads parents before their children as far as pids tell, so that children know what they inherited. */
async function readFamily(
  paths: readonly string[],
  name: string,
  options: ReadTraceOptions,
): Promise<Result<TraceSummary>> {
  const files = paths
    .map((path) => ({ path, pid: Number(PER_PROCESS.exec(path)?.[1] ?? Number.NaN) }))
    .sort((a, b) => a.pid - b.pid || (a.path < b.path ? -1 : 1));
  const inherited = new Map<number, Fork>();
  const summaries: TraceSummary[] = [];
  let known = options.arch;
  for (const { path, pid } of files) {
    const opened = await openTrace(path);
    if (!opened.ok) return opened;
    const origin = Number.isNaN(pid) ? {} : (inherited.get(pid) ?? { pid });
    const reader = newReader(basename(path), { ...options, ...(known ? { arch: known } : {}) }, origin);
    const read = await consume(opened.value, reader);
    if (!read.ok) return read;
    summaries.push(read.value);
    // A child's own file may show too little.
    const { arch } = read.value;
    if (arch && arch.basis !== 'assumed') known ??= arch.value;
    for (const fork of reader.forks) inherited.set(fork.pid, fork);
  }
  if (summaries.length === 0) return fail('usage', 'no trace files were given');
  return ok(mergeSummaries(summaries, name));
}

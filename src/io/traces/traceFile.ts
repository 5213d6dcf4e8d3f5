import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { TraceReader } from '../../core/strace/fast/reader.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import { refusal } from '../../core/strace/grammar/refusal.ts';
import { mergeSummaries } from '../../core/strace/summary/merge.ts';
import type { Fork } from '../../core/strace/tracees/threadTable.ts';
import { openTrace, type TraceBytes, unreadable } from './traceBytes.ts';
import { type ReadTraceOptions, readerOptions } from './tracePart.ts';

export { openTrace, openTraceBytes, TraceFileError } from './traceBytes.ts';
export type { ReadTraceOptions } from './tracePart.ts';

/** Below this a file is read faster by one thread than two are started and warmed up. */
const WORTH_THREADS = 256 << 20;

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
  const { plainSize } = opened.value;
  const threads = options.threads ?? (plainSize !== undefined && plainSize >= WORTH_THREADS ? undefined : 1);
  if (plainSize !== undefined && threads !== 1) {
    const { readInThreads } = await import('./traceThreads.ts');
    const read = await readInThreads(path, plainSize, { ...options, name: options.name ?? path });
    if (read) return checked(read);
  }
  const reader = newReader(options.name ?? (path === '-' ? 'standard input' : path), options);
  return consume(opened.value, reader);
}

function newReader(file: string, options: ReadTraceOptions, origin: Partial<Fork> = {}): TraceReader {
  return new TraceReader({
    ...readerOptions(file, options),
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
  return checked(trouble === undefined ? summary : { ...summary, complete: false });
}

function checked(summary: TraceSummary): Result<TraceSummary> {
  const failure = refusal(summary);
  return failure ? { ok: false, failure } : ok(summary);
}

/** `trace.123`, `trace.123.gz`: one process each. */
const PER_PROCESS = /\.(\d+)(?:\.gz|\.zst)?$/;

async function readFolder(path: string, options: ReadTraceOptions): Promise<Result<TraceSummary>> {
  const names = (await readdir(path)).filter((name) => PER_PROCESS.test(name));
  if (names.length === 0) {
    return fail('input', 'the folder holds no files of strace -ff (NAME.PID)', {
      where: { file: path },
      hint: 'Name the trace file itself',
    });
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

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportDetails } from '../../core/diagnosis/report/build.ts';
import { ExcerptReader, MOST_EXCERPTS } from '../../core/diagnosis/report/excerpts.ts';
import { ProcessCollector } from '../../core/diagnosis/report/processes.ts';
import type { Denial } from '../../core/documents/denial.ts';
import type { Report } from '../../core/documents/report.ts';
import type { Abi } from '../../core/linux/abi.ts';
import { NameFinder } from '../../core/redaction/redactNames.ts';
import type { TraceEvent } from '../../core/strace/grammar/event.ts';
import { EventParser } from '../../core/strace/tracees/events.ts';
import { openTraceBytes } from './traceFile.ts';

const PER_PROCESS = /\.(\d+)(?:\.gz|\.zst)?$/;

interface Part {
  readonly path: string;
  /** As `FirstSeen.file` names it; undefined for a single trace. */
  readonly name: string | undefined;
  readonly pid: number | undefined;
}

async function partsOf(path: string): Promise<readonly Part[]> {
  if (path === '-') return [];
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return [{ path, name: undefined, pid: undefined }];
  if (!found?.isDirectory()) return [];
  return (await readdir(path))
    .filter((name) => PER_PROCESS.test(name))
    .map((name) => ({ path: join(path, name), name, pid: Number(PER_PROCESS.exec(name)![1]) }))
    .sort((a, b) => a.pid - b.pid);
}

/**
 * Reads a trace a second time, for what a tally does not keep: when which process ran, and the lines around the first of
 * each refused call. `shown` are the refused calls to quote; `denials` those that the timeline marks.
 */
export async function readDetails(
  path: string,
  denials: readonly Denial[],
  shown: readonly Denial[],
  arch?: Abi,
): Promise<ReportDetails> {
  const parts = await partsOf(path);
  const processes = new ProcessCollector(denials);
  const names = new NameFinder();
  const take = (event: TraceEvent): void => {
    processes.add(event);
    names.add(event.args);
  };
  const excerpts: Report['excerpts'][number][] = [];
  for (const { path: file, name, pid } of parts) {
    const wanted = shown
      .filter(({ first }) => name === undefined || first.file === name)
      .map(({ first }) => first.line);
    const reader = new ExcerptReader(wanted.slice(0, MOST_EXCERPTS));
    const events = new EventParser({
      ...(pid === undefined ? {} : { pid }),
      ...(arch === undefined ? {} : { arch }),
    });
    for await (const chunk of openTraceBytes(file)) {
      if (!reader.done) reader.push(chunk);
      for (const event of events.push(chunk)) take(event);
    }
    for (const event of events.end()) take(event);
    excerpts.push(...reader.end().map((excerpt) => ({ file: name ?? path, ...excerpt })));
  }
  const timeline = processes.end();
  // Files of strace -ff have no common line numbers: without times their order is not known.
  const ordered = parts.length === 1 || timeline.unit === 'seconds';
  return {
    ...(ordered && timeline.processes.length > 0 ? { timeline } : {}),
    excerpts: excerpts.slice(0, MOST_EXCERPTS),
    names: names.found,
  };
}

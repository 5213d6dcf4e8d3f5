import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { joinFragments } from '../../core/strace/fast/join.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import { isPlain } from '../../core/strace/sources/survey.ts';
import type { Fragment } from '../../core/strace/tracees/fragment.ts';
import { type Part, type ReadTraceOptions, readerOptions, readPart, surveyOf } from './tracePart.ts';

/** Parts are not smaller than this: starting a thread and warming it up costs as much as reading so many bytes. */
const SMALLEST = 32 << 20;
/** What this thread reads while the others start and warm up: its part is larger by so much. */
const HEAD_START = 32 << 20;

/** Run from source (by tests) the thread is the built one: Node can't load TypeScript. */
const WORKER = import.meta.url.endsWith('.ts')
  ? '../../../dist/io/traces/traceWorker.js'
  : './traceWorker.js';

/**
 * Reads a plain file with several threads, this one among them, a part each, exactly as one would. Undefined when the trace
 * is of the rare kind that can't be read so (see fragment.ts), or a thread failed.
 */
export async function readInThreads(
  path: string,
  size: number,
  options: ReadTraceOptions & { readonly name: string },
): Promise<TraceSummary | undefined> {
  const wanted = options.threads ?? availableParallelism();
  // A forced number of threads is used on small files too: tests do that.
  const threads = options.threads === undefined ? Math.min(wanted, Math.floor(size / SMALLEST)) : wanted;
  if (threads < 2) return undefined;
  const head = Math.min(HEAD_START, Math.floor(size / (2 * threads)));
  const { name, arch, relevant } = options;
  const survey = await surveyOf(path);
  // What only few lines tell is for one reader of all.
  if (!isPlain(survey) || (options.assume && survey.arch.candidates)) return undefined;
  const parts = Array.from({ length: threads }, (_, part): Part => {
    const border = (at: number): number => head + Math.floor(((size - head) / threads) * at);
    return {
      path,
      name,
      from: part === 0 ? 0 : border(part),
      // A file that grows meanwhile is read to its end by the last thread.
      to: part === threads - 1 ? Number.MAX_SAFE_INTEGER : border(part + 1),
      arch,
      relevant,
      survey,
    };
  });
  const others = parts.slice(1).map(readElsewhere);
  const read = await Promise.all([readPart(parts[0]!).catch(() => undefined), ...others]);
  if (read.some((part) => part === undefined)) return undefined;
  return joinFragments(read as Fragment[], readerOptions(name, { ...options, survey }));
}

async function readElsewhere(part: Part): Promise<Fragment | undefined> {
  // Not our own options: with those of `node --input-type=module -e` no file is loaded.
  const worker = new Worker(new URL(WORKER, import.meta.url), { execArgv: [] });
  try {
    return await new Promise<Fragment | undefined>((settle) => {
      worker.once('message', settle);
      worker.once('error', () => settle(undefined));
      worker.once('exit', () => settle(undefined));
      worker.postMessage(part);
    });
  } finally {
    void worker.terminate();
  }
}

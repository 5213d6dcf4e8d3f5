import type { Abi } from '../../core/linux/abi.ts';
import type { JoinOptions } from '../../core/strace/fast/join.ts';
import { TraceReader } from '../../core/strace/fast/reader.ts';
import { decodeText } from '../../core/strace/sources/bytes.ts';
import { linesOfCore } from '../../core/strace/sources/signals.ts';
import { SURVEY_SIZE, type Survey, survey } from '../../core/strace/sources/survey.ts';
import { type Fragment, FragmentLog } from '../../core/strace/tracees/fragment.ts';
import { readChunks } from '../files/chunks.ts';

export interface ReadTraceOptions {
  /** Arguments that a profile of one's own tests: syscall name -> indices. */
  readonly relevant?: Readonly<Record<string, readonly number[]>>;
  /** Native ABI of the traced machine, from the manifest; x86_64 when not given. */
  readonly arch?: Abi;
  /** Architecture of the hosts in question: taken where the trace leaves several possible, this one among them. */
  readonly assume?: Abi;
  /** Name used in the summary; the path when not given. */
  readonly name?: string;
  /** How many threads may read a big plain file; the machine's cores when not given. */
  readonly threads?: number;
}

/** What one thread reads: the lines of a file that start in [from, to). */
export interface Part {
  readonly path: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly arch: Abi | undefined;
  readonly relevant: Readonly<Record<string, readonly number[]>> | undefined;
  /** Of the beginning of the file. */
  readonly survey: Survey;
}

/** What all readers of one trace are told. */
export function readerOptions(
  file: string,
  {
    arch,
    relevant,
    survey,
    assume,
  }: Partial<Pick<Part, 'arch' | 'relevant' | 'survey'>> & Pick<ReadTraceOptions, 'assume'>,
): JoinOptions {
  return {
    file,
    ...(survey ? { survey } : {}),
    ...(assume ? { assume } : {}),
    ...(arch ? { arch } : {}),
    ...(relevant ? { relevant: (call) => (Object.hasOwn(relevant, call) ? relevant[call]! : []) } : {}),
  };
}

/** Reads one part of a trace by itself, as a fragment that is joined to those before it. */
export async function readPart(part: Part): Promise<Fragment> {
  const log = new FragmentLog();
  const reader = new TraceReader({ ...readerOptions(part.name, part), fragment: log });
  for await (const lines of linesOf(part)) {
    reader.push(lines);
    if (log.abandoned) break;
  }
  return reader.endFragment(log);
}

/** The bytes from the first line that starts in the range to the end of the last one. */
async function* linesOf({ path, from, to }: Part): AsyncGenerator<Uint8Array> {
  if (from >= to) return;
  // The byte before tells whether a line starts right at the border.
  let at = from === 0 ? 0 : from - 1;
  let started = from === 0;
  for await (const chunk of readChunks(path, at)) {
    let first = 0;
    if (!started) {
      first = chunk.indexOf(0x0a) + 1;
      started = first > 0;
      if (started && at + first >= to) return;
    }
    if (started) {
      // The line that holds the byte `to - 1` is the last one.
      const last = at + chunk.length >= to ? chunk.indexOf(0x0a, Math.max(first, to - 1 - at)) : -1;
      yield chunk.subarray(first, last === -1 ? chunk.length : last + 1);
      if (last !== -1) return;
    }
    at += chunk.length;
  }
}

/** What the beginning of a file shows of the whole. */
export async function surveyOf(path: string): Promise<Survey> {
  for await (const chunk of readChunks(path)) {
    if (linesOfCore(chunk)) return { ...survey([]), core: true };
    const lines = decodeText(chunk, 0, Math.min(chunk.length, SURVEY_SIZE)).split('\n');
    if (chunk.length >= SURVEY_SIZE) lines.pop();
    return survey(lines);
  }
  return survey([]);
}

import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { machine, release } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Manifest } from '../../core/documents/manifest.ts';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import type { Engine, Job, JobResult, Notifying } from '../engines/engine.ts';
import { LEFT_BEHIND } from '../engines/supervise.ts';
import { isFolder, makeFolders } from '../files/files.ts';
import { tooFewFiles } from '../machine/machine.ts';
import { makeFifo } from '../process/fifo.ts';
import { SetupCutter } from './cutter.ts';
import { type Cutter, notesOf, whyNotNotified, whyNotStarted, withEnd } from './ending.ts';
import { Notified } from './notified.ts';
import { type Strace, type StraceWishes, straceOptions } from './strace.ts';
import { type Taken, TraceFiles } from './traceFiles.ts';

/** What is seen while the command runs; counts only grow. */
export interface Progress {
  readonly lines: number;
  /** Lines that ended with ENOSYS or EPERM, whatever the reason. */
  readonly refused: number;
  /** Writes of the command to its standard output and error, as far as they are traced. */
  readonly written: number;
}

/** What records: strace, or a supervisor that the host's filter asks wherever it would refuse (`notify` in engines). */
export type Recorder =
  | { readonly method: 'strace'; readonly strace: Strace; readonly wishes: StraceWishes }
  | {
      readonly method: 'notification';
      /** See `Notifying`. */
      readonly watched?: Notifying['watched'];
    };

export interface RecordWishes {
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly job: Omit<Job, 'tracing' | 'notifying'>;
  readonly recorder: Recorder;
  /** Indices of arguments whose values tell calls apart, besides those that the usual profiles test. */
  readonly relevant?: (name: string) => readonly number[];
  /** Where the trace goes; ends in `.strace.gz` or `.strace`. The manifest is written beside it. */
  readonly output: string;
  /** What happens where something of that name is there; `refuse` what is not ours when not given. */
  readonly taken?: Taken;
  readonly mode: Manifest['mode'];
  /** HOST expression for the manifest. */
  readonly host?: string;
  readonly answers?: readonly string[];
  readonly notes?: readonly string[];
  /** Called when the command has been started: the time to prepare what follows it. */
  onStart?(): void;
  /** Called when the command has ended, but not what it left behind, which a fast recording must watch. */
  onLeftBehind?(names: readonly string[]): void;
  onProgress?(progress: Progress): void;
}

export interface Recording {
  readonly result: JobResult;
  readonly summary: TraceSummary;
  readonly manifest: Manifest;
  /** `output`, or with a number where that was taken and of no matter. */
  readonly tracePath: string;
  /** What the recording itself kept a program from, in a sentence: how the command ended may be due to that. */
  readonly disturbed?: string;
}

const ATTEMPTS = 3;

/** Runs a job with tracing. The trace streams through us: tallied, compressed and written, in constant memory. */
export async function record(wishes: RecordWishes): Promise<Result<Recording>> {
  let recorded = await recordOnce(wishes, false);
  // bwrap copies the table of mounts and fails when one of them goes away meanwhile, as containers' do.
  for (let again = 1; again <= ATTEMPTS && recorded.ok && !recorded.value.attempted; again++) {
    recorded = await recordOnce(wishes, again === ATTEMPTS);
  }
  return recorded;
}

/** `last`: what is recorded is kept even where the command was not tried. */
async function recordOnce(
  wishes: RecordWishes,
  last: boolean,
): Promise<Result<Recording & { readonly attempted: boolean }>> {
  const { engine, job, output, recorder } = wishes;
  // The command would run, and its trace be lost.
  const few = tooFewFiles();
  if (few) return few;
  const folder = makeFolder(dirname(output));
  if (!folder.ok) return folder;
  const fifo = await makeFifo();
  if (!fifo.ok) return fifo;
  const options = recorder.method === 'strace' ? straceOptions(recorder.strace, recorder.wishes) : [];
  const begun = (trace: string): Manifest => ({
    schema: 'trace-build/manifest@1',
    trace,
    command: [...job.command],
    cwd: relative(process.cwd(), job.cwd) || '.',
    engine: { name: engine.name, version: wishes.engineVersion },
    ...(wishes.host === undefined ? {} : { host: wishes.host }),
    notes: [...(wishes.notes ?? [])],
    method: recorder.method,
    ...(recorder.method === 'strace'
      ? { strace: { version: recorder.strace.version, options: [...options] } }
      : {}),
    kernel: release(),
    arch: machine(),
    mode: wishes.mode,
    ...(wishes.answers ? { answers: [...wishes.answers] } : {}),
    started: new Date().toISOString(),
    complete: false,
  });
  const opened = await TraceFiles.open(wishes, begun);
  if (!opened.ok) {
    fifo.value.remove();
    return opened;
  }
  const files = opened.value;

  const ending = new AbortController();
  try {
    const cutter =
      recorder.method === 'strace' ? new SetupCutter(engine.setupExecs) : new Notified(job.command);
    const common = { output: fifo.value.path, commandEnded: ending.signal };
    const running = engine.run({
      ...job,
      ...(recorder.method === 'strace'
        ? {
            tracing: {
              ...common,
              strace: recorder.strace.path,
              options,
              ...(wishes.onLeftBehind ? { onLeftBehind: wishes.onLeftBehind } : {}),
            },
          }
        : {
            notifying: {
              ...common,
              command: () => (cutter instanceof Notified ? cutter.pid : undefined),
              ...(recorder.watched ? { watched: recorder.watched } : {}),
            },
          }),
    });
    wishes.onStart?.();
    const stream = consume(fifo.value.chunks(running), files, wishes, cutter, ending);
    const [ran, seen] = await Promise.all([running, stream]);
    const failed = ran.ok
      ? (whyNotNotified(ran.value, cutter) ?? whyNotStarted(job.command[0], cutter))
      : ran;
    if (failed) await files.discard();
    if (!ran.ok) return ran;
    if (failed) return failed;
    const ended = withEnd(ran.value, cutter, engine.setupExecs);
    const own = cutter instanceof Notified ? notesOf(cutter) : { notes: [] };
    const result: JobResult = { ...ended, notes: [...(ended.notes ?? []), ...own.notes] };
    const trouble = troubleOf(result, seen, wishes.mode);
    const first = begun(basename(files.path));
    const manifest: Manifest = {
      ...first,
      notes: [...first.notes, ...(result.notes ?? [])],
      ended: new Date().toISOString(),
      seconds: Math.round(result.seconds * 1000) / 1000,
      exit: result.exit,
      bytes: seen.bytes,
      complete: trouble === undefined,
      ...(trouble === undefined ? {} : { trouble }),
    };
    const attempted =
      engine.name !== 'bubblewrap' ||
      result.ended !== 'engine-failed' ||
      result.missing === true ||
      cutter.attempted;
    // Kept, the next try would take it for an older recording.
    if (attempted || last) await files.finish(manifest);
    else await files.discard();
    const summary = trouble === undefined ? seen.summary : { ...seen.summary, complete: false };
    const disturbed = own.disturbed === undefined ? {} : { disturbed: own.disturbed };
    return ok({ result, summary, manifest, tracePath: files.path, attempted, ...disturbed });
  } finally {
    fifo.value.remove();
  }
}

/** A trace tells what a build did: a folder of them is for the user alone, and not for version control. */
function makeFolder(path: string): Result<undefined> {
  if (existsSync(path)) return ok(undefined);
  try {
    makeFolders(path, 0o700);
    if (path.endsWith(LOCAL)) writeFileSync(join(path, '.gitignore'), '*\n');
  } catch (error) {
    return fail('missing', `no folder for the trace can be made: ${whyNotMade(path, error)}`, {
      where: { file: path },
      hint: 'choose another place with -o FILE',
    });
  }
  return ok(undefined);
}

/** Node says ENOENT where a folder on the way can't be made: the nearest one that is there tells why. */
function whyNotMade(path: string, error: unknown): string {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `${there} takes no new folders` : message;
  } catch (refused) {
    const { code } = refused as NodeJS.ErrnoException;
    return code === 'EROFS' ? `${there} is read-only` : `${there} is not yours to write to`;
  }
}

interface Seen {
  readonly summary: TraceSummary;
  readonly bytes: number;
  readonly writeTrouble: string | undefined;
}

async function consume(
  chunks: AsyncIterable<Buffer>,
  files: TraceFiles,
  wishes: RecordWishes,
  cutter: Cutter,
  ending: AbortController,
): Promise<Seen> {
  // Only now: the command runs meanwhile.
  const { TraceReader } = await import('../../core/strace/fast/reader.ts');
  const reader = new TraceReader({
    file: basename(wishes.output),
    ...(wishes.relevant ? { relevant: wishes.relevant } : {}),
  });
  let bytes = 0;
  let [lines, refused, written] = [0, 0, 0];
  const take = async (parts: readonly Buffer[]): Promise<void> => {
    for (const part of parts) {
      if (part.length === 0) continue;
      bytes += part.length;
      reader.push(part);
      if (wishes.onProgress) {
        lines += count(part, '\n');
        refused += count(part, '= -1 EPERM') + count(part, '= -1 ENOSYS');
        written += count(part, ' write(1, ') + count(part, ' write(2, ');
      }
      // The command has started: an older recording has had its time.
      if (wishes.engine.setupExecs === undefined || cutter.leader !== undefined) await files.settle();
      await files.writer.write(part);
    }
    wishes.onProgress?.({ lines, refused, written });
    if (cutter.leaderEnd !== undefined) ending.abort();
  };
  for await (const chunk of chunks) await take(cutter.push(chunk));
  await take(cutter.end());
  return {
    summary: reader.end(),
    bytes,
    writeTrouble: (await files.writer.close()) ?? files.trouble,
  };
}

function count(bytes: Buffer, text: string): number {
  let found = 0;
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) found++;
  return found;
}

function troubleOf(result: JobResult, seen: Seen, mode: Manifest['mode']): string | undefined {
  if (seen.writeTrouble !== undefined) return seen.writeTrouble;
  if (result.received && result.received.length > 0) return `interrupted by ${result.received[0]}`;
  if (result.trouble !== undefined) return result.trouble;
  // A fast recording does not see every end of a process, so the reader can't tell.
  if (mode === 'full' && !seen.summary.complete && !result.notes?.includes(LEFT_BEHIND))
    return 'the trace is cut';
  return undefined;
}

/** Recordings that nobody named: apart from `traces/` itself, which holds the fixtures that `check` judges. */
const LOCAL = 'traces/local';

/** A name for a new recording, relative to the working directory: the program and the moment. Others may have the same. */
export function defaultOutput(command: readonly string[], now: Date): string {
  const program = basename(command[0] ?? 'trace').replace(/[^\w.-]/g, '_');
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${LOCAL}/${program}-${stamp}.strace.gz`;
}

const LEAVE_AWAY = 'leave -o away: traces/local/ keeps itself out of version control';

/**
 * A usable `-o`: anything that ends in .strace or .strace.gz is taken as it is, the ending is added otherwise. Behind a
 * final slash `otherwise` names the file.
 */
export function outputPath(wish: string, otherwise: string): Result<string> {
  if (wish.endsWith('/')) return ok(join(wish, basename(otherwise)));
  if (wish === '-' || wish === '/dev/stdout') {
    return fail('usage', 'a recording goes to a file, not to standard output', { hint: LEAVE_AWAY });
  }
  if (/^\/(?:dev\/(?:fd\/\d+|std\w+|null|zero|full|u?random|tty\w*)|proc\/\w+\/fd\/\d+)$/.test(wish)) {
    return fail('usage', `a recording goes to a file, with its manifest beside it, not to ${wish}`, {
      hint: LEAVE_AWAY,
    });
  }
  if (isFolder(wish)) {
    return fail('usage', `${wish} is a directory`, { hint: `write ${wish}/ to have the file named for you` });
  }
  if (/\.strace(\.gz)?$/.test(wish)) return ok(wish);
  return ok(wish.endsWith('.gz') ? wish.replace(/\.gz$/, '.strace.gz') : `${wish}.strace.gz`);
}

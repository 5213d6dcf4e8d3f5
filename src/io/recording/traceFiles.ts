import { lstatSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Manifest } from '../../core/documents/manifest.ts';
import { manifestPath, olderManifestPath } from '../../core/documents/manifestPath.ts';
import { type Failure, fail, ok, type Result } from '../../core/failure.ts';
import { besideName, createNew, sweepBeside, syncDirectory } from '../files/beside.ts';
import { outputPlace } from '../files/output.ts';
import { readText } from '../files/textFile.ts';
import { openTraceWriter, type TraceWriter } from './traceWriter.ts';

/**
 * Where the name is taken: `refuse` what is not ours, and replace an older recording; `next` adds a number, since the
 * name is of no matter; `force` replaces whatever is there.
 */
export type Taken = 'refuse' | 'next' | 'force';

/**
 * A trace and its manifest on their way to the disk. New names are created exclusively; an older pair is replaced only once
 * the command has really started, each file in one step.
 */
export class TraceFiles {
  readonly path: string;
  readonly writer: TraceWriter;
  readonly #manifest: string;
  /** Where both are written to until `settle`; undefined where they have their places already. */
  #beside: { readonly trace: string; readonly manifest: string } | undefined;

  #trouble: string | undefined;

  private constructor(
    path: string,
    writer: TraceWriter,
    beside: { trace: string; manifest: string } | undefined,
  ) {
    this.path = path;
    this.writer = writer;
    this.#manifest = manifestPath(path);
    this.#beside = beside;
  }

  /** Creates both. The manifest says `complete: false` from the start on, whatever happens to us. */
  static async open(
    { output, taken = 'refuse' }: { readonly output: string; readonly taken?: Taken },
    begun: (trace: string) => Manifest,
  ): Promise<Result<TraceFiles>> {
    await sweepBeside(dirname(output));
    for (let count = 1; ; count++) {
      const path = count === 1 ? output : output.replace(/(?=\.strace(?:\.gz)?$)/, `-${count}`);
      const created = await create(path, begun(basename(path)));
      if (created !== 'taken') {
        return created.ok ? ok(new TraceFiles(path, created.value, undefined)) : created;
      }
      if (taken === 'next') continue;
      const refused = await whyNotReplaced(path, taken === 'force');
      if (refused) return refused;
      const beside = { trace: besideName(path), manifest: besideName(manifestPath(path)) };
      const writer = await openPair(beside, path, begun(basename(path)));
      return writer.ok ? ok(new TraceFiles(path, writer.value, beside)) : writer;
    }
  }

  /** Puts both in place of the older pair; without one there is nothing to do. */
  async settle(): Promise<void> {
    const beside = this.#beside;
    if (!beside || this.#trouble !== undefined) return;
    try {
      await rename(beside.manifest, this.#manifest);
      await rename(beside.trace, this.path);
      this.#beside = undefined;
    } catch (error) {
      // Such as another user's file in a directory like /tmp.
      this.#trouble = `the older recording can't be replaced: ${(error as Error).message}`;
    }
  }

  /** Why the trace has not come to its place. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The last word about a recording, in place of the first. */
  async finish(manifest: Manifest): Promise<void> {
    const next = besideName(this.#manifest);
    await this.settle();
    if (this.#trouble !== undefined) return this.discard();
    try {
      await writeManifest(next, manifest);
      await rename(next, this.#manifest);
      await syncDirectory(dirname(this.path));
    } catch {
      // The disk is full: the one written at the start stays, and says that the recording is not complete.
      await rm(next, { force: true });
    }
  }

  /** Removes what was created; an older pair that is still in its place stays. */
  async discard(): Promise<void> {
    const { trace, manifest } = this.#beside ?? { trace: this.path, manifest: this.#manifest };
    await rm(trace, { force: true });
    await rm(manifest, { force: true });
  }
}

/** Both under new names, the manifest first; `taken` where one of them is there. */
async function create(path: string, manifest: Manifest): Promise<Result<TraceWriter> | 'taken'> {
  const beside = manifestPath(path);
  if (isThere(path) || isThere(beside)) return 'taken';
  const writer = await openPair({ trace: path, manifest: beside }, path, manifest);
  // Between the look and the creation somebody else came.
  return !writer.ok && writer.failure === TAKEN ? 'taken' : writer;
}

const TAKEN: Failure = { kind: 'usage', what: 'it is being written by another run' };

async function openPair(
  { trace, manifest }: { readonly trace: string; readonly manifest: string },
  shown: string,
  content: Manifest,
): Promise<Result<TraceWriter>> {
  try {
    await writeManifest(manifest, content);
  } catch (error) {
    return unwritten(shown, error);
  }
  try {
    return ok(openTraceWriter(await createNew(trace, 0o600), shown.endsWith('.gz')));
  } catch (error) {
    await rm(manifest, { force: true });
    return unwritten(shown, error);
  }
}

function unwritten(path: string, error: unknown): Result<never> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return { ok: false, failure: TAKEN };
  const why =
    code === 'ENOSPC'
      ? 'the disk is full'
      : code === 'EFBIG'
        ? 'the file size limit (ulimit -f) is reached'
        : message;
  return fail('missing', `the trace can't be written: ${why}`, {
    where: { file: path },
    hint: 'choose another place with -o FILE',
  });
}

/** To a name that nobody had, and on the disk. Throws what the file system says. */
async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  const file = await createNew(path, 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** A failure where a recording to `path` would cost something that is not ours. */
async function whyNotReplaced(path: string, force: boolean): Promise<Result<never> | undefined> {
  const recorded = force || (await isRecording(path));
  for (const [file, ours] of [
    [path, recorded],
    [manifestPath(path), force],
  ] as const) {
    const place = await outputPlace(file, ours);
    if (!place.ok) return place;
    if (place.value === 'stream') {
      return fail('usage', 'a recording goes to a file, with its manifest beside it', { where: { file } });
    }
  }
  return undefined;
}

/** Whether the manifest beside it says that this is a recording of ours. A link is not asked. */
async function isRecording(trace: string): Promise<boolean> {
  if (lstatSync(trace, { throwIfNoEntry: false })?.isFile() !== true) return false;
  for (const path of [manifestPath(trace), olderManifestPath(trace)]) {
    const text = await readText(path);
    if (!text.ok) continue;
    try {
      const { schema, trace: name } = JSON.parse(text.value) as Partial<Manifest>;
      if (schema === 'trace-build/manifest@1' && name === basename(trace)) return true;
    } catch {
      // Something else of that name.
    }
  }
  return false;
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

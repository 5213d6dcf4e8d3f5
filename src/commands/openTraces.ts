import type { Manifest } from '../core/documents/manifest.ts';
import { type Failure, fail, ok, type Result } from '../core/failure.ts';
import type { Abi } from '../core/linux/abi.ts';
import { parseArch } from '../core/linux/arch.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import { kindOf } from '../io/files/files.ts';
import { readManifest } from '../io/traces/manifestFile.ts';
import { readTrace } from '../io/traces/traceFile.ts';

export interface OpenedTraces {
  readonly traces: readonly TraceSummary[];
  /** By the file of its trace. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Files that are known to be recorded without a filter. */
  readonly unfiltered: ReadonlySet<string>;
  /** Files of a folder that are no traces, with the reason. */
  readonly skipped?: readonly Failure[];
}

/** Files of `strace -ff`: NAME.PID, a process each. */
const PER_PROCESS = /\.\d+(?:\.gz|\.zst)?$/;

export interface Expanded {
  readonly files: readonly string[];
  /** A folder was named: a look by ripgrep first is worth it. */
  readonly folders: boolean;
}

/** A folder of the files of one `strace -ff` is one trace; any other folder is all the traces in it. */
export async function expandFolders(paths: readonly string[]): Promise<Result<Expanded>> {
  const files: string[] = [];
  let folders = false;
  for (const path of paths) {
    if (path === '-' || (await kindOf(path)) !== 'folder') {
      files.push(path);
      continue;
    }
    const { traceFiles } = await import('../io/traces/search.ts');
    const inside = await traceFiles(path);
    if (!inside.ok) return inside;
    if (inside.value.every((file) => PER_PROCESS.test(file))) files.push(path);
    else {
      folders = true;
      files.push(...inside.value.filter((file) => !PER_PROCESS.test(file)));
    }
  }
  return ok({ files, folders });
}

export interface TraceWishes {
  /** Architecture of the traced machine, where no manifest tells it. */
  readonly arch?: Abi;
  /** Architecture of the hosts in question, for traces that leave it open. */
  readonly assume?: Abi;
  /** Arguments that a profile of one's own tests, by syscall. */
  readonly relevant?: Readonly<Record<string, readonly number[]>>;
  /** The files were found in folders: those that are no traces are left out. */
  readonly found?: boolean;
}

/** An architecture by any usual name. */
export function archOption(text: string | undefined): Result<Abi | undefined> {
  if (text === undefined) return ok(undefined);
  const arch = parseArch(text);
  return arch
    ? ok(arch)
    : fail('usage', `'${text}' is not an architecture`, { hint: 'write for example: --arch aarch64' });
}

/** Reads traces one after the other (each uses the cores by itself), with their manifests. */
export async function openTraces(
  paths: readonly string[],
  wishes: TraceWishes = {},
): Promise<Result<OpenedTraces>> {
  const traces: TraceSummary[] = [];
  const manifests = new Map<string, Manifest>();
  const unfiltered = new Set<string>();
  const skipped: Failure[] = [];
  for (const path of paths) {
    const manifest = path === '-' ? undefined : await readManifest(path);
    const arch = wishes.arch ?? (manifest ? parseArch(manifest.arch) : undefined);
    const trace = await readTrace(path, {
      ...(arch ? { arch } : {}),
      ...(wishes.assume ? { assume: wishes.assume } : {}),
      ...(wishes.relevant ? { relevant: wishes.relevant } : {}),
    });
    const read = trace.ok ? whetherTrace(trace.value) : trace;
    if (!read.ok) {
      if (!wishes.found) return read;
      skipped.push(read.failure);
      continue;
    }
    const { value } = read;
    traces.push(value);
    if (!manifest) continue;
    manifests.set(value.file, manifest);
    if (manifest.host === 'unconfined' || manifest.host?.startsWith('unconfined,')) {
      unfiltered.add(value.file);
    }
  }
  if (traces.length === 0 && skipped[0]) return { ok: false, failure: skipped[0] };
  return ok({ traces, manifests, unfiltered, skipped });
}

/** A file without a single syscall is not what was meant: saying that nothing is refused in it would mislead. */
function whetherTrace(trace: TraceSummary): Result<TraceSummary> {
  if (trace.events > 0) return ok(trace);
  const what = trace.lines === 0 ? 'the trace is empty' : 'this is not a trace: no line of it is a syscall';
  return fail('input', what, {
    where: { file: trace.file },
    hint: 'record one with: strace -f -o FILE CMD',
  });
}

/** A fast recording holds only what the hosts it was made for may deny: said for every other host. */
export function fastModeNotes(opened: OpenedTraces, hosts: readonly string[]): readonly string[] {
  const notes: string[] = [];
  for (const [file, { mode, answers }] of opened.manifests) {
    if (mode !== 'fast' || !answers) continue;
    const beyond = hosts.filter((host) => !answers.includes(host));
    if (beyond.length === 0) continue;
    notes.push(
      `${file} was recorded in fast mode to be checked against ${answers.join(', ')}; calls that only other hosts refuse may be missing in it`,
    );
  }
  return notes;
}

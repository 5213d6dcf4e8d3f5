import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Expected, parseExpected, renderExpected } from '../../core/diagnosis/check/expected.ts';
import { manifestPath } from '../../core/documents/manifestPath.ts';
import { type Failure, fail, ok, type Result } from '../../core/failure.ts';
import { readBounded } from '../files/bounded.ts';
import { kindOf } from '../files/files.ts';
import { writeOutput } from '../files/output.ts';
import { otherPacking } from '../files/textFile.ts';
import { openTraceBytes } from './traceFile.ts';

/** Where a fixture's files are: NAME.strace.gz, NAME.strace.json, NAME.expected.json in one folder. */
export interface FixtureFiles {
  readonly name: string;
  readonly trace: string;
  readonly manifest: string;
  readonly expected: string;
}

const TRACE = /\.strace(?:\.gz|\.zst)?$/;
const EXPECTED = /\.expected\.json$/;

/** The files that belong to a trace. */
export function fixtureOf(trace: string): FixtureFiles {
  const manifest = manifestPath(trace);
  const stem = manifest.replace(/\.strace\.json$/, '');
  return { name: basename(stem), trace, manifest, expected: `${stem}.expected.json` };
}

export interface FoundFixtures {
  readonly fixtures: readonly FixtureFiles[];
  /** Those whose trace is gone, so that nobody takes its absence for good news. */
  readonly broken: readonly { readonly name: string; readonly failure: Failure }[];
}

/** The trace that a word means: a file, or the name that `--record` gave a fixture of the folder. */
async function traceOf(word: string, folder: string): Promise<string | undefined> {
  const stems = word.includes('/') ? [word] : [word, join(folder, word)];
  const ends = ['', '.strace.gz', '.strace.zst', '.strace'];
  const named = stems.flatMap((stem) => ends.map((end) => stem + end));
  for (const path of named) if ((await kindOf(path)) === 'file') return path;
  return undefined;
}

/**
 * The fixtures among files, names of fixtures in `folder`, and folders; a folder gives every `*.strace[.gz|.zst]` in it,
 * sorted.
 */
export async function findFixtures(paths: readonly string[], folder: string): Promise<Result<FoundFixtures>> {
  const found: FixtureFiles[] = [];
  const broken: { name: string; failure: Failure }[] = [];
  for (const path of paths) {
    const trace = await traceOf(path, folder);
    const names = (await kindOf(path)) === 'folder' ? (await readdir(path)).sort() : undefined;
    // The fixture `build` goes before a folder `build` without fixtures.
    const isFolder = names?.some((name) => TRACE.test(name) || EXPECTED.test(name));
    if (trace !== undefined && !isFolder) found.push(fixtureOf(trace));
    else if (names) {
      const here = names.filter((name) => TRACE.test(name)).map((name) => fixtureOf(join(path, name)));
      const held = new Set(here.map(({ expected }) => basename(expected)));
      for (const left of names.filter((name) => EXPECTED.test(name) && !held.has(name))) {
        const name = left.replace(EXPECTED, '');
        const failure: Failure = {
          kind: 'input',
          what: 'the trace that this belongs to is missing',
          where: { file: join(path, left) },
          hint: `restore ${join(path, `${name}.strace.gz`)}, or remove this file, too`,
        };
        broken.push({ name, failure });
      }
      found.push(...here);
    } else {
      return fail('input', 'there is no such file or folder, and no fixture of that name', {
        where: { file: path },
      });
    }
  }
  return ok({ fixtures: found, broken });
}

/** The text of a file; undefined when there is none. */
async function textOf(path: string): Promise<Result<string | undefined>> {
  try {
    return ok((await readBounded(path)).toString('utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return ok(undefined);
    return fail('input', message, { where: { file: path } });
  }
}

/** What is expected of a fixture; undefined when nothing is written down yet. */
export async function readExpected(path: string): Promise<Result<Expected | undefined>> {
  const text = await textOf(path);
  if (!text.ok) return text;
  return text.value === undefined ? ok(undefined) : parseExpected(text.value, path);
}

/** Writes the expected verdicts; a file that says the same already is left alone. */
export async function writeExpected(path: string, expected: Expected): Promise<Result<void>> {
  const before = await textOf(path);
  const text = renderExpected(expected);
  if (before.ok && before.value === text) return ok(undefined);
  return writeOutput(path, text, { force: true });
}

/** The whole text of a trace, decompressed; for fixtures, which are small. */
export async function readTraceText(path: string): Promise<Result<string>> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of openTraceBytes(path)) parts.push(part);
  } catch (error) {
    return fail('input', (error as Error).message, { where: { file: path } });
  }
  // Traces may hold any byte; latin1 keeps each as it is.
  return ok(Buffer.concat(parts).toString('latin1'));
}

/** Compressed without a time stamp or name (zlib writes neither), so that the same text gives the same bytes. */
export async function writeTrace(path: string, text: string): Promise<Result<void>> {
  const other = otherPacking(path);
  if (other) return other;
  return writeOutput(path, path.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text, { force: true });
}

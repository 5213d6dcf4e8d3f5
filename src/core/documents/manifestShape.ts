// What the schema of manifest.ts says, without zod: most recorded traces have a manifest, and loading zod takes longer
// than reading such a trace. A test holds both to the same answers.
import type { Manifest } from './manifest.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const number: Check = (value) => Number.isFinite(value);
const flag: Check = (value) => typeof value === 'boolean';
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

function shape(fields: Readonly<Record<string, Check>>): Check {
  return (value) => isRecord(value) && Object.keys(fields).every((name) => fields[name]!(value[name]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ENGINE = { name: text, version: text };
const STRACE = { version: text, options: texts };
const EXIT = { status: orAbsent(number), signal: orAbsent(text), timedOut: orAbsent(flag) };

const FIELDS: Readonly<Record<keyof Manifest, Check>> = {
  schema: (value) => value === 'trace-build/manifest@1',
  trace: text,
  command: (value) => texts(value) && (value as readonly unknown[]).length > 0,
  cwd: text,
  engine: shape(ENGINE),
  host: orAbsent(text),
  notes: texts,
  method: orAbsent((value) => value === 'strace' || value === 'notification'),
  strace: orAbsent(shape(STRACE)),
  kernel: text,
  arch: text,
  mode: (value) => value === 'full' || value === 'fast',
  answers: orAbsent(texts),
  started: orAbsent(text),
  ended: orAbsent(text),
  seconds: orAbsent(number),
  exit: orAbsent(shape(EXIT)),
  complete: flag,
  trouble: orAbsent(text),
  bytes: orAbsent(number),
};

const isManifest = shape(FIELDS);

/** The manifest in a parsed JSON document, without fields that no manifest has; undefined when it is none. */
export function manifestIn(json: unknown): Manifest | undefined {
  if (!isManifest(json)) return undefined;
  const found = only(json, FIELDS) as unknown as Manifest;
  return {
    ...found,
    engine: only(found.engine, ENGINE) as Manifest['engine'],
    ...(found.strace === undefined ? {} : { strace: only(found.strace, STRACE) as Manifest['strace'] }),
    ...(found.exit === undefined ? {} : { exit: only(found.exit, EXIT) as Manifest['exit'] }),
  };
}

/** The fields of a record that have a name in `names`, in the order of the names. */
function only(record: unknown, names: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const from = record as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(names)
      .filter((name) => Object.hasOwn(from, name))
      .map((name) => [name, from[name]]),
  );
}

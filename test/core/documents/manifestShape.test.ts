import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Manifest, parseManifest } from '../../../src/core/documents/manifest.ts';
import { manifestIn } from '../../../src/core/documents/manifestShape.ts';

const MANIFEST: Required<Manifest> = {
  schema: 'trace-build/manifest@1',
  trace: 'a.strace.gz',
  command: ['make', 'all'],
  cwd: '.',
  engine: { name: 'bubblewrap', version: '0.8.0' },
  host: 'unconfined',
  notes: ['a note'],
  method: 'notification',
  strace: { version: '6.1', options: ['-f'] },
  kernel: '6.1.0',
  arch: 'x86_64',
  mode: 'fast',
  answers: ['docker@20.10.5'],
  started: '2026-01-01T00:00:00.000Z',
  ended: '2026-01-01T00:00:01.000Z',
  seconds: 1,
  exit: { status: 0, signal: 'SIGTERM', timedOut: false },
  complete: false,
  trouble: 'the disk is full',
  bytes: 10,
};

/** The whole of the document, and of each record and list in it, by path. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function changed(path: readonly string[], change: (holder: Record<string, unknown>, key: string) => void) {
  const document = { whole: structuredClone(MANIFEST) as unknown };
  const way = ['whole', ...path];
  let holder = document as Record<string, unknown>;
  for (const key of way.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  change(holder, way.at(-1)!);
  return document.whole;
}

function expectSame(document: unknown) {
  const parsed = parseManifest(document, 'a.json');
  expect(manifestIn(document)).toEqual(parsed.ok ? parsed.value : undefined);
}

const OTHERS = [
  null,
  true,
  0,
  -1.5,
  Number.POSITIVE_INFINITY,
  '',
  'text',
  [],
  ['text'],
  [1],
  {},
  { more: 1 },
];

test.each(pathsOf(MANIFEST))('agrees with the schema whatever is at %s', (...path) => {
  expectSame(MANIFEST);
  for (const other of OTHERS)
    expectSame(changed(path, (holder, key) => Object.assign(holder, { [key]: other })));
  expectSame(changed(path, (holder, key) => !Array.isArray(holder) && Reflect.deleteProperty(holder, key)));
  expectSame(
    changed(path, (holder, key) => {
      const value = holder[key];
      if (typeof value === 'object' && !Array.isArray(value)) Object.assign(value!, { unknown: 1 });
    }),
  );
});

test('agrees with the schema about any JSON', () => {
  fc.assert(fc.property(fc.jsonValue(), expectSame));
});

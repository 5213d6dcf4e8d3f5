import { expect, test } from 'vitest';
import { type Manifest, parseManifest } from '../../src/core/documents/manifest.ts';
import { manifestPath } from '../../src/core/documents/manifestPath.ts';

const MANIFEST: Manifest = {
  schema: 'trace-build/manifest@1',
  trace: 'a.strace.gz',
  command: ['make'],
  cwd: '.',
  engine: { name: 'bubblewrap', version: '0.8.0' },
  notes: [],
  strace: { version: '6.1', options: ['-f'] },
  kernel: '6.1.0',
  arch: 'x86_64',
  mode: 'full',
  started: '2026-01-01T00:00:00.000Z',
  complete: false,
};

test('a manifest stands beside its trace', () => {
  expect(manifestPath('traces/a.strace.gz')).toBe('traces/a.strace.json');
  expect(manifestPath('b.strace')).toBe('b.strace.json');
  expect(manifestPath('c.strace.zst')).toBe('c.strace.json');
  expect(manifestPath('package.gz')).toBe('package.strace.json');
});

test('reads back what was written', () => {
  expect(parseManifest(JSON.parse(JSON.stringify(MANIFEST)), 'a.json')).toEqual({
    ok: true,
    value: MANIFEST,
  });
});

test('says which field is wrong, and where', () => {
  expect(parseManifest({ ...MANIFEST, command: [] }, 'a.json')).toMatchObject({
    ok: false,
    failure: { kind: 'input', where: { file: 'a.json' }, what: expect.stringContaining('command') },
  });
  expect(parseManifest('text', 'a.json').ok).toBe(false);
});

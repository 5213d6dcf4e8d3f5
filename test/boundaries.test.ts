import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Who may import whom (design §6). One linter can't say this, so a test does.

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type` leaves no trace at run time. */
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const found: Import[] = [];
  const statics = /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  for (const [, type, to] of text.matchAll(statics)) {
    found.push({ from: file, to: to!, typeOnly: type !== undefined });
  }
  for (const [, to] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ from: file, to: to!, typeOnly: false });
  }
  return found.map((one) =>
    one.to.startsWith('.') ? { ...one, to: normalize(join(dirname(one.from), one.to)) } : one,
  );
}

const imports = files.flatMap(importsOf);
const inside = imports.filter(({ to }) => files.includes(to));

const LAYERS = ['core', 'shell', 'faces'];
const layer = (file: string): number => LAYERS.indexOf(file.split('/')[0]!);

/** Ranks inside core: a part imports only from its own rank's part or lower ranks (design §6). */
const RANKS: readonly (readonly string[])[] = [
  ['failure'],
  ['syscalls'],
  ['trace', 'profile'],
  ['bpf'],
  ['hosts'],
  ['emulate', 'emulated', 'dockerProfile', 'manifest', 'manifestPath', 'shellWords'],
  ['judge', 'infer', 'minimize', 'predict', 'fast'],
  ['report'],
];
function part(file: string): { readonly name: string; readonly rank: number } {
  const name = file.split('/')[1]!.replace(/\.tsx?$/, '');
  const rank = RANKS.findIndex((names) => names.includes(name));
  // What is not named in the list stands beside the report: it may use all of core.
  return { name, rank: rank === -1 ? RANKS.length - 1 : rank };
}

test('every relative import names an existing file with its ending', () => {
  const lost = imports.filter(
    ({ from, to }) =>
      !to.startsWith('node:') &&
      to.includes('/') &&
      /^(\.|core|shell|faces)/.test(to) &&
      !files.includes(to) &&
      from !== '',
  );
  expect(lost).toEqual([]);
});

test('faces -> shell -> core, never back', () => {
  const wrong = inside.filter(({ from, to }) => layer(from) !== -1 && layer(to) > layer(from));
  expect(wrong).toEqual([]);
});

test('inside core: failure -> syscalls -> {trace | profile} -> bpf -> hosts -> {judge | infer | minimize} -> report', () => {
  const wrong = inside
    .filter(({ from, to }) => from.startsWith('core/') && to.startsWith('core/'))
    .filter(({ from, to, typeOnly }) => {
      const [a, b] = [part(from), part(to)];
      if (a.name === b.name) return false;
      // The shape of the report is shared by all who contribute to it: types only.
      if (b.name === 'report' && typeOnly) return false;
      return b.rank > a.rank;
    });
  expect(wrong).toEqual([]);
});

test('trace and profile meet only in types', () => {
  const wrong = inside.filter(
    ({ from, to, typeOnly }) =>
      !typeOnly &&
      ((from.startsWith('core/trace/') && to.startsWith('core/profile/')) ||
        (from.startsWith('core/profile/') && to.startsWith('core/trace/'))),
  );
  expect(wrong).toEqual([]);
});

test('no import cycles', () => {
  const next = new Map<string, string[]>(files.map((file) => [file, []]));
  for (const { from, to, typeOnly } of inside) if (!typeOnly) next.get(from)!.push(to);
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const to of next.get(file)!) visit(to, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('core is pure: it imports itself and zod, nothing else', () => {
  const wrong = imports.filter(
    ({ from, to }) => from.startsWith('core/') && !to.startsWith('core/') && to !== 'zod',
  );
  expect(wrong).toEqual([]);
});

const DOORS: Readonly<Record<string, RegExp>> = {
  execa: /^shell\/exec\.ts$/,
  // Through execa only.
  'node:child_process': /^$/,
  'node:worker_threads': /^shell\//,
  '@vscode/ripgrep': /^shell\/search\.ts$/,
  'node:fs': /^(shell\/|faces\/cli\/main\.ts$)/,
  'node:fs/promises': /^shell\//,
  'node:net': /^shell\//,
  'node:http': /^shell\//,
  'node:os': /^shell\//,
  'cli-table3': /^faces\//,
  commander: /^faces\/cli\//,
};

test('one door per effect', () => {
  const wrong = imports.filter(
    ({ from, to, typeOnly }) => !typeOnly && DOORS[to] !== undefined && !DOORS[to].test(from),
  );
  expect(wrong).toEqual([]);
});

test('reporters are pure', () => {
  const wrong = imports.filter(
    ({ from, to }) =>
      from.startsWith('faces/reporters/') && (to.startsWith('node:') || to.startsWith('shell/')),
  );
  expect(wrong).toEqual([]);
});

test('the page runs in a browser: core and pure faces only', () => {
  const wrong = imports.filter(
    ({ from, to }) =>
      from.startsWith('page/') &&
      (to.startsWith('node:') || to.startsWith('shell/') || (/^[a-z@]/.test(to) && !files.includes(to))),
  );
  expect(wrong).toEqual([]);
});

test('files stay small: a noun each', () => {
  const long = files
    .filter((file) => !file.endsWith('.gen.ts'))
    .map((file) => ({
      file: relative('.', file),
      lines: readFileSync(join(SRC, file), 'utf8').split('\n').length,
    }))
    .filter(({ lines }) => lines > 350);
  expect(long).toEqual([]);
});

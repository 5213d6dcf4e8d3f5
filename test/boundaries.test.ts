import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Who may import whom. One linter cannot say this, so a test does. CONTRIBUTING.md describes the rooms.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What still breaks a rule. The lists only shrink: an entry that no longer occurs fails the test too. */
const PENDING = JSON.parse(readFileSync(new URL('boundaries.pending.json', import.meta.url), 'utf8')) as {
  readonly rooms: readonly string[];
  readonly cycles: readonly string[];
};
const SRC = join(ROOT, 'src');

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

/** The rooms of `src`, and what each may import beside itself. `core/failure.ts` is free to all. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'core/linux': [],
  'core/strace': ['core/linux'],
  'core/seccomp': ['core/linux'],
  'core/hosts': ['core/linux', 'core/strace', 'core/seccomp'],
  'core/diagnosis': ['core/linux', 'core/documents', 'core/strace', 'core/seccomp', 'core/hosts'],
  'core/minimize': [
    'core/linux',
    'core/documents',
    'core/strace',
    'core/seccomp',
    'core/hosts',
    'core/diagnosis',
  ],
  'core/redaction': ['core/linux', 'core/strace'],
  'core/documents': [
    'core/linux',
    'core/strace',
    'core/seccomp',
    'core/hosts',
    'core/diagnosis',
    'core/minimize',
  ],
  io: ['core'],
  commands: ['core', 'io'],
  render: ['core/documents', 'core/linux'],
  web: ['core', 'commands', 'render'],
  cli: ['core', 'io', 'commands', 'render'],
  'index.ts': ['core', 'io', 'commands', 'render'],
};
const roomOf = (file: string): string =>
  Object.keys(ROOMS).find((room) => file === room || file.startsWith(`${room}/`)) ?? file;

test('every relative import names an existing file with its ending', () => {
  const lost = imports.filter(
    ({ to }) => /^(\.|core\/|io\/|commands\/|render\/|cli\/|web\/)/.test(to) && !files.includes(to),
  );
  expect(lost).toEqual([]);
});

test('each room imports only what is below it', () => {
  const wrong = inside
    .filter(({ from, to, typeOnly }) => {
      const [a, b] = [roomOf(from), roomOf(to)];
      if (a === b || to === 'core/failure.ts') return false;
      // The shape of a document is everybody's; its zod schema is for those that read documents.
      if (b === 'core/documents' && typeOnly) return false;
      return !(ROOMS[a] ?? []).some((room) => b === room || b.startsWith(`${room}/`));
    })
    .map(({ from, to, typeOnly }) => `${from} -> ${to}${typeOnly ? ' (type)' : ''}`);
  expect([...new Set(wrong)].sort()).toEqual(PENDING.rooms);
});

test('no import cycles, types included', () => {
  const next = new Map<string, string[]>(files.map((file) => [file, []]));
  for (const { from, to } of inside) next.get(from)!.push(to);
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
  expect([...new Set(cycles)].sort()).toEqual(PENDING.cycles);
});

/** Libraries without effects. */
const PURE = /^(?:zod$|@noble\/hashes\/)/;

test('core is pure: it imports itself and libraries without effects', () => {
  const wrong = imports.filter(
    ({ from, to }) => from.startsWith('core/') && !to.startsWith('core/') && !PURE.test(to),
  );
  expect(wrong).toEqual([]);
});

const DOORS: Readonly<Record<string, RegExp>> = {
  execa: /^io\/process\/exec\.ts$/,
  // Through execa only.
  'node:child_process': /^$/,
  'node:worker_threads': /^$/,
  '@vscode/ripgrep': /^io\/traces\/search\.ts$/,
  'node:fs': /^(io\/|cli\/main\.ts$)/,
  'node:fs/promises': /^io\//,
  'node:net': /^io\//,
  'node:http': /^io\//,
  'node:os': /^io\//,
  'cli-table3': /^render\//,
  commander: /^(cli|commands)\//,
};

test('one door per effect', () => {
  const wrong = imports.filter(
    ({ from, to, typeOnly }) => !typeOnly && DOORS[to] !== undefined && !DOORS[to].test(from),
  );
  expect(wrong).toEqual([]);
});

test('rendering is pure, and the page runs in a browser', () => {
  const wrong = imports.filter(
    ({ from, to }) => /^(render|web)\//.test(from) && (to.startsWith('node:') || to.startsWith('io/')),
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

test('every dependency is imported', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const unused = Object.keys(dependencies).filter(
    (name) => !imports.some(({ to }) => to === name || to.startsWith(`${name}/`)),
  );
  expect(unused).toEqual([]);
});

test('every file that a comment or a note names exists', () => {
  const lost = files
    .filter((file) => !file.endsWith('.gen.ts'))
    .flatMap((file) =>
      [
        ...readFileSync(join(SRC, file), 'utf8').matchAll(
          /(?<![\w./-])((?:src|test|docs|notes|facts|native|scripts|fixtures)\/[\w./-]*\w\.\w+)/g,
        ),
      ]
        .map(([, name]) => name!)
        .filter((name) => !existsSync(join(ROOT, name)))
        .map((name) => `${file}: ${name}`),
    );
  expect(lost).toEqual([]);
});

test('no comment names a document that is not in the repository', () => {
  const foreign = files.filter((file) => /\bdesign §|\bissue \d/.test(readFileSync(join(SRC, file), 'utf8')));
  expect(foreign.filter((file) => !file.endsWith('.gen.ts'))).toEqual([]);
});

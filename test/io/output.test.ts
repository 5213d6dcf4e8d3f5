import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { writeOutput } from '../../src/io/files/output.ts';
import { workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());
vi.stubEnv('XDG_CACHE_HOME', join(folder.path, 'cache'));

let place: string;
let at: (name: string) => string;
let round = 0;
beforeEach(() => {
  place = join(folder.path, `round${++round}`);
  mkdirSync(place);
  at = (name) => join(place, name);
});
const hidden = () => readdirSync(place).filter((name) => name.endsWith('.tmp'));

test('what was written before may be replaced, and what was changed since may not', async () => {
  expect(await writeOutput(at('a.txt'), 'first')).toEqual({ ok: true, value: undefined });
  expect(await writeOutput(at('a.txt'), 'second')).toEqual({ ok: true, value: undefined });
  writeFileSync(at('a.txt'), 'second, and a note');
  expect(await writeOutput(at('a.txt'), 'third')).toMatchObject({
    ok: false,
    failure: { kind: 'usage', where: { file: at('a.txt') }, hint: expect.stringContaining('--force') },
  });
  expect(readFileSync(at('a.txt'), 'utf8')).toBe('second, and a note');
  expect(await writeOutput(at('a.txt'), 'third', { force: true })).toMatchObject({ ok: true });
  expect(readFileSync(at('a.txt'), 'utf8')).toBe('third');
  expect(hidden()).toEqual([]);
});

test.each([
  ['package.json', '{"name": "mine", "schema": "trace-build/run@1"}'],
  ['report.json', '{"name": "trace-build"}'],
  ['trace.html', '<title>x - trace-build</title>'],
  ['suite.xml', '<?xml version="1.0"?><testsuites name="mine"/>'],
  ['written.strace', '1 execve("/bin/true", ["true"], 0x1 /* 1 var */) = 0\n'],
])('%s of the user is not ours', async (name, text) => {
  writeFileSync(at(name), text);
  expect(await writeOutput(at(name), 'new')).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  expect(readFileSync(at(name), 'utf8')).toBe(text);
});

test.each([
  '{\n  "schema": "trace-build/report@1",\n  "command": []}',
  '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "trace-build", "rules": []}}}]}',
  '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trace-build" tests="3">',
  '',
])('a document of ours from another machine, and an empty file, may be replaced: %j', async (text) => {
  writeFileSync(at('it'), text);
  expect(await writeOutput(at('it'), 'new')).toMatchObject({ ok: true });
  expect(readFileSync(at('it'), 'utf8')).toBe('new');
});

test('a link is not followed, whatever it leads to', async () => {
  writeFileSync(at('precious'), 'keep');
  symlinkSync('precious', at('link'));
  symlinkSync('nothing', at('loose'));
  for (const name of ['link', 'loose']) {
    expect(await writeOutput(at(name), 'new')).toMatchObject({
      ok: false,
      failure: { kind: 'usage', what: expect.stringContaining('link') },
    });
  }
  expect(readlinkSync(at('link'))).toBe('precious');
  // Even then the link goes, and what it led to stays.
  expect(await writeOutput(at('link'), 'new', { force: true })).toMatchObject({ ok: true });
  expect(lstatSync(at('link')).isFile()).toBe(true);
  expect(readFileSync(at('precious'), 'utf8')).toBe('keep');
  expect(readdirSync(place).sort()).toEqual(['link', 'loose', 'precious']);
});

test('a directory is one sentence', async () => {
  expect(await writeOutput(place, 'new', { force: true })).toEqual({
    ok: false,
    failure: { kind: 'usage', what: 'it is a directory: name a file', where: { file: place } },
  });
});

test('the mode is that of a new file, not of the one before', async () => {
  writeFileSync(at('open'), '');
  chmodSync(at('open'), 0o666);
  await writeOutput(at('open'), 'secret');
  expect(statSync(at('open')).mode & 0o777).toBe(0o600);
});

test('of writers at once under a free name exactly one has it', async () => {
  const done = await Promise.all(
    [...Array(8).keys()].map((number) => writeOutput(at('one'), `writer ${number}`)),
  );
  const winners = done.flatMap(({ ok }, number) => (ok ? [`writer ${number}`] : []));
  // A later one may replace what an earlier one has finished; nobody is told that he wrote and did not.
  expect(winners).toContain(readFileSync(at('one'), 'utf8'));
  expect(hidden()).toEqual([]);
});

test('what fails half-way leaves the old file and nothing beside it', async () => {
  await writeOutput(at('kept'), 'the old one');
  async function* torn(): AsyncGenerator<string> {
    yield 'half';
    throw new Error('no more');
  }
  expect(await writeOutput(at('kept'), torn())).toMatchObject({ ok: false });
  expect(readFileSync(at('kept'), 'utf8')).toBe('the old one');
  expect(hidden()).toEqual([]);
});

test.runIf(process.platform === 'linux')('what a killed writer left is removed by the next one', async () => {
  const script = `
    import { writeOutput } from ${JSON.stringify(new URL('../../dist/io/files/output.js', import.meta.url).href)};
    await writeOutput(${JSON.stringify(at('big'))}, (async function* () {
      yield 'half';
      process.kill(process.pid, 'SIGKILL');
    })());`;
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' });
  } catch {
    // By SIGKILL.
  }
  expect(hidden()).toHaveLength(1);
  await writeOutput(at('other'), 'x');
  expect(readdirSync(place)).toEqual(['other']);
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { Io } from '../../src/commands/ports.ts';
import { ascii, readsUnicode } from '../../src/render/ascii.ts';
import { wrap } from '../../src/render/text/wrap.ts';
import { cli } from '../rig/cli.ts';
import { workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());

/** What the command line says on standard error, and the exit status; nothing is run. */
async function said(...argv: readonly string[]): Promise<{ status: unknown; text: string; out: string }> {
  const printed: string[] = [];
  const told: string[] = [];
  const io: Io = {
    out: (result) => void printed.push(String(result)),
    print: (result) => void printed.push(result),
    err: (words) => void told.push(words),
    env: {},
    cwd: folder.path,
    columns: 80,
    outIsTerminal: false,
    errIsTerminal: false,
    colour: false,
  };
  const status = await runProgram(argv, io, () => '1.2.3');
  return { status, text: told.join(''), out: printed.join('') };
}

describe('a mistake on the command line is one sentence, exit status 2, and what to do', () => {
  it.each<[string, readonly string[], string]>([
    [
      'an option twice',
      ['--on', 'docker@1', '--on', 'docker@2', '--', 'true'],
      "--on is given twice, again as 'docker@2': give it once",
    ],
    [
      'by its short name',
      ['run', '-o', 'a', '--output', 'b', '--', 'true'],
      "--output is given twice, again as 'b': give it once",
    ],
    [
      'of a command below a command',
      ['profile', 'compile', '--arch', 'arm', '--arch', 'x86', 'a'],
      "--arch is given twice, again as 'x86': give it once",
    ],
    ['a mistyped option', ['--verson'], "unknown option '--verson'; did you mean --version?"],
    [
      'one of a command',
      ['replay', 'a', '--agianst', 'docker'],
      "unknown option '--agianst'; did you mean --against?",
    ],
    ['one that is like none', ['--xyzzy', '--', 'true'], "unknown option '--xyzzy'"],
    [
      'a program without --',
      ['make', 'all'],
      "unknown command 'make'\n  to trace a program of that name write: trace-build -- make all",
    ],
    [
      'a mistyped command',
      ['rpelay', 'x'],
      "unknown command 'rpelay'; did you mean 'replay'?\n  to trace a program of that name write: trace-build -- rpelay x",
    ],
    [
      'a syscall in capitals',
      ['explain', 'Clone3'],
      "'Clone3' is neither a syscall of the tables (Linux to ",
    ],
  ])('%s', async (_, argv, words) => {
    const { status, text, out } = await said(...argv);
    expect(text.startsWith(`trace-build: ${words}`), text).toBe(true);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect([status, out]).toEqual([2, '']);
  });

  it('names the syscall that was meant', async () => {
    expect((await said('explain', 'Clone3')).text).toMatch(/\n {2}did you mean clone3\?\n$/);
  });

  it('does not count the values of a list', async () => {
    const { text } = await said(
      'replay',
      'missing.strace',
      '--against',
      'docker@20.10.5',
      '--against',
      'docker@24.0.9',
    );
    expect(text).not.toContain('twice');
    const engine = await said('run', '--engine', 'host', '-e', 'A=1', '-e', 'B=2', '--', 'true');
    expect(engine.text).toContain('-e is for containers');
  });

  it.each(['replay', 'infer', 'report'])('%s of a directory without traces', async (command) => {
    mkdirSync(join(folder.path, 'none'), { recursive: true });
    const done = await cli([command, join(folder.path, 'none')]);
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(done.stderr).toMatch(
      /: no trace is in this directory \(.*\)\n {2}name the file itself, or record one with: strace -f -o FILE CMD\n$/,
    );
  });
});

describe('a terminal', () => {
  it('gets no lines and letters that its locale has not', async () => {
    expect(ascii('┌─┬─┐\n│≥│…│\n├─┼─┤ 20.10.0–20.10.9 ’')).toBe("+-+-+\n|>=|...|\n+-+-+ 20.10.0-20.10.9 '");
    // The user's own letters stay.
    expect(ascii('grün 文')).toBe('grün 文');
    const trace = join(import.meta.dirname, '../../traces/tar-sid.strace.gz');
    const args = ['replay', trace, '--against', 'docker@20.10.5', '--verbose'];
    const plain = await cli(args, { env: { LC_ALL: 'C' } });
    expect(plain.stdout).toMatch(/^\| Docker 20\.10\.5 +\|/m);
    expect(plain.stdout).not.toMatch(/[^\n -~]/);
    const json = await cli([...args, '--json'], { env: { LC_ALL: 'C' } });
    expect(JSON.parse(json.stdout).schema).toBe('trace-build/replay@1');
  });

  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ LANG: 'C.UTF-8' }, true],
    [{ LANG: 'de_DE.utf8', LC_ALL: '' }, true],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'POSIX' }, false],
    [{ LANG: 'en_US.ISO-8859-1' }, false],
  ])('of %j reads Unicode: %s', (env, reads) => expect(readsUnicode(env)).toBe(reads));

  it('is not overrun by wide letters', () => {
    expect(wrap('aaaa 文文文 bb', 10)).toBe('aaaa\n文文文 bb');
    expect(wrap('aaaa ééé bb', 12)).toBe('aaaa ééé bb');
  });
});

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { makeRedactor } from '../../../src/core/redaction/redact.ts';
import type { NameFinder } from '../../../src/core/redaction/redactNames.ts';

// Steps are counted, not seconds: rounds of every loop of the project's own code, which is built with a counter in each, plus
// the characters that built-in searches and regular expressions went over. Twice the input may take twice the steps.

interface Counted {
  readonly makeRedactor: typeof makeRedactor;
  readonly NameFinder: typeof NameFinder;
}
const counter = { steps: 0 };
let counted: Counted;
const restore: (() => void)[] = [];

/** Adds what a call of a built-in looked at to the count. */
function count<Host extends object>(
  host: Host,
  name: keyof Host & string,
  cost: (self: unknown, args: readonly unknown[], result: unknown) => number,
): void {
  const original = host[name] as unknown as (...args: unknown[]) => unknown;
  const counting = function (this: unknown, ...args: unknown[]): unknown {
    const last = this instanceof RegExp ? this.lastIndex : 0;
    const result = original.apply(this, args);
    counter.steps += Math.max(0, cost(this, [...args, last], result));
    return result;
  };
  Object.defineProperty(host, name, { value: counting, configurable: true, writable: true });
  restore.push(() =>
    Object.defineProperty(host, name, { value: original, configurable: true, writable: true }),
  );
}

beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../../src/core/redaction/', import.meta.url));
  const { outputFiles } = await build({
    stdin: {
      contents: "export { makeRedactor } from './redact.ts'; export { NameFinder } from './redactNames.ts';",
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'counted',
  });
  // esbuild writes every loop alike. Those over lists are counted by what they do with each item.
  const code = outputFiles[0]!.text
    .replaceAll(/\bfor \(([^;\n]*); ;/g, 'for ($1; true;')
    .replaceAll(/\bfor \(([^;\n]*); ([^;\n]+);/g, 'for ($1; ++counter.steps && ($2);')
    .replaceAll(/\bwhile \(/g, 'while (++counter.steps && ');
  expect(code.split('counter.steps').length).toBeGreaterThan(80);
  counted = new Function('counter', `${code}; return counted;`)(counter);
  const length = (self: unknown): number => String(self).length;
  count(String.prototype, 'indexOf', (self, [, from], result) => {
    const start = Number(from ?? 0);
    return (result === -1 ? length(self) : Number(result)) - start;
  });
  count(
    String.prototype,
    'lastIndexOf',
    (self, [, from], result) =>
      (from === undefined ? length(self) : Math.min(length(self), Number(from))) - Number(result),
  );
  for (const name of ['includes', 'replaceAll', 'toLowerCase', 'trim', 'trimEnd', 'split'] as const) {
    count(String.prototype, name, length);
  }
  count(RegExp.prototype, 'exec', (_, [text, last], result) => {
    const found = result as RegExpExecArray | null;
    const end = found ? found.index + found[0].length : String(text).length;
    return end - Math.min(Number(last), end);
  });
});
afterAll(() => {
  for (const undo of restore) undo();
});

function stepsOf(run: () => void): number {
  const before = counter.steps;
  run();
  return counter.steps - before;
}

// biome-ignore format: a list
const UNITS = [
  'a', 'A1b2', 'password', 'password=', 'password:', 'password: ', '=', ':', '://', 'a://', 'https://a:b/', 'https://u:p',
  '@', 'a@', 'a@b.c ', 'a.b', '.', '-', '-a', '_', '/', '/home/', '/home/a', 'home', '~', '~a/', ' ', 'a ', '\\"', '\\',
  '"', "'", '$(', '$( ', '`a ', '<<A\n', '<<A ', '<password>', '<a', '>', '{', '[{', '(', ')', '| ', 'echo a|', '&a=',
  '?key=', '1.', '1.2.3.4', '10.0.0.1 ', 'aa:', '::', 'aa:bb:cc:dd:ee:ff ', '-----BEGIN ', '-----BEGIN PRIVATE KEY-----',
  'ghp_', 'sk-', 'eyJ', 'login a password ', 'identified by ', "password '", '"name":"password"', 'user=', 'user=a', 'host=a',
  '-u ', '-u a:', 'Bearer A1', 'sh -c ', '# ', '\n', '\n#', 'é', 'sll_addr=[', 'sll_addr=[0x1, ', 'k=v;', 'User Id=',
  'jdbc:oracle:thin:a/', '/journal/', '/run/user/1', '/dev/disk/by-id/', 'webhook/', 'token/', '../', '--password ', '-p ',
  'zig/o/', 'sudo ', 'ssh a ', "='", '=\\"', 'Users\\', 'C:\\Users\\', 'x@y:', 'Process 1<', 'Process 1 attached ', '3<', '3<a>',
  '/* ', 'name=', 'a-b', 'a-b_', ', 1', ') = ', 'strace: ', '<unfinished ...>', '0x1, ',
];

const escaped = (text: string): string =>
  text.replace(/[\\"]/g, (unit) => `\\${unit}`).replaceAll('\n', '\\n');
const PLACES: Readonly<Record<string, (text: string) => string>> = {
  'a word': (text) => `1 execve("/bin/x", ["x", "${escaped(text)}"], 0x7 /* 1 vars */) = 0`,
  'a script': (text) => `1 execve("/bin/sh", ["sh", "-c", "${escaped(text)}"], 0x7 /* 1 vars */) = 0`,
  'a path': (text) => `1 openat(AT_FDCWD, "/srv/${escaped(text)}", O_RDONLY) = 3`,
  'a descriptor': (text) => `1 close(3</srv/${text.replaceAll('\n', ' ')}>) = 0`,
  'no call': (text) => text.replaceAll('\n', ' '),
  'a cut line': (text) => `1 openat(AT_FDCWD, "/srv/x", ${text.replaceAll('\n', ' ')}`,
  'a mount': (text) => `1 mount("${escaped(text)}", "/mnt", "cifs", 0, "${escaped(text)}") = 0`,
  'a structure': (text) => `1 ioctl(3, SIOCGIFADDR, {${text.replaceAll('\n', ' ')}}) = 0`,
};

const SIZE = 1_500;

test.each(Object.keys(PLACES))('steps grow with the length of %s, whatever is in it', (place) => {
  const wrong: string[] = [];
  for (const unit of UNITS) {
    const times = Math.ceil(SIZE / unit.length);
    const line = (often: number): string => PLACES[place]!(unit.repeat(often));
    const run = (text: string) => () => {
      const finder = new counted.NameFinder();
      finder.add(text);
      const redactor = counted.makeRedactor({
        paths: 'hash',
        salt: 'x',
        users: ['a-b', 'password'],
        hosts: ['a.b'],
        homes: ['/home/a'],
      });
      redactor.line(text);
      redactor.text(text);
      redactor.command(text);
    };
    const once = stepsOf(run(line(times)));
    const twice = stepsOf(run(line(2 * times)));
    if (twice > 2.4 * once + 2_000) wrong.push(`${JSON.stringify(unit)}: ${once}, then ${twice}`);
  }
  expect(wrong).toEqual([]);
});

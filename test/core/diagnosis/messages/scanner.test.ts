import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/core/diagnosis/messages/expression.ts';
import { MessageScanner, type Rule } from '../../../../src/core/diagnosis/messages/scanner.ts';
import { messageTable } from '../../../../src/core/diagnosis/messages/table.ts';
import corpus from './corpus.json' with { type: 'json' };

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const TRANSLATIONS = [{ text: '不允许的操作', english: 'Operation not permitted' }];

/** Finds of a few expressions in chunks of text: `expression number@line text`. */
function scan(
  matches: readonly string[],
  chunks: readonly Uint8Array[],
): { found: string[]; lines: number; bytes: number } {
  const found: string[] = [];
  const rules = matches.map(
    (match, index): Rule => ({
      expression: compileExpression(match),
      found: (hit, line) => found.push(`${index}@${line.number} ${hit[0]}`),
    }),
  );
  const scanner = new MessageScanner(rules, TRANSLATIONS);
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return { found, ...scanner.read };
}

describe('lines', () => {
  test.each([
    ['one line without an end', 'xx needle yy', ['0@1 needle yy'], 1],
    ['several', 'a\nneedle b\nc\nneedle d\n', ['0@2 needle b', '0@4 needle d'], 4],
    ['carriage returns of progress bars', 'a\rneedle b\rc\nneedle d', ['0@1 needle b', '0@2 needle d'], 2],
    ['CRLF', 'a\r\nneedle b\r\n', ['0@2 needle b'], 2],
    ['another case', 'NEEDLE x', ['0@1 NEEDLE x'], 1],
    ['colours', '\u001b[31mneedle\u001b[0m x', ['0@1 needle x'], 1],
    ["Docker's json-file", '{"log":"needle \\"x\\"\\n","stream":"stderr"}', ['0@1 needle "x"'], 1],
    ['nothing', '', [], 0],
  ])('%s', (_, text, found, lines) => {
    expect(scan(['needle.*'], [encode(text)])).toEqual({ found, lines, bytes: encode(text).length });
  });

  test('a message in another language is found by the English one', () => {
    expect(scan(['open: {EPERM}'], [encode('open: 不允许的操作')]).found).toEqual([
      '0@1 open: Operation not permitted',
    ]);
  });

  test('all literals of an expression have to be on the line', () => {
    expect(scan(['alpha.*omega'], [encode('alpha\nomega\nalpha omega\n')]).found).toEqual([
      '0@3 alpha omega',
    ]);
  });

  test('wherever the input is cut, the same is found', () => {
    const text = 'first\nxx needle ü one\n\rneedle two\r\n{"log":"needle three\\n"}\nlast needle four';
    const bytes = encode(text);
    const whole = scan(['needle \\S+', 'first'], [bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const at = [0, ...cuts, bytes.length].sort((a, b) => a - b);
        const chunks = at.slice(1).map((to, i) => bytes.subarray(at[i], to));
        expect(scan(['needle \\S+', 'first'], chunks)).toEqual(whole);
      }),
    );
  });

  test('a line without an end is read in pieces, and what lies on a cut is found', () => {
    for (const before of [0, 16_370, 16_383, 16_384, 31_000, 50_000]) {
      const text = `${'x'.repeat(before)} needle here ${'y'.repeat(40_000)}`;
      const { found, lines } = scan(
        ['needle here'],
        [encode(text.slice(0, 20_000)), encode(text.slice(20_000))],
      );
      expect([before, new Set(found), lines]).toEqual([before, new Set(['0@1 needle here']), 1]);
    }
  });

  test('memory does not grow with the input', () => {
    const scanner = new MessageScanner(
      [{ expression: compileExpression('needle'), found: () => {} }],
      TRANSLATIONS,
    );
    const chunk = encode('x'.repeat(1 << 20));
    for (let i = 0; i < 64; i++) scanner.push(chunk);
    scanner.end();
    expect(scanner.read).toEqual({ lines: 1, bytes: 64 << 20 });
  });
});

test('the search for literals loses no match of the corpus', () => {
  const { patterns, causes, translations } = messageTable();
  const texts = [...corpus.refused, ...corpus.other].flatMap(({ text }) => text.split('\n'));
  const all = [...patterns, ...causes];
  const found = new Set<string>();
  const scanner = new MessageScanner(
    all.map(({ id, expression }) => ({ expression, found: (_, line) => found.add(`${id} ${line.number}`) })),
    translations,
  );
  scanner.push(encode(texts.join('\n')));
  scanner.end();
  const expected = texts.flatMap((text, i) =>
    all.filter(({ expression }) => expression.regexp.test(text.trimEnd())).map(({ id }) => `${id} ${i + 1}`),
  );
  expect([...found].sort()).toEqual(expected.sort());
  expect(expected.length).toBeGreaterThan(100);
});

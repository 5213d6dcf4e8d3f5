import { checkSync } from 'recheck';
import { describe, expect, test } from 'vitest';
import { contextRules } from '../../../../src/core/diagnosis/messages/context.ts';
import { compileExpression } from '../../../../src/core/diagnosis/messages/expression.ts';
import { namedCallRules } from '../../../../src/core/diagnosis/messages/names.ts';
import { recordRules } from '../../../../src/core/diagnosis/messages/records.ts';
import { messageTable } from '../../../../src/core/diagnosis/messages/table.ts';

const table = messageTable();
const expressions = [
  ...table.patterns.map(({ expression }) => expression),
  ...table.causes.map(({ expression }) => expression),
  ...recordRules(() => {}).map(({ expression }) => expression),
  ...contextRules(table).rules.map(({ expression }) => expression),
  ...namedCallRules(
    table.functions,
    () => {},
    () => {},
  ).map(({ expression }) => expression),
];

describe('literals that a match must hold', () => {
  test.each([
    ['abc', [['abc']]],
    ['ABC', [['abc']]],
    ['abcd?xyz', [['abc'], ['xyz']]],
    ['foo(?:bar|bazz)qux', [['foo'], ['bar', 'bazz'], ['qux']]],
    ['foo(?:bar|b[xyz]r)', [['foo']]],
    ['one\\.two\\d+', [['one.two']]],
    ['(?:alpha|beta) gamma', [['alpha', 'beta'], [' gamma']]],
    ['word(?!next)', [['word']]],
    ['first|second', [['first', 'second']]],
    ['\\bcat\\b: dog', [['cat: dog']]],
  ] as const)('%s', (match, clauses) => {
    expect(compileExpression(match).clauses).toEqual(clauses);
  });

  test('an error stands for its spellings', () => {
    const { regexp, clauses } = compileExpression('open: {EPERM}');
    for (const text of [
      'Operation not permitted',
      'EPERM',
      '[Errno 1] x',
      '(os error 1)',
      'errno: 1 ',
      'errno=1',
    ])
      expect(regexp.test(`open: ${text.replace(/^\(/, '')}`), text).toBe(true);
    expect(regexp.test('open: errno 11')).toBe(false);
    expect(regexp.test('open: os error 13')).toBe(false);
    expect(clauses[0]).toEqual(['open: ']);
  });
});

describe('what could make matching slow is not accepted', () => {
  test.each([
    ['abcd(?:x+)+', /repetition within/],
    ['abcd(?:\\w{1,9} ){1,4}', /repetition within/],
    ['abcd.{0,401}', /more than 400/],
    ['(?<=abcd)efgh', /\(\?</],
    ['abcd(efgh', /parenthesis/],
    ['abcd)efgh', /parenthesis/],
    ['\\d+', /no literal/],
  ])('%s', (match, says) => {
    expect(() => compileExpression(match)).toThrow(says);
  });

  test('open repetitions get a bound', () => {
    expect(compileExpression('abcd.*e').regexp.source).toBe('abcd.{0,160}e');
    expect(compileExpression('abcd[+*]\\*e').regexp.source).toBe('abcd[+*]\\*e');
  });

  test('an analyser finds every expression safe', () => {
    expect(expressions.length).toBeGreaterThan(280);
    for (const { regexp } of expressions) {
      const found = checkSync(regexp.source, 'i', { checker: 'automaton', timeout: 20_000 });
      expect([regexp.source, found.status]).toEqual([regexp.source, 'safe']);
    }
  });
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Classifier, FIELDS, PlainClassifier } from '../../../src/core/strace/fast/classify.ts';
import { SCANNER } from '../../../src/core/strace/fast/simd.gen.ts';
import { release, simdClassifier } from '../../../src/core/strace/fast/simd.ts';
import { ZIG_FOLDER } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';
import { dialect, made, render } from './dialect.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Pieces from which lines are made that are nearly right. */
const piece = fc.constantFrom(
  ...[
    '100 ',
    '[pid   12] ',
    '[pid 99999999] ',
    '12:34:56.789 ',
    '1699999999.123456 ',
    '5<sh> ',
    '[ 257] ',
    '[257] ',
    '  ',
  ],
  ...[
    'read(',
    'openat(',
    'x_1(',
    '_exit(',
    '<... ',
    '<... read resumed>',
    ' resumed>',
    '3</a>',
    '"x) = 5"',
    ', ',
    '\u00e9',
  ],
  ...[
    ')',
    ') ',
    ') = ',
    ')     = ',
    '= ',
    '-1 ',
    '0',
    '17',
    '0x7f12ab',
    '0x19',
    '0x119',
    '0x1119',
    '4294967296',
    '1073741824',
    '99999999999999999999',
  ],
  ...[
    '-1 ENOENT (No such file or directory)',
    '-1 EPERM (x)',
    '0 (Timeout)',
    '5 (INJECTED)',
    '5 (DELAYED)',
    ' <0.000012>',
    '?',
  ],
  ...[' <unfinished ...>', '<unfinished ...>', '\r', '.', '>', '<', '(', 'E', ' '],
);
const near = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
const line = fc.oneof(
  { weight: 4, arbitrary: near },
  fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', '')),
);

const NAMES = ['read', 'openat', 'x_1', '257] read', 'a_name_of_more_than_eight_and_of_more_than_sixteen'];

function records(classifier: Classifier, text: string): number[] {
  const whole = bytes(`before\n${text}`);
  for (const name of NAMES) classifier.addName(bytes(name));
  for (const errno of ['ENOENT', 'EPERM', 'ERESTARTSYS', 'E']) classifier.addErrno(bytes(errno));
  classifier.load(whole, 7, whole.length);
  const found: number[] = [];
  for (let at = 0; at < whole.length - 7; ) {
    const count = classifier.scan(at, whole.length - 7, 3);
    found.push(...classifier.records.subarray(0, count * FIELDS));
    at = found.at(-FIELDS)! + 1;
  }
  return found;
}

function same(text: string): void {
  const simd = simdClassifier();
  expect(simd, 'WebAssembly with SIMD').toBeDefined();
  expect(records(simd!, text)).toEqual(records(new PlainClassifier(), text));
  release(simd!);
}

test('both classifiers say the same of nearly every kind of line', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => same(`${lines.join('\n')}\n`)),
    { numRuns: 1500 },
  );
});

test('both classifiers say the same of traces', () => {
  fc.assert(
    fc.property(made, dialect, (events, how) => same(`${render(events, how, new Map())}\n`)),
    { numRuns: 200 },
  );
});

test('both take as many names, and as long ones', () => {
  const [simd, plain] = [simdClassifier()!, new PlainClassifier()];
  for (let index = 0; index < 2100; index++) {
    const name = bytes(`n${'x'.repeat(index % 60)}${index}`);
    expect(simd.addName(name)).toBe(plain.addName(name));
  }
  for (let index = 0; index < 140; index++) {
    const errno = bytes(`E${'X'.repeat(index % 30)}${index}`);
    expect(simd.addErrno(errno)).toBe(plain.addErrno(errno));
  }
});

needs('zig').describe('the WebAssembly', () => {
  test('is made of native/scanner/scan.c', () => {
    const ZIG = join(ZIG_FOLDER, 'zig');
    // Another compiler makes other bytes: .ci/make-roots and simd.gen.ts name the same version.
    const made = execFileSync(process.execPath, ['scripts/make-scanner.mjs', '--print'], {
      encoding: 'utf8',
      env: { ...process.env, ZIG },
    });
    expect(JSON.parse(made)).toEqual(SCANNER);
  });
});

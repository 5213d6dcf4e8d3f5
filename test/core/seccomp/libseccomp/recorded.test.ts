import { describe, expect, test } from 'vitest';
import { closure } from '../../../../src/core/seccomp/filter/closure.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { lower } from '../../../../src/core/seccomp/profile/lower.ts';
import { profileText } from './random.ts';
import { RECORDED_CASES, type RecordedCase, type RecordedResult, readRecord, sumOf } from './recorded.ts';
import { targetOf } from './rules.ts';

function resultOf(one: RecordedCase, release: string): RecordedResult {
  const target = targetOf(one.profile.architectures.list![0]!, release);
  const runtime = one.binaryTree ? { ...target.runtime, binaryTreeAbove: 0 } : target.runtime;
  const lowered = lower(one.profile, { ...target, runtime });
  if (!lowered.ok) return lowered.failure.what.includes('never finishes') ? 'endless' : 'refused';
  const compiled = compile(lowered.value);
  if (!compiled.ok) throw new Error(compiled.failure.what);
  return sumOf(one, closure(compiled.value));
}

const record = readRecord();

describe.each(Object.keys(record))('what libseccomp %s made of random rules', (release) => {
  test.each([0, 1, 2, 3])('part %i of 4', (part) => {
    const results = record[release]!;
    expect(results).toHaveLength(RECORDED_CASES.length);
    RECORDED_CASES.forEach((one, i) => {
      if (i % 4 !== part) return;
      expect([i, profileText(one.profile), resultOf(one, release)]).toEqual([
        i,
        profileText(one.profile),
        results[i],
      ]);
    });
  });
});

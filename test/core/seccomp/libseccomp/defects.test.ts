import { describe, expect, test } from 'vitest';
import { runcRules } from '../../../../src/core/hosts/runtimes.ts';
import { version } from '../../../../src/core/hosts/version.ts';
import { closure } from '../../../../src/core/seccomp/filter/closure.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { seccompData } from '../../../../src/core/seccomp/filter/data.ts';
import { actionOf } from '../../../../src/core/seccomp/filter/returns.ts';
import type { Action } from '../../../../src/core/seccomp/profile/action.ts';
import { decide, evaluate } from '../../../../src/core/seccomp/profile/evaluate.ts';
import { lower } from '../../../../src/core/seccomp/profile/lower.ts';
import type { Policy } from '../../../../src/core/seccomp/profile/policy.ts';
import type { Target } from '../../../../src/core/seccomp/profile/target.ts';
import { CASES, type DefectCase, ENDLESS } from './cases.ts';
import { groupOf, profileOf, targetOf } from './rules.ts';

const actionFrom = (text: string): Action => {
  const { action, errnoRet } = groupOf(`${text} acct`);
  return (errnoRet === undefined ? { kind: action } : { kind: action, value: errnoRet }) as Action;
};

function lowered(
  { abis, byDefault, rules }: Omit<DefectCase, 'call' | 'results' | 'what'>,
  release: string,
  more: Partial<Target> = {},
): Policy {
  const profile = profileOf(actionFrom(byDefault), abis, rules.map(groupOf));
  const policy = lower(profile, targetOf(abis[0]!, release, more));
  if (!policy.ok) throw new Error(policy.failure.what);
  return policy.value;
}

describe('what libseccomp makes of rules', () => {
  test.each(
    CASES.flatMap((one) =>
      Object.entries(one.results).map(([release, result]) => ({ one, release, result })),
    ),
  )('$release: $one.what: $result', ({ one, release, result }) => {
    const policy = lowered(one, release);
    const [abi, nr, ...args] = one.call;
    const all = [0, 1, 2, 3, 4, 5].map((i) => args[i] ?? 0n);
    expect(decide(policy, { abi, nr, name: '', args: all })).toEqual(actionFrom(result));
    const compiled = compile(policy);
    if (!compiled.ok) throw new Error(compiled.failure.what);
    expect(actionOf(closure(compiled.value)(seccompData(abi, nr, all)))).toEqual(actionFrom(result));
  });

  test('a binary search loads the number itself: runc asks for it from 1.2 on, above 32 names', () => {
    const [{ abis, byDefault, rules }] = CASES as readonly [DefectCase, ...DefectCase[]];
    const result = (runc: string, release: string, names: number): string => {
      const more = `trap ${Array.from({ length: names }, (_, i) => `unknown${i}`).join('+')}`;
      const policy = lowered({ abis, byDefault, rules: [...rules, ...(names > 0 ? [more] : [])] }, release, {
        runtime: runcRules(version(runc)),
      });
      return decide(policy, { abi: 'x86_64', nr: 41, name: 'socket', args: [40n] }).kind;
    };
    // The three rules have three names.
    expect(result('1.2.0', '2.5.5', 30)).toBe('errno');
    expect(result('1.2.0', '2.5.5', 29)).toBe('allow');
    expect(result('1.1.15', '2.5.5', 30)).toBe('allow');
    expect(result('1.2.0', '2.6.1', 30)).toBe('errno');
  });

  test('where no number is loaded no rule is in the policy, and the verdict says why', () => {
    const policy = lowered(CASES[0]!, '2.6.1');
    expect(policy.abis.map(({ losesNumber }) => losesNumber ?? false)).toEqual([true, false, true]);
    expect(policy.abis.map(({ rules }) => rules.size > 0)).toEqual([false, true, false]);
    const verdict = evaluate(policy, { abi: 'x86_64', nr: 41, name: 'socket', args: [40n] });
    expect(verdict).toMatchObject({
      action: { kind: 'allow' },
      cause: 'default',
      conditional: false,
      reason: { because: 'number-not-loaded' },
    });
  });

  test.each(['2.4.4', '2.5.5', '2.6.1'])(
    '%s never finishes with some rules: no container starts',
    (release) => {
      const profile = profileOf({ kind: 'errno', value: 1 }, ['x86_64'], ENDLESS.map(groupOf));
      expect(lower(profile, targetOf('x86_64', release))).toMatchObject({
        ok: false,
        failure: {
          kind: 'input',
          what: expect.stringMatching(/never finishes with the rules for 'personality'/),
        },
      });
      // On a 32-bit ABI each comparison leads to one place only.
      const narrow = profileOf({ kind: 'errno', value: 1 }, ['x86'], ENDLESS.map(groupOf));
      expect(lower(narrow, targetOf('x86', release)).ok).toBe(true);
    },
  );

  test.each([
    ['x86_64', 'trap mmap2 0 EQ 1', 'allow mmap2 0 EQ 1', false],
    ['aarch64', 'trap open 0 EQ 1', 'allow open 0 EQ 1', false],
    // Where calls are multiplexed, what has no number is forgotten.
    ['x86', 'trap set_tls 0 EQ 1', 'allow set_tls 0 EQ 1', true],
    ['x86_64', 'trap mmap2', 'allow mmap2', true],
    ['x86_64', 'trap mmap2', 'allow mmap2 0 EQ 1', true],
    ['x86_64', 'trap mmap2 0 EQ 1', 'allow mmap2', true],
  ] as const)(
    '%s: %s, then %s, about a name without a number there: accepted %s',
    (abi, first, second, accepted) => {
      const profile = profileOf({ kind: 'errno', value: 1 }, [abi], [first, second].map(groupOf));
      expect(lower(profile, targetOf(abi, '2.5.5')).ok).toBe(accepted);
    },
  );
});

describe('unknown arguments', () => {
  const hidden = CASES.find(({ what }) => what.includes('hides'))!;
  const policy = lowered(hidden, '2.5.5');
  const ask = (...args: readonly (bigint | undefined)[]) =>
    evaluate(policy, { abi: 'x86', nr: 136, name: 'personality', args });

  test('give every result that the code leaves open, rules first', () => {
    expect(ask(undefined, undefined, 0n)).toMatchObject({
      action: { kind: 'allow' },
      conditional: true,
      alternatives: [{ kind: 'errno', value: 1 }],
    });
    expect(ask(8n, undefined, 0n).alternatives).toHaveLength(1);
    expect(ask(0xffffffffn, undefined, undefined)).toMatchObject({
      action: { kind: 'errno' },
      alternatives: [],
    });
    expect(ask(9n, 0n, 0n)).toMatchObject({ action: { kind: 'allow' }, alternatives: [] });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Abi, abiInfo } from '../../src/core/linux/abi.ts';
import { applyEngine } from '../../src/core/seccomp/profile/engine.ts';
import { lower } from '../../src/core/seccomp/profile/lower.ts';
import type { Policy } from '../../src/core/seccomp/profile/policy.ts';
import { needs } from '../rig/need.ts';
import { comparePrograms } from './compare.ts';
import { type Case, cases, IS_INSTALLED } from './hosts.ts';
import { buildC, Oracle, requestFor } from './oracle.ts';

const HOSTS: readonly Abi[] = [
  'x86_64',
  'x86',
  'aarch64',
  'arm',
  'mips64',
  'mipsel64',
  's390x',
  'ppc64le',
  'riscv64',
];
function abisOf({ abis }: Policy): readonly Abi[] {
  return abis.map(({ abi }) => abi);
}

const needed = needs('libseccomp');
(IS_INSTALLED ? needed.describe : needed.describe.skip)('against the real libseccomp', () => {
  let built: ReturnType<typeof buildC>;
  beforeAll(() => {
    built = buildC('oracle', '-lseccomp');
  });
  afterAll(() => built.remove());

  test('every profile of the tables gives the same answers', async () => {
    const oracle = new Oracle(built.path);
    const seen = new Set<string>();
    const work: { one: Case; policy: Policy }[] = [];
    for (const one of cases(HOSTS)) {
      const applied = applyEngine(one.profile, one.target);
      const lowered = lower(one.profile, one.target);
      if (!applied.ok || !lowered.ok) throw new Error(`${one.id}: not lowered`);
      const abis = abisOf(lowered.value);
      const request = requestFor(applied.value, abis, 1);
      // Many versions differ only for other hosts; the same filter needs no second look.
      if (seen.has(request)) continue;
      seen.add(request);
      // runc >= 1.2 asks libseccomp for a binary tree: the answers must stay the same.
      oracle.ask(work.length % 4 === 0 ? requestFor(applied.value, abis, 2) : request);
      work.push({ one, policy: lowered.value });
    }
    oracle.close();

    let compared = 0;
    const differences: string[] = [];
    for (const { one, policy } of work) {
      const exported = await oracle.next(abiInfo(one.target.arch).endian === 'little');
      if (!('program' in exported)) throw new Error(`${one.id}: libseccomp says errno ${exported.errno}`);
      const result = comparePrograms(policy, exported.program);
      compared += result.compared;
      for (const difference of result.differences.slice(0, 5)) differences.push(`${one.id}: ${difference}`);
    }
    console.log(`${work.length} filters, ${compared} comparisons with libseccomp`);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(10_000_000);
  }, 300_000);
});

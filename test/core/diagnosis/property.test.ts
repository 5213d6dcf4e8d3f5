import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockedOn } from '../../../src/core/diagnosis/blocked.ts';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import { refusal } from '../../../src/core/diagnosis/errno.ts';
import type { Fix } from '../../../src/core/documents/denial.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { knownHosts } from '../../../src/core/hosts/known.ts';
import { fallsBackOn } from '../../../src/core/linux/callers.ts';
import { syscallNames, syscallNumber } from '../../../src/core/linux/numbers.ts';
import { type FixArgument, predictFix } from '../../../src/core/minimize/predict.ts';
import type { Cause } from '../../../src/core/seccomp/profile/action.ts';
import { causeOf } from '../../../src/core/seccomp/profile/cause.ts';
import type { Verdict } from '../../../src/core/seccomp/profile/verdict.ts';
import { openHost } from '../../../src/io/machine/hosts.ts';
import { evidencePhrase } from '../../../src/render/phrases/reason.ts';
import { distinct, trace } from './fakes.ts';

const BY_FILTER: readonly Cause[] = ['rule', 'default', 'stub', 'bad-arch'];
const NAMES = syscallNames().filter((name) => syscallNumber(name, 'x86_64') !== undefined);
const HOSTS: readonly HostModel[] = await some();

async function some(): Promise<readonly HostModel[]> {
  const known = await knownHosts();
  const hosts: HostModel[] = [];
  for (let i = 0; i < known.length; i += 23) {
    const host = await openHost(`${known[i]},arch=x86_64,kernel=${i % 2 === 0 ? '5.4' : '6.18'}`);
    if (host.ok) hosts.push(host.value);
  }
  return hosts;
}

const anyCalls = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    outcome: fc.constantFrom('returned', 'EPERM', 'ENOSYS', 'ENOENT', 'sigsys'),
    args: fc.array(fc.option(fc.bigInt(0n, 0xffff_ffffn), { nil: undefined }), {
      minLength: 6,
      maxLength: 6,
    }),
    line: fc.integer({ min: 1, max: 99 }),
  }),
  { maxLength: 12 },
);

test('the filter is blamed only where it answers so, and always where it surely does', () => {
  fc.assert(
    fc.property(fc.constantFrom(...HOSTS), anyCalls, (host, calls) => {
      for (const { name, outcome, args, line } of calls) {
        const [found] = denialsOf(trace([distinct(name, outcome, { args, line })]), host);
        if (!found) continue;
        const verdict = host.answer(distinct(name, outcome, { args }).call);
        const answers = [verdict.action, ...verdict.alternatives].map(refusal);
        if (BY_FILTER.includes(found.cause)) expect(answers).toContain(found.errno);
        if (answers.length === 1 && answers[0] === found.errno) expect(found.cause).toBe(verdict.cause);
        if (found.cause === 'genuine') expect(found.matters).toBe(false);
        expect(causeOf(found.reason)).toBe(found.cause);
        expect(evidencePhrase(found)).not.toMatch(/undefined|^$/);
      }
    }),
    { numRuns: 500 },
  );
});

test('what is blocked does not depend on the order or the splitting of traces', () => {
  fc.assert(
    fc.property(fc.constantFrom(...HOSTS), anyCalls, fc.nat(12), (host, calls, at) => {
      const all = calls.map(({ name, outcome, args, line }) => distinct(name, outcome, { args, line }));
      const plain = (traces: Parameters<typeof blockedOn>[0]): unknown =>
        blockedOn(traces, host).map(({ syscall, errno, cause, count, matters }) => [
          syscall,
          errno,
          cause,
          count,
          matters,
        ]);
      const whole = plain([trace(all)]);
      expect(plain([trace([...all].reverse())])).toEqual(whole);
      expect(plain([trace(all.slice(0, at)), trace(all.slice(at), { file: 'b.strace' })])).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test('the predicted fix touches only what is blocked and matters, and never both ways', () => {
  fc.assert(
    fc.property(fc.subarray([...HOSTS], { minLength: 1, maxLength: 3 }), anyCalls, (hosts, calls) => {
      const traces = [trace(calls.map(({ name, args }) => distinct(name, 'returned', { args })))];
      const { fix } = predictFix(traces, hosts);
      const allowed = fix.allow.map((entry) => (typeof entry === 'string' ? entry : entry.name));
      const mattering = hosts.flatMap((host) =>
        blockedOn(traces, host)
          .filter(
            ({ matters, cause, syscall, errno, consequence, uncertain }) =>
              matters &&
              !uncertain &&
              cause !== 'kernel' &&
              cause !== 'bad-arch' &&
              !(consequence.effect === 'unknown' && fallsBackOn(syscall, errno) === 'all'),
          )
          .map(({ syscall }) => syscall),
      );
      expect(new Set([...allowed, ...fix.enosys])).toEqual(new Set(mattering));
      expect(allowed.filter((name) => fix.enosys.includes(name))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** The host with a change of its profile: what `Fix` means, in a few lines. */
function withFix(host: HostModel, { allow, enosys }: Fix): HostModel {
  const answer = (action: Verdict['action']): Verdict => ({
    action,
    cause: 'rule',
    conditional: false,
    alternatives: [],
    reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
  });
  return {
    ...host,
    answer: (call) => {
      const before = host.answer(call);
      if (before.cause === 'kernel') return before;
      const granted = allow.some((entry) => {
        if (typeof entry === 'string') return entry === call.name;
        const args = entry.args as readonly FixArgument[];
        return (
          entry.name === call.name && args.every(({ index, value }) => call.args[index] === BigInt(value))
        );
      });
      if (granted) return answer({ kind: 'allow' });
      return enosys.includes(call.name) ? answer({ kind: 'errno', value: 38 }) : before;
    },
  };
}

test('the predicted fix clears the trace: nothing that matters is left but what the kernel lacks', () => {
  fc.assert(
    fc.property(fc.constantFrom(...HOSTS), anyCalls, (host, calls) => {
      const traces = [trace(calls.map(({ name, args }) => distinct(name, 'returned', { args })))];
      const left = blockedOn(traces, withFix(host, predictFix(traces, [host]).fix));
      expect(
        left.filter(
          ({ consequence, syscall, errno, uncertain, cause }) =>
            consequence.effect !== 'harmless' &&
            !uncertain &&
            // Left because every known caller falls back, though who made it is not known.
            fallsBackOn(syscall, errno) !== 'all' &&
            cause !== 'kernel' &&
            cause !== 'bad-arch',
        ),
      ).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

import { expect, test } from 'vitest';
import { blockedOn } from '../../../src/core/diagnosis/blocked.ts';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import { mergeCalls } from '../../../src/core/diagnosis/distinct.ts';
import { refusal } from '../../../src/core/diagnosis/errno.ts';
import { blockedEverywhere } from '../../../src/core/diagnosis/everywhere.ts';
import { inferHosts } from '../../../src/core/diagnosis/infer/infer.ts';
import { groupAlike } from '../../../src/core/diagnosis/matrix.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { knownHosts } from '../../../src/core/hosts/known.ts';
import { neverFilteredNames } from '../../../src/core/linux/kernelErrnos.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import { predictFix } from '../../../src/core/minimize/predict.ts';
import { openHost } from '../../../src/io/machine/hosts.ts';
import { call, distinct, trace } from './fakes.ts';

// The models of real hosts: what was reported in public comes out right.

async function open(expression: string): Promise<HostModel> {
  const host = await openHost(expression);
  if (!host.ok) throw new Error(host.failure.what);
  return host.value;
}

const PINNED = 'arch=x86_64,kernel=6.18';

const GLIBC = { command: 'tar xf a.tar', libraries: ['libc.so.6'], start: ['brk', 'mmap', 'access'] };

test('the catalogue holds: no default profile refuses what it calls never filtered', async () => {
  const names = neverFilteredNames();
  const hosts = await knownHosts();
  const refused = new Set<string>();
  const policies = new Set<unknown>();
  for (const expression of hosts) {
    if (expression.startsWith('gvisor')) continue;
    const host = await open(`${expression},${PINNED}`);
    if (policies.has(host.policy)) continue;
    policies.add(host.policy);
    for (const name of names) {
      if (syscallNumber(name, 'x86_64') === undefined) continue;
      const verdict = host.answer(call(name));
      if (refusal(verdict.action) === 'EPERM')
        refused.add(`${name} on ${expression}: ${verdict.reason.kind}`);
    }
  }
  expect([...refused]).toEqual([]);
});

test('tar on Docker 24.0.9: fchmodat2 is the stub’s, and its ENOSYS is harmless to glibc', async () => {
  const [found] = denialsOf(
    trace([{ ...distinct('fchmodat2', 'ENOSYS'), images: [GLIBC] }]),
    await open(`docker@24.0.9,${PINNED}`),
  );
  expect(found).toMatchObject({ cause: 'stub', errno: 'ENOSYS', matters: false });
  const [nobody] = denialsOf(trace([distinct('fchmodat2', 'ENOSYS')]), await open(`docker@24.0.9,${PINNED}`));
  expect(nobody).toMatchObject({
    matters: true,
    consequence: { effect: 'unknown', basis: 'assumed', because: 'caller-not-identified' },
  });
});

test('faccessat2 on Docker 20.10.0 with an old libseccomp, clone3 on 20.10.5: EPERM, and ENOSYS would do', async () => {
  const hosts = [await open(`docker@19.03.15,${PINNED}`), await open(`docker@20.10.5,${PINNED}`)];
  const traces = [
    trace([distinct('faccessat2', 'returned'), distinct('clone3', 'returned'), distinct('read', 'returned')]),
  ];
  const errnos = hosts.map((host) =>
    blockedOn(traces, host).map(({ syscall, errno }) => `${syscall} ${errno}`),
  );
  expect(errnos[1]).toContain('clone3 EPERM');
  expect(predictFix(traces, hosts).fix.enosys).toContain('clone3');
  expect(predictFix(traces, hosts).fix.allow).toEqual([]);
});

test('a genuine EPERM on a real host is not the filter’s', async () => {
  const found = denialsOf(
    trace([distinct('chown', 'EPERM'), distinct('kill', 'EPERM'), distinct('mount', 'EPERM')]),
    await open(`docker@24.0.9,${PINNED}`),
  );
  expect(Object.fromEntries(found.map(({ syscall, cause }) => [syscall, cause]))).toEqual({
    chown: 'genuine',
    kill: 'genuine',
    mount: 'default',
  });
});

test('all versions at once: neighbours that answer alike are ranges', async () => {
  const hosts = [];
  for (const expression of await knownHosts()) {
    if (expression.startsWith('docker@'))
      hosts.push({ label: expression, model: await open(`${expression},${PINNED}`) });
  }
  const calls = mergeCalls([trace([distinct('clone3', 'returned')])]);
  const groups = groupAlike(blockedEverywhere(calls, hosts));
  const answers = new Map(
    groups.flatMap(({ labels, blocked }) =>
      labels.map((label) => [label, blocked[0]?.errno ?? 'allow'] as const),
    ),
  );
  expect(groups.length).toBeLessThan(8);
  expect([...answers].some(([label, errno]) => label.includes('20.10.9') && errno === 'EPERM')).toBe(true);
});

test('clone3 EPERM and faccessat2 allowed: infer finds Docker 20.10.x below 20.10.10', async () => {
  const candidates = [];
  for (const expression of await knownHosts()) {
    candidates.push({ label: expression, model: await open(`${expression},arch=x86_64,kernel=7.1`) });
  }
  const found = inferHosts(
    [trace([distinct('clone3', 'EPERM', { line: 5 }), distinct('faccessat2', 'returned', { line: 9 })])],
    candidates,
  );
  expect(found.groups[0]?.fit).toBe('possible');
  expect(found.groups[0]?.hosts.some((host) => /^docker@20\.10\.\d(–20\.10\.9)?$/.test(host))).toBe(true);
  expect(found.groups[0]?.hosts.some((host) => host.includes('20.10.10'))).toBe(false);
});

test('no rule with errnoRet is promised where the engine drops it', async () => {
  const traces = [trace([{ ...distinct('clone3', 'returned'), images: [GLIBC] }])];
  const old = await open(`docker@20.10.5,${PINNED}`);
  expect(predictFix(traces, [old])).toMatchObject({
    fix: { enosys: ['clone3'], allow: [] },
    limits: [{ kind: 'errno-not-passed', syscalls: ['clone3'], hosts: [`docker@20.10.5,${PINNED}`] }],
  });
  // Podman 4.3.1 hands errnoRet on.
  const podman = await open(`podman@4.3.1,${PINNED}`);
  const other = [trace([{ ...distinct('faccessat2', 'returned'), images: [GLIBC] }])];
  expect(predictFix(other, [podman]).limits).toEqual([]);
});

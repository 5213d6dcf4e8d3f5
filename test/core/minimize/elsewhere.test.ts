import { expect, it } from 'vitest';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { allowlistHost } from '../../../src/core/minimize/allowlist.ts';
import { evaluateElsewhere } from '../../../src/core/minimize/elsewhere.ts';
import type { Choice } from '../../../src/core/minimize/problem.ts';
import { wholeProfile } from '../../../src/core/minimize/profileDocument.ts';
import { runtimeNeeds } from '../../../src/core/minimize/runtimeNeeds.ts';

const SILENT: Choice = { kind: 'enosys', cost: 1 };

async function host(expression: string): Promise<HostModel> {
  const found = await resolveHost(`${expression},arch=x86_64`, {
    running: { kernel: '6.1', arch: 'x86_64' },
    loadProfile: async () => ({ ok: false, failure: { kind: 'input', what: 'none' } }),
  });
  if (!found.ok) throw new Error(found.failure.what);
  return found.value;
}

async function elsewhere(expression: string, choices: ReadonlyMap<string, Choice>) {
  const model = await host(expression);
  const whole = wholeProfile(model, choices);
  if (!whole.ok) throw new Error(whole.failure.what);
  const loaders = ['docker', 'podman', 'containerd', 'crio', 'github-runner'] as const;
  const found = await evaluateElsewhere(model, whole.value, choices, loaders);
  return { whole: whole.value, of: new Map(found.map((one) => [one.loader, one])) };
}

it('finds that a file without the rule holds by the stub of that runc alone', async () => {
  // runc 1.0.0-rc93 ends at a rule that says the same as the default, and this Docker drops errnoRet.
  const { whole, of } = await elsewhere('docker@20.10.5', new Map([['cachestat', SILENT]]));
  expect(JSON.stringify(whole.profile)).not.toContain('cachestat');
  expect(of.get('docker')).toMatchObject({ identity: { version: '20.10.5' }, unmet: [] });
  // crun has no stub.
  expect(of.get('podman')).toMatchObject({ identity: { runtime: 'crun' }, unmet: ['cachestat'] });
});

it('finds that a file with the rule holds on every engine that reads it', async () => {
  const { of } = await elsewhere(
    'docker@20.10.24',
    new Map([
      ['fchmodat2', SILENT],
      ['bpf', { kind: 'allow', cost: 9 }],
    ]),
  );
  expect([...of.values()].map(({ loader, unmet }) => [loader, unmet])).toEqual([
    ['docker', []],
    ['podman', []],
    ['containerd', []],
    ['crio', []],
    ['github-runner', []],
  ]);
  expect(of.get('docker')!.identity.version).toBe('20.10.24');
  // A hosted runner has its own Docker, not the one at hand.
  expect(of.get('github-runner')!.identity.version).not.toBe('20.10.24');
});

it('finds that SCMP_ACT_TRACE is ENOSYS everywhere', async () => {
  const { whole, of } = await elsewhere('docker@20.10.5', new Map([['clone3', SILENT]]));
  expect(whole.form).toBe('trace');
  for (const { loader, unmet } of of.values()) expect([loader, unmet]).toEqual([loader, []]);
});

it('finds that an allowlist lacks what the runtime of another engine needs', async () => {
  const limit = await host('docker@20.10.24');
  const bare = allowlistHost(limit, ['x86_64'], runtimeNeeds('runc', '1.1.5', false)!.names);
  const whole = wholeProfile(bare, new Map());
  if (!whole.ok) throw new Error(whole.failure.what);
  const needs = ({ runtime, runtimeVersion }: HostModel['identity']) =>
    runtimeNeeds(runtime, runtimeVersion, false)!.needed;
  const [podman] = await evaluateElsewhere(bare, whole.value, new Map(), ['podman'], needs);
  expect(podman!.identity.runtime).toBe('crun');
  expect(podman!.unmet).toEqual(expect.arrayContaining(['setresuid', 'pselect6']));
  expect(podman!.unmet).not.toContain('capset');
});

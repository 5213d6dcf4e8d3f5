import { describe, expect, test } from 'vitest';
import { explainSyscall } from '../../../../src/core/diagnosis/explain/syscall.ts';
import type { HostModel } from '../../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../../src/core/hosts/resolve/resolve.ts';
import { type Abi, abiInfo } from '../../../../src/core/linux/abi.ts';
import { syscallNumber } from '../../../../src/core/linux/numbers.ts';
import { rulesPhrases } from '../../../../src/render/phrases/reason.ts';

const surroundings = {
  running: { kernel: '6.12', arch: 'x86_64' as const },
  loadProfile: () => Promise.reject(new Error('no profile is read here')),
};

async function model(expression: string): Promise<HostModel> {
  const host = await resolveHost(expression, surroundings);
  if (!host.ok) throw new Error(host.failure.what);
  return host.value;
}

const explain = async (name: string, expression: string, abi: Abi = 'x86_64') =>
  explainSyscall(name, abi, await model(expression));
const kinds = async (name: string, expression: string) =>
  (await explain(name, expression)).advice.map(({ kind }) => kind);

const passes = (host: HostModel, name: string): boolean =>
  host.answer({ abi: 'x86_64', nr: syscallNumber(name, 'x86_64')!, name, args: [] }).action.kind === 'allow';

describe('advice that names a capability', () => {
  const CASES = [
    ['mount', 'docker@24.0.9'],
    ['ptrace', 'docker@19.03.15,kernel=4.4'],
    ['set_mempolicy', 'docker@24.0.7'],
    ['perf_event_open', 'docker@20.10.12'],
    ['perf_event_open', 'docker@23.0.0'],
    ['perf_event_open', 'podman@5.3.0'],
    ['perf_event_open', 'crio@1.31.0'],
    ['bpf', 'crio@1.31.0'],
    ['bpf', 'podman@4.3.1'],
    ['unshare', 'containerd@1.7.0'],
  ] as const;

  test.each(CASES)('%s on %s: each set is enough there, and no smaller one is', async (name, expression) => {
    const { advice } = await explain(name, expression);
    const at = advice.findIndex(({ kind }) => kind === 'capability');
    // Before any change of the profile.
    expect(at).toBeGreaterThanOrEqual(0);
    expect(advice.findIndex(({ kind }) => kind === 'allow')).toBeGreaterThan(at);
    const sets = advice[at]!.capabilities!;
    expect(sets.length).toBeGreaterThan(0);
    for (const set of sets) {
      const as = (caps: readonly string[]) =>
        model([expression, ...caps.map((cap) => `cap=${cap.replace('CAP_', '')}`)].join(','));
      expect([set, passes(await as(set), name)]).toEqual([set, true]);
      for (const one of set) {
        const less = set.filter((cap) => cap !== one);
        expect([less, passes(await as(less), name)]).toEqual([less, false]);
      }
    }
  });

  test('a version without the rule is upgraded, with the capabilities that the container has', async () => {
    const upgrade = async (name: string, expression: string) =>
      (await explain(name, expression)).advice.find(({ kind }) => kind === 'upgrade')?.to;
    expect(await upgrade('set_mempolicy', 'docker@18.03.1,cap=SYS_NICE')).toEqual({
      product: 'Docker',
      version: '18.09.0',
    });
    expect(await upgrade('perf_event_open', 'docker@20.10.12,cap=PERFMON')).toEqual({
      product: 'Docker',
      version: '23.0.0',
    });
    expect(await upgrade('perf_event_open', 'docker@20.10.12')).toBeUndefined();
    expect(await kinds('set_mempolicy', 'docker@18.03.1')).not.toContain('capability');
  });

  test('where every caller falls back on ENOSYS, that comes first: it grants nothing', async () => {
    const all = await kinds('clone3', 'podman@4.3.1,cap=-ALL');
    expect(all.indexOf('enosys') === -1 || all.indexOf('enosys') < all.indexOf('allow')).toBe(true);
  });
});

describe('advice that holds on that host', () => {
  test.each(['docker@20.10.5', 'docker@19.03.15', 'docker@18.09.0'])(
    'no errnoRet on %s, which drops it: an upgrade, with its version, first',
    async (expression) => {
      for (const name of ['clone3', 'fchmodat2', 'mount', 'io_uring_setup']) {
        const { advice } = await explain(name, expression);
        expect(JSON.stringify(advice)).not.toContain('errnoRet":');
        const upgrades = advice.filter(({ to }) => to !== undefined);
        expect(new Set(upgrades.map(({ to }) => to?.product)).size).toBe(upgrades.length);
      }
      expect((await explain('clone3', expression)).advice[0]).toMatchObject({ kind: 'upgrade' });
    },
  );

  test('a missing architecture is cured by the architecture, not by a rule', async () => {
    const host = await model('docker@24.0.9');
    const bad = {
      ...host,
      answer: () => ({
        action: { kind: 'kill_thread' as const },
        cause: 'bad-arch' as const,
        conditional: false,
        alternatives: [],
        reason: { kind: 'architecture-not-in-filter' as const, abi: 'x86', action: 'kill_thread' },
      }),
    } as HostModel;
    const { advice } = await explainSyscall('socket', 'x86', bad);
    expect(advice.map(({ kind }) => kind)).toEqual(['architecture', 'never']);
    expect(advice[0]?.rule).toEqual({ architectures: [abiInfo('x86').scmp] });
  });

  test.each([
    ['flatpak', 'mount'],
    ['codex', 'ptrace'],
  ])('%s takes no profile, so none is changed', async (sandbox, name) => {
    const { advice } = await explain(name, sandbox);
    expect(advice.every(({ kind, rule }) => kind === 'never' && rule === undefined)).toBe(true);
    expect(JSON.stringify(advice)).not.toMatch(/--privileged|security-opt|seccomp=/);
  });

  test('systemd is told by names in the unit', async () => {
    const { advice } = await explain('mount', 'systemd-nspawn');
    expect(advice.some(({ rule }) => rule !== undefined)).toBe(false);
    expect(JSON.stringify(advice)).not.toMatch(/--privileged|security-opt/);
  });
});

describe('conditions in full', () => {
  test('every family of socket, every value of personality', async () => {
    const socket = await explain('socket', 'docker@29.4.2');
    expect(rulesPhrases(socket.verdict!.rules!)).toEqual([
      'allowed when arg0 == 0x27, arg0 < 0x26 or arg0 > 0x28',
    ]);
    const personality = await explain('personality', 'docker@24.0.9');
    expect(personality.verdict!.rules!.map(({ conditions }) => conditions[0]!.value).sort()).toEqual(
      ['0', '131072', '131080', '4294967295', '8'].sort(),
    );
  });

  test('clone says what is refused, and what lifts it', async () => {
    const { advice } = await explain('clone', 'docker@24.0.9');
    expect(advice.map(({ kind }) => kind)).toEqual(['nothing', 'nothing', 'capability']);
    expect(advice[1]?.text).toContain('CLONE_NEWUSER');
    expect(advice[2]?.capabilities).toEqual([['CAP_SYS_ADMIN']]);
  });
});

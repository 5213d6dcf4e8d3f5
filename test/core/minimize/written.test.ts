import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../src/core/diagnosis/errno.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { syscallNames, syscallNumber } from '../../../src/core/linux/numbers.ts';
import { changeHost } from '../../../src/core/minimize/changeHost.ts';
import type { Choice } from '../../../src/core/minimize/problem.ts';
import { wholeProfile } from '../../../src/core/minimize/profileDocument.ts';

const HOSTS = [
  'docker@18.03',
  'docker@19.03.8',
  'docker@20.10.5',
  'docker@20.10.24',
  'docker@24.0.9',
  'docker@24.0.9,arch=arm',
  'docker@20.10.24,cap=-ALL',
  'buildkit@0.12.3,arch=loong64',
  'buildkit@0.12.3,arch=loong64,libseccomp=2.5.4',
  'buildkit@0.19.0,arch=loong64',
  'podman@3.0',
  'podman@4.3.1,libseccomp=2.5.0',
  'podman@4.3.1,runtime=crun',
  'containerd@1.6.20',
];

const SURROUNDINGS = {
  running: { kernel: '6.18', arch: 'x86_64' as const },
  loadProfile: async () => ({ ok: false as const, failure: { kind: 'input' as const, what: 'none' } }),
};

async function host(expression: string): Promise<HostModel | undefined> {
  const found = await resolveHost(expression, SURROUNDINGS);
  return found.ok ? found.value : undefined;
}

/** What a program sees of a call: an errno, or that it goes through. */
const answer = (model: HostModel, name: string): string => {
  const { arch } = model.identity;
  return (
    refusal(model.answer({ nr: syscallNumber(name, arch)!, abi: arch, name, args: [] }).action) ?? 'allow'
  );
};

describe('the profile that is written', () => {
  const models: HostModel[] = [];
  beforeAll(async () => {
    for (const expression of HOSTS) {
      const found = await host(expression);
      if (found?.policy && found.target) models.push(found);
    }
    expect(models.length).toBeGreaterThan(10);
  });

  it('loaded by that very host, answers every candidate as was proven, or it is named as unmet', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 4 }),
        (at, picks) => {
          const model = models[at % models.length]!;
          const { arch } = model.identity;
          const refused = syscallNames().filter(
            (name) =>
              syscallNumber(name, arch) !== undefined &&
              model.answer({ nr: syscallNumber(name, arch)!, abi: arch, name, args: [] }).action.kind ===
                'errno',
          );
          const choices = new Map<string, Choice>(
            picks.map(([pick, silent]) => [
              refused[pick % refused.length]!,
              silent ? { kind: 'enosys', cost: 1 } : { kind: 'allow', cost: 2 },
            ]),
          );
          const written = wholeProfile(model, choices);
          if (!written.ok) throw new Error(written.failure.what);
          const { loaded, unmet } = written.value;
          const wanted = changeHost(model, choices);
          for (const name of choices.keys()) {
            const same = loaded !== undefined && answer(loaded, name) === answer(wanted, name);
            expect(same, `${name} on ${model.identity.expression}`).toBe(!unmet.includes(name));
            // What the host can be told, it is told.
            if (choices.get(name)!.kind === 'enosys' || model.target!.libseccomp.knows(name))
              expect(unmet, model.identity.expression).not.toContain(name);
          }
          // Nothing else is let through that was refused before.
          for (const name of refused) {
            if (loaded === undefined || choices.has(name)) continue;
            expect(answer(loaded, name), `${name} on ${model.identity.expression}`).not.toBe('allow');
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('lists the architectures, for containerd reads no archMap in a file', async () => {
    const choices = new Map<string, Choice>([['acct', { kind: 'allow', cost: 2 }]]);
    const written = wholeProfile((await host('containerd@1.6.20,arch=x86_64'))!, choices);
    if (!written.ok) throw new Error(written.failure.what);
    expect(written.value.profile.archMap).toBeUndefined();
    expect(written.value.profile.architectures).toEqual([
      'SCMP_ARCH_X86_64',
      'SCMP_ARCH_X86',
      'SCMP_ARCH_X32',
    ]);
  });

  it('lists no architecture that its runtime refuses', async () => {
    const choices = new Map<string, Choice>([['acct', { kind: 'allow', cost: 2 }]]);
    const written = wholeProfile((await host('docker@24.0.9,arch=loong64,libseccomp=2.6.0'))!, choices);
    if (!written.ok) throw new Error(written.failure.what);
    expect(written.value.profile.architectures).toEqual([]);
  });

  it('answers ENOSYS by default where libseccomp does not know the name', async () => {
    const model = (await host('buildkit@0.12.3,arch=loong64,libseccomp=2.5.4'))!;
    const written = wholeProfile(model, new Map([['fchmodat2', { kind: 'enosys', cost: 1 }]]));
    if (!written.ok) throw new Error(written.failure.what);
    expect(written.value).toMatchObject({ form: 'default', unmet: [] });
    expect(written.value.profile.defaultErrnoRet).toBe(38);
    expect(answer(written.value.loaded!, 'fchmodat2')).toBe('ENOSYS');
    // A call that the library knows keeps its EPERM.
    expect(answer(written.value.loaded!, 'mount')).toBe(answer(model, 'mount'));
  });

  it.each([
    // It drops errnoRet.
    ['docker@20.10.5', 'trace', 'SCMP_ACT_ERRNO'],
    // Its libseccomp does not know the name either.
    ['docker@20.10.2,libseccomp=2.3.3', 'trace-default', 'SCMP_ACT_TRACE'],
    // It passes errnoRet, but no default errno.
    ['docker@20.10.24,libseccomp=2.3.3,runc=1.0.0-rc92', 'trace-default', 'SCMP_ACT_TRACE'],
    ['docker@20.10.24', 'rule', 'SCMP_ACT_ERRNO'],
  ])('says ENOSYS to clone3 on %s by %s', async (expression, form, defaultAction) => {
    const model = (await host(`${expression},arch=x86_64`))!;
    const written = wholeProfile(model, new Map([['clone3', { kind: 'enosys', cost: 1 }]]));
    if (!written.ok) throw new Error(written.failure.what);
    const { loaded, profile } = written.value;
    expect(written.value).toMatchObject({ form, unmet: [] });
    expect(profile.defaultAction).toBe(defaultAction);
    expect(answer(loaded!, 'clone3')).toBe('ENOSYS');
    // What it refuses by name stays as it was: no tracer could let it through.
    const of = (name: string) =>
      loaded!.answer({ nr: syscallNumber(name, 'x86_64')!, abi: 'x86_64', name, args: [] }).action;
    for (const name of ['mount', 'bpf', 'ptrace', 'unshare'])
      expect(of(name).kind === 'trace', name).toBe(false);
  });
});

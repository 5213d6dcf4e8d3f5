import { libseccompRules } from '../../../../src/core/hosts/libseccomp.ts';
import { NO_RUNTIME } from '../../../../src/core/hosts/runtimes.ts';
import type { Abi } from '../../../../src/core/linux/abi.ts';
import type { Action } from '../../../../src/core/seccomp/profile/action.ts';
import type { Condition, Operator } from '../../../../src/core/seccomp/profile/policy.ts';
import { ALWAYS, type Profile, type ProfileGroup } from '../../../../src/core/seccomp/profile/profile.ts';
import type { Target } from '../../../../src/core/seccomp/profile/target.ts';

/** `0 EQ 5`, `1 MASKED_EQ 3 2`: index, operator, value and the second value; several with commas. Numbers as BigInt reads them. */
export function conditionsOf(text: string): readonly Condition[] {
  if (text === '') return [];
  return text.split(', ').map((each) => {
    const [index, op, value, valueTwo = '0'] = each.split(' ');
    return { index: Number(index), op: op as Operator, value: BigInt(value!), valueTwo: BigInt(valueTwo) };
  });
}

/** `trap socket 0 EQ 40`, `errno38 socketcall`: action, name, conditions. */
export function groupOf(text: string): ProfileGroup {
  const [action, name, ...rest] = text.split(' ');
  const [, kind, errno] = /^([a-z_]+?)(\d*)$/.exec(action!)!;
  return {
    names: name!.split('+'),
    action: kind as ProfileGroup['action'],
    ...(errno === '' ? {} : { errnoRet: Number(errno) }),
    args: conditionsOf(rest.join(' ')),
    includes: ALWAYS,
    excludes: ALWAYS,
  };
}

export function profileOf(byDefault: Action, abis: readonly Abi[], groups: readonly ProfileGroup[]): Profile {
  return {
    defaultAction: byDefault.kind,
    ...('value' in byDefault ? { defaultErrnoRet: byDefault.value } : {}),
    architectures: { archMap: undefined, list: abis },
    groups,
    flags: [],
  };
}

/** A host that adds nothing of its own to libseccomp. */
export function targetOf(arch: Abi, release: string, more: Partial<Target> = {}): Target {
  return {
    arch,
    kernel: { major: 6, minor: 1 },
    caps: new Set(),
    engine: {
      name: 'test',
      version: '1',
      passesErrnoRet: true,
      passesDefaultErrnoRet: true,
      testsMinKernel: true,
      conditionArch: () => '',
      architectures: ({ list }) => ({ ok: true, value: list ?? [] }),
    },
    runtime: NO_RUNTIME,
    libseccomp: libseccompRules(release),
    ...more,
  };
}

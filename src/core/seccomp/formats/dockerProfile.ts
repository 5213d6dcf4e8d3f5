import { type Abi, abiInfo } from '../../linux/abi.ts';
import { syscallNames, syscallNumber } from '../../linux/numbers.ts';
import type { Action } from '../profile/action.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../profile/policy.ts';

/** A profile in the form of Docker's JSON, as `--security-opt seccomp=` takes it. */
export interface DockerProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap?: readonly {
    readonly architecture: string;
    readonly subArchitectures: readonly string[];
  }[];
  /** In its place for containerd, which decodes a file into the OCI object. */
  readonly architectures?: readonly string[];
  readonly syscalls: readonly DockerRule[];
}

export interface DockerRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo: number;
    readonly op: string;
  }[];
}

const EPERM = 1;
const ENOSYS = 38;

/**
 * A profile by which an engine on a `native` machine answers as the policy would, name by name. Every name that has a number here is
 * listed, also where the default would do: runc answers ENOSYS above the largest number listed. What such a profile cannot say is told
 * in `notes`.
 */
export function dockerProfileOf(
  policy: Policy,
  native: Abi,
): { readonly profile: DockerProfile; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const groups = new Map<string, { names: string[]; rule: PolicyRule }>();
  const differing: string[] = [];
  const inexact: string[] = [];
  for (const name of syscallNames()) {
    const answers = answersOf(policy, name, native);
    const [first] = answers;
    if (!first) continue;
    if (answers.some(({ key }) => key !== first.key)) differing.push(name);
    for (const rule of first.rules) {
      if (rule.conditions.some(({ value, valueTwo }) => !exact(value) || !exact(valueTwo)))
        inexact.push(name);
      const key = ruleKey(rule);
      const group = groups.get(key);
      if (group) group.names.push(name);
      else groups.set(key, { names: [name], rule });
    }
  }
  if (differing.length > 0) {
    notes.push(
      `a profile cannot answer differently by architecture: 32-bit programs get the 64-bit answer for ${few(differing)}`,
    );
  }
  if (inexact.length > 0) notes.push(`an argument of ${few(inexact)} is too large for a profile in JSON`);
  return {
    profile: {
      ...actionFields(policy.defaultAction, 'default'),
      archMap: [
        {
          architecture: abiInfo(native).scmp,
          subArchitectures: policy.abis
            .filter(({ abi }) => abi !== native)
            .map(({ abi }) => abiInfo(abi).scmp),
        },
      ],
      syscalls: [...groups.values()].map(({ names, rule }) => ({
        names,
        ...actionFields(rule.action),
        ...(rule.conditions.length === 0
          ? {}
          : {
              args: rule.conditions.map(({ index, value, valueTwo, op }) => ({
                index,
                value: Number(value),
                valueTwo: Number(valueTwo),
                op: `SCMP_CMP_${op}`,
              })),
            }),
      })),
    },
    notes,
  };
}

interface Answer {
  readonly rules: readonly PolicyRule[];
  readonly key: string;
}

/** The rules for a name on every ABI that has it, the native one first. */
function answersOf(policy: Policy, name: string, native: Abi): Answer[] {
  const ordered = [...policy.abis].sort((a, b) => Number(b.abi === native) - Number(a.abi === native));
  return ordered.flatMap((abiPolicy) => {
    const nr = syscallNumber(name, abiPolicy.abi);
    if (nr === undefined) return [];
    const rules = rulesOf(policy, abiPolicy, nr);
    return [{ rules, key: rules.map(ruleKey).join('\n') }];
  });
}

function rulesOf(policy: Policy, { rules, stubAbove }: AbiPolicy, nr: number): readonly PolicyRule[] {
  const always = (action: Action): PolicyRule[] => [
    { conditions: [], action, origin: { from: 'trace-build' } },
  ];
  if (stubAbove !== undefined && nr > stubAbove) return always({ kind: 'errno', value: ENOSYS });
  return rules.get(nr) ?? always(policy.defaultAction);
}

function ruleKey({ action, conditions }: PolicyRule): string {
  const value = 'value' in action ? action.value : '';
  const tests = conditions.map((one) => `${one.index} ${one.op} ${one.value} ${one.valueTwo}`);
  return [action.kind, value, ...tests].join(' ');
}

const NAMES = {
  allow: 'SCMP_ACT_ALLOW',
  log: 'SCMP_ACT_LOG',
  kill_thread: 'SCMP_ACT_KILL',
  kill_process: 'SCMP_ACT_KILL_PROCESS',
  trap: 'SCMP_ACT_TRAP',
  notify: 'SCMP_ACT_NOTIFY',
  errno: 'SCMP_ACT_ERRNO',
  trace: 'SCMP_ACT_TRACE',
} as const;

function actionFields(action: Action): { action: string; errnoRet?: number };
function actionFields(action: Action, which: 'default'): { defaultAction: string; defaultErrnoRet?: number };
function actionFields(action: Action, which?: 'default'): object {
  const errno = 'value' in action && action.value !== EPERM ? action.value : undefined;
  if (which === undefined) {
    return { action: NAMES[action.kind], ...(errno === undefined ? {} : { errnoRet: errno }) };
  }
  return { defaultAction: NAMES[action.kind], ...(errno === undefined ? {} : { defaultErrnoRet: errno }) };
}

function exact(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** Some of many names. */
function few(names: readonly string[]): string {
  const shown = [...new Set(names)];
  return shown.length <= 5
    ? shown.join(', ')
    : `${shown.slice(0, 5).join(', ')} and ${shown.length - 5} more`;
}

import { fail, ok, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { syscallNumber } from '../../linux/numbers.ts';
import type { Policy } from '../profile/policy.ts';
import { ARCH_OFFSET, ARGS_OFFSET, NR_OFFSET } from './data.ts';
import { CODE, type Instruction, MAX_INSTRUCTIONS, type Program } from './instruction.ts';
import { actionOf, RET } from './returns.ts';

/** A call by its number, as the kernel counts it. */
export interface Numbered {
  readonly abi: Abi;
  readonly nr: number;
}

const PR_SET_SECCOMP = 22;
/** SECCOMP_SET_MODE_STRICT and SECCOMP_SET_MODE_FILTER are 0 and 1; the other operations only ask. */
const SET_MODE_FILTER = 1;

/** Why a supervisor can't stand in for the filter of a policy; undefined where it can. */
export function whyNotNotified(policy: Policy): string | undefined {
  const kinds = new Set([policy.defaultAction.kind]);
  for (const { rules } of policy.abis) {
    for (const list of rules.values()) for (const { action } of list) kinds.add(action.kind);
  }
  // A signal with the call in its siginfo, and the end of one thread among several, only the kernel can give.
  if (kinds.has('trap')) return 'its filter sends signals (SCMP_ACT_TRAP)';
  if (kinds.has('kill_thread')) return 'its filter ends single threads (SCMP_ACT_KILL_THREAD)';
  return undefined;
}

/**
 * The filter with a user notification wherever it would refuse: a supervisor then returns what the filter does. A call that
 * may load another filter is notified too, for that one's refusals outrank notifications; so is every call of `watched`.
 */
export function notifyingProgram(
  program: Program,
  abis: readonly Abi[],
  watched: readonly Numbered[] = [],
): Result<Program> {
  const asking = program.map((instruction) =>
    instruction.code === CODE.return && refuses(instruction.k)
      ? { ...instruction, k: RET.USER_NOTIF }
      : instruction,
  );
  // x32 has the token of x86_64.
  const tokens = [...new Set(abis.map((abi) => abiInfo(abi).auditToken))];
  const before = tokens.flatMap((token) => {
    const same = abis.filter((abi) => abiInfo(abi).auditToken === token);
    const numbers = new Set(watched.filter(({ abi }) => same.includes(abi)).map(({ nr }) => nr));
    return forAbi(token, [...same.flatMap(hooks), ...[...numbers].flatMap(always)]);
  });
  const whole = [...before, ...asking];
  if (whole.length > MAX_INSTRUCTIONS) {
    return fail(
      'missing',
      `the filter takes ${whole.length} instructions; the kernel takes ${MAX_INSTRUCTIONS}`,
    );
  }
  return ok(whole);
}

function refuses(value: number): boolean {
  const { kind } = actionOf(value);
  return kind !== 'allow' && kind !== 'log';
}

/** The calls by which a program loads a filter of its own. */
export function filterLoading(abis: readonly Abi[]): readonly Numbered[] {
  return abis.flatMap((abi) =>
    ['seccomp', 'prctl'].flatMap((name) => {
      const nr = syscallNumber(name, abi);
      return nr === undefined ? [] : [{ abi, nr }];
    }),
  );
}

/** Notifies of both, where the first argument says that a filter may be loaded. */
function hooks(abi: Abi): readonly Instruction[] {
  const { endian } = abiInfo(abi);
  const first = load(ARGS_OFFSET + (endian === 'little' ? 0 : 4));
  const hook = (name: string, mayLoad: Instruction): readonly Instruction[] => {
    const nr = syscallNumber(name, abi);
    if (nr === undefined) return [];
    return [jump(CODE.jumpEqual, nr, 0, 4), first, mayLoad, NOTIFY, load(NR_OFFSET)];
  };
  return [
    ...hook('seccomp', jump(CODE.jumpGreater, SET_MODE_FILTER, 1, 0)),
    ...hook('prctl', jump(CODE.jumpEqual, PR_SET_SECCOMP, 0, 1)),
  ];
}

const always = (nr: number): readonly Instruction[] => [jump(CODE.jumpEqual, nr, 0, 1), NOTIFY];

function forAbi(token: number, body: readonly Instruction[]): readonly Instruction[] {
  return [
    load(ARCH_OFFSET),
    jump(CODE.jumpEqual, token, 1, 0),
    { code: CODE.jump, jt: 0, jf: 0, k: body.length + 1 },
    load(NR_OFFSET),
    ...body,
  ];
}

const NOTIFY: Instruction = { code: CODE.return, jt: 0, jf: 0, k: RET.USER_NOTIF };
const load = (offset: number): Instruction => ({ code: CODE.loadAbsolute, jt: 0, jf: 0, k: offset });
const jump = (code: number, k: number, jt: number, jf: number): Instruction => ({ code, jt, jf, k });

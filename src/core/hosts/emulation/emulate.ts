import type { RuleOrigin } from '../../documents/reason.ts';
import { fail, ok, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { ENOSYS } from '../../linux/errno.ts';
import { type KernelVersion, kernelText, parseKernel } from '../../linux/kernel.ts';
import { kernelHas, syscallNames, syscallNumber } from '../../linux/numbers.ts';
import { compile } from '../../seccomp/filter/compile.ts';
import type { Program } from '../../seccomp/filter/instruction.ts';
import type { Action } from '../../seccomp/profile/action.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../../seccomp/profile/policy.ts';
import type { HostModel } from '../host.ts';

export interface Machine {
  readonly arch: Abi;
  readonly kernel: KernelVersion;
}

export interface Emulation {
  readonly policy: Policy;
  readonly program: Program;
  /** Sentences about what can't be the same here. */
  readonly notes: readonly string[];
}

const ABSENT: Action = { kind: 'errno', value: ENOSYS };
const ORIGIN: RuleOrigin = { from: 'trace-build' };
const NO_FILTER: Policy = {
  abis: [],
  defaultAction: { kind: 'allow' },
  badArchAction: { kind: 'allow' },
  skipped: [],
};

/** Answers that let a call through to the kernel. */
function reachesKernel({ kind }: Action): boolean {
  return kind === 'allow' || kind === 'log';
}

/** A filter is asked before the kernel: only where it lets the call through does the missing syscall show. */
function withoutSyscall(rules: readonly PolicyRule[], defaultAction: Action): readonly PolicyRule[] {
  const changed = rules.map((rule) =>
    reachesKernel(rule.action) ? { ...rule, action: ABSENT, origin: ORIGIN } : rule,
  );
  const always = rules.some(({ conditions }) => conditions.length === 0);
  if (always || !reachesKernel(defaultAction)) return changed;
  return [...changed, { conditions: [], action: ABSENT, origin: ORIGIN }];
}

/** Whether that host's kernel (or gVisor's) has a syscall. */
type HasSyscall = (name: string, nr: number, abi: Abi) => boolean;

function kernelPart(host: HostModel): HasSyscall {
  if (!host.policy) {
    // No filter: whatever is refused, the kernel refuses.
    return (name, nr, abi) => {
      const { action } = host.answer({ abi, nr, name, args: [] });
      return !(action.kind === 'errno' && action.value === ENOSYS);
    };
  }
  const kernel = host.target?.kernel ?? parseKernel(host.identity.kernel);
  return (_, nr, abi) => !kernel || kernelHas(nr, abi, kernel);
}

/** Same architecture: that host's own rules, less what its kernel lacks. */
function sameArchitecture(
  policy: Policy,
  abis: readonly Abi[],
  has: HasSyscall,
  here: KernelVersion,
): Policy {
  const sections = abis.map((abi): AbiPolicy => {
    const section = policy.abis.find((each) => each.abi === abi) ?? { abi, rules: new Map() };
    const rules = new Map(section.rules);
    for (const name of syscallNames()) {
      const nr = syscallNumber(name, abi);
      // What this kernel lacks as well needs no rule.
      if (nr === undefined || has(name, nr, abi) || !kernelHas(nr, abi, here)) continue;
      const changed = withoutSyscall(rules.get(nr) ?? [], policy.defaultAction);
      if (changed.length > 0) rules.set(nr, changed);
    }
    return { ...section, rules };
  });
  return { ...policy, abis: sections };
}

/** The rules by which a section answers one number, stub and default included. */
function answersOf(section: AbiPolicy | undefined, nr: number, policy: Policy): readonly PolicyRule[] {
  const always = (action: Action): PolicyRule => ({ conditions: [], action, origin: ORIGIN });
  if (!section) return [always(policy.badArchAction)];
  const { stubAbove, stubZero, rules } = section;
  if ((stubAbove !== undefined && nr > stubAbove) || (stubZero && nr === 0)) return [always(ABSENT)];
  return rules.get(nr) ?? [];
}

/**
 * Another architecture: by name. A name that the other architecture has no number for (`open` on aarch64) is let through:
 * there the program would have used another call, which is judged by its own name.
 */
function otherArchitecture(policy: Policy, abis: readonly Abi[], there: Abi, has: HasSyscall): Policy {
  const listed = policy.abis.map(({ abi }) => abi);
  const narrow = listed.find((abi) => abiInfo(abi).bits === 32) ?? there;
  const letThrough: PolicyRule = {
    conditions: [],
    action: { kind: 'allow' },
    origin: ORIGIN,
  };
  const sections = abis.map((abi): AbiPolicy => {
    const counterpart = abiInfo(abi).bits === 32 && abi !== 'x32' ? narrow : there;
    const section = policy.abis.find((each) => each.abi === counterpart);
    const rules = new Map<number, readonly PolicyRule[]>();
    let largest = 0;
    for (const name of syscallNames()) {
      const nr = syscallNumber(name, abi);
      if (nr === undefined) continue;
      largest = Math.max(largest, nr);
      const thereNr = syscallNumber(name, counterpart);
      if (thereNr === undefined) {
        rules.set(nr, [letThrough]);
        continue;
      }
      const answers = policy.abis.length === 0 ? [] : answersOf(section, thereNr, policy);
      const lacks = !has(name, thereNr, counterpart);
      const final = lacks ? withoutSyscall(answers, policy.defaultAction) : answers;
      if (final.length > 0) rules.set(nr, final);
    }
    return { abi, rules, ...(section?.stubAbove === undefined ? {} : { stubAbove: largest }) };
  });
  return { ...policy, abis: sections };
}

/**
 * What to load on this machine so that it answers as `host` would: that host's policy, and ENOSYS for every syscall that
 * its kernel lacks and this one has. For a host of another architecture the policy is carried over by name.
 */
export function emulate(host: HostModel, running: Machine): Result<Emulation> {
  const there = host.identity.arch;
  const here = running.arch;
  const native = [here, ...abiInfo(here).alsoRuns];
  const policy = host.policy ?? NO_FILTER;
  const has = kernelPart(host);
  const notes: string[] = [];

  const thatKernel = host.target?.kernel ?? parseKernel(host.identity.kernel);
  if (thatKernel) {
    const missing = syscallNames().filter((name) => {
      const nr = syscallNumber(name, here);
      return nr !== undefined && kernelHas(nr, here, thatKernel) && !kernelHas(nr, here, running.kernel);
    });
    if (missing.length > 0) {
      const shown = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`;
      notes.push(
        `this machine runs Linux ${kernelText(running.kernel)}, which lacks syscalls of Linux ${kernelText(thatKernel)} (${shown}): they answer ENOSYS here`,
      );
    }
  }

  const same = there === here || (native.includes(there) && policy.abis.length === 0);
  let emulated: Policy;
  if (same) {
    const listed = policy.abis.map(({ abi }) => abi);
    emulated = sameArchitecture(policy, host.policy ? listed : native, has, running.kernel);
  } else {
    notes.push(
      `this machine is ${here}, not ${there}: syscalls are judged by name, and those that ${there} does not have are let through`,
    );
    emulated = otherArchitecture(policy, native, there, has);
  }

  const start = syscallNumber('execve', here);
  const answer = emulated.abis.find(({ abi }) => abi === here)?.rules.get(start ?? -1)?.[0]?.action;
  const blocked = answer ? !reachesKernel(answer) : !reachesKernel(emulated.defaultAction);
  if (blocked) {
    return fail('undecided', `that host's filter does not let any program start: execve is refused`, {
      hint: 'allow execve in the profile',
    });
  }
  const program = compile(emulated);
  if (!program.ok) return program;
  return ok({ policy: emulated, program: program.value, notes });
}

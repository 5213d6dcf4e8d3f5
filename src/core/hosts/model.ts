import type { Reason } from '../documents/reason.ts';
import { ok, type Result } from '../failure.ts';
import { ENOSYS } from '../linux/errno.ts';
import { compareKernels, type KernelVersion, kernelText } from '../linux/kernel.ts';
import { kernelHas, kernelOf, kernelOption, removedIn, syscallName } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { causeOf } from '../seccomp/profile/cause.ts';
import { evaluate } from '../seccomp/profile/evaluate.ts';
import { lower } from '../seccomp/profile/lower.ts';
import type { Policy } from '../seccomp/profile/policy.ts';
import type { Profile } from '../seccomp/profile/profile.ts';
import type { Target } from '../seccomp/profile/target.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';
import type { HostIdentity, HostModel } from './host.ts';

const lowered = new WeakMap<Profile, Map<string, Result<Policy>>>();

/**
 * Lowers once for all hosts that lower alike: versions with the same profile, rules, libseccomp and capabilities share
 * one policy object, so callers may compare policies by identity and judge each only once.
 */
export function lowerShared(profile: Profile, target: Target): Result<Policy> {
  let byTarget = lowered.get(profile);
  if (!byTarget) {
    byTarget = new Map();
    lowered.set(profile, byTarget);
  }
  const key = targetKey(profile, target);
  let policy = byTarget.get(key);
  if (!policy) {
    policy = lower(profile, target);
    // A failure names the versions, which the key leaves out.
    if (policy.ok) byTarget.set(key, policy);
  }
  return policy;
}

/** Everything about a target that can change what lowering gives, and nothing else. */
function targetKey(profile: Profile, { arch, kernel, caps, engine, runtime, libseccomp }: Target): string {
  const architectures = engine.architectures(profile.architectures, arch);
  const minKernels = engine.testsMinKernel
    ? profile.groups.map(({ includes, excludes }) =>
        [includes.minKernel, excludes.minKernel]
          .map((min) => (min ? Number(compareKernels(kernel, min) >= 0) : ''))
          .join(''),
      )
    : [];
  const listed = architectures.ok ? architectures.value : [];
  const stubs = runtime.stub ? [arch, ...listed].map(runtime.stubKnows).join() : '';
  return [
    arch,
    engine.conditionArch(arch),
    architectures.ok ? listed.join() : architectures.failure.what,
    engine.passesErrnoRet && runtime.honoursErrnoRet,
    engine.passesDefaultErrnoRet && runtime.honoursDefaultErrnoRet,
    minKernels.join(''),
    [...caps].sort().join(),
    runtime.stub,
    runtime.stubAddsNative,
    runtime.stubZero,
    stubs,
    runtime.allMustHold,
    runtime.unknownName,
    runtime.redundantRule,
    runtime.strayErrno,
    profile.groups.every(({ action }) => runtime.acceptsAction(action)),
    runtime.acceptsAction(profile.defaultAction),
    profile.flags.every(runtime.acceptsFlag),
    libseccomp.version,
    libseccomp.supports(arch),
  ].join('|');
}

const ALLOW: Action = { kind: 'allow' };
const REFUSED: Action = { kind: 'errno', value: ENOSYS };

/** Calls that the kernel itself makes a program do on x86_64, and lets pass every filter (notes/not-filtered.md). */
const UNFILTERED: ReadonlyMap<number, { readonly name: string; readonly since: KernelVersion }> = new Map([
  [335, { name: 'uretprobe', since: { major: 6, minor: 14 } }],
  [336, { name: 'uprobe', since: { major: 6, minor: 18 } }],
]);

/** The verdict for a certain reason: nothing about it depends on an argument. */
export function certainly(action: Action, reason: Reason): Verdict {
  return { action, cause: causeOf(reason), conditional: false, alternatives: [], reason };
}

/** Why the kernel does not have a call that a filter let through; undefined when it has it. */
export function kernelLacks(
  { nr, abi, name }: Pick<Call, 'nr' | 'abi' | 'name'>,
  kernel: KernelVersion,
): Reason | undefined {
  if (kernelHas(nr, abi, kernel)) return undefined;
  const syscall = syscallName(nr, abi) ?? name;
  const first = kernelOf(syscall, abi);
  if (first && compareKernels(kernel, first) < 0) {
    return { kind: 'kernel-too-old', syscall, abi, since: kernelText(first), kernel: kernelText(kernel) };
  }
  const gone = removedIn(syscall);
  if (gone && compareKernels(kernel, gone) >= 0) {
    return { kind: 'kernel-removed', syscall, since: kernelText(gone) };
  }
  return { kind: 'kernel-lacks-number', abi, number: nr };
}

/** No number on that ABI in our tables: nothing can be said, so nothing is held against the host. */
function unknownCall({ abi, name }: Call): Verdict {
  return certainly(ALLOW, { kind: 'no-number', syscall: name, abi });
}

function passes({ kind }: Action): boolean {
  return kind === 'allow' || kind === 'log';
}

/** The verdict of a call that reaches the kernel, with the option that the kernel has to be built with. */
function asBuilt({ nr, abi, name }: Call, verdict: Verdict): Verdict {
  const option = kernelOption(syscallName(nr, abi) ?? name);
  return option === undefined ? verdict : { ...verdict, kernelOption: option };
}

/** The filter's answer, then the kernel's. */
export function filterThenKernel(kernel: KernelVersion, ask: (call: Call) => Verdict): HostModel['answer'] {
  return (call) => {
    if (call.nr === -1) return unknownCall(call);
    const free = call.abi === 'x86_64' ? UNFILTERED.get(call.nr) : undefined;
    if (free && compareKernels(kernel, free.since) >= 0) {
      const { name: syscall, since } = free;
      return certainly(ALLOW, { kind: 'passes-every-filter', syscall, since: kernelText(since) });
    }
    const verdict = ask(call);
    if (!passes(verdict.action)) return verdict;
    const lacks = kernelLacks(call, kernel);
    return lacks
      ? { ...certainly(REFUSED, lacks), alternatives: verdict.alternatives }
      : asBuilt(call, verdict);
  };
}

/** A host whose filter an engine and a runtime made. */
export function filteredHost(
  identity: HostIdentity,
  policy: Policy,
  target: Target,
  ask: (call: Call) => Verdict = (call) => evaluate(policy, call),
): HostModel {
  return { identity, policy, target, answer: filterThenKernel(target.kernel, ask) };
}

/** A host without a filter: only the kernel answers. */
export function unfilteredHost(identity: HostIdentity, kernel: KernelVersion): HostModel {
  return {
    identity,
    policy: undefined,
    target: undefined,
    answer: (call) => {
      if (call.nr === -1) return unknownCall(call);
      const lacks = kernelLacks(call, kernel);
      return lacks ? certainly(REFUSED, lacks) : asBuilt(call, certainly(ALLOW, { kind: 'no-filter' }));
    },
  };
}

/** Lowers a profile and makes the host of it. */
export function hostOf(identity: HostIdentity, profile: Profile, target: Target): Result<HostModel> {
  const policy = lowerShared(profile, target);
  return policy.ok ? ok(filteredHost(identity, policy.value, target)) : policy;
}

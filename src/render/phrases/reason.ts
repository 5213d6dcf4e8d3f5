import type { Denial } from '../../core/documents/denial.ts';
import type { VerdictView } from '../../core/documents/explain.ts';
import type {
  CertainReason,
  Reason,
  ReasonCondition,
  Remark,
  RuleOrigin,
} from '../../core/documents/reason.ts';
import { kernelErrnoOf } from '../../core/linux/kernelErrnos.ts';
import { liftPhrase } from './layers.ts';
import { list } from './list.ts';

/** `arg0 & 0x7e020000 == 0` */
function conditionPhrase({ index, op, value, valueTwo }: ReasonCondition): string {
  const hex = (text: string): string => (BigInt(text) < 10n ? text : `0x${BigInt(text).toString(16)}`);
  const signs = { EQ: '==', NE: '!=', LT: '<', LE: '<=', GE: '>=', GT: '>' } as const;
  return op === 'MASKED_EQ'
    ? `arg${index} & ${hex(value)} == ${hex(valueTwo)}`
    : `arg${index} ${signs[op]} ${hex(value)}`;
}

/** `allowed when arg0 < 38, arg0 == 39 or arg0 > 40`: the rules of one call, those with the same action together. */
export function rulesPhrases(rules: NonNullable<VerdictView['rules']>): readonly string[] {
  const byAction = new Map<string, string[]>();
  for (const { action, errno, conditions } of rules) {
    const what = action === 'allow' ? 'allowed' : (errno ?? action.replace('_', ' '));
    const when = conditions.map(conditionPhrase).join(' and ');
    byAction.set(what, [...(byAction.get(what) ?? []), when]);
  }
  return [...byAction].map(([what, when]) => `${what} when ${list(when, 'or')}`);
}

function originPhrase(origin: RuleOrigin): string {
  switch (origin.from) {
    case 'profile':
      return `rule of the profile, group ${origin.group}: ${origin.action} for ${origin.name ?? `${origin.names} names`}`;
    case 'proposal':
      return 'rule of runtime-spec#1266: syscalls up to Linux 6.10 that the profile does not allow';
    case 'change':
      return `rule of the changed profile: ${origin.step}`;
    case 'trace-build':
      return 'rule that trace-build put in';
  }
}

const BY_DEFAULT = {
  'no-rule': 'no rule names it',
  'no-condition-holds': 'no condition of its rules holds',
  'number-not-loaded': 'libseccomp never loads the number of a call on this architecture, so no rule matches',
  'name-skipped': 'its name is skipped because this libseccomp does not know it',
} as const;

/** When the kernel itself returns an errno, with the source of that fact. */
function kernelPhrase(syscall: string, errno: string): string {
  const own = kernelErrnoOf(syscall, errno);
  return own === undefined
    ? `the kernel itself returned ${errno}`
    : `the kernel itself returns ${errno} when ${own.when} (${own.kind}; ${own.source})`;
}

function gvisorPhrase(reason: Extract<Reason, { kind: 'gvisor' }>): string {
  const who = `gVisor of ${reason.release}`;
  switch (reason.state) {
    case 'implemented':
      return `${who} implements it`;
    case 'partial':
      return `${who} implements a part of it`;
    case 'missing':
      return `${who} does not implement it`;
    case 'flag-missing':
      return `${who} implements it only where runsc runs with --${reason.flag}`;
    case 'capability-missing':
      return `${who} asks for ${reason.capability}, and does not implement it anyway`;
    case 'capability-held':
      return `${who} does not implement it (with ${reason.capability})`;
    case 'errno':
      return `${who} always returns ${reason.errno} for it`;
  }
}

function filterPhrase({
  because,
  syscall,
  errno,
  since,
  kernelAtLeast,
}: Extract<Reason, { kind: 'some-filter' }>): string {
  switch (because) {
    case 'audit-record':
      return `an audit record of the kernel shows that a seccomp filter refused it; which filter and which errno is not known`;
    case 'no-entry':
      return `a seccomp filter: the kernel's own events show that the call never reached it; which filter is not known`;
    case 'number-lost':
      return `a seccomp filter: kernels before 4.8 show number -1 for a call that a filter refused, so which call it was is lost`;
    case 'passes-without':
      return 'a seccomp filter: without any the call was not refused';
    case 'killed':
      return 'a seccomp filter killed the process; which one is not known';
    case 'kernel-never-returns-it':
      return `the kernel has no reason of its own to return ${errno} for ${syscall}, so a filter did`;
    case 'kernel-has-it':
      return `the kernel has ${syscall} (since ${since}; the trace needs at least ${kernelAtLeast}), so a filter's stub or rule is likely`;
    case 'trace-alone':
      return 'a filter';
  }
}

/** The kernel's own events contradict the model. */
function modelDefectPhrase({
  host,
  syscall,
  got,
  refusedBy,
}: Extract<Reason, { kind: 'differs-from-model' }>): string {
  const events =
    refusedBy === 'filter'
      ? `a filter refused ${syscall} before the kernel got it, but the model of ${host} allows it`
      : `the kernel itself returned ${got} for ${syscall}, but in the model of ${host} the filter refuses it`;
  return `${events}: another filter is loaded, or the model is wrong, which is a defect to report`;
}

/** Why, as a clause without a full stop. */
export function reasonPhrase(reason: Reason): string {
  switch (reason.kind) {
    case 'rule': {
      const when = reason.conditions.map(conditionPhrase).join(' and ');
      return `${originPhrase(reason.origin)}${when === '' ? '' : `, when ${when}`}`;
    }
    case 'default-action':
      return reason.because === 'proposal'
        ? `Linux 6.10 has this syscall and no rule allows it: the proposed default is ${reason.action}`
        : `${BY_DEFAULT[reason.because]}: default action ${reason.action}`;
    case 'enosys-stub':
      return reason.above === undefined
        ? `runc's stub returns ENOSYS for number ${reason.number} on ${reason.abi}`
        : `number ${reason.number} is above ${reason.above}, the largest that the profile names on ${reason.abi}: runc's stub returns ENOSYS`;
    case 'architecture-not-in-filter':
      return `the filter does not list the architecture ${reason.abi}: ${reason.action}`;
    case 'filter-in-force':
      return `the filter that the engine loaded returns ${reason.action}`;
    case 'kernel-too-old':
      return reason.kernel === undefined
        ? `a kernel older than ${reason.since}`
        : `${reason.syscall} came with Linux ${reason.since} on ${reason.abi}; this kernel is ${reason.kernel}`;
    case 'kernel-removed':
      return `Linux ${reason.since} removed ${reason.syscall}`;
    case 'kernel-lacks-number':
      return `no kernel in the tables implements number ${reason.number} on ${reason.abi}`;
    case 'kernel-without':
      return 'a kernel without the call';
    case 'user-namespace':
      return `the kernel asks for ${reason.capability} outside of user namespaces, which a rootless container can't have`;
    case 'gvisor':
      return gvisorPhrase(reason);
    case 'gvisor-architecture':
      return `gVisor runs ${reason.runs} programs only`;
    case 'no-filter':
      return 'no filter is loaded';
    case 'passes-every-filter':
      return `Linux ${reason.since} and later let ${reason.syscall} pass every filter`;
    case 'no-number':
      return `the tables have no number for ${reason.syscall} on ${reason.abi}`;
    case 'not-emulated':
      return 'that architecture has no such syscall, so the emulation lets it through';
    case 'kernel-errno':
      return kernelPhrase(reason.syscall, reason.errno);
    case 'kernel-errno-unlisted':
      return `the kernel itself returned ${reason.errno}: a capability, a security module, the file system or an argument`;
    case 'capability':
      return `the caller lacks ${reason.capabilities.join(' or ')}`;
    case 'security-module':
      return `a security module (${reason.modules.join(' or ')})`;
    case 'device-cgroup':
      return `the device cgroup of the container does not allow ${reason.path}`;
    case 'masked-path':
      return `the engine masks ${reason.path} or mounts it read-only`;
    case 'user-namespace-limit':
      return `the system limits user namespaces (${reason.settings.join(', ')})`;
    case 'sysctl':
      return `${reason.name} forbids it to callers without ${reason.unless}`;
    case 'no-new-privileges':
      return 'no_new_privs, or a program with privileges of its own that cannot be given';
    case 'resource-limit':
      return `a limit: ${reason.limit}`;
    case 'object':
      return reason.what;
    case 'own-filter':
      return `the filter that the program itself loaded on line ${reason.line}`;
    case 'tracer':
      return 'strace traces the process already, and a process has one tracer';
    case 'emulator':
      return `${reason.name} wrote this record and does not know the call: an emulator has its own table of syscalls`;
    case 'recording-broken':
      return 'every call of the trace says ENOSYS: the recording is broken, not the host';
    case 'lifted':
      return `${liftPhrase(reason)}: it was not refused without`;
    case 'injected':
      return 'strace itself made up this result (option inject), neither a filter nor the kernel';
    case 'some-filter':
      return filterPhrase(reason);
    case 'differs-from-model':
      if (reason.refusedBy !== undefined) return modelDefectPhrase(reason);
      return `${reason.host} should return ${reason.expected} for ${reason.syscall}, but the trace shows ${reason.got}: another filter, or a host that differs from its model`;
    case 'not-known': {
      const candidates = reason.candidates.map((one: CertainReason) => reasonPhrase(one)).join(', or ');
      if (reason.because === 'several-causes') {
        return `not known: ${candidates}; run --why lifts one layer after another to tell them apart`;
      }
      return reason.because === 'argument-not-in-trace'
        ? `the trace does not show the argument that decides: ${candidates}`
        : `not known: ${candidates}; name the host with --on to tell them apart`;
    }
  }
}

/** What a verdict takes for granted of the kernel, as a clause. */
export function kernelOptionPhrase(option: string): string {
  return `assumed: a kernel built with ${option}; one without it returns ENOSYS`;
}

function remarkPhrase(remark: Remark): string {
  switch (remark.kind) {
    case 'also-passed':
      return `the same call went through at line ${remark.line}`;
    case 'allowed-by':
      return remark.filter ? `the filter of ${remark.host} allows it` : `${remark.host} has no filter`;
    case 'outside-filter':
      return `the filter of ${remark.host} would have returned ${remark.expected}, so the caller was not under it`;
    case 'never-filtered':
      return `no engine's default profile refuses ${remark.syscall}`;
    case 'kernel-too':
      return kernelPhrase(remark.syscall, remark.errno);
    case 'evaluated-by-name':
      return `evaluated by name: the trace is of ${remark.abi}`;
    case 'argument-unknown':
      return 'depends on an argument that the trace does not show';
    case 'only-filter-returns-it':
      return `the argument that decides is not in the trace, but only the filter returns ${remark.errno}`;
    case 'fails-anyway':
      return `the kernel itself returned ${remark.errno} too, without a filter, so nothing changes`;
  }
}

/** The reason of a refusal with all that is to be said of it, as one clause without a full stop. */
export function evidencePhrase({ reason, remarks = [] }: Pick<Denial, 'reason' | 'remarks'>): string {
  return [reasonPhrase(reason), ...remarks.map(remarkPhrase)].join('; ');
}

import * as z from 'zod';
import { layer } from './layers.ts';

/**
 * Why a call was, or would be, refused or let through: a closed union of data. It is made where it is decided and worded
 * only in `render/phrases`. `basis` says how it is known; together they are a claim.
 */

/** `seen` in this trace; `confirmed` by the kernel; `computed` by the model; `known` by a sourced table; `assumed`. */
export const basis = z.enum(['seen', 'confirmed', 'computed', 'known', 'assumed']).meta({
  id: 'Basis',
  description: 'How a claim is known; only what is not assumed decides an exit status 0',
});
export type Basis = z.infer<typeof basis>;

/** An action's name in seccomp(2)'s terms, with the errno's name for `errno`. */
const actionName = z.string();

/** `args[index] op value`; values in decimal, for they have 64 bits. `masked`: `args[index] & value == valueTwo`. */
export const condition = z.object({
  index: z.number().int(),
  op: z.enum(['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ']),
  value: z.string(),
  valueTwo: z.string(),
});
export type ReasonCondition = z.infer<typeof condition>;

/** Where a rule of a policy comes from. `group` counts the entries of the profile's `syscalls` from 1. */
const ruleOrigin = z.discriminatedUnion('from', [
  z.object({
    from: z.literal('profile'),
    group: z.number().int(),
    action: z.string(),
    names: z.number().int(),
    name: z.string().optional().meta({ description: 'Where the entry has just one name' }),
  }),
  z.object({ from: z.literal('proposal') }),
  z.object({ from: z.literal('change'), step: z.string() }),
  z
    .object({ from: z.literal('trace-build') })
    .meta({ description: 'Put in by trace-build, not by a profile' }),
]);
export type RuleOrigin = z.infer<typeof ruleOrigin>;

const kind = <K extends string, S extends z.ZodRawShape>(name: K, shape: S) =>
  z.object({ kind: z.literal(name), ...shape });

const text = z.string();
const number = z.number().int();

/** Decided by a filter. */
const byFilter = [
  kind('rule', { origin: ruleOrigin, conditions: z.array(condition) }),
  kind('default-action', {
    action: actionName,
    because: z.enum(['no-rule', 'no-condition-holds', 'name-skipped', 'number-not-loaded', 'proposal']),
  }),
  kind('enosys-stub', { abi: text, number, above: number.optional() }),
  kind('architecture-not-in-filter', { abi: text, action: actionName }),
  kind('filter-in-force', { action: actionName }).meta({
    description:
      'The filter that the engine really loaded, read out of the container; which rule it came from is lost',
  }),
] as const;

/** The kernel, or what stands in for one, does not have the call. */
const byKernelVersion = [
  kind('kernel-too-old', { syscall: text, abi: text, since: text, kernel: text.optional() }),
  kind('kernel-removed', { syscall: text, since: text }),
  kind('kernel-lacks-number', { abi: text, number }),
  kind('kernel-without', { syscall: text }),
  kind('user-namespace', { syscall: text, capability: text }).meta({
    description:
      'The kernel asks for a capability of the initial user namespace, which a rootless container lacks',
  }),
  kind('gvisor', {
    release: text,
    state: z.enum([
      'implemented',
      'partial',
      'missing',
      'flag-missing',
      'capability-missing',
      'capability-held',
      'errno',
    ]),
    flag: text.optional(),
    capability: text.optional(),
    errno: text.optional(),
  }),
  kind('gvisor-architecture', { runs: text }),
] as const;

/** Why a call gets through. */
const passes = [
  kind('no-filter', {}),
  kind('passes-every-filter', { syscall: text, since: text }),
  kind('no-number', { syscall: text, abi: text }),
  kind('not-emulated', {}),
] as const;

/** What a trace shows, beyond what the model of a host computes. */
const bySight = [
  kind('kernel-errno', { errno: text, syscall: text }).meta({
    description: "The kernel's own errno; facts/kernel-errnos.json says when it returns it",
  }),
  kind('kernel-errno-unlisted', { errno: text }).meta({
    description:
      'The filter allows the call, so the errno is the kernel’s; when it returns it is not in the tables',
  }),
  kind('capability', { capabilities: z.array(text).readonly() }).meta({
    description: 'The call needs one of these capabilities, with these arguments',
  }),
  kind('security-module', { modules: z.array(text).readonly() }),
  kind('device-cgroup', { path: text }),
  kind('masked-path', { path: text }).meta({
    description: 'A path of /proc or /sys that engines mask or mount read-only',
  }),
  kind('user-namespace-limit', { settings: z.array(text).readonly() }),
  kind('sysctl', { name: text, unless: text }).meta({
    description: 'The setting forbids the call, unless the caller has what `unless` says',
  }),
  kind('no-new-privileges', {}),
  kind('resource-limit', { limit: text }),
  kind('object', { what: text }).meta({ description: 'What the call is about: a flag, a file, a process' }),
  kind('own-filter', { line: number }).meta({
    description: 'A filter that the program loaded itself, at that line',
  }),
  kind('tracer', {}).meta({ description: 'strace traces the process already, and there can be one tracer' }),
  kind('emulator', { name: text }).meta({
    description: 'The record is of an emulator, which has its own table of syscalls',
  }),
  kind('recording-broken', {}).meta({ description: 'Every call of the trace says ENOSYS' }),
  kind('lifted', { layers: z.array(layer).readonly(), grant: z.array(text).readonly().optional() }).meta({
    description:
      'Seen: with these layers lifted together the call was not refused, with fewer of them it was',
  }),
  kind('injected', {}).meta({ description: 'Made up by strace (option inject)' }),
  kind('some-filter', {
    because: z.enum([
      'killed',
      'audit-record',
      'no-entry',
      'passes-without',
      'number-lost',
      'kernel-never-returns-it',
      'kernel-has-it',
      'trace-alone',
    ]),
    syscall: text,
    errno: text,
    since: text.optional(),
    kernelAtLeast: text.optional(),
  }).meta({ description: 'A filter, but which part of which one is not known' }),
  kind('differs-from-model', {
    host: text,
    expected: text,
    got: text,
    syscall: text,
    refusedBy: z.enum(['filter', 'kernel']).optional(),
  }).meta({
    description:
      "The host as modelled would do something else: another filter, or the model is wrong; refusedBy where the kernel's own events showed who refused",
  }),
] as const;

const certain = z.discriminatedUnion('kind', [...byFilter, ...byKernelVersion, ...passes, ...bySight]);
export type CertainReason = z.infer<typeof certain>;

/** The closed union. `not-known` lists what it could be. */
export const reason = z
  .discriminatedUnion('kind', [
    ...byFilter,
    ...byKernelVersion,
    ...passes,
    ...bySight,
    kind('not-known', {
      because: z.enum(['trace-alone', 'argument-not-in-trace', 'several-causes']),
      candidates: z.array(certain),
    }),
  ])
  .meta({ id: 'Reason', description: 'Why a call was refused: data, worded by the reporters' });
export type Reason = z.infer<typeof reason>;

/** What else is to be said of a refusal. */
export const remark = z
  .discriminatedUnion('kind', [
    kind('also-passed', { line: number }).meta({ description: 'The same call went through elsewhere' }),
    kind('allowed-by', { host: text, filter: z.boolean() }).meta({
      description: "The host's filter, if it has one, allows the call",
    }),
    kind('outside-filter', { host: text, expected: text }).meta({
      description: "The host's filter would have returned something else: the caller was not under it",
    }),
    kind('never-filtered', { syscall: text }).meta({
      description: "No engine's default profile refuses the call",
    }),
    kind('kernel-too', { errno: text, syscall: text }).meta({
      description: 'The kernel itself may return the same errno',
    }),
    kind('evaluated-by-name', { abi: text }).meta({ description: 'The trace is of another ABI' }),
    kind('argument-unknown', {}).meta({ description: 'Depends on an argument that the trace does not show' }),
    kind('only-filter-returns-it', { errno: text }),
    kind('fails-anyway', { errno: text }).meta({
      description: 'The kernel returned the same errno without a filter: nothing changes',
    }),
  ])
  .meta({ id: 'Remark' });
export type Remark = z.infer<typeof remark>;

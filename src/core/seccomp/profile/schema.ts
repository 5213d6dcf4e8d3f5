import * as z from 'zod';
import { fail, ok, type Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import { ABIS, abiInfo } from '../../linux/abi.ts';
import { errnoNumber } from '../../linux/errno.ts';
import { withUsualFields } from './fields.ts';
import { issuesText } from './issues.ts';
import type { Condition, Operator } from './policy.ts';
import type { Profile, ProfileAction, ProfileGroup, Requirement } from './profile.ts';

/** SCMP_ACT_* of libseccomp and the OCI specification (KILL is the older name of KILL_THREAD). */
const ACTIONS: Readonly<Record<string, ProfileAction>> = {
  SCMP_ACT_ALLOW: 'allow',
  SCMP_ACT_ERRNO: 'errno',
  SCMP_ACT_KILL: 'kill_thread',
  SCMP_ACT_KILL_THREAD: 'kill_thread',
  SCMP_ACT_KILL_PROCESS: 'kill_process',
  SCMP_ACT_TRAP: 'trap',
  SCMP_ACT_TRACE: 'trace',
  SCMP_ACT_LOG: 'log',
  SCMP_ACT_NOTIFY: 'notify',
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  SCMP_CMP_NE: 'NE',
  SCMP_CMP_LT: 'LT',
  SCMP_CMP_LE: 'LE',
  SCMP_CMP_EQ: 'EQ',
  SCMP_CMP_GE: 'GE',
  SCMP_CMP_GT: 'GT',
  SCMP_CMP_MASKED_EQ: 'MASKED_EQ',
};

const FLAGS: ReadonlyMap<string, string> = new Map(
  ['TSYNC', 'LOG', 'SPEC_ALLOW', 'WAIT_KILLABLE_RECV'].map((name) => {
    const flag = `SECCOMP_FILTER_FLAG_${name}`;
    return [flag, flag] as const;
  }),
);

const ARCHITECTURES: ReadonlyMap<string, Abi> = new Map(ABIS.map((abi) => [abiInfo(abi).scmp, abi]));

const oneOf = <T>(what: string, table: ReadonlyMap<string, T>) =>
  z.string().transform((text, context): T => {
    const value = table.get(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `unknown ${what} '${text}'` });
    return z.NEVER;
  });

const action = oneOf('action', new Map(Object.entries(ACTIONS)));
const operator = oneOf('operator', new Map(Object.entries(OPERATORS)));
const architecture = oneOf('architecture', ARCHITECTURES);
const flag = oneOf('flag', FLAGS);

const MAX_U64 = (1n << 64n) - 1n;

/** An unsigned 64-bit number. JSON.parse rounds those above 2^53; `readProfileJson` keeps them whole. */
const u64 = z.unknown().transform((value, context) => {
  const wrong = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (value === null) return 0n;
  if (typeof value === 'string')
    return wrong(`${JSON.stringify(value)} is text: engines read a number without quotes only`);
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return wrong(`${value} was rounded on the way here`);
  const whole =
    typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
      ? BigInt(value)
      : undefined;
  if (whole === undefined || whole < 0n || whole > MAX_U64)
    return wrong(
      `${whole ?? (typeof value === 'number' ? value : JSON.stringify(value))} is not an unsigned 64-bit number`,
    );
  return whole;
});

/** A list that may be absent or null: Go encodes empty slices so. */
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

/**
 * Engines take any 64-bit number. What a double can't hold is cut to what decides: its lower 16 bits, and that there are more than 32.
 */
const errnoRet = z
  .unknown()
  .transform((value, context): number | undefined => {
    if (value === null || value === undefined) return undefined;
    const wrong = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const isBig = typeof value === 'bigint';
    if (!isBig && !Number.isSafeInteger(value))
      return wrong(`${JSON.stringify(value)} is not a whole number`);
    if (Number(value) < 0) return wrong('must not be below 0');
    if (isBig && value > MAX_U64) return wrong(`must not be above ${MAX_U64}`);
    return isBig ? 2 ** 32 + Number(value & 0xffffn) : (value as number);
  })
  .optional();
const errnoText = z
  .string()
  .transform((text, context) => {
    // Podman takes a number in quotes too.
    const value = /^\d+$/.test(text) ? Number(text) : errnoNumber(text);
    if (value !== undefined || text === '') return value;
    context.addIssue({ code: 'custom', message: `unknown errno name '${text}'` });
    return z.NEVER;
  })
  .nullish();

/** Docker takes two numbers of a byte each, not both 0; an empty text says nothing (measured with 20.10.24). */
const kernel = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const found = /^(\d+)\.(\d+)$/.exec(text);
  const [major, minor] = [Number(found?.[1]), Number(found?.[2])];
  if (major <= 255 && minor <= 255 && major + minor > 0) return { major, minor };
  context.addIssue({
    code: 'custom',
    message: `'${text}' is not a kernel version: Docker reads only two numbers, such as 4.8`,
  });
  return z.NEVER;
});

const requirement = z
  .object({ arches: list(z.string()), caps: list(z.string()), minKernel: kernel.nullish() })
  .nullish()
  .transform((found): Requirement => {
    const { arches = [], caps = [], minKernel } = found ?? {};
    return { arches, caps, ...(minKernel ? { minKernel } : {}) };
  });

const argument = z
  // Go's decoder leaves what is not there at 0 (a condition without `value` starts with Docker 20.10.24).
  .object({
    index: z.number().int().min(0).max(5).nullish(),
    value: u64.optional(),
    valueTwo: u64.optional(),
    op: operator,
  })
  .transform(
    ({ index, value, valueTwo, op }): Condition => ({
      index: index ?? 0,
      op,
      value: value ?? 0n,
      valueTwo: valueTwo ?? 0n,
    }),
  );

const group = z
  .object({
    names: list(z.string()),
    name: z.string().nullish(),
    action,
    errnoRet,
    errno: errnoText,
    args: list(argument),
    includes: requirement,
    excludes: requirement,
    comment: z.string().nullish(),
  })
  .transform((found, context): ProfileGroup => {
    // A group without names is taken, and says nothing (measured with Docker 20.10.24, runc 1.1.5 and crun 1.8.1).
    const { names, name, errno, comment } = found;
    if (name && names.length > 0) {
      context.addIssue({ code: 'custom', message: "has both 'name' and 'names'" });
      return z.NEVER;
    }
    // containers/common: the name wins over the number.
    const value = errno ?? found.errnoRet;
    return {
      names: name ? [name] : names,
      action: found.action,
      ...(value === null || value === undefined ? {} : { errnoRet: value }),
      args: found.args,
      includes: found.includes,
      excludes: found.excludes,
      ...(comment ? { comment } : {}),
    };
  });

const document = z
  .object({
    defaultAction: action,
    defaultErrnoRet: errnoRet,
    defaultErrno: errnoText,
    archMap: z
      .array(z.object({ architecture, subArchitectures: list(architecture) }))
      .nullish()
      .transform((map) =>
        map && map.length > 0
          ? map.map(({ architecture: native, subArchitectures: sub }) => ({ native, sub }))
          : undefined,
      ),
    architectures: z
      .array(architecture)
      .nullish()
      .transform((found) => (found && found.length > 0 ? found : undefined)),
    flags: list(flag),
    listenerPath: z.string().nullish(),
    listenerMetadata: z.string().nullish(),
    syscalls: list(group),
  })
  .transform((found, context): Profile => {
    if (found.archMap && found.architectures) {
      context.addIssue({ code: 'custom', message: "has both 'archMap' and 'architectures'; keep one" });
      return z.NEVER;
    }
    const value = found.defaultErrno ?? found.defaultErrnoRet;
    return {
      defaultAction: found.defaultAction,
      ...(value === null || value === undefined ? {} : { defaultErrnoRet: value }),
      architectures: { archMap: found.archMap, list: found.architectures },
      groups: found.syscalls,
      flags: found.flags,
      ...(found.listenerPath ? { listenerPath: found.listenerPath } : {}),
      ...(found.listenerMetadata ? { listenerMetadata: found.listenerMetadata } : {}),
    };
  });

/** An OCI config.json carries its profile at linux.seccomp; anything else is the profile itself. */
export function profilePart(json: unknown): unknown {
  const linux = (json as { linux?: { seccomp?: unknown } } | null)?.linux;
  return linux?.seccomp ?? json;
}

/**
 * Reads a seccomp profile: Docker's and Podman's JSON (also the list form with `name` of Docker 1.10 to 1.12), the
 * `linux.seccomp` object of the OCI runtime specification, or a whole OCI config.json. Values above 2^53 must come as
 * bigint; see `readProfileJson`.
 */
export function parseProfile(json: unknown, file?: string): Result<Profile> {
  const parsed = document.safeParse(profilePart(withUsualFields(json)));
  if (parsed.success) return ok(parsed.data);
  return fail('input', `not a seccomp profile: ${issuesText(parsed.error.issues)}`, {
    ...(file === undefined ? {} : { where: { file } }),
    hint: 'give a Docker, Podman, containerd or OCI seccomp profile in JSON',
  });
}

import { abiInfo } from '../../linux/abi.ts';
import type { Condition } from '../profile/policy.ts';
import type { Profile, ProfileAction, ProfileGroup, Requirement } from '../profile/profile.ts';

/** A profile in another form, and sentences about what that form cannot say. */
export interface Converted<T> {
  readonly value: T;
  readonly lost: readonly string[];
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** SCMP_ACT_KILL is what every runtime takes; runc before 1.1.3 does not know the name SCMP_ACT_KILL_THREAD. */
function actionName(action: ProfileAction): string {
  return action === 'kill_thread' ? 'SCMP_ACT_KILL' : `SCMP_ACT_${action.toUpperCase()}`;
}

/** A JSON number where it stays exact, else a bigint, which `jsonText` writes as a number too. */
const exact = (value: bigint): number | bigint => (value <= MAX_SAFE ? Number(value) : value);

function argument({ index, op, value, valueTwo }: Condition) {
  return {
    index,
    value: exact(value),
    ...(op === 'MASKED_EQ' ? { valueTwo: exact(valueTwo) } : {}),
    op: `SCMP_CMP_${op}`,
  };
}

function requirement({ arches, caps, minKernel }: Requirement) {
  return {
    ...(arches.length > 0 ? { arches } : {}),
    ...(caps.length > 0 ? { caps } : {}),
    ...(minKernel ? { minKernel: `${minKernel.major}.${minKernel.minor}` } : {}),
  };
}

function rule({ names, action, errnoRet, args }: ProfileGroup) {
  return {
    names,
    action: actionName(action),
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args.length > 0 ? { args: args.map(argument) } : {}),
  };
}

function head({ defaultAction, defaultErrnoRet }: Profile) {
  return {
    defaultAction: actionName(defaultAction),
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
  };
}

function tail({ flags, listenerPath, listenerMetadata }: Profile) {
  return {
    ...(flags.length > 0 ? { flags } : {}),
    ...(listenerPath === undefined ? {} : { listenerPath }),
    ...(listenerMetadata === undefined ? {} : { listenerMetadata }),
  };
}

/** Docker's and Podman's form: everything survives. */
export function toDocker(profile: Profile): Converted<object> {
  const { archMap, list } = profile.architectures;
  const value = {
    ...head(profile),
    ...(archMap
      ? {
          archMap: archMap.map(({ native, sub }) => ({
            architecture: abiInfo(native).scmp,
            subArchitectures: sub.map((abi) => abiInfo(abi).scmp),
          })),
        }
      : {}),
    ...(list ? { architectures: list.map((abi) => abiInfo(abi).scmp) } : {}),
    ...tail(profile),
    syscalls: profile.groups.map((group) => {
      const [includes, excludes] = [requirement(group.includes), requirement(group.excludes)];
      return {
        ...rule(group),
        ...(Object.keys(includes).length > 0 ? { includes } : {}),
        ...(Object.keys(excludes).length > 0 ? { excludes } : {}),
        ...(group.comment === undefined ? {} : { comment: group.comment }),
      };
    }),
  };
  return { value, lost: [] };
}

/** The `linux.seccomp` object of the OCI runtime specification; takes a profile whose conditions are decided. */
export function toOci(profile: Profile): Converted<object> {
  const value = {
    ...head(profile),
    architectures: (profile.architectures.list ?? []).map((abi) => abiInfo(abi).scmp),
    ...tail(profile),
    syscalls: profile.groups.map(rule),
  };
  return { value, lost: [] };
}

/** SeccompProfile of the Kubernetes security-profiles-operator (v1beta1). */
export function toSpo(profile: Profile, name: string): Converted<object> {
  const { defaultErrnoRet, ...spec } = toOci(profile).value as { defaultErrnoRet?: number };
  const lost =
    defaultErrnoRet === undefined || defaultErrnoRet === 1
      ? []
      : [`the default errno ${defaultErrnoRet}: SeccompProfile has no field for it, EPERM is used`];
  const value = {
    apiVersion: 'security-profiles-operator.x-k8s.io/v1beta1',
    kind: 'SeccompProfile',
    metadata: { name },
    spec,
  };
  return { value, lost };
}

/** The JSON inside a SeccompProfile, for `parseProfile`. */
export function fromSpo(document: unknown): Converted<unknown> {
  const spec = (document as { spec?: { baseProfileName?: unknown } } | null)?.spec;
  const base = spec?.baseProfileName;
  const lost =
    typeof base === 'string' && base !== ''
      ? [`what the base profile '${base}' allows: the operator adds its rules`]
      : [];
  return { value: spec ?? document, lost };
}

/** JSON with bigints as plain numbers: profiles hold 64-bit values. */
export function jsonText(value: unknown): string {
  const whole: string[] = [];
  const text = JSON.stringify(
    value,
    (_, each: unknown) => {
      if (typeof each !== 'bigint') return each;
      whole.push(`${each}`);
      return `\u0000${whole.length - 1}`;
    },
    2,
  );
  return `${text.replace(/"\\u0000(\d+)"/g, (_, index: string) => whole[Number(index)]!)}\n`;
}

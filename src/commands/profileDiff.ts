import type { ProfileDiffDocument } from '../core/documents/profile.ts';
import { ok, type Result } from '../core/failure.ts';
import { answererOfHost } from '../core/hosts/answerer.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { type ChangedCall, sinceWhen } from '../core/hosts/since.ts';
import { type Answerer, answererOfFilters, compareFilters } from '../core/seccomp/filter/compareFilters.ts';
import { actionOf } from '../core/seccomp/filter/returns.ts';
import { openHost } from '../io/machine/hosts.ts';
import { actionDocument } from './actionDocument.ts';
import { openSource } from './profileSource.ts';

/**
 * The syscalls on which two filters, profiles or hosts differ, each with a call that shows it; for two versions of one
 * engine also since which version. `arch` is the architecture of hosts that do not name one.
 */
export async function diffProfiles(
  first: string,
  second: string,
  { arch }: { readonly arch?: string } = {},
): Promise<Result<ProfileDiffDocument>> {
  const a = await openAnswerer(first, arch);
  if (!a.ok) return a;
  const b = await openAnswerer(second, arch);
  if (!b.ok) return b;
  const found = compareFilters(a.value.answerer, b.value.answerer);
  const since =
    a.value.host && b.value.host
      ? await changes(
          { a: a.value.host, b: b.value.host },
          found.map((one) => ({ ...one, action: actionOf(one.b) })),
          arch,
        )
      : undefined;
  if (since?.ok === false) return since;
  return ok({
    schema: 'trace-build/profile-diff@1',
    a: first,
    b: second,
    differences: found.map(({ syscall, abi, nr, a: left, b: right, args }, index) => {
      const version = since?.value[index];
      return {
        syscall,
        abi,
        nr,
        a: actionDocument(actionOf(left)),
        b: actionDocument(actionOf(right)),
        ...(args ? { args: args.map((value) => `0x${value.toString(16)}`) } : {}),
        ...(version === undefined ? {} : { since: version }),
      };
    }),
  });
}

async function changes(
  hosts: { readonly a: HostModel; readonly b: HostModel },
  calls: readonly ChangedCall[],
  arch: string | undefined,
): Promise<Result<readonly (string | undefined)[]>> {
  return sinceWhen(hosts, calls, (expression) =>
    openHost(arch === undefined || /,\s*arch=/.test(expression) ? expression : `${expression},arch=${arch}`),
  );
}

/** A side of the comparison; `host` where it is one. */
interface Side {
  readonly answerer: Answerer;
  readonly host?: HostModel;
}

async function openAnswerer(word: string, arch: string | undefined): Promise<Result<Side>> {
  const source = await openSource(word, arch === undefined ? {} : { arch });
  if (!source.ok) return source;
  const host = source.value.kind === 'host' ? source.value.host : undefined;
  const answerer =
    source.value.kind === 'host'
      ? answererOfHost(source.value.host)
      : answererOfFilters(source.value.programs);
  return answerer.ok ? ok({ answerer: answerer.value, ...(host ? { host } : {}) }) : answerer;
}

import { ok, type Result } from '../failure.ts';
import type { Abi } from '../linux/abi.ts';
import { type Action, sameAction } from '../seccomp/profile/action.ts';
import { decide } from '../seccomp/profile/evaluate.ts';
import type { HostModel } from './host.ts';
import { componentsOf, versionsBetween } from './parts.ts';

/** A call that two hosts answer differently. */
export interface ChangedCall {
  readonly syscall: string;
  readonly abi: Abi;
  readonly nr: number;
  readonly args?: readonly bigint[];
  /** What the second host returns. */
  readonly action: Action;
}

const NONE = [0n, 0n, 0n, 0n, 0n, 0n];

/**
 * The version on the way from `a` to `b`, both of one engine, from which on each call is answered as `b` answers it, in
 * the order of the calls; undefined for hosts of different engines and for what changes with something else.
 */
export async function sinceWhen(
  { a, b }: { readonly a: HostModel; readonly b: HostModel },
  calls: readonly ChangedCall[],
  open: (expression: string) => Promise<Result<HostModel>>,
): Promise<Result<readonly (string | undefined)[]>> {
  const to = componentsOf(b).engine;
  const versions = await versionsBetween('engine', componentsOf(a).engine, to);
  const { expression } = b.identity;
  const comma = expression.indexOf(',');
  const refinements = comma < 0 ? '' : expression.slice(comma);
  const hosts: { readonly version: string; readonly model: HostModel }[] = [];
  for (const version of versions) {
    const model = version === to ? ok(b) : await open(`${version}${refinements}`);
    if (!model.ok) return model;
    hosts.push({ version, model: model.value });
  }
  return ok(
    calls.map(({ syscall, abi, nr, args = NONE, action }) => {
      const other = hosts.findLastIndex(
        ({ model: { policy } }) =>
          policy && !sameAction(decide(policy, { abi, nr, name: syscall, args }), action),
      );
      return hosts[other + 1]?.version.replace(/^[^@]*@/, '');
    }),
  );
}

import { ok, type Result } from '../../failure.ts';
import type { HostIdentity, HostModel } from '../host.ts';
import { stackedVerdict } from '../stacked.ts';
import { stackedPolicy } from '../stackedPolicy.ts';
import type { Surroundings } from './surroundings.ts';

type Resolve = (expression: string, surroundings: Surroundings) => Promise<Result<HostModel>>;

/** `docker@29.7.2+codex`: a sandbox within a container. Kernel and architecture of the outermost layer are those of all. */
export async function stackedHost(
  expression: string,
  layers: readonly string[],
  surroundings: Surroundings,
  resolve: Resolve,
): Promise<Result<HostModel>> {
  const hosts: HostModel[] = [];
  let around = surroundings;
  for (const layer of layers) {
    const host = await resolve(layer, around);
    if (!host.ok) return host;
    hosts.push(host.value);
    const { kernel, arch } = hosts[0]!.identity;
    around = { ...surroundings, running: { kernel, arch } };
  }
  const [outer, ...inner] = hosts.map(({ identity }) => identity);
  const identity: HostIdentity = {
    ...outer!,
    expression,
    engine: hosts.map((host) => host.identity.engine).join('+'),
    version: hosts.map((host) => host.identity.version).join('+'),
    assumed: [
      ...new Set([
        ...outer!.assumed,
        ...inner.flatMap(({ assumed }) => assumed.filter((field) => field === 'version')),
      ]),
    ],
    notes: [
      'several filters are in force: the strictest result wins',
      ...hosts.flatMap((host, i) => host.identity.notes.map((note) => `${layers[i]}: ${note}`)),
    ],
  };
  const policies = hosts.flatMap(({ policy }) => policy ?? []);
  return ok({
    identity,
    policy: policies.length > 0 ? policies.reduce(stackedPolicy) : undefined,
    target: undefined,
    answer: (call) =>
      stackedVerdict(
        hosts.map((host) => host.answer),
        call,
      ),
  });
}

import type { HostField } from '../../documents/host.ts';
import { fail, ok, type Result } from '../../failure.ts';
import type { HostExpression, HostKind, ProductName } from '../expression.ts';
import type { HostModel } from '../host.ts';
import { inUserNamespace } from '../rootless.ts';
import { sandboxTable } from '../sandboxTable.ts';
import { compareVersions, parseVersion, version } from '../version.ts';
import { nearest, orList } from '../words.ts';
import type { Surroundings } from './surroundings.ts';

type Resolve = (expression: string, surroundings: Surroundings) => Promise<Result<HostModel>>;

/** What a product runs, as an expression of its own. */
interface Carried {
  /** Without the refinements that the user gave. */
  readonly expression: string;
  /** Refinements that hold where the user does not give the same. */
  readonly usual?: readonly string[];
  readonly version: string;
  readonly assumed?: readonly HostField[];
  readonly notes: readonly string[];
}

/** Kubernetes, nerdctl, Docker in Docker, hosted runners: the engine that they carry, with their own name on it. */
export async function productHost(
  request: HostExpression,
  { product, version: given }: Extract<HostKind, { kind: 'product' }>,
  surroundings: Surroundings,
  resolve: Resolve,
): Promise<Result<HostModel>> {
  const carried = carriedBy(product, given, request);
  if (!carried.ok) return carried;
  const { expression, usual = [], version: own, assumed = [], notes } = carried.value;
  const keyOf = (part: string): string => part.slice(0, part.indexOf('=')).trim().toLowerCase();
  const mine = request.given.filter(
    (part) => keyOf(part) !== 'seccomp' && !(product === 'kubernetes' && keyOf(part) === 'runtime'),
  );
  const named = new Set(mine.map(keyOf));
  const filled = usual.filter((part) => !named.has(keyOf(part)));
  const host = await resolve([expression, ...filled, ...mine].join(','), surroundings);
  if (!host.ok) return host;
  const { identity } = host.value;
  const fields: Readonly<Record<string, HostField>> = {
    runc: 'runtimeVersion',
    kernel: 'kernel',
    arch: 'arch',
  };
  const filledFields = filled.flatMap((part) => fields[keyOf(part)] ?? []);
  return ok({
    ...host.value,
    ...(product.endsWith('-rootless') ? { answer: inUserNamespace(host.value.answer) } : {}),
    identity: {
      ...identity,
      expression: request.text,
      engine: product,
      version: own === 'none' && product !== 'kubernetes' ? identity.version : own,
      assumed: [...new Set([...assumed, ...identity.assumed, ...filledFields])],
      notes: [...notes, ...identity.notes],
    },
  });
}

function carriedBy(
  product: ProductName,
  given: string | undefined,
  request: HostExpression,
): Result<Carried> {
  switch (product) {
    case 'kubernetes':
      return kubernetes(request, given);
    case 'nerdctl':
      return nerdctl(given);
    case 'dind':
      return ok(engine('docker', given, 'the container of the inner Docker is privileged and has no filter'));
    case 'docker-rootless':
      return ok(engine('docker', given, IN_NAMESPACE));
    case 'podman-rootless':
      return ok(engine('podman', given, IN_NAMESPACE));
    case 'github-runner':
      return githubRunner(given);
  }
}

const IN_NAMESPACE =
  'capabilities are those of a user namespace: the kernel refuses devices (mknod), swap, modules, the clock and most file systems whatever the filter allows';

/** An engine under another name, with something to know about it. */
function engine(name: 'docker' | 'podman', given: string | undefined, note: string): Carried {
  return {
    expression: given === undefined ? name : `${name}@${given}`,
    version: given ?? 'none',
    assumed: given === undefined ? ['version'] : [],
    notes: [note],
  };
}

/** Dockershim and the container runtimes of Kubernetes; releases are 1.MINOR. */
function kubernetes({ engine, seccomp }: HostExpression, given: string | undefined): Result<Carried> {
  const wanted = given === undefined ? undefined : parseVersion(given);
  if (given !== undefined && wanted?.numbers[0] !== 1)
    return fail('usage', `'${given}' is not a version of Kubernetes`, {
      hint: 'write for example kubernetes@1.30,runtime=containerd@1.7',
    });
  const assumed: HostField[] = given === undefined ? ['version'] : [];
  if (!engine) assumed.push('runtime');
  const runtime = engine ? `${engine.name}${engine.version ? `@${engine.version}` : ''}` : 'containerd';
  const type = seccomp ?? 'Unconfined';
  const notes: string[] = [];
  if (seccomp === undefined) {
    notes.push(
      'a pod without a seccompProfile is Unconfined unless its kubelet sets seccompDefault: true (since 1.22): write seccomp=RuntimeDefault for that',
    );
  }
  notes.push(
    'allowPrivilegeEscalation and procMount do not change the filter; a privileged container has none',
  );
  const base = {
    version: given ?? 'none',
    assumed,
    notes: [`${runtime} as the container runtime`, ...notes],
  };
  if (/^unconfined$/i.test(type)) return ok({ ...base, expression: 'unconfined' });
  if (/^runtime\/?default$/i.test(type)) return ok({ ...base, expression: runtime });
  const local = /^localhost[:/](.+)$/i.exec(type)?.[1];
  if (local !== undefined)
    return ok({ ...base, expression: `profile:${local}`, usual: [`engine=${runtime}`] });
  return fail('usage', `'${type}' is no type of a seccompProfile`, {
    hint: 'write seccomp=RuntimeDefault, seccomp=Unconfined or seccomp=Localhost:FILE',
  });
}

/** nerdctl makes the profile itself: that of the containerd that it vendors. */
function nerdctl(given: string | undefined): Result<Carried> {
  const rows = sandboxTable().nerdctl;
  const wanted = given === undefined ? version(rows.at(-1)![0]) : parseVersion(given);
  const row = wanted && rows.filter(([first]) => compareVersions(version(first), wanted) <= 0).at(-1);
  if (!row)
    return fail('usage', `nerdctl@${given} is not in the tables (${rows[0]![0]} to ${rows.at(-1)![0]})`, {
      hint: `did you mean nerdctl@${rows.at(-1)![0]}?`,
    });
  const [, containerd, runc] = row;
  const newest = rows.at(-1)![0];
  const newer = compareVersions(wanted, version(newest)) > 0;
  return ok({
    expression: `containerd@${containerd}`,
    usual: [`runc=${runc}`],
    version: given ?? newest,
    assumed: given === undefined || newer ? ['version', 'runtime'] : ['runtime'],
    notes: [
      ...(newer ? [`nerdctl ${given} is newer than the tables: ${newest}, the newest known, stands in`] : []),
      `nerdctl has the profile of containerd ${containerd}, and its full archive runc ${runc}`,
    ],
  });
}

/** `ubuntu-24.04` or `ubuntu-24.04/20260817`: the Docker of GitHub's hosted runner image of that day. */
function githubRunner(given: string | undefined): Result<Carried> {
  const { githubRunners } = sandboxTable();
  const images = Object.keys(githubRunners);
  const [label = '', day] = (given ?? images.at(-1)!).split(/[/@]/);
  const image = /^ubuntu-latest$/i.test(label) ? 'ubuntu-24.04' : label.toLowerCase();
  const rows = Object.hasOwn(githubRunners, image) ? githubRunners[image]! : undefined;
  if (!rows)
    return fail('usage', `'${label}' is no image of GitHub's hosted runners for Linux`, {
      hint: `did you mean ${orList(nearest(label, images).map((name) => `github-runner@${name}`))}?`,
    });
  const row = day === undefined ? rows.at(-1)! : rows.filter(([first]) => first <= day).at(-1);
  if (!row)
    return fail('usage', `the tables of ${image} begin with ${rows[0]![0]}`, {
      hint: `did you mean github-runner@${image}/${rows[0]![0]}?`,
    });
  const [first, docker, , kernel] = row;
  return ok({
    expression: `docker@${docker}`,
    usual: [...(kernel === null ? [] : [`kernel=${kernel}`]), 'arch=x86_64'],
    version: image,
    assumed: day === undefined ? ['version'] : [],
    notes: [`the image ${image} has Docker ${docker} since ${first}`],
  });
}

import { fail, ok, type Result } from '../failure.ts';
import type { Abi } from '../linux/abi.ts';
import { archSpellings, parseArch } from '../linux/arch.ts';
import { type KernelVersion, parseKernel } from '../linux/kernel.ts';
import { CAPABILITIES, type CapChange, parseCap } from './caps.ts';
import { ENGINES, type EngineName, isEngine } from './family.ts';
import { distance, nearest, orList } from './words.ts';

/** What stands before the first comma. */
export type HostKind =
  | { readonly kind: 'engine'; readonly engine: EngineName; readonly version: string | undefined }
  | { readonly kind: 'gvisor'; readonly date: string | undefined }
  | { readonly kind: 'kernel'; readonly version: KernelVersion; readonly text: string }
  | { readonly kind: 'unconfined' }
  | { readonly kind: 'spec-proposal' }
  | { readonly kind: 'profile'; readonly path: string }
  | { readonly kind: 'systemd-unit'; readonly path: string }
  | { readonly kind: 'systemd-nspawn'; readonly version: string | undefined }
  | { readonly kind: 'sandbox'; readonly family: SandboxName; readonly version: string | undefined }
  | { readonly kind: 'product'; readonly product: ProductName; readonly version: string | undefined }
  /** Filters on top of each other, the outermost first: each layer is an expression of its own. */
  | { readonly kind: 'stack'; readonly layers: readonly string[] };

/** Sandboxes whose filters are public and allow by default. */
export const SANDBOXES = ['flatpak', 'lxc', 'lxd', 'incus', 'codex', 'sandbox-runtime'] as const;
export type SandboxName = (typeof SANDBOXES)[number];

/** What runs an engine of the tables under a name and a version of its own. */
export const PRODUCTS = [
  'kubernetes',
  'nerdctl',
  'dind',
  'github-runner',
  'docker-rootless',
  'podman-rootless',
] as const;
export type ProductName = (typeof PRODUCTS)[number];

/** A HOST expression, taken apart but not yet looked up. */
export interface HostExpression {
  readonly text: string;
  /** The refinements as they were written. */
  readonly given: readonly string[];
  /** For Kubernetes: the type of the pod's seccompProfile. */
  readonly seccomp?: string;
  readonly host: HostKind;
  readonly libseccomp?: string;
  readonly runtime?: 'runc' | 'crun';
  readonly runtimeVersion?: string;
  readonly kernel?: { readonly version: KernelVersion; readonly text: string };
  readonly arch?: Abi;
  readonly caps: readonly CapChange[];
  /** For `profile:` which engine loads it, for `spec-proposal` whose rules stay, for Kubernetes the container runtime. */
  readonly engine?: { readonly name: EngineName; readonly version: string | undefined };
}

const REFINEMENTS = [
  'libseccomp',
  'runc',
  'crun',
  'runtime',
  'kernel',
  'arch',
  'cap',
  'engine',
  'seccomp',
] as const;
const HEADS = [
  ...ENGINES,
  'gvisor',
  'kernel',
  'unconfined',
  'profile',
  'spec-proposal',
  'systemd-unit',
  'systemd-nspawn',
  ...SANDBOXES,
  ...PRODUCTS,
];

/** Other names that people use. */
const ALIASES: Readonly<Record<string, string>> = {
  moby: 'docker',
  dockerd: 'docker',
  'docker-ce': 'docker',
  buildkitd: 'buildkit',
  'cri-o': 'crio',
  runsc: 'gvisor',
  linux: 'kernel',
  none: 'unconfined',
  spec: 'spec-proposal',
  k8s: 'kubernetes',
  'docker-in-docker': 'dind',
  'docker-dind': 'dind',
  'github-actions': 'github-runner',
  'rootless-docker': 'docker-rootless',
  'rootless-podman': 'podman-rootless',
  srt: 'sandbox-runtime',
  nspawn: 'systemd-nspawn',
};

/** Products that carry an engine which the tables do not know by the product's version, and how to name it. */
const CARRIERS: Readonly<Record<string, string>> = {
  'docker-desktop': 'docker@VERSION, which `docker version` prints as the version of the server',
  colima: 'docker@VERSION or containerd@VERSION, which `docker version` or `nerdctl version` prints',
  orbstack: 'docker@VERSION, which `docker version` prints as the version of the server',
  'rancher-desktop':
    'docker@VERSION or containerd@VERSION, which `docker version` or `nerdctl version` prints',
  'gitlab-runner':
    'dind@VERSION, for jobs of hosted runners are privileged, or the engine of your own runner',
  'podman-desktop': 'podman@VERSION, which `podman version` prints as the version of the server',
  k3s: 'kubernetes@VERSION,runtime=containerd@VERSION, which `kubectl get nodes -o wide` prints',
  minikube: 'kubernetes@VERSION,runtime=containerd@VERSION, which `kubectl get nodes -o wide` prints',
  kind: 'kubernetes@VERSION,runtime=containerd@VERSION, which `kubectl get nodes -o wide` prints',
};

const EXAMPLES =
  'docker@20.10.5, podman@4.3.1, kubernetes@1.30,runtime=containerd@1.7, gvisor@20240101, kernel@5.4, unconfined, profile:./my.json';

/** The comma that begins a refinement; a profile's path may hold others. */
const NEXT_REFINEMENT = /,\s*(?=[A-Za-z_]+=)/;

/** The plus that begins another layer: a known head follows. Versions and lists of capabilities hold others. */
const NEXT_LAYER = new RegExp(`\\+(?=(?:${[...HEADS, ...Object.keys(ALIASES)].join('|')})(?:[@:,+]|$))`, 'i');

/** Reads a HOST expression; says what is wrong with it and what was probably meant. */
export function parseHost(text: string): Result<HostExpression> {
  const layers = text.trim().split(NEXT_LAYER);
  if (layers.length > 1) return ok({ text, host: { kind: 'stack', layers }, given: [], caps: [] });
  const [head = '', ...refinements] = text.trim().split(NEXT_REFINEMENT);
  const host = parseHead(head.trim().replace(/(?<!,),+$/, ''));
  if (!host.ok) return host;

  const found: { -readonly [K in keyof HostExpression]: HostExpression[K] } & { caps: CapChange[] } = {
    text,
    host: host.value,
    given: refinements.map((part) => part.trim().replace(/,$/, '')),
    caps: [],
  };
  const seen = new Set<string>();
  for (const part of refinements) {
    const equals = part.indexOf('=');
    const key = part.slice(0, equals).trim().toLowerCase();
    if (seen.has(key) && key !== 'cap') {
      return fail('usage', `'${text}' says ${key}= twice`, { hint: 'keep one of them' });
    }
    seen.add(key);
    const value = part.slice(equals + 1).trim();
    const failure = refine(found, key, value.replace(/,$/, ''));
    if (failure) return failure;
  }
  if (host.value.kind === 'kernel' && found.kernel) {
    return fail('usage', `'${text}' names two kernels`, { hint: `write kernel@${found.kernel.text}` });
  }
  return ok(found);
}

function isOne<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

function parseHead(head: string): Result<HostKind> {
  if (head === '')
    return fail('usage', 'a host expression is empty', { hint: `write for example ${EXAMPLES}` });
  if (/^profile:/i.test(head)) {
    const path = head.slice('profile:'.length);
    if (path === '') return fail('usage', "'profile:' names no file", { hint: 'write profile:./my.json' });
    return ok({ kind: 'profile', path });
  }
  if (/^systemd-unit:/i.test(head)) {
    const path = head.slice('systemd-unit:'.length);
    if (path === '')
      return fail('usage', "'systemd-unit:' names no file", { hint: 'write systemd-unit:./my.service' });
    return ok({ kind: 'systemd-unit', path });
  }
  const comma = head.indexOf(',');
  if (comma > 0) {
    const extra = head.slice(comma + 1).trim();
    const likely = parseArch(extra)
      ? `arch=${extra}`
      : parseCap(extra)
        ? `cap=${extra}`
        : `${REFINEMENTS.join('=, ')}=`;
    return fail('usage', `'${extra}' in '${head}' is no refinement: those are written KEY=VALUE`, {
      hint: `did you mean ${likely}?`,
    });
  }
  const at = head.indexOf('@');
  const word = (at < 0 ? head : head.slice(0, at)).trim().toLowerCase();
  const version = at < 0 ? undefined : head.slice(at + 1).trim();
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word;
  if (version === '') {
    return fail('usage', `'${head}' names no version`, {
      hint:
        name === 'kernel'
          ? 'write for example kernel@5.4'
          : `write ${name}@VERSION, or ${name} for the newest`,
    });
  }
  if (isEngine(name)) return ok({ kind: 'engine', engine: name, version });
  if (name === 'gvisor') return ok({ kind: 'gvisor', date: version });
  if (name === 'unconfined' || name === 'spec-proposal') {
    if (version === undefined) return ok({ kind: name });
    return fail('usage', `'${name}' has no versions`, { hint: `write ${name}` });
  }
  if (name === 'kernel') {
    const kernel = version === undefined ? undefined : parseKernel(version);
    if (kernel) return ok({ kind: 'kernel', version: kernel, text: version!.replace(/^v/, '') });
    return fail('usage', `'${head}' is not a kernel version`, { hint: 'write for example kernel@5.4' });
  }
  if (name === 'systemd-nspawn') return ok({ kind: name, version });
  if (isOne(SANDBOXES, name)) return ok({ kind: 'sandbox', family: name, version });
  if (isOne(PRODUCTS, name)) return ok({ kind: 'product', product: name, version });
  if (Object.hasOwn(CARRIERS, name)) {
    return fail('usage', `which engine '${head}' runs is not in the tables`, {
      hint: `name it: ${CARRIERS[name]!}`,
    });
  }
  // `docker:20.10.5`, `docker 20.10.5`
  const [first = '', rest] = name.split(/(?<![\s:=/-])[\s:=/-]+(?=\d)/);
  const [best] = nearest(first, HEADS);
  const named = version ?? rest;
  // What shares less than half of its letters is no typing error.
  if (distance(first, best!) > Math.max(1, first.length / 2))
    return fail('usage', `unknown host '${head}'`, { hint: `hosts are written ${EXAMPLES}` });
  return fail('usage', `unknown host '${head}'`, {
    hint: `did you mean ${best === 'profile' ? 'profile:FILE' : `${best}${named === undefined ? '' : `@${named}`}`}? Hosts are written ${EXAMPLES}`,
  });
}

/** Takes one `key=value` over; gives back what is wrong with it. */
function refine(
  found: { -readonly [K in keyof HostExpression]: HostExpression[K] } & { caps: CapChange[] },
  key: string,
  value: string,
): Result<never> | undefined {
  if (value === '') return fail('usage', `'${key}=' has no value in '${found.text}'`);
  switch (key) {
    case 'libseccomp':
      found.libseccomp = value;
      return undefined;
    case 'seccomp':
      if (found.host.kind !== 'product' || found.host.product !== 'kubernetes')
        return fail('usage', `'seccomp=' goes with kubernetes only, not with '${found.text}'`);
      found.seccomp = value;
      return undefined;
    case 'runc':
    case 'crun':
    case 'runtime':
      return refineRuntime(found, key, value);
    case 'kernel': {
      const kernel = parseKernel(value);
      if (!kernel) {
        return fail('usage', `'${value}' is not a kernel version`, { hint: 'write for example kernel=5.4' });
      }
      found.kernel = { version: kernel, text: value.replace(/^v/, '') };
      return undefined;
    }
    case 'arch': {
      const arch = parseArch(value);
      if (arch === undefined) {
        return fail('usage', `unknown architecture '${value}'`, {
          hint: `did you mean ${orList(nearest(value, archSpellings()))}?`,
        });
      }
      found.arch = arch;
      return undefined;
    }
    case 'cap': {
      for (const one of value.split(/[+;]/)) {
        const change = parseCap(one);
        if (!change) {
          return fail('usage', `unknown capability '${one}'`, {
            hint: `did you mean ${orList(nearest(one.replace(/^[-+]?(?:CAP_)?/i, '').toUpperCase(), [...CAPABILITIES, 'ALL']))}?`,
          });
        }
        found.caps.push(change);
      }
      return undefined;
    }
    case 'engine': {
      if (found.host.kind !== 'profile' && found.host.kind !== 'spec-proposal') {
        return fail(
          'usage',
          `'engine=' goes with profile:FILE and spec-proposal only, not with '${found.text}'`,
        );
      }
      const engine = parseHead(value);
      if (!engine.ok) return engine;
      if (engine.value.kind !== 'engine') {
        return fail('usage', `'${value}' does not load seccomp profiles`, {
          hint: `engines are ${orList(ENGINES)}`,
        });
      }
      found.engine = { name: engine.value.engine, version: engine.value.version };
      return undefined;
    }
    default:
      return fail('usage', `unknown refinement '${key}' in '${found.text}'`, {
        hint: `did you mean ${orList(nearest(key, REFINEMENTS))}?`,
      });
  }
}

function refineRuntime(
  found: { -readonly [K in keyof HostExpression]: HostExpression[K] },
  key: string,
  value: string,
): Result<never> | undefined {
  if (key === 'runtime' && found.host.kind === 'product' && found.host.product === 'kubernetes') {
    const engine = parseHead(value);
    if (!engine.ok) return engine;
    if (engine.value.kind !== 'engine')
      return fail('usage', `'${value}' is no container runtime of Kubernetes`, {
        hint: 'write runtime=containerd@1.7 or runtime=crio@1.30',
      });
    found.engine = { name: engine.value.engine, version: engine.value.version };
    return undefined;
  }
  const [name = '', version] = key === 'runtime' ? value.toLowerCase().split('@') : [key, value];
  if (name !== 'runc' && name !== 'crun') {
    const hint = name === 'runsc' ? 'write gvisor@DATE as the host' : 'write runc or crun';
    return fail('usage', `unknown runtime '${value}'`, { hint });
  }
  if (found.runtime !== undefined && found.runtime !== name) {
    return fail('usage', `'${found.text}' names two runtimes`, { hint: 'keep one of runc= and crun=' });
  }
  found.runtime = name;
  if (version !== undefined) found.runtimeVersion = version;
  return undefined;
}

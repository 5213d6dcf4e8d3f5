import type { Component } from '../documents/bisect.ts';
import { parseHost } from './expression.ts';
import type { HostModel } from './host.ts';
import { knownHosts, knownKernels } from './known.ts';
import { libseccompReleases } from './libseccomp.ts';
import { knownRuntimes } from './shipped.ts';
import { compareVersions, parseVersion } from './version.ts';

/** A host taken apart, each part as it is written in an expression; empty where the host has no such part. */
export type Parts = Readonly<Record<Component, string>>;

/** Refinements that belong to the head of an expression and not to a part of its own. */
const OF_THE_HEAD = ['engine', 'seccomp'];

/** The parts of a host, with what was assumed written out. */
export function componentsOf({ identity, target }: HostModel): Parts {
  const { expression, engine, version, runtime, libseccomp, kernel, arch } = identity;
  const parsed = parseHost(expression);
  const request = parsed.ok ? parsed.value : undefined;
  const own = (request?.given ?? []).filter((part) => {
    const key = part.slice(0, part.indexOf('=')).trim().toLowerCase();
    return OF_THE_HEAD.includes(key) || (key === 'runtime' && request?.host.kind === 'product');
  });
  const head = expression.slice(0, expression.indexOf(request?.given[0] ?? '\0') - 1);
  const exactly =
    request?.host.kind === 'engine' || request?.host.kind === 'gvisor' ? `${engine}@${version}` : undefined;
  const named =
    exactly ?? (request?.host.kind === 'kernel' ? 'unconfined' : request?.given.length ? head : expression);
  return {
    engine: [named, ...own].join(','),
    runtime: target && runtime !== 'none' ? `${runtime}=${target.runtime.version}` : '',
    libseccomp: libseccomp === 'none' ? '' : libseccomp,
    kernel: engine === 'gvisor' ? '' : kernel,
    arch,
    caps: target
      ? [...target.caps]
          .map((cap) => cap.replace('CAP_', ''))
          .sort()
          .join('+')
      : '',
  };
}

/** The expression of a host with these parts. */
export function expressionWith({ engine, runtime, libseccomp, kernel, arch, caps }: Parts): string {
  return [
    engine,
    runtime,
    libseccomp === '' ? '' : `libseccomp=${libseccomp}`,
    kernel === '' ? '' : `kernel=${kernel}`,
    `arch=${arch}`,
    caps === '' ? '' : `cap=-ALL,cap=${caps}`,
  ]
    .filter((part) => part !== '')
    .join(',');
}

/**
 * Known versions of a part on the way from one to the other, the last included, without the first; empty where there is
 * no way (another engine, another runtime, an architecture).
 */
export async function versionsBetween(
  component: Component,
  from: string,
  to: string,
): Promise<readonly string[]> {
  switch (component) {
    case 'engine': {
      const [engine = '', version] = from.split('@');
      if (version === undefined || !to.startsWith(`${engine}@`) || to.includes(',') || from.includes(','))
        return [];
      const known = (await knownHosts()).filter((host) => host.startsWith(`${engine}@`));
      return between(known, from, to, (host) => host.slice(engine.length + 1));
    }
    case 'runtime': {
      const [name = '', version] = from.split('=');
      if (version === undefined || !to.startsWith(`${name}=`)) return [];
      const known = knownRuntimes(name === 'crun' ? 'crun' : 'runc').map((each) => `${name}=${each}`);
      return between(known, from, to, (part) => part.slice(name.length + 1));
    }
    case 'libseccomp':
      return between(
        libseccompReleases().map((release) => release.version),
        from,
        to,
        (each) => each,
      );
    case 'kernel':
      return between(knownKernels(), from, to, (each) => each);
    default:
      return [];
  }
}

function between(
  known: readonly string[],
  from: string,
  to: string,
  versionIn: (text: string) => string,
): readonly string[] {
  const [start, end] = [parseVersion(versionIn(from)), parseVersion(versionIn(to))];
  if (!start || !end) return [];
  const way = Math.sign(compareVersions(end, start));
  const inside = known
    .flatMap((text) => {
      const at = parseVersion(versionIn(text));
      return at && way * compareVersions(at, start) > 0 && way * compareVersions(at, end) < 0
        ? [{ text, at }]
        : [];
    })
    .sort((a, b) => way * compareVersions(a.at, b.at));
  return [...inside.map(({ text }) => text), to];
}

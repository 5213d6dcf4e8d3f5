import { type Abi, abiInfo } from '../linux/abi.ts';
import type { EngineRules } from '../seccomp/profile/target.ts';
import { applyArchMap, type EngineFamily, FIRST_ARCHES } from './family.ts';
import { ProfileHistory } from './history.ts';
import { TEXT } from './moby.gen.ts';
import { lineAtLeast, type Version, version } from './version.ts';

let shared: ProfileHistory | undefined;
const history = (): ProfileHistory => {
  shared ??= new ProfileHistory(TEXT);
  return shared;
};

/** GOARCH names that dockerd translates since 20.10.0, besides the first ones. */
const ARCHES_20_10: ReadonlySet<Abi> = new Set<Abi>([
  ...FIRST_ARCHES,
  'x86',
  'x32',
  'arm',
  'mips',
  'mipsel',
  'ppc',
  'ppc64',
  'ppc64le',
  's390',
]);

/** riscv64 came with 27.3.0 and was brought back to 25.0.7 and 23.0.16, not to 24 and 26 (moby#48471). */
function translatesRiscv(at: Version): boolean {
  const [major] = at.numbers;
  return (
    lineAtLeast(at, '27.3.0') ||
    (major === 25 && lineAtLeast(at, '25.0.7')) ||
    (major === 23 && lineAtLeast(at, '23.0.16'))
  );
}

/** What dockerd of a version does with a profile (facts/moby-default-profile.json engineRules). */
function dockerRules(at: Version): EngineRules {
  const byGoarch = lineAtLeast(at, '20.10.0');
  const riscv = translatesRiscv(at);
  const loong = lineAtLeast(at, '29.4.2');
  const translates = (native: Abi): boolean =>
    (byGoarch ? ARCHES_20_10 : FIRST_ARCHES).has(native) || (riscv && native === 'riscv64');
  return {
    name: 'docker',
    version: at.text,
    passesErrnoRet: lineAtLeast(at, '20.10.10'),
    passesDefaultErrnoRet: lineAtLeast(at, '22.06.0'),
    testsMinKernel: lineAtLeast(at, '19.03.0'),
    conditionArch: (native) => {
      const { goSeccomp } = abiInfo(native);
      if (!byGoarch || translates(native)) return goSeccomp;
      // 29.4.2 knows loong64, under a key that its own archMap does not use.
      return loong && native === 'loongarch64' ? goSeccomp : '';
    },
    architectures: applyArchMap(translates),
  };
}

/** Docker Engine: profiles/seccomp of every release of moby in the tables. */
export function docker(): EngineFamily {
  return family('docker', dockerRules);
}

/** The engine version whose code BuildKit vendored, as far as its rules differ: the state of moby at that time. */
const VENDORED: readonly (readonly [first: string, docker: string])[] = [
  ['0.8.0', '20.10.0'],
  ['0.9.1', '20.10.10'],
  ['0.10.0', '22.06.0'],
  ['0.17.0', '27.3.0'],
  ['0.30.0', '29.4.2'],
];

/** BuildKit: the moby profile that each release has in its vendored modules. */
export function buildkit(): EngineFamily {
  return family('buildkit', (at) => {
    const vendored = VENDORED.filter(([start]) => lineAtLeast(at, start)).at(-1)!;
    return { ...dockerRules(version(vendored[1])), name: 'buildkit', version: at.text };
  });
}

function family(name: 'docker' | 'buildkit', rules: EngineFamily['rules']): EngineFamily {
  const releases = history().releases(name);
  const ids = new Map(releases.map(({ version: { text }, id }) => [text, id]));
  return {
    name,
    versions: releases.map((release) => release.version),
    profileId: (at) => ids.get(at.text)!,
    profile: (at, native) => history().profile(ids.get(at.text)!, native),
    groupsOf: (at, syscall) => history().groupsOf(ids.get(at.text)!, syscall),
    rules,
  };
}

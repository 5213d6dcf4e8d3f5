import { spawnSync } from 'node:child_process';
import { TEXT as CONTAINERD } from '../../src/core/hosts/containerd.gen.ts';
import { TEXT as CONTAINERS } from '../../src/core/hosts/containers.gen.ts';
import { ProfileHistory } from '../../src/core/hosts/history.ts';
import { chooseLibseccomp, libseccompRules, newestLibseccomp } from '../../src/core/hosts/libseccomp.ts';
import { TEXT as MOBY } from '../../src/core/hosts/moby.gen.ts';
import { NO_RUNTIME } from '../../src/core/hosts/runtimes.ts';
import { type Abi, abiInfo } from '../../src/core/linux/abi.ts';
import type { Profile } from '../../src/core/seccomp/profile/profile.ts';
import type { EngineRules, Target } from '../../src/core/seccomp/profile/target.ts';

/** The installed package's libseccomp, where the tables have its release: Debian's carries newer tables under an old version. */
const packaged = spawnSync('dpkg-query', ['-W', '-f', '\u0024{Version}', 'libseccomp2'], {
  encoding: 'utf8',
}).stdout;
const chosen = packaged ? chooseLibseccomp(packaged) : undefined;

/** Whether this machine has a libseccomp that the model knows; one of another version is another host. */
export const IS_INSTALLED = chosen?.ok === true && !chosen.value.standsIn;

/** The release whose tables it carries. */
export const INSTALLED = chosen?.ok ? chosen.value.behavesAs : newestLibseccomp();

const DOCKER =
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'
    .split(' ')
    .map((cap) => `CAP_${cap}`);
const MORE =
  'SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO SYS_TIME SYS_TTY_CONFIG SYS_NICE SYS_PACCT SYS_BOOT SYSLOG BPF PERFMON DAC_READ_SEARCH AUDIT_READ'
    .split(' ')
    .map((cap) => `CAP_${cap}`);

export const CAPS: readonly ReadonlySet<string>[] = [
  new Set(DOCKER),
  new Set(),
  new Set([...DOCKER, 'CAP_SYS_ADMIN']),
  new Set([...DOCKER, ...MORE]),
];

/** An engine that loses nothing: what differs between versions of an engine is tested elsewhere. */
export function engine(vocabulary: 'goSeccomp' | 'goarch'): EngineRules {
  return {
    name: 'test',
    version: '1',
    passesErrnoRet: true,
    passesDefaultErrnoRet: true,
    testsMinKernel: true,
    conditionArch: (native) => abiInfo(native)[vocabulary],
    architectures: ({ archMap, list }, native) => {
      const entry = archMap?.find((row) => row.native === native);
      return { ok: true, value: list ?? (entry ? [entry.native, ...entry.sub] : []) };
    },
  };
}

export interface Case {
  readonly id: string;
  readonly profile: Profile;
  readonly target: Target;
}

/** Every profile of the tables, on every host architecture, with every set of capabilities. */
export function* cases(arches: readonly Abi[]): Generator<Case> {
  const tables = [
    [MOBY, 'goSeccomp'],
    [CONTAINERS, 'goSeccomp'],
    [CONTAINERD, 'goarch'],
  ] as const;
  for (const [text, vocabulary] of tables) {
    const history = new ProfileHistory(text);
    for (const id of history.ids()) {
      for (const arch of arches) {
        const profile = history.profile(id, arch);
        // Capabilities decide the same groups on every architecture: all sets on two of them, two sets on the others.
        for (const caps of arch === 'x86_64' || arch === 'aarch64' ? CAPS : CAPS.slice(0, 2)) {
          const target: Target = {
            arch,
            kernel: { major: 6, minor: 1 },
            caps,
            engine: engine(vocabulary),
            runtime: NO_RUNTIME,
            libseccomp: libseccompRules(INSTALLED),
          };
          yield { id: `${id} ${arch} ${caps.size} caps`, profile, target };
        }
      }
    }
  }
}

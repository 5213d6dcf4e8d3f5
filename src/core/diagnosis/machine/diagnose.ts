import { installCommand } from './install.ts';
import type { Check, Observed } from './observed.ts';
import { recognizeSandbox } from './sandbox.ts';

const SYS_PTRACE = 1n << 19n;
const SYS_ADMIN = 1n << 21n;

/** What works here, what does not, why, and what adds it. The order is that of the printed list. */
export function diagnose(observed: Observed): readonly Check[] {
  return [
    system(observed),
    ...sandbox(observed),
    seccomp(observed),
    strace(observed),
    ptrace(observed),
    namespaces(observed),
    bubblewrap(observed),
    docker(observed),
    podman(observed),
    ...['runc', 'crun'].map((name) => program(observed, name)),
    libseccomp(observed),
    cgroups(observed),
    ...folders(observed),
  ];
}

const works = (name: string, found: string): Check => ({ name, state: 'works', found });
const limited = (name: string, found: string, why: string, fix?: string): Check => ({
  name,
  state: 'limited',
  found,
  why,
  ...(fix === undefined ? {} : { fix }),
});
const missing = (name: string, found: string, why: string, fix?: string): Check => ({
  ...limited(name, found, why, fix),
  state: 'missing',
});

function system({ system: { platform, release, machine, name } }: Observed): Check {
  const found = `${platform} ${release} ${machine}${name ? `, ${name}` : ''}`;
  if (platform === 'linux') return works('system', found);
  return limited(
    'system',
    found,
    'commands can be traced on Linux only; replay, explain, infer and report work here',
  );
}

function sandbox(observed: Observed): readonly Check[] {
  const { kind, signs } = recognizeSandbox(observed);
  const found = signs.join('; ');
  switch (kind) {
    case 'gvisor':
      return [
        limited(
          'sandbox',
          'gVisor',
          `this is gVisor's own kernel (${found}): container engines do not start in it and its table of syscalls is not Linux's`,
          'judge with --on gvisor@DATE; trace with --engine host, or record elsewhere and use trace-build replay',
        ),
      ];
    case 'wsl1':
      return [
        limited(
          'sandbox',
          'WSL 1',
          `there is no Linux kernel under WSL 1 (${found}): no seccomp filter can be loaded`,
          'wsl --set-version DISTRIBUTION 2',
        ),
      ];
    case 'wsl2':
      return [works('sandbox', 'WSL 2, a Linux kernel')];
    case 'none':
      return [];
  }
}

function seccomp({ seccomp: { mode, filters, noNewPrivileges, actions } }: Observed): Check {
  if (mode === undefined) {
    return limited(
      'seccomp',
      'not known',
      '/proc/self/status does not tell: /proc is missing or the kernel has no seccomp',
    );
  }
  const extras = [
    noNewPrivileges ? 'no_new_privs set' : undefined,
    actions === undefined ? undefined : `actions: ${actions}`,
  ].filter((text) => text !== undefined);
  const tail = extras.length > 0 ? `, ${extras.join(', ')}` : '';
  if (mode === 0) return works('seccomp', `no filter on this process${tail}`);
  const found = `${filters ?? 1} filter(s) already on this process${tail}`;
  return limited(
    'seccomp',
    found,
    'whatever runs here is refused what that filter refuses, before ours is asked; the table below shows what',
    'in a container of yours: --security-opt seccomp=unconfined for the tracing run only',
  );
}

function strace(observed: Observed): Check {
  const { version, why } = observed.programs.strace ?? {};
  if (version !== undefined) return works('strace', version);
  return missing(
    'strace',
    why ?? 'not installed',
    'nothing can be traced without it',
    installCommand('strace', observed.system.ids, observed.user.uid),
  );
}

function ptrace({ ptrace: { scope, trial }, user, programs }: Observed): Check {
  const found = scope === undefined ? 'yama is not in force' : `yama ptrace_scope ${scope}`;
  if (trial.works) return works('ptrace', found);
  if (programs.strace?.version === undefined) return limited('ptrace', found, 'not tried: strace is missing');
  const capable = ((user.effective ?? 0n) & SYS_PTRACE) !== 0n;
  if (scope === 3)
    return missing(
      'ptrace',
      found,
      'ptrace_scope 3 forbids tracing until the next boot',
      'boot without it: kernel.yama.ptrace_scope=1',
    );
  if (scope === 2 && !capable) {
    return missing(
      'ptrace',
      found,
      'ptrace_scope 2 leaves tracing to CAP_SYS_PTRACE',
      'sysctl kernel.yama.ptrace_scope=1',
    );
  }
  return missing(
    'ptrace',
    found,
    `tracing a child does not work: ${trial.said}`,
    'in a container: --cap-add SYS_PTRACE; under a debugger or another strace: run without it',
  );
}

function namespaces({
  namespaces: { maximum, unprivileged, apparmorRestricts, setgroups, trial },
  user,
}: Observed): Check {
  const facts = [
    maximum === undefined ? undefined : `max_user_namespaces ${maximum}`,
    setgroups ? undefined : 'no /proc/self/setgroups',
    apparmorRestricts ? 'AppArmor restricts them' : undefined,
  ].filter((text) => text !== undefined);
  const found = facts.join(', ') || 'available';
  if (trial.works && setgroups) return works('user namespaces', found);
  if (trial.works) {
    return limited(
      'user namespaces',
      found,
      'without /proc/self/setgroups rootless engines (podman) can not map groups',
      MOUNT_PROC,
    );
  }
  if (maximum === 0)
    return missing(
      'user namespaces',
      found,
      'the limit is 0: bubblewrap without root and rootless engines do not work',
      'sysctl user.max_user_namespaces=15000',
    );
  if (unprivileged === 0 && user.uid !== 0) {
    return missing(
      'user namespaces',
      found,
      'the kernel leaves them to root',
      'sysctl kernel.unprivileged_userns_clone=1',
    );
  }
  if (apparmorRestricts && user.uid !== 0) {
    return missing(
      'user namespaces',
      found,
      'AppArmor leaves them to programs with a profile of their own',
      'sysctl kernel.apparmor_restrict_unprivileged_userns=0',
    );
  }
  if (!setgroups) {
    return missing(
      'user namespaces',
      found,
      `without /proc/self/setgroups no group can be mapped, so rootless engines (podman) do not work: ${trial.said}`,
      MOUNT_PROC,
    );
  }
  return missing(
    'user namespaces',
    found,
    `making one fails: ${trial.said}`,
    'in a container: --security-opt seccomp=unconfined, or --cap-add SYS_ADMIN; in a chroot the kernel allows none',
  );
}

const MOUNT_PROC = 'mount a full /proc: mount -t proc proc /proc';

function bubblewrap(observed: Observed): Check {
  const installed = observed.programs.bwrap?.version;
  if (installed === undefined) return program(observed, 'bwrap', 'bubblewrap');
  const { works: runs, said } = observed.bubblewrap;
  if (runs) return works('bubblewrap', installed);
  const root = ((observed.user.effective ?? 0n) & SYS_ADMIN) !== 0n;
  const why = `installed, but it does not run a command: ${said}`;
  if (said.includes('/proc/')) return limited('bubblewrap', installed, why, MOUNT_PROC);
  return limited(
    'bubblewrap',
    installed,
    why,
    root ? undefined : 'see user namespaces above, or run as root',
  );
}

function podman(observed: Observed): Check {
  const installed = observed.programs.podman?.version;
  if (installed === undefined) return program(observed, 'podman');
  const { works: runs, said } = observed.podman;
  if (runs) return works('podman', installed);
  const fix = PODMAN_FIXES.find(([sign]) => sign.test(said))?.[1] ?? 'see what it says: podman info';
  return limited('podman', installed, `installed, but it does not answer: ${said}`, fix);
}

/** What podman says, and what helps. */
const PODMAN_FIXES: readonly (readonly [RegExp, string])[] = [
  [/setgroups: no such file/, MOUNT_PROC],
  [/setgroups/, 'run it as root: this place maps no groups'],
  [
    /subuid|subgid|newuidmap|newgidmap/,
    'usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
  ],
  [/mkdir|lstat|read-only file system/, 'give it a home folder that can be written to: HOME=/tmp/home'],
  [/cgroup/, 'podman --cgroup-manager=cgroupfs, and --cgroups=disabled for containers'],
];

function program(observed: Observed, file: string, name = file): Check {
  const { version, why } = observed.programs[file] ?? {};
  if (version !== undefined) return works(name, version);
  if (why !== undefined && why !== 'not installed')
    return limited(name, 'installed, but it does not run', why);
  return missing(
    name,
    'not installed',
    OPTIONAL[name] ?? `${name} is not needed, but hosts that use it can't be compared here`,
    installCommand(file, observed.system.ids, observed.user.uid),
  );
}

const OPTIONAL: Readonly<Record<string, string>> = {
  bubblewrap: 'the default engine: without it only a container engine can load a filter',
  docker: 'only --engine docker, images of its own and dockerfile need it',
  podman: 'only --engine podman needs it',
};

function docker(observed: Observed): Check {
  const { docker: trial, programs, packetFilter, user, system } = observed;
  const client = programs.docker?.version;
  if (client === undefined) return program(observed, 'docker');
  if (trial.works) return works('docker', `client ${client}, daemon ${trial.said}`);
  if (/permission denied/i.test(trial.said)) {
    return limited(
      'docker',
      `client ${client}, no right to its socket`,
      `the daemon is there, but not for this user: ${trial.said}`,
      'sudo usermod -aG docker "$USER", then log in again',
    );
  }
  if (programs.dockerd?.version !== undefined && user.uid === 0 && !packetFilter.works) {
    return limited(
      'docker',
      `client ${client}, no daemon`,
      `dockerd can't set up its network here: ${packetFilter.said}`,
      packetFilter.said.endsWith(': not found')
        ? installCommand('iptables', system.ids, user.uid)
        : 'dockerd --iptables=false --bridge=none, and run with --no-network',
    );
  }
  return limited(
    'docker',
    `client ${client}, no daemon`,
    `the daemon does not answer: ${trial.said}`,
    'start it (systemctl start docker, or dockerd), or name another with DOCKER_HOST',
  );
}

function libseccomp({ libseccomp: version }: Observed): Check {
  if (version !== undefined) return works('libseccomp', version);
  return limited(
    'libseccomp',
    'not known',
    'no runtime here tells its version; the one of the tables is assumed',
  );
}

function cgroups({ cgroups: found }: Observed): Check {
  if (found === 'v2') return works('cgroups', found);
  const why =
    found === 'hybrid'
      ? 'crun and podman want version 2 alone'
      : found === 'v1'
        ? 'recent podman wants version 2'
        : 'container engines need them';
  return limited(
    'cgroups',
    found,
    why,
    'boot with systemd.unified_cgroup_hierarchy=1, or run podman with --cgroups=disabled',
  );
}

function folders({ user: { writable } }: Observed): readonly Check[] {
  const checks: Check[] = [];
  if (!writable.here)
    checks.push(
      limited(
        'this folder',
        'read-only',
        'traces can not be written to traces/ here',
        'give another place: -o FILE',
      ),
    );
  if (!writable.home)
    checks.push(
      limited(
        'home folder',
        'read-only',
        'unpacked images and outcomes are not kept between runs',
        'XDG_CACHE_HOME=/tmp/cache',
      ),
    );
  if (!writable.temporary)
    checks.push(
      missing('temporary folder', 'read-only', 'recording and emulation need one', 'TMPDIR=/dev/shm'),
    );
  return checks;
}

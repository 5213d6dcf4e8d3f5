import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir, machine, platform, release, tmpdir, version } from 'node:os';
import type { Observed } from '../../core/diagnosis/machine/observed.ts';
import { parseArch } from '../../core/linux/arch.ts';
import { bubblewrapEngine } from '../engines/bubblewrap.ts';
import { forStrace } from '../files/files.ts';
import { probeCalls } from './calls.ts';
import { attempt, programs } from './trials.ts';

/** Looks at this machine and really tries what it is asked about. Changes nothing; takes a few seconds. */
export async function observe(): Promise<Observed> {
  const arch = parseArch(process.arch);
  const onLinux = platform() === 'linux';
  const [{ programs: found, libseccomp }, user, trace, bubblewrap, docker, podman, rules, log, probed] =
    await Promise.all([
      programs(),
      attempt('unshare', '--user', '--map-root-user', 'true'),
      attempt('strace', '-f', '-o', '/dev/null', forStrace('true')),
      bubblewrapEngine.probe(),
      attempt('docker', 'version', '--format', '{{.Server.Version}}'),
      attempt('podman', 'info', '--format', '{{.Version.Version}}'),
      packetFilter(),
      attempt('dmesg'),
      onLinux && arch !== undefined
        ? probeCalls(arch)
        : { calls: [], trouble: 'syscalls are probed on Linux only' },
    ]);
  const osRelease = read('/etc/os-release') ?? read('/usr/lib/os-release') ?? '';
  const status = read('/proc/self/status') ?? '';
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  const quoted = (name: string): string | undefined =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1];
  const mode = number(field('Seccomp'));
  const filters = number(field('Seccomp_filters'));
  const effective = field('CapEff');
  const noNewPrivileges = field('NoNewPrivs');
  const actions = read('/proc/sys/kernel/seccomp/actions_avail')?.trim();
  const maximum = number(read('/proc/sys/user/max_user_namespaces'));
  const unprivileged = number(read('/proc/sys/kernel/unprivileged_userns_clone'));
  const apparmorRestricts = number(read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'));
  const scope = number(read('/proc/sys/kernel/yama/ptrace_scope'));
  const name = quoted('PRETTY_NAME');
  return {
    system: {
      platform: platform(),
      release: release(),
      version: read('/proc/version')?.trim() ?? version(),
      machine: machine(),
      ...(name === undefined ? {} : { name }),
      ids: `${quoted('ID') ?? ''} ${quoted('ID_LIKE') ?? ''}`.split(' ').filter((id) => id !== ''),
      kernelLog: log.said,
    },
    user: {
      uid: process.getuid?.() ?? -1,
      ...(effective === undefined ? {} : { effective: BigInt(`0x${effective}`) }),
      writable: { home: writable(homedir()), temporary: writable(tmpdir()), here: writable('.') },
    },
    programs: found,
    ...(libseccomp === undefined ? {} : { libseccomp }),
    seccomp: {
      ...(mode === undefined ? {} : { mode }),
      ...(filters === undefined ? {} : { filters }),
      ...(noNewPrivileges === undefined ? {} : { noNewPrivileges: noNewPrivileges === '1' }),
      ...(actions === undefined ? {} : { actions }),
    },
    namespaces: {
      ...(maximum === undefined ? {} : { maximum }),
      ...(unprivileged === undefined ? {} : { unprivileged }),
      ...(apparmorRestricts === undefined ? {} : { apparmorRestricts }),
      setgroups: existsSync('/proc/self/setgroups'),
      trial: user,
    },
    ptrace: { ...(scope === undefined ? {} : { scope }), trial: trace },
    cgroups: cgroups(),
    bubblewrap: bubblewrap.usable
      ? { works: true, said: bubblewrap.version }
      : { works: false, said: bubblewrap.why },
    docker,
    podman,
    packetFilter: rules,
    calls: probed.calls,
    ...(probed.trouble === undefined ? {} : { callsTrouble: probed.trouble }),
  };
}

/** What dockerd does first: it lists the chains, through iptables or nftables. */
async function packetFilter(): Promise<Observed['packetFilter']> {
  const iptables = await attempt('iptables', '--wait', '-n', '-L', 'FORWARD');
  return iptables.works ? iptables : attempt('nft', 'list', 'tables');
}

function cgroups(): Observed['cgroups'] {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  if (existsSync('/sys/fs/cgroup/unified/cgroup.controllers')) return 'hybrid';
  return existsSync('/sys/fs/cgroup/memory') || existsSync('/sys/fs/cgroup/cpu') ? 'v1' : 'none';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function number(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

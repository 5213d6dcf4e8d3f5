import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../../src/core/diagnosis/machine/diagnose.ts';
import { installCommand } from '../../../../src/core/diagnosis/machine/install.ts';
import type { Check, Observed } from '../../../../src/core/diagnosis/machine/observed.ts';
import { recognizeSandbox } from '../../../../src/core/diagnosis/machine/sandbox.ts';

const well: Observed = {
  system: {
    platform: 'linux',
    release: '6.1.0',
    version: '#1 SMP',
    machine: 'x86_64',
    name: 'Debian 12',
    ids: ['debian'],
  },
  user: { uid: 1000, effective: 0n, writable: { home: true, temporary: true, here: true } },
  programs: Object.fromEntries(
    ['strace', 'bwrap', 'docker', 'dockerd', 'podman', 'runc', 'crun'].map((name) => [
      name,
      { version: '1.0' },
    ]),
  ),
  libseccomp: '2.5.4',
  seccomp: { mode: 0 },
  namespaces: { setgroups: true, maximum: 100, trial: { works: true, said: '' } },
  ptrace: { trial: { works: true, said: '' } },
  cgroups: 'v2',
  bubblewrap: { works: true, said: '1.0' },
  docker: { works: true, said: '24.0.9' },
  podman: { works: true, said: '4.3.1' },
  packetFilter: { works: true, said: '' },
  calls: [],
};
const failing = { works: false, said: 'Operation not permitted' };

const find = (observed: Observed, name: string): Check => {
  const found = diagnose(observed).find((check) => check.name === name);
  if (!found) throw new Error(`no check named ${name}`);
  return found;
};

test('a machine that lacks nothing has nothing to explain', () => {
  expect(diagnose(well).filter(({ state }) => state !== 'works')).toEqual([]);
});

describe('each obstacle is named with what removes it', () => {
  const root = { ...well.user, uid: 0 };
  const cases: readonly [
    label: string,
    change: Partial<Observed>,
    name: string,
    state: Check['state'],
    why: RegExp,
    fix: RegExp,
  ][] = [
    [
      'no strace',
      { programs: { ...well.programs, strace: { why: 'not installed' } } },
      'strace',
      'missing',
      /nothing can be traced/,
      /^sudo apt-get install -y strace$/,
    ],
    [
      'no bubblewrap',
      { programs: { ...well.programs, bwrap: {} } },
      'bubblewrap',
      'missing',
      /default engine/,
      /install -y bubblewrap$/,
    ],
    [
      'max_user_namespaces 0',
      { namespaces: { setgroups: true, maximum: 0, trial: failing } },
      'user namespaces',
      'missing',
      /limit is 0/,
      /user\.max_user_namespaces=/,
    ],
    [
      "AppArmor's restriction",
      { namespaces: { setgroups: true, apparmorRestricts: 1, trial: failing } },
      'user namespaces',
      'missing',
      /AppArmor/,
      /apparmor_restrict_unprivileged_userns=0/,
    ],
    [
      'no setgroups file',
      { namespaces: { setgroups: false, trial: { works: true, said: '' } } },
      'user namespaces',
      'limited',
      /setgroups/,
      /mount -t proc/,
    ],
    [
      'ptrace_scope 3',
      { ptrace: { scope: 3, trial: failing } },
      'ptrace',
      'missing',
      /next boot/,
      /ptrace_scope=1/,
    ],
    [
      'ptrace_scope 2',
      { ptrace: { scope: 2, trial: failing } },
      'ptrace',
      'missing',
      /CAP_SYS_PTRACE/,
      /ptrace_scope=1/,
    ],
    ['a filter on us', { seccomp: { mode: 2, filters: 2 } }, 'seccomp', 'limited', /refuses/, /unconfined/],
    [
      'no daemon',
      { docker: { works: false, said: 'Cannot connect' } },
      'docker',
      'limited',
      /Cannot connect/,
      /DOCKER_HOST/,
    ],
    [
      'no nftables',
      { user: root, docker: failing, packetFilter: { works: false, said: 'Protocol not supported' } },
      'docker',
      'limited',
      /network here: Protocol not supported/,
      /--iptables=false/,
    ],
    [
      'no packet filter at all',
      { user: root, docker: failing, packetFilter: { works: false, said: 'nft: not found' } },
      'docker',
      'limited',
      /network here: nft: not found/,
      /install -y iptables$/,
    ],
    [
      'not in the group of Docker',
      { docker: { works: false, said: 'permission denied while trying to connect' }, packetFilter: failing },
      'docker',
      'limited',
      /not for this user/,
      /usermod -aG docker/,
    ],
    [
      'no setgroups file, and no namespace',
      { namespaces: { setgroups: false, trial: failing } },
      'user namespaces',
      'missing',
      /no group can be mapped.*no/,
      /mount -t proc/,
    ],
    [
      'podman without setgroups',
      {
        podman: {
          works: false,
          said: 'cannot set user namespace: open /proc/self/setgroups: no such file or directory',
        },
      },
      'podman',
      'limited',
      /setgroups/,
      /mount -t proc/,
    ],
    [
      'podman without subordinate ids',
      { podman: { works: false, said: 'newuidmap: write to uid_map failed' } },
      'podman',
      'limited',
      /newuidmap/,
      /--add-subuids/,
    ],
    ['podman, why ever', { podman: failing }, 'podman', 'limited', /does not answer/, /podman info/],
    [
      'a program that does not run',
      { programs: { ...well.programs, crun: { why: 'crun --version fails: Failed to re-execute' } } },
      'crun',
      'limited',
      /Failed to re-execute/,
      /^$/,
    ],
    ['cgroups hybrid', { cgroups: 'hybrid' }, 'cgroups', 'limited', /version 2/, /unified_cgroup_hierarchy/],
    [
      'read-only home',
      { user: { ...well.user, writable: { home: false, temporary: true, here: true } } },
      'home folder',
      'limited',
      /kept/,
      /XDG_CACHE_HOME/,
    ],
    [
      'gVisor',
      { system: { ...well.system, release: '4.4.0' } },
      'sandbox',
      'limited',
      /gVisor/,
      /gvisor@DATE/,
    ],
    [
      'WSL 1',
      { system: { ...well.system, release: '4.4.0-19041-Microsoft' } },
      'sandbox',
      'limited',
      /WSL 1/,
      /--set-version/,
    ],
    [
      'not Linux',
      { system: { ...well.system, platform: 'darwin' } },
      'system',
      'limited',
      /Linux only/,
      /^$/,
    ],
  ];
  test.each(cases)('%s', (_label, change, name, state, why, fix) => {
    const check = find({ ...well, ...change }, name);
    expect(check.state).toBe(state);
    expect(check.why).toMatch(why);
    expect(check.fix ?? '').toMatch(fix);
  });
});

test('sandboxes are recognized by their own signs only', () => {
  const kind = (release: string, version = '', kernelLog = '') =>
    recognizeSandbox({ system: { ...well.system, release, version, kernelLog } }).kind;
  expect(kind('4.4.0')).toBe('gvisor');
  expect(kind('4.19.0-gvisor')).toBe('gvisor');
  expect(kind('6.1.0', '', '[    0.000000] Starting gVisor...')).toBe('gvisor');
  expect(kind('4.4.0-210-generic')).toBe('none');
  expect(kind('5.15.153.1-microsoft-standard-WSL2')).toBe('wsl2');
});

test('the install command is that of the distribution', () => {
  expect(installCommand('docker', ['fedora'], 0)).toBe('dnf install -y moby-engine');
  expect(installCommand('docker', ['ubuntu', 'debian'], 0)).toBe('apt-get install -y docker.io');
  expect(installCommand('strace', ['opensuse-tumbleweed', 'suse'], 5)).toBe('sudo zypper install -y strace');
  expect(installCommand('strace', [], 5)).toMatch(/package manager/);
});

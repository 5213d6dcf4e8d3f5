import { describe, expect, test } from 'vitest';
import { ok } from '../../../src/core/failure.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import type { Abi } from '../../../src/core/linux/abi.ts';
import { decide } from '../../../src/core/seccomp/profile/evaluate.ts';

const profile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }],
};
const paths: string[] = [];
const surroundings = {
  running: { kernel: '6.1.0-13-amd64', arch: 'x86_64' as const },
  loadProfile: async (path: string) => {
    paths.push(path);
    return ok(profile as unknown);
  },
};

async function identity(expression: string) {
  const host = await resolveHost(expression, surroundings);
  if (!host.ok) throw new Error(host.failure.what);
  return host.value.identity;
}

async function failure(expression: string) {
  const host = await resolveHost(expression, surroundings);
  if (host.ok) throw new Error(`${expression} was accepted`);
  expect(host.failure.kind).toBe('usage');
  return `${host.failure.what} / ${host.failure.hint}`;
}

describe('a host expression', () => {
  test('says what was assumed and what was given', async () => {
    expect(await identity('docker@20.10.5')).toEqual({
      expression: 'docker@20.10.5',
      engine: 'docker',
      version: '20.10.5',
      runtime: 'runc',
      runtimeVersion: '1.0.0-rc93',
      libseccomp: '2.5.1',
      kernel: '6.1.0-13-amd64',
      arch: 'x86_64',
      assumed: ['runtime', 'runtimeVersion', 'libseccomp', 'kernel', 'arch', 'caps'],
      notes: [],
    });
    const full = 'docker@20.10.5,libseccomp=2.4.1,runc=1.0.0-rc92,kernel=5.4,arch=arm,cap=SYS_ADMIN,cap=-ALL';
    expect(await identity(full)).toMatchObject({
      runtime: 'runc',
      runtimeVersion: '1.0.0-rc92',
      libseccomp: '2.4.1',
      kernel: '5.4',
      arch: 'arm',
      assumed: [],
    });
    expect((await identity('docker')).assumed).toContain('version');
  });

  test.each([
    ['docker@18.03', '18.03.1', /18\.03 is taken as 18\.03\.1/],
    ['docker@20.10', '20.10.27', /newest of that line/],
    ['podman@3.0', '3.0.2', /newest of that line/],
    ['crio@1.29', '1.29.13', /newest of that line/],
    ['docker@v20.10.5', '20.10.5', undefined],
    ['docker@18.03.1-ce', '18.03.1', undefined],
    ['docker@20.10.24+dfsg1', '20.10.24', undefined],
    ['Docker@25.0.0-rc.1', '25.0.0-rc.1', undefined],
    ['buildkit@0.12.3', '0.12.3', undefined],
    ['containerd@1.6.20', '1.6.20', undefined],
    ['docker@latest', '29.7.2', undefined],
  ])('%s is version %s', async (expression, version, note) => {
    const found = await identity(expression);
    expect(found.version).toBe(version);
    if (note) expect(found.notes.join()).toMatch(note);
    else expect(found.notes).toEqual([]);
  });

  test.each([
    [
      'docker@29.8.0',
      '29.7.2',
      /^Docker 29\.8\.0 is newer than the tables: 29\.7\.2, the newest known, stands/,
    ],
    ['docker@29.7.3', '29.7.2', /^Docker 29\.7\.3 is newer/],
    ['docker@29.8.0-rc.1', '29.7.2', /^Docker 29\.8\.0-rc\.1 is newer/],
    ['docker@30', '29.7.2', /^Docker 30 is newer/],
    ['docker@29.27.0', '29.7.2', /newer/],
    ['docker@43.0.0', '29.7.2', /newer/],
    [
      'docker@20.10.28',
      '20.10.27',
      /^Docker 20\.10\.28 is not in the tables: 20\.10\.27, the newest known of its line,/,
    ],
    ['docker@20.10.40', '20.10.27', /newest known of its line/],
    ['docker@28.5.3', '28.5.2', /newest known of its line/],
    ['docker@20.10.5.1', '20.10.5', /20\.10\.5, the nearest known, stands in$/],
    ['docker@25.0.0-rc.9', '25.0.0-rc.3', /nearest known/],
    ['podman@5.8.3', '5.8.2', /^Podman 5\.8\.3 is newer/],
    ['podman@6.0', '5.8.2', /^Podman 6\.0 is newer/],
    ['buildah@1.45.0', '1.44.0', /^Buildah/],
    ['crio@1.29.14', '1.29.13', /^CRI-O/],
    ['crio@1.40', '1.36.3', /^CRI-O/],
    ['buildkit@0.33.0', '0.32.2', /^BuildKit/],
    ['containerd@2.5.0', '2.4.0-beta.0', /^containerd/],
  ])('%s is not in the tables: %s stands in, and it says so', async (expression, version, note) => {
    const found = await identity(expression);
    expect(found).toMatchObject({ expression, version, notes: [expect.stringMatching(note)] });
    expect(found.assumed).toContain('version');
    const {
      expression: _,
      notes: __,
      assumed,
      ...stack
    } = await identity(`${expression.split('@')[0]}@${version}`);
    expect(found).toMatchObject(stack);
    expect(found.assumed).toEqual(['version', ...assumed]);
  });

  test.each([
    [
      'docker@29.7.2,libseccomp=2.6.2',
      'libseccomp',
      '2.6.1',
      /^libseccomp 2\.6\.2 is newer than the tables: 2\.6\.1/,
    ],
    ['docker@29.7.2,libseccomp=2.7', 'libseccomp', '2.6.1', /^libseccomp 2\.7 is newer/],
    [
      'docker@29.7.2,libseccomp=2.5.7-1ubuntu1',
      'libseccomp',
      '2.5.6',
      /^libseccomp 2\.5\.7 .* newest known of its line/,
    ],
    ['docker@29.7.2,runc=1.5.2', 'runtimeVersion', '1.5.2', /^runc \S+ is the newest in the tables/],
    [
      'docker@29.7.2,kernel=9.0',
      'kernel',
      '9.0',
      /^Linux 9\.0 is newer than the tables: Linux \d+\.\d+, the newest known, stands in$/,
    ],
    ['unconfined,kernel=9.0', 'kernel', '9.0', /^Linux 9\.0 is newer/],
    ['kernel@9.0', 'kernel', '9.0', /^Linux 9\.0 is newer/],
  ])('%s: %s is assumed to be as the newest known', async (expression, field, value, note) => {
    const found = await identity(expression);
    expect(found).toMatchObject({ [field]: value });
    expect(found.assumed.filter((each) => each === field)).toEqual([field]);
    expect(found.notes.filter((each) => note.test(each))).toHaveLength(1);
  });

  test.each([
    [
      'kernel@3.10.0-862.el7.x86_64',
      /3\.10\.0-862\.el7\.x86_64 is a kernel of Red Hat: taken as Linux 3\.10, although/,
    ],
    ['docker@24.0.9,kernel=4.18.0-553.el8_10', /taken as Linux 4\.18, although/],
    ['kernel@4.4.0-19041-Microsoft', /WSL 1, which runs no Linux kernel: taken as Linux 4\.4/],
  ])('%s says how a vendor kernel is read', async (expression, note) => {
    const { assumed, notes } = await identity(expression);
    expect(notes.filter((each) => note.test(each))).toHaveLength(1);
    expect(assumed).toContain('kernel');
  });

  test('kernels of Debian, Ubuntu and WSL 2 are what their version says', async () => {
    for (const kernel of ['6.1.0-13-amd64', '5.15.0-91-generic', '5.15.153.1-microsoft-standard-WSL2'])
      expect((await identity(`kernel@${kernel}`)).notes.join()).not.toMatch(/taken as/);
  });

  // default_capabilities of containers.conf, by the containers/common in go.mod; the installed 4.3.1 of Debian 12 has these 11.
  test.each([
    ['podman@2.1.1', 14],
    ['podman@2.2.0', 11],
    ['podman@4.3.1', 11],
    ['podman@4.4.0', 10],
    ['podman@4.4.4', 11],
    ['buildah@1.16.7', 14],
    ['buildah@1.28.2', 11],
    ['buildah@1.29.1', 10],
    ['buildah@1.29.2', 11],
    ['docker@20.10.5', 14],
    ['crio@1.17.0', 11],
    ['crio@1.18.0', 9],
  ])('a container of %s has %i capabilities', async (expression, count) => {
    const host = await resolveHost(expression, surroundings);
    if (!host.ok) throw new Error(host.failure.what);
    const { caps } = host.value.target!;
    expect(caps.size).toBe(count);
    if (expression.startsWith('podman') && count < 14) expect(caps).not.toContain('CAP_MKNOD');
    expect(caps.has('CAP_SYS_CHROOT')).toBe(count > 10);
  });

  test('a kernel of the tables is no stand-in, nor is the newest of them', async () => {
    const newest = (await identity('kernel@9.0')).notes.join().match(/: Linux (\S+),/)![1];
    for (const kernel of ['5.4', newest]) {
      const { assumed, notes } = await identity(`kernel@${kernel}`);
      expect(assumed).toEqual(['arch']);
      expect(notes.join()).not.toMatch(/stands in/);
    }
    expect((await identity('docker@29.7.2,libseccomp=2.6.1')).assumed).not.toContain('libseccomp');
  });

  test.each([
    ['docker@29.28.0', /not in the tables .* docker@29\.7\.2/],
    ['docker@29.7.23', /docker@29\.7\.2/],
    ['docker@44.0.0', /docker@29\.7\.2/],
    ['docker@20.10.41', /docker@20\.10\.27/],
    ['docker@18.08.0', /docker@18\.06\.3/],
    ['kubernets@1.30', /did you mean kubernetes@1\.30/],
    ['xyzzyq@1.30', /hosts are written docker/],
    ['kubernetes@2.0', /'2\.0' is not a version of Kubernetes .*,runtime=containerd@1\.7/],
    ['kubernetes@1.30,runtime=gvisor', /no container runtime of Kubernetes/],
    ['kubernetes@1.30,seccomp=strict', /no type of a seccompProfile .*=Localhost:FILE/],
    ['docker@24.0.9,seccomp=RuntimeDefault', /goes with kubernetes only/],
    ['colima@0.6', /which engine 'colima@0\.6' runs is not in the tables .* docker@VERSION/],
    ['docker-desktop@4.30', /docker@VERSION/],
    ['nerdctl@0.1', /not in the tables \(0\.5\.0 to/],
    ['github-runner@ubunto-22.04', /did you mean github-runner@ubuntu-22\.04/],
    ['github-runner@ubuntu-22.04/20200101', /begin with 20220515/],
    ['flatpak@1.0', /older than the tables, which begin with 1\.4\.0/],
    ['flatpak@new', /not a version of Flatpak/],
    ['codex,arch=s390x', /Codex CLI has no filter for s390x/],
    ['systemd-unit:', /names no file/],
    ['docker@29.7.2+codex,arch=amd46', /unknown architecture/],
    ['dokcer@20.10.5', /unknown host .* did you mean docker@20\.10\.5/],
    ['docker@20.10.55', /not in the tables .* docker@20\.10\.27/],
    ['docker@99.0.0', /not in the tables .* docker@29\.7\.2/],
    ['docker@1.9.0', /docker@1\.10\.0/],
    ['docker@abc', /not in the tables/],
    ['docker@', /names no version/],
    ['', /empty/],
    ['docker@20.10.5,libsecomp=2.4.1', /unknown refinement 'libsecomp' .* libseccomp/],
    ['docker@20.10.5,libseccomp=2.4.9', /2\.4\.9 is not in the tables/],
    ['docker@20.10.5,arch=amd46', /unknown architecture .* amd64/],
    ['docker@20.10.5,cap=SYS_ADMN', /unknown capability .* SYS_ADMIN/],
    ['docker@20.10.5,kernel=new', /not a kernel version/],
    ['docker@20.10.5,runc=new', /not a version of runc/],
    ['docker@20.10.5,runc=1.1.0,crun=1.0', /two runtimes/],
    ['docker@20.10.5,engine=podman', /profile:FILE and spec-proposal only/],
    ['docker@20.10.5,runtime=runsc', /gvisor@DATE/],
    ['docker@20.10.5,cap=', /no value/],
    ['gvisor@yesterday', /not a date/],
    ['gvisor@20150101', /older than the tables/],
    ['kernel', /not a kernel version/],
    ['unconfined@1', /no versions/],
    ['profile:', /names no file/],
    ['profile:a.json,engine=kernel@5.4', /does not load seccomp profiles/],
    ['profile:a.json,engine=dokcer@1.13', /unknown host .* docker@1\.13/],
    ['docker@20.10.99', /docker@20\.10\.27, docker@23\.0\.0/],
    ['docker@20.11.5', /docker@20\.10\.27, docker@23\.0\.0/],
    ['docker@21', /docker@20\.10\.27 or docker@23\.0\.0/],
    ['podman@0.1', /did you mean podman@0\.2/],
    ['podman@9', /did you mean podman@5\.8\.2/],
    ['crio@1.29.99', /crio@1\.29\.13, crio@1\.30\.0/],
    ['buildkit@0.7.9', /did you mean buildkit@0\.8\.0/],
    ['docker 20.10.5', /did you mean docker@20\.10\.5/],
    ['docker:20.10.5', /did you mean docker@20\.10\.5/],
    ['docker=20.10.5', /did you mean docker@20\.10\.5/],
    ['docker@20.10.5,arm', /'arm' .* KEY=VALUE .* arch=arm/],
    ['docker@20.10.5,CAP_SYS_ADMIN', /KEY=VALUE .* cap=CAP_SYS_ADMIN/],
    ['docker@20.10.5,=arm', /KEY=VALUE/],
    ['docker@20.10.5,libseccomp=9', /9 is not in the tables .* did you mean 2\.6\.1/],
    ['docker@20.10.5,libseccomp=2.4.1;runc=1.1', /2\.4\.1;runc=1\.1 is not in the tables/],
    ['docker@20.10.5,arch=arm,arch=arm64', /says arch= twice/],
    ['docker@20.10.5,runc=1.0.0,runc=1.1.0', /says runc= twice/],
    ['docker@20.10.5,libseccomp=2.4.1,LIBSECCOMP=2.5.1', /says libseccomp= twice/],
    ['docker@20.10.5,arch=', /no value/],
    ['kernel@5.4,kernel=6.1', /two kernels .* kernel@6\.1/],
    ['kernel@', /kernel@5\.4/],
    ['gvisor@20241399', /not a date/],
    ['gvisor@20240230', /not a date/],
    ['gvisor@20230229', /not a date/],
    ['gvisor@2024', /not a date/],
    ['spec-proposal@6.10', /no versions/],
  ])('%s is refused', async (expression, words) => {
    expect(await failure(expression)).toMatch(words);
  });

  // What the tags say: script/setup/runc-version or vendor.conf, ARG RUNC_VERSION of the Dockerfile, runc.installer.
  test.each([
    ['buildkit@0.8.0', '1.0.0-rc92-166-g939ad4e3f'],
    ['buildkit@0.8.2', '1.0.0-rc93'],
    ['buildkit@0.10.6', '1.0.2'],
    ['buildkit@0.11.6', '1.1.5'],
    ['buildkit@0.12.3', '1.1.7'],
    ['buildkit@0.12.5', '1.1.12'],
    ['buildkit@0.17.0', '1.1.15'],
    ['containerd@1.4.0', '1.0.0-rc92'],
    ['containerd@1.5.5', '1.0.1'],
    ['containerd@1.6.36', '1.1.14'],
    ['containerd@1.7.24', '1.2.2'],
    ['containerd@2.0.3', '1.2.5'],
    ['containerd@2.2.7', '1.3.6'],
    ['docker@20.10.24', '1.1.4'],
    ['docker@17.09.1', '1.0.0-rc4-25-g3f2f8b84a'],
  ])('%s pins runc %s', async (expression, runc) => {
    expect(await identity(expression)).toMatchObject({ runtime: 'runc', runtimeVersion: runc });
  });

  // ARG LIBSECCOMP_VERSION of runc's Dockerfile.
  test.each([
    ['containerd@1.6.36', '2.5.5'],
    ['containerd@2.3.0,runc=1.3.5', '2.6.0'],
    ['docker@24.0.9,runc=1.4.0', '2.5.6'],
  ])('%s has at least the libseccomp of its runc: %s', async (expression, libseccomp) => {
    expect((await identity(expression)).libseccomp).toBe(libseccomp);
  });

  test('a profile is loaded as the newest Docker would, or as the engine given', async () => {
    const newest = await identity('profile:./my,own.json');
    expect(newest).toMatchObject({ engine: 'docker', version: '29.7.2' });
    expect(newest.assumed).toContain('version');
    const given = await identity('profile:my.json,engine=docker@24.0.9,libseccomp=2.5.4');
    expect(given).toMatchObject({ engine: 'docker', version: '24.0.9', libseccomp: '2.5.4' });
    expect(given.notes.join()).toMatch(/my\.json as Docker 24\.0\.9 loads it/);
    expect(paths).toEqual(['./my,own.json', 'my.json']);
  });

  test.each([
    ['docker@20.10.10,runc=1.0.0-rc90', undefined, /runc 1\.0\.0-rc90 refuses a rule for 'clone3'/],
    ['podman@3.3.0,runc=1.0.0-rc94', undefined, /refuses a rule for .* same as the default/],
    ['profile:p.json,runc=1.4.3', 'SCMP_ARCH_LOONGARCH64', /runc 1\.4\.3 refuses SCMP_ARCH_LOONGARCH64/],
    ['profile:p.json,runc=1.5.0,libseccomp=2.6.0', 'SCMP_ARCH_LOONGARCH64', undefined],
    ['profile:p.json,runc=1.1.7', 'SCMP_ARCH_RISCV64', /runc 1\.1\.7 refuses SCMP_ARCH_RISCV64/],
    ['profile:p.json,runc=1.1.8', 'SCMP_ARCH_RISCV64', undefined],
    ['profile:p.json,crun=1.8', 'SCMP_ARCH_RISCV64', undefined],
  ])('%s with %s: the container starts or is refused (%s)', async (expression, architecture, words) => {
    const host = await resolveHost(expression, {
      ...surroundings,
      loadProfile: async () => ok<unknown>({ ...profile, architectures: [architecture] }),
    });
    expect(host.ok ? undefined : host.failure.what).toEqual(words && expect.stringMatching(words));
  });

  test.each([
    // Measured with containerd 1.6.20 and Docker 20.10.24: these fields have no effect there.
    [
      'containerd@1.6.20',
      ['allow', 'errno 1', 'kill_thread', 'errno 1'],
      /containerd does not read archMap, errno, includes, name in/,
    ],
    [
      'docker@24.0.9',
      ['errno 1', 'errno 1', 'allow', 'allow'],
      /Docker does not read errno in a profile file/,
    ],
    ['podman@4.3.1', ['errno 1', 'errno 38', 'allow', 'allow'], undefined],
  ])('a profile as %s reads it', async (engine, answers, words) => {
    const host = await resolveHost(`profile:p.json,engine=${engine},arch=x86_64`, {
      ...surroundings,
      loadProfile: async () =>
        ok<unknown>({
          defaultAction: 'SCMP_ACT_ERRNO',
          archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
          syscalls: [
            { names: ['read'], action: 'SCMP_ACT_ALLOW', excludes: {} },
            { names: ['acct'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_PACCT'] } },
            { names: ['bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, errno: 'ENOSYS' },
            { name: 'reboot', action: 'SCMP_ACT_ALLOW' },
          ],
        }),
    });
    if (!host.ok) throw new Error(host.failure.what);
    const { policy, identity: own } = host.value;
    const said = (abi: Abi, nr: number): string => {
      const action = decide(policy!, { abi, nr, name: '', args: [] });
      return 'value' in action ? `${action.kind} ${action.value}` : action.kind;
    };
    expect([said('x86_64', 163), said('x86_64', 321), said('x86', 3), said('x86_64', 169)]).toEqual(answers);
    const unread = own.notes.find((note) => note.includes('does not read'));
    expect(unread).toEqual(words && expect.stringMatching(words));
  });

  test('a field that no engine knows is told: a misspelt args allows every argument', async () => {
    const host = await resolveHost('profile:p.json,engine=podman@4.3.1,arch=x86_64', {
      ...surroundings,
      loadProfile: async () =>
        ok<unknown>({
          ...profile,
          $schema: '',
          syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ALLOW', arg: [{ index: 0, value: 40 }] }],
        }),
    });
    if (!host.ok) throw new Error(host.failure.what);
    expect(host.value.identity.notes).toContain('Podman does not read arg in a profile file');
  });

  test.each([
    ['podman@4.3.1', 'Podman does not read minKernel in a profile file'],
    ['docker@20.10.24', undefined],
  ])('%s finds fields in any case, and only Docker reads minKernel', async (engine, unread) => {
    const host = await resolveHost(`profile:p.json,engine=${engine},arch=x86_64,kernel=6.18`, {
      ...surroundings,
      loadProfile: async () =>
        ok<unknown>({
          ...profile,
          syscalls: [
            { names: ['acct'], action: 'SCMP_ACT_ALLOW', Includes: { caps: ['CAP_SYS_PACCT'] } },
            { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '6.19' } },
          ],
        }),
    });
    if (!host.ok) throw new Error(host.failure.what);
    const { policy, identity: own } = host.value;
    const said = (nr: number) => decide(policy!, { abi: 'x86_64', nr, name: '', args: [] });
    expect(said(163)).toMatchObject({ kind: 'errno' });
    expect(said(321).kind).toBe(unread ? 'allow' : 'errno');
    expect(own.notes.find((note) => note.includes('does not read'))).toBe(unread);
  });

  test('a runc newer than the tables is no line of them', async () => {
    const { notes } = await identity('docker@29.7.2,runc=99');
    expect(notes.filter((note) => note.startsWith('runc'))).toEqual([
      expect.stringMatching(/^runc \S+ is the newest in the tables; its rules stand in for 99$/),
    ]);
    expect((await identity('gvisor@20240229')).version).toBe('20240229');
  });

  test("says when a vendor's port or a package is modelled", async () => {
    const loong = await identity('docker@24.0.9,arch=loong64');
    expect(loong.notes.join()).toMatch(/vendor's port that knows the names of 2\.5\.4/);
    for (const row of ['buildkit@0.12.3,runc=1.1.7', 'buildkit@0.19.0,runc=1.2.6']) {
      const { notes } = await identity(`${row},arch=loong64`);
      expect(notes.join()).toMatch(/libseccomp 2\.5\.[45] does not support .*vendor's port/);
    }
    const debian = await identity('docker@20.10.24,libseccomp=2.5.4-1+deb12u1');
    expect(debian.libseccomp).toBe('2.5.4-1+deb12u1');
    expect(debian.notes.join()).toMatch(/tables of 2\.5\.5/);
  });

  test('layers share kernel and architecture, and each says its own', async () => {
    const found = await identity('docker@29.8.0,arch=arm64,kernel=5.4+codex@0.150');
    expect(found).toMatchObject({
      expression: 'docker@29.8.0,arch=arm64,kernel=5.4+codex@0.150',
      engine: 'docker+codex',
      version: '29.7.2+0.150',
      kernel: '5.4',
      arch: 'aarch64',
    });
    expect(found.notes[0]).toMatch(/the strictest result wins/);
    expect(found.notes.join('\n')).toMatch(/^docker@29\.8\.0\S+: Docker 29\.8\.0 is newer/m);
    expect(found.notes.join('\n')).toMatch(/^codex@0\.150: Codex CLI is modelled by its filter/m);
    expect(found.assumed).toContain('version');
    // A plus within a version or a list of capabilities is none of these.
    expect(await identity('docker@20.10.24+dfsg1,libseccomp=2.5.4-1+deb12u1')).toMatchObject({
      engine: 'docker',
    });
    expect(await identity('docker@20.10.24,cap=SYS_ADMIN+NET_ADMIN')).toMatchObject({ engine: 'docker' });
  });

  test('a product says what it carries and what of it is assumed', async () => {
    expect(await identity('kubernetes@1.30,runtime=containerd@1.7.27')).toMatchObject({
      engine: 'kubernetes',
      version: '1.30',
      runtime: 'none',
      notes: [
        expect.stringMatching(/^containerd@1\.7\.27 as/),
        expect.stringMatching(/seccompDefault: true/),
        expect.stringMatching(/procMount/),
        expect.stringMatching(/no seccomp filter/),
      ],
    });
    const pod = await identity(
      'kubernetes@1.30,runtime=containerd@1.7.27,seccomp=RuntimeDefault,runc=1.1.12',
    );
    expect(pod).toMatchObject({ runtime: 'runc', runtimeVersion: '1.1.12' });
    expect(pod.notes.join()).not.toMatch(/seccompDefault/);
    expect((await identity('kubernetes@1.30,seccomp=RuntimeDefault')).assumed).toContain('runtime');
    const local = await identity('kubernetes@1.30,runtime=containerd@1.7.27,seccomp=Localhost:strict.json');
    expect(local.notes.join()).toMatch(/strict\.json as containerd 1\.7\.27 loads it/);
    expect(await identity('nerdctl@1.7.7')).toMatchObject({ version: '1.7.7', runtimeVersion: '1.1.14' });
    expect((await identity('nerdctl@1.7.7')).assumed).toContain('runtimeVersion');
    expect((await identity('nerdctl@1.7.7,runc=1.2.0')).runtimeVersion).toBe('1.2.0');
    expect((await identity('nerdctl@9.9')).notes.join()).toMatch(/newer than the tables/);
    expect(await identity('github-runner@ubuntu-24.04/20260323')).toMatchObject({
      engine: 'github-runner',
      version: 'ubuntu-24.04',
      kernel: '6.17',
      arch: 'x86_64',
    });
    expect(await identity('podman-rootless@4.3.1')).toMatchObject({
      engine: 'podman-rootless',
      version: '4.3.1',
      runtime: 'crun',
      notes: [expect.stringMatching(/user namespace/)],
    });
    const rootless = await identity('rootless-docker');
    expect(rootless.assumed).toContain('version');
    expect(rootless.version).toBe((await identity('docker')).version);
    expect((await identity('dind@27.3.1')).notes.join()).toMatch(/privileged/);
    expect((await identity('flatpak@9.0')).notes.join()).toMatch(/newer than the tables: 1\.19\.0/);
  });

  test('says what has no effect, and where the tables end', async () => {
    expect((await identity('unconfined,runc=1.1.0')).notes.join()).toMatch(/changes nothing/);
    const future = await identity('docker@29.7.2,runc=9.0.0');
    expect(future.notes.join()).toMatch(/runc 1\.5\.1 is the newest in the tables/);
    expect((await identity('docker@29.7.2,crun=1.29.1')).notes).toEqual([]);
  });

  test('a runc that was named brings at least the libseccomp of its own binaries', async () => {
    expect((await identity('buildkit@0.12.3,runc=1.2.6')).libseccomp).toBe('2.5.5');
    expect((await identity('buildkit@0.19.0,runc=1.1.7')).libseccomp).toBe('2.5.5');
  });
});

import type { Abi } from '../linux/abi.ts';
import type { RuntimeRules } from '../seccomp/profile/target.ts';
import { atLeast, compareVersions, type Version, version } from './version.ts';

/** ABIs that runc's stub code knew from its first version on (runtime-features; patchbpf/enosys_linux.go). */
const STUB_SINCE_RC93: ReadonlySet<Abi> = new Set<Abi>([
  'x86',
  'x86_64',
  'x32',
  'arm',
  'aarch64',
  'mips',
  'mipsel',
  'mips64',
  'mipsel64',
  'mips64n32',
  'mipsel64n32',
  'ppc',
  'ppc64',
  'ppc64le',
  's390',
  's390x',
]);

/** First releases that take an action; the others always were. */
const RUNC_ACTIONS: Readonly<Record<string, string>> = {
  log: '1.0.0-rc9',
  notify: '1.1.0-rc.1',
  kill_process: '1.1.3',
};
const CRUN_ACTIONS: Readonly<Record<string, string>> = {
  kill_process: '0.14',
  log: '0.15',
  notify: '0.19',
};

/** A partial version (`1.1`) stands for the newest patch of its line. */
function newestPatch(at: Version): Version {
  return at.numbers.length >= 3 || at.pre ? at : { ...at, numbers: [...at.numbers, 9999].slice(0, 3) };
}

/**
 * runc by version. The stub came with 1.0.0-rc93 (opencontainers/runc#2750); the native architecture takes part in it
 * since 1.1.15 and 1.2.0-rc.1 (#4219); number 0 on s390 since 1.1.3 (#3478).
 */
export function runcRules(text: Version): RuntimeRules {
  const at = newestPatch(text);
  const riscv = atLeast(at, '1.1.8');
  const loongarch = atLeast(at, '1.4.0-rc.1');
  return {
    name: 'runc',
    version: text.text,
    stub: atLeast(at, '1.0.0-rc93'),
    stubAddsNative:
      atLeast(at, '1.2.0-rc.1') ||
      (atLeast(at, '1.1.15') && compareVersions(at, version('1.2.0-alpha1')) < 0),
    stubZero: atLeast(at, '1.1.3'),
    stubKnows: (abi) =>
      STUB_SINCE_RC93.has(abi) || (abi === 'riscv64' && riscv) || (abi === 'loongarch64' && loongarch),
    honoursErrnoRet: atLeast(at, '1.0.0-rc91'),
    honoursDefaultErrnoRet: atLeast(at, '1.0.0-rc95'),
    // opencontainers/runc#1424 and #3109 (the latter in 1.0.2; #1847 tells the error).
    allMustHold: atLeast(at, '1.0.0-rc4'),
    unknownName: 'skip',
    redundantRule: atLeast(at, '1.0.2') ? 'skip' : 'error',
    strayErrno: 'ignore',
    ...(atLeast(at, '1.2.0-rc.1') ? { binaryTreeAbove: 32 } : {}),
    acceptsAction: (kind) => {
      const since = RUNC_ACTIONS[kind];
      return since === undefined || atLeast(at, since);
    },
    // 1.1.5 and 1.1.14 refuse any ("seccomp flags are not yet supported by runc"); facts/ say ignored.
    acceptsFlag: (flag) =>
      atLeast(at, flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' ? '1.5.0' : '1.2.0-rc.1'),
  };
}

/** libseccomp knows them, runc's table of names does not (measured with 1.1.5; read up to 1.5.1). */
const NEVER_IN_RUNC: ReadonlySet<Abi> = new Set<Abi>(['parisc', 'parisc64', 'm68k', 'sh', 'sheb']);

/** Whether a runtime version takes this entry in `architectures`; the container does not start otherwise. */
export function acceptsArchitecture(rules: RuntimeRules, abi: Abi): boolean {
  if (rules.name !== 'runc') return true;
  const at = newestPatch(version(rules.version));
  if (NEVER_IN_RUNC.has(abi)) return false;
  if (abi === 'riscv64') return atLeast(at, '1.1.8');
  if (abi === 'loongarch64') return atLeast(at, '1.5.0');
  return true;
}

/** crun by version: it never had a stub, so what no rule names gets the default action. */
export function crunRules(text: Version): RuntimeRules {
  const at = newestPatch(text);
  return {
    name: 'crun',
    version: text.text,
    stub: false,
    stubAddsNative: false,
    stubZero: false,
    stubKnows: () => false,
    honoursErrnoRet: atLeast(at, '0.14'),
    honoursDefaultErrnoRet: atLeast(at, '0.19'),
    allMustHold: true,
    unknownName: atLeast(at, '0.5') ? 'skip' : 'error',
    redundantRule: atLeast(at, '0.4') ? 'skip' : 'error',
    strayErrno: atLeast(at, '0.19') ? 'error' : 'ignore',
    acceptsAction: (kind) => {
      const since = CRUN_ACTIONS[kind];
      return since === undefined || atLeast(at, since);
    },
    acceptsFlag: () => true,
  };
}

/** A filter loaded as the profile says, by nobody in particular. */
export const NO_RUNTIME: RuntimeRules = {
  name: 'none',
  version: '',
  stub: false,
  stubAddsNative: false,
  stubZero: false,
  stubKnows: () => false,
  honoursErrnoRet: true,
  honoursDefaultErrnoRet: true,
  allMustHold: true,
  unknownName: 'skip',
  redundantRule: 'skip',
  strayErrno: 'ignore',
  acceptsAction: () => true,
  acceptsFlag: () => true,
};

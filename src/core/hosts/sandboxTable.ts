import { TEXT } from './sandboxes.gen.ts';

/** One entry of a filter; without `args` it applies always. Values are numbers below 2^53. */
export interface SandboxRule {
  readonly names: readonly string[];
  /** Left out where `errno` says what is returned. */
  readonly action?: 'allow';
  readonly errno?: string;
  readonly args?: readonly (readonly [index: number, value: number, valueTwo: number, op: string])[];
  /** Native architectures that have the entry, or that do not. */
  readonly arches?: readonly string[];
  readonly notArches?: readonly string[];
}

/** A sandbox's filters by version. */
export interface SandboxFamily {
  readonly title: string;
  /** Where names become numbers: in the machine's libseccomp, which skips what it does not know, or in the program itself. */
  readonly loader: 'libseccomp' | 'numbers';
  readonly arches: 'native' | 'all';
  readonly badArch: 'allow' | 'kill_thread' | 'kill_process';
  /** Architectures that the program exists for; left out: all. */
  readonly only?: readonly string[];
  /** [first version, filter]; null: versions are not told apart. */
  readonly releases: readonly (readonly [version: string | null, filter: string])[];
  /** The newest version that was read. */
  readonly last: string;
  readonly filters: Readonly<Record<string, readonly SandboxRule[]>>;
}

/** The filter of systemd-nspawn: what it allows, of the groups of a systemd. */
export interface NspawnTable {
  /** The newest version that was read. */
  readonly last: string;
  /** Until this version a name that systemd does not know was EPERM, as the others are. */
  readonly enosysSince: string;
  /** Groups and names. */
  readonly allow: readonly string[];
  /** Groups and names that a container with this capability may call as well. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** What a container has without options. */
  readonly caps: readonly string[];
}

/** Shape of sandboxes.gen.ts. */
interface Table {
  readonly families: Readonly<Record<string, SandboxFamily>>;
  /** Per version of systemd: the members of a group, which may be groups. */
  readonly systemd: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly nspawn: NspawnTable;
  readonly nerdctl: readonly (readonly [version: string, containerd: string, runc: string])[];
  readonly githubRunners: Readonly<
    Record<
      string,
      readonly (readonly [day: string, docker: string, podman: string | null, kernel: string | null])[]
    >
  >;
}

let parsed: Table | undefined;

/** The table; parsed on first use. */
export function sandboxTable(): Table {
  parsed ??= JSON.parse(TEXT) as Table;
  return parsed;
}

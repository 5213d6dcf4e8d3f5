import { laterLibseccomp } from './libseccomp.ts';
import { TEXT } from './shipped.gen.ts';
import { atLeast, compareVersions, parseVersion, type Version, valueAt, version } from './version.ts';

type Runs<T = string> = readonly (readonly [firstVersion: string, value: T])[];

interface EngineLists {
  readonly runtime?: Runs;
  readonly runc?: Runs;
  readonly crun?: Runs;
  readonly libseccomp: Runs;
  /** Its image has a runc of its own making, not the official binary. */
  readonly buildsRunc?: boolean;
  readonly caps?: Runs<readonly string[]>;
}

/** Shape of shipped.gen.ts. */
interface Table {
  readonly engines: Readonly<Record<string, EngineLists>>;
  /** Per engine: the runc that its releases pin; git-describe names or commits where runc had no tag. */
  readonly runcPins: Readonly<Record<string, Runs>>;
  /** The newest release of each runtime whose code was read. */
  readonly newestRead: Readonly<Record<'runc' | 'crun', string>>;
  /** Commit of runc to the release it was cut from. */
  readonly runcNear: Readonly<Record<string, string>>;
  /** First runc release to the libseccomp in its official binaries. */
  readonly runcLibseccomp: Runs;
  /** Docker's, which containerd and BuildKit share. */
  readonly caps: readonly string[];
}

let parsed: Table | undefined;

function table(): Table {
  parsed ??= JSON.parse(TEXT) as Table;
  return parsed;
}

/** runc or crun, with the version whose rules apply. */
export interface Runtime {
  readonly name: 'runc' | 'crun';
  readonly version: Version;
  /** As it stands in output: a commit where the engine pinned one. */
  readonly text: string;
}

/** The newest release of a runtime whose code was read: its rules stand in for later ones. */
export function newestRead(runtime: 'runc' | 'crun'): Version {
  return version(table().newestRead[runtime]);
}

/** The runtime that this engine version usually came with. */
export function shippedRuntime(engine: string, at: Version): Runtime {
  const { runtime } = table().engines[engine]!;
  const name = runtime ? (valueAt(runtime, at) as 'runc' | 'crun') : 'runc';
  return shippedVersionOf(engine, name, at);
}

/** The version of a given runtime at the time of this engine version. */
export function shippedVersionOf(engine: string, name: 'runc' | 'crun', at: Version): Runtime {
  const { engines, runcPins } = table();
  const runs = (name === 'runc' ? runcPins[engine] : undefined) ?? engines[engine]![name];
  if (!runs) return name === 'crun' ? newestCrun() : pinned(runcPins.docker!, NEWEST);
  return name === 'runc' ? pinned(runs, at) : { name, ...sameText(valueAt(runs, at)) };
}

/** Newer than every version: what it shipped with is what the newest known one did. */
const NEWEST: Version = { text: 'newest', numbers: [9999], pre: undefined };

/** Where an engine's history says nothing about crun, the newest stands in: crun has answered alike since 0.19. */
function newestCrun(): Runtime {
  return { name: 'crun', ...sameText(table().engines.podman!.crun!.at(-1)![1]) };
}

const sameText = (text: string) => ({ version: version(text), text });

const runcs = new Map<string, Runtime>();

function pinned(runs: Runs, at: Version): Runtime {
  const pin = valueAt(runs, at);
  let found = runcs.get(pin);
  if (!found) {
    const near = table().runcNear[pin];
    found = { name: 'runc', version: version(near ?? pin), text: pin.replace(/^v/, '') };
    runcs.set(pin, found);
  }
  return found;
}

/** libseccomp in the official binaries of a runc release; undefined before runc 1.0.0. */
export function runcLibseccomp(runc: Version): string | undefined {
  return atLeast(runc, '1.0.0') ? valueAt(table().runcLibseccomp, runc) : undefined;
}

/** The libseccomp that hosts of this engine version usually had: never older than what its runc was released with. */
export function shippedLibseccomp(engine: string, at: Version, runtime: Runtime): string {
  const { libseccomp, buildsRunc } = table().engines[engine]!;
  const usual = valueAt(libseccomp, at);
  const official = runtime.name === 'runc' && !buildsRunc ? runcLibseccomp(runtime.version) : undefined;
  return official === undefined ? usual : laterLibseccomp(usual, official);
}

/** Capabilities, without `CAP_`, that a container of this engine has by default. */
export function defaultCaps(engine: string, at: Version): readonly string[] {
  const { caps, engines } = table();
  const own = engines[engine]?.caps;
  return own ? valueAt(own, at) : caps;
}

/** The default capabilities of the newest version of an engine. */
export function newestCaps(engine: string): readonly string[] {
  return defaultCaps(engine, NEWEST);
}

/** Every release of a runtime that some engine's release was made with, oldest first. */
export function knownRuntimes(name: 'runc' | 'crun'): readonly string[] {
  const { engines, runcPins, runcLibseccomp } = table();
  const lists = Object.values(engines).flatMap((lists) => lists[name] ?? []);
  const pins =
    name === 'runc'
      ? [...Object.values(runcPins).flat(), ...runcLibseccomp.map(([first]) => ['', first] as const)]
      : [];
  const texts = new Set([...lists, ...pins].map(([, text]) => text.replace(/^v/, '')));
  return [...texts]
    .flatMap((text) => (parseVersion(text) && !/-g[0-9a-f]{7}/.test(text) ? [version(text)] : []))
    .sort(compareVersions)
    .map(({ text }) => text);
}

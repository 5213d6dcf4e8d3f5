import { resolve, sep } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { isFolder } from '../files/files.ts';
import { openSnapshots, type Snapshots } from './snapshot.ts';

/** The folders of this machine that a container is given (`-v`), with those that it may write to as copies. */
export interface Mounts {
  /** Mounted as they are: read-only, not a folder of this machine. */
  readonly fixed: readonly string[];
  /** `target` is the rest of the specification: `/work` or `/work:z`. */
  readonly copied: readonly {
    readonly source: string;
    readonly snapshots: Snapshots;
    readonly target: string;
  }[];
  close(): Promise<void>;
}

/** `clear`: folders inside the mounted ones, as paths from `cwd`, that are empty in every copy. */
export async function openMounts(
  volumes: readonly string[],
  clear: readonly string[],
  cwd: string,
): Promise<Result<Mounts>> {
  const fixed: string[] = [];
  const copied: Mounts['copied'][number][] = [];
  const close = async (): Promise<void> => {
    for (const { snapshots } of copied) await snapshots.close();
  };
  const cleared = clear.map((path) => resolve(cwd, path));
  const used = new Set<string>();
  for (const volume of volumes) {
    const [source = '', target = '', options = ''] = volume.split(':');
    const path = resolve(cwd, source);
    if (!/^[./]/.test(source) || !isFolder(path) || options.split(',').includes('ro')) {
      fixed.push(volume);
      continue;
    }
    const inside = cleared.filter((one) => one.startsWith(path.endsWith(sep) ? path : path + sep));
    for (const one of inside) used.add(one);
    const snapshots = await openSnapshots(path, { clear: inside });
    if (!snapshots.ok) {
      await close();
      return snapshots;
    }
    const rest = options === '' ? target : `${target}:${options}`;
    copied.push({ source: path, snapshots: snapshots.value, target: rest });
  }
  const stray = cleared.findIndex((path) => !used.has(path));
  if (stray === -1) return ok({ fixed, copied, close });
  await close();
  return fail('usage', `--clear ${clear[stray]} is in no folder that is mounted writable`, {
    hint: 'mount the working tree: -v .:/src -w /src',
  });
}

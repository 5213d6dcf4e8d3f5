import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { exists } from '../files/files.ts';
import { packingOf } from '../files/packing.ts';
import { bubblewrapEngine } from './bubblewrap.ts';
import { containerEngine } from './container/container.ts';
import type { Availability, ContainerOptions, Engine, EngineName } from './engine.ts';
import { hostEngine } from './none.ts';

/** What the run needs of an engine. */
export interface EngineWish {
  /** As given with --image: an image's name, or the path of an OCI layout or of a `docker save` archive. */
  readonly image?: string;
  readonly rootfs?: string;
  readonly container?: ContainerOptions;
  /** A filter is to be loaded: the host engine can't. */
  readonly filter?: boolean;
}

export interface ChosenEngine {
  readonly engine: Engine;
  readonly version: string;
  /** One sentence: why this one and not a better one. */
  readonly why: string;
  /** The better ones that can't be used here, each with its reason. */
  readonly passedOver: readonly string[];
}

/** The engine of this name; `container` is only for docker and podman. */
export function engineNamed(name: EngineName, container?: ContainerOptions): Engine {
  switch (name) {
    case 'bubblewrap':
      return bubblewrapEngine;
    case 'host':
      return hostEngine;
    case 'docker':
    case 'podman':
      return containerEngine(name, container);
  }
}

/** The engine of that name, or with 'auto' the best that works here for what is wanted. */
export async function chooseEngine(
  name: EngineName | 'auto',
  wish: EngineWish = {},
): Promise<Result<ChosenEngine>> {
  if (name !== 'auto') {
    const engine = engineNamed(name, wish.container);
    const found = await engine.probe();
    if (found.usable)
      return ok({ engine, version: found.version, why: 'chosen with --engine', passedOver: [] });
    return fail('missing', `${name} can't be used: ${found.why}`, hintOf(found));
  }
  const order = await orderFor(wish);
  const passedOver: string[] = [];
  let hint: string | undefined;
  for (const { name: candidate, why } of order) {
    const engine = engineNamed(candidate, wish.container);
    const found = await engine.probe();
    if (found.usable) {
      const instead = passedOver.length === 0 ? '' : ` (${passedOver.join('; ')})`;
      return ok({ engine, version: found.version, why: `${why}${instead}`, passedOver });
    }
    passedOver.push(`${candidate}: ${found.why}`);
    hint ??= found.hint;
  }
  return fail('missing', `no engine works here (${passedOver.join('; ')})`, {
    ...(hint === undefined ? {} : { hint: `${hint}; trace-build doctor tells more` }),
  });
}

async function orderFor(wish: EngineWish): Promise<readonly { name: EngineName; why: string }[]> {
  const bubblewrap = { name: 'bubblewrap', why: 'needs no daemon and no root' } as const;
  if (wish.image !== undefined && !(await isImagePath(wish.image))) {
    return [
      { name: 'docker', why: `${wish.image} is the name of an image` },
      { name: 'podman', why: `${wish.image} is the name of an image` },
    ];
  }
  if (wish.image !== undefined || wish.rootfs !== undefined || wish.filter) return [bubblewrap];
  return [
    bubblewrap,
    { name: 'host', why: 'only strace works here; what a host refuses is judged afterwards' },
  ];
}

/**
 * Whether what --image names is on this machine's disk. A name without a path may be that of an image and of something
 * else here: `debian` is also a folder of every Debian source tree.
 */
export async function isImagePath(image: string): Promise<boolean> {
  try {
    const found = await stat(image);
    if (/^[./]/.test(image)) return found.isDirectory() || found.isFile();
    if (found.isDirectory()) return LAYOUT_FILES.some((file) => exists(join(image, file)));
    return found.isFile() && isArchive(await head(image));
  } catch {
    return false;
  }
}

const LAYOUT_FILES = ['index.json', 'manifest.json', 'oci-layout'];

/** A tar archive, as it is or compressed with gzip or zstd. */
function isArchive(begin: Buffer): boolean {
  const packing = packingOf(begin);
  return packing === 'gzip' || packing === 'zstd' || begin.toString('latin1', 257, 262) === 'ustar';
}

async function head(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function hintOf(found: Availability): { hint?: string } {
  return found.usable || found.hint === undefined ? {} : { hint: found.hint };
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import * as z from 'zod';
import { fail, ok, type Result } from '../../core/failure.ts';
import { fromGoArch } from '../engines/container/containerCli.ts';
import { readBounded } from '../files/bounded.ts';

/** Where the parts of one image are on disk. */
export interface ImageParts {
  /** Names the image's content, hex. */
  readonly digest: string;
  readonly config: ImageConfig;
  /** Archives, the lowest first. */
  readonly layers: readonly string[];
}

const configSchema = z.object({
  architecture: z.string().optional(),
  config: z
    .object({
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
    })
    .nullish(),
});

export type ImageConfig = z.infer<typeof configSchema>;

const descriptor = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^sha(256|512):[0-9a-f]+$/),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
});
const indexSchema = z.object({ manifests: z.array(descriptor).min(1) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });
const savedSchema = z
  .array(
    z.object({ Config: z.string(), Layers: z.array(z.string()), RepoTags: z.array(z.string()).nullish() }),
  )
  .min(1);

/** Finds the parts in an unpacked OCI layout or `docker save` archive. `shown` names it in failures. */
export async function imageParts(folder: string, shown: string): Promise<Result<ImageParts>> {
  try {
    // Docker since 25 writes both; its own manifest is the one without layers of attestations.
    const saved = await json(join(folder, 'manifest.json'));
    if (saved !== undefined) return await fromSaved(folder, savedSchema.parse(saved), shown);
    const index = await json(join(folder, 'index.json'));
    if (index !== undefined) return await fromIndex(folder, index, shown);
  } catch (error) {
    const why =
      error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : (error as Error).message;
    return fail('input', `the image can't be read: ${why}`, { where: { file: shown } });
  }
  return fail('input', 'neither an OCI layout (index.json) nor a docker save archive (manifest.json)', {
    where: { file: shown },
    hint: 'make one with: docker save IMAGE -o image.tar',
  });
}

async function fromSaved(
  folder: string,
  [first, ...more]: z.infer<typeof savedSchema>,
  shown: string,
): Promise<Result<ImageParts>> {
  if (more.length > 0) {
    const names = [first!, ...more].flatMap(({ RepoTags }) => RepoTags ?? []).join(', ');
    return fail('input', `holds several images: ${names}`, {
      where: { file: shown },
      hint: 'save the one you mean alone',
    });
  }
  const text = await readBounded(await inside(folder, first!.Config));
  return ok({
    // The configuration names every layer's content (diff_ids).
    digest: createHash('sha256').update(text).digest('hex'),
    config: configSchema.parse(JSON.parse(text.toString('utf8'))),
    layers: await Promise.all(first!.Layers.map((layer) => inside(folder, layer))),
  });
}

async function fromIndex(folder: string, index: unknown, shown: string): Promise<Result<ImageParts>> {
  const ours = fromGoArch(GO_ARCH[process.arch] ?? process.arch);
  let document: unknown = index;
  // An index may name another index: one image for several platforms.
  for (let depth = 0; depth < 4; depth++) {
    const parsed = indexSchema.safeParse(document);
    if (!parsed.success) break;
    const fits = parsed.data.manifests.filter(
      ({ platform }) =>
        platform === undefined || (platform.os === 'linux' && fromGoArch(platform.architecture) === ours),
    );
    if (fits.length === 0) {
      return fail('input', `has no image for linux on ${ours}`, { where: { file: shown } });
    }
    if (fits.length > 1 && depth === 0) {
      return fail('input', 'holds several images', {
        where: { file: shown },
        hint: 'copy the one you mean into a layout of its own',
      });
    }
    document = JSON.parse((await readBounded(await blob(folder, fits[0]!.digest))).toString('utf8'));
  }
  const manifest = manifestSchema.parse(document);
  const layers: string[] = [];
  for (const { digest } of manifest.layers) layers.push(await blob(folder, digest));
  const text = (await readBounded(await blob(folder, manifest.config.digest))).toString('utf8');
  return ok({
    // The manifest's own content: it names the configuration and every layer.
    digest: createHash('sha256').update(JSON.stringify(manifest)).digest('hex'),
    config: configSchema.parse(JSON.parse(text)),
    layers,
  });
}

const GO_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** A blob's file, its content checked against its name. */
async function blob(folder: string, digest: string): Promise<string> {
  const [algorithm, hex] = digest.split(':') as [string, string];
  const file = await inside(folder, join('blobs', algorithm, hex));
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== hex) throw new Error(`the content of ${digest} is not what its digest says`);
  return file;
}

/** A path of the layout, links followed, that must not lead out of it. */
async function inside(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const real = await realpath(join(root, path));
  if (!real.startsWith(root + sep)) throw new Error(`${path} leads out of the image`);
  return real;
}

async function json(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readBounded(file)).toString('utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

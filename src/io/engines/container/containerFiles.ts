import { fail, ok, type Result } from '../../../core/failure.ts';
import type { ContainerFile } from '../engine.ts';
import { type ContainerCli, lastLine } from './containerCli.ts';

const BLOCK = 512;

/**
 * Puts files and directories into a container that has not been started, with their owners and modes; works with a daemon far away
 * too, and leaves nothing in an image. Directories above them are made where they are missing.
 */
export async function putFiles(
  cli: ContainerCli,
  container: string,
  files: readonly ContainerFile[],
): Promise<Result<undefined>> {
  if (files.length === 0) return ok(undefined);
  const said = await cli.capture(['cp', '-', `${container}:/`], {
    input: await archiveOf(files),
    timeoutSeconds: 60,
  });
  if (said.status === 0) return ok(undefined);
  const paths = files.map(({ path }) => path).join(', ');
  return fail('undecided', `${paths} could not be copied into the container: ${lastLine(said.stderr)}`);
}

async function archiveOf(files: readonly ContainerFile[]): Promise<Uint8Array> {
  const { Header } = await import('tar');
  const parts = files.flatMap(({ path, mode, uid, gid, content }) => {
    const header = Buffer.alloc(BLOCK);
    new Header({
      path: path.replace(/^\/+/, '') + (content === undefined ? '/' : ''),
      type: content === undefined ? 'Directory' : 'File',
      size: content?.length ?? 0,
      mode,
      uid,
      gid,
      mtime: new Date(0),
    }).encode(header, 0);
    const padding = Buffer.alloc((BLOCK - ((content?.length ?? 0) % BLOCK)) % BLOCK);
    return [header, content ?? Buffer.alloc(0), padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

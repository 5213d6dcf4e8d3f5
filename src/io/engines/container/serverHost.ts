import { release } from 'node:os';
import { expressionOf } from '../../../core/hosts/pickVersion.ts';
import { capture } from '../../process/exec.ts';
import type { ContainerOptions } from '../engine.ts';
import type { ContainerServer } from './containerCli.ts';

/**
 * The HOST expression of a daemon as it is: its version, runtime, kernel, architecture, and the capabilities that the
 * container gets. libseccomp's version is known only where the runtime is this machine's own.
 */
export async function serverHost(server: ContainerServer, options?: ContainerOptions): Promise<string> {
  const parts = [await expressionOf(server.program, server.version)];
  if (server.runtime !== 'other' && server.runtimeVersion !== '') {
    parts.push(`${server.runtime}=${server.runtimeVersion}`);
  }
  const local = server.kernel === release();
  const libseccomp = local ? await localLibseccomp(server) : undefined;
  if (libseccomp !== undefined) parts.push(`libseccomp=${libseccomp}`);
  parts.push(`kernel=${server.kernel}`, `arch=${server.arch}`);
  for (const capability of options?.capDrop ?? []) parts.push(`cap=-${short(capability)}`);
  for (const capability of options?.capAdd ?? []) parts.push(`cap=${short(capability)}`);
  return parts.join(',');
}

function short(capability: string): string {
  return capability.toUpperCase().replace(/^CAP_/, '');
}

/**
 * What the daemon's runtime is linked with, as far as this machine can know it: the same kernel may still run a daemon of
 * another root (snap, static binaries, a container) with a runtime of its own. The package's version where the runtime
 * names the same: distributions carry newer tables under an old version.
 */
async function localLibseccomp({ runtime, runtimeVersion }: ContainerServer): Promise<string | undefined> {
  // A user's PATH has no sbin, where Debian keeps runc.
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
  const said =
    runtime === 'other' ? undefined : await capture(runtime, ['--version'], { timeoutSeconds: 5, env });
  const found = new RegExp(`^${runtime} version (\\d+(?:\\.\\d+)*)`, 'm').exec(said?.stdout ?? '')?.[1];
  if (found !== undefined && !runtimeVersion.startsWith(found)) return undefined;
  const linked = /^libseccomp: (\S+)/m.exec(said?.stdout ?? '')?.[1];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own format
  const packaged = await capture('dpkg-query', ['-W', '-f', '${Version}', 'libseccomp2'], {
    timeoutSeconds: 5,
  });
  const version = packaged.status === 0 ? packaged.stdout.trim() : '';
  if (version !== '' && (linked === undefined || version.startsWith(linked))) return version;
  return linked;
}

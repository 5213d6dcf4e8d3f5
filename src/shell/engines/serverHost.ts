import { release } from 'node:os';
import { capture } from '../exec.ts';
import type { ContainerServer } from './containerCli.ts';
import type { ContainerOptions } from './engine.ts';

/**
 * The HOST expression of a daemon as it is: its version, runtime, kernel, architecture, and the capabilities that the
 * container gets. libseccomp's version is known only where the runtime is this machine's own.
 */
export async function serverHost(server: ContainerServer, options?: ContainerOptions): Promise<string> {
  const parts = [`${server.program}@${server.version}`];
  if (server.runtime !== 'other' && server.runtimeVersion !== '') {
    parts.push(`${server.runtime}=${server.runtimeVersion}`);
  }
  const local = server.kernel === release();
  const libseccomp = local ? await localLibseccomp(server.runtime) : undefined;
  if (libseccomp !== undefined) parts.push(`libseccomp=${libseccomp}`);
  parts.push(`kernel=${server.kernel}`, `arch=${server.arch}`);
  for (const capability of options?.capDrop ?? []) parts.push(`cap=-${short(capability)}`);
  for (const capability of options?.capAdd ?? []) parts.push(`cap=${short(capability)}`);
  return parts.join(',');
}

function short(capability: string): string {
  return capability.toUpperCase().replace(/^CAP_/, '');
}

/** The package's version where there is one: distributions carry newer tables under an old version. */
async function localLibseccomp(runtime: ContainerServer['runtime']): Promise<string | undefined> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own format
  const packaged = await capture('dpkg-query', ['-W', '-f', '${Version}', 'libseccomp2'], {
    timeoutSeconds: 5,
  });
  if (packaged.status === 0 && packaged.stdout !== '') return packaged.stdout.trim();
  if (runtime === 'other') return undefined;
  const said = await capture(runtime, ['--version'], { timeoutSeconds: 5 });
  return /^libseccomp: (\S+)/m.exec(said.stdout)?.[1];
}

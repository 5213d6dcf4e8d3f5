import { expressionOf } from '../../core/hosts/pickVersion.ts';
import type { EngineName } from '../engines/engine.ts';
import { capture } from '../process/exec.ts';

export interface InstalledHost {
  /** HOST expression. */
  readonly expression: string;
  /** Where it comes from, in words. */
  readonly why: string;
}

/** The host that a user who says nothing means: the engine at hand, else the newest Docker in our tables. */
export async function installedHost(engine: EngineName, context?: string): Promise<InstalledHost> {
  if (engine === 'podman') {
    const podman = await capture('podman', ['version', '--format', '{{.Client.Version}}'], {
      timeoutSeconds: 10,
    });
    const version = versionIn(podman.stdout);
    if (version !== undefined) return installed('podman', 'Podman', version);
    return { expression: 'podman', why: 'Podman did not tell its version: the newest in the tables' };
  }
  const selected = context === undefined ? [] : ['--context', context];
  const docker = await capture('docker', [...selected, 'version', '--format', '{{.Server.Version}}'], {
    timeoutSeconds: 5,
  });
  const version = docker.status === 0 ? versionIn(docker.stdout) : undefined;
  if (version !== undefined) return installed('docker', 'Docker', version);
  return { expression: 'docker', why: 'no Docker answers here: the newest Docker in the tables' };
}

async function installed(name: 'docker' | 'podman', title: string, version: string): Promise<InstalledHost> {
  const expression = await expressionOf(name, version);
  const why =
    expression === name
      ? `the installed ${title} ${version} is not in the tables: the newest of them`
      : `the installed ${title}`;
  return { expression, why };
}

/** `20.10.24+dfsg1` -> `20.10.24`. */
function versionIn(text: string): string | undefined {
  return /^\d+(?:\.\d+)+(?:-(?:rc|beta)\.?\d+)?/.exec(text.trim())?.[0];
}

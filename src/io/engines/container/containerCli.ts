import { fail, ok, type Result } from '../../../core/failure.ts';
import { type Captured, capture, type Started, type StartOptions, start } from '../../process/exec.ts';
import type { ContainerOptions } from '../engine.ts';

export type ContainerProgram = 'docker' | 'podman';

/** A daemon (docker) or a runtime set-up (podman) that answered. */
export interface ContainerServer {
  readonly program: ContainerProgram;
  readonly version: string;
  /** The daemon's: `x86_64`, `aarch64`, …. */
  readonly arch: string;
  /** `uname -r` of the machine that runs the containers. */
  readonly kernel: string;
  readonly runtime: 'runc' | 'crun' | 'other';
  readonly runtimeVersion: string;
}

/** One way to call docker or podman: the program and the arguments that choose the daemon. */
export class ContainerCli {
  readonly program: ContainerProgram;
  readonly #prefix: readonly string[];
  /** Arguments for every `create` and `run`, from the environment and the options. */
  readonly createArgs: readonly string[];

  constructor(program: ContainerProgram, options: ContainerOptions | undefined) {
    this.program = program;
    const variable = `TRACE_BUILD_${program.toUpperCase()}`;
    this.#prefix = [
      ...words(process.env[`${variable}_ARGS`]),
      ...(options?.engineArgs ?? []),
      ...contextArguments(program, options?.context),
    ];
    this.createArgs = [...words(process.env[`${variable}_CREATE_ARGS`]), ...(options?.createArgs ?? [])];
  }

  arguments(...args: readonly string[]): string[] {
    return [...this.#prefix, ...args];
  }

  /** The command line as a user would type it, for messages. */
  shown(...args: readonly string[]): string {
    return [this.program, ...this.arguments(...args)].join(' ');
  }

  capture(args: readonly string[], options: Parameters<typeof capture>[2] = {}): Promise<Captured> {
    return capture(this.program, this.arguments(...args), options);
  }

  start(args: readonly string[], options: StartOptions): Started {
    return start(this.program, this.arguments(...args), options);
  }

  /** Asks the daemon who it is. */
  async server(): Promise<Result<ContainerServer>> {
    return this.program === 'docker' ? this.#docker() : this.#podman();
  }

  async #docker(): Promise<Result<ContainerServer>> {
    const said = await this.capture(['version', '--format', '{{json .}}'], { timeoutSeconds: 20 });
    if (said.missing !== undefined) {
      return fail('missing', said.missing, { hint: 'install it, for example: apt-get install docker.io' });
    }
    const server = parse(said.stdout)?.Server as DockerVersion | undefined | null;
    if (said.status !== 0 || !server) {
      const why = lastLine(said.stderr) || 'no server';
      return fail('missing', `docker does not answer: ${why}`, {
        hint:
          /permission denied/.test(why) && why.includes('.sock')
            ? 'the daemon is there, but not for this user: sudo usermod -aG docker "$USER", then log in again'
            : 'start the daemon (dockerd), or name another one with DOCKER_HOST or --context',
      });
    }
    const runc = server.Components?.find(({ Name }) => Name === 'runc' || Name === 'crun');
    return ok({
      program: 'docker',
      version: plainVersion(server.Version),
      arch: fromGoArch(server.Arch),
      kernel: server.KernelVersion,
      runtime: runc?.Name === 'crun' ? 'crun' : runc ? 'runc' : 'other',
      runtimeVersion: plainVersion(runc?.Version ?? ''),
    });
  }

  async #podman(): Promise<Result<ContainerServer>> {
    const said = await this.capture(['info', '--format', 'json'], { timeoutSeconds: 20 });
    if (said.missing !== undefined) {
      return fail('missing', said.missing, { hint: 'install it, for example: apt-get install podman' });
    }
    const info = parse(said.stdout) as PodmanInfo | undefined;
    if (said.status !== 0 || !info?.host) {
      return fail('missing', `podman does not answer: ${lastLine(said.stderr) || 'no information'}`, {
        hint: `what it says: ${this.shown('info')}`,
      });
    }
    const { ociRuntime } = info.host;
    return ok({
      program: 'podman',
      version: plainVersion(info.version?.Version ?? ''),
      arch: fromGoArch(info.host.arch),
      kernel: info.host.kernel,
      runtime: ociRuntime.name.includes('crun')
        ? 'crun'
        : ociRuntime.name.includes('runc')
          ? 'runc'
          : 'other',
      runtimeVersion: plainVersion(/version (\S+)/.exec(ociRuntime.version)?.[1] ?? ''),
    });
  }
}

interface DockerVersion {
  readonly Version: string;
  readonly Arch: string;
  readonly KernelVersion: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[];
}

interface PodmanInfo {
  readonly host?: {
    readonly arch: string;
    readonly kernel: string;
    readonly ociRuntime: { readonly name: string; readonly version: string };
  };
  readonly version?: { readonly Version: string };
}

/** `--context NAME` or the address of a daemon, in the words of either program. */
function contextArguments(program: ContainerProgram, context: string | undefined): string[] {
  if (context === undefined) return [];
  const isAddress = context.includes('://');
  if (program === 'podman') return isAddress ? ['--url', context] : ['--connection', context];
  return isAddress ? ['--host', context] : ['--context', context];
}

/** Words of an environment variable, separated by blanks; there is no quoting. */
function words(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/\s+/).filter((word) => word !== '');
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** `20.10.24+dfsg1` -> `20.10.24`: what a distribution adds does not name another release. */
function plainVersion(version: string): string {
  return /^v?(\d+(?:\.\d+)*(?:-rc\.?\d+)?)/.exec(version)?.[1] ?? version;
}

const GO_ARCH: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  '386': 'x86',
  loong64: 'loongarch64',
  mips64le: 'mipsel64',
  mipsle: 'mipsel',
};

/** Go's name of an architecture -> ours. */
export function fromGoArch(arch: string): string {
  return GO_ARCH[arch] ?? arch;
}

/** The last line that says something: where docker and podman put the reason. A very long one is cut in its middle. */
export function lastLine(text: string): string {
  const line =
    text
      .split('\n')
      .map((one) => one.trim())
      .filter((one) => one !== '' && !one.startsWith('See '))
      .at(-1) ?? '';
  return line.length <= 300 ? line : `${line.slice(0, 140)} … ${line.slice(-140)}`;
}

import type { KeptLayer, Layer, Lift } from '../../core/documents/layers.ts';
import type { ExitInfo } from '../../core/documents/trace.ts';
import type { Result } from '../../core/failure.ts';
import type { HostModel } from '../../core/hosts/host.ts';
import type { Program } from '../../core/seccomp/filter/instruction.ts';

export type EngineName = 'bubblewrap' | 'docker' | 'podman' | 'host';

/** How the calls are recorded; undefined in a job means: run under the filter without tracing. */
export interface Tracing {
  /** Uncompressed strace text is written to this path (a FIFO or a file) by strace -o. */
  readonly output: string;
  /** Path of the strace program on this machine (the tracer image has its own). */
  readonly strace: string;
  /** Options besides -f, -o and what the engine adds; from `straceOptions` in shell/strace. */
  readonly options: readonly string[];
  /** Fires when the trace shows that the command itself has ended, while what it left behind may still run. */
  readonly commandEnded?: AbortSignal;
  /** Called when the command has ended and what it left behind must be waited for: their names. */
  readonly onLeftBehind?: (names: readonly string[]) => void;
}

/** How refused calls are recorded without tracing: the filter of the job's host asks a supervisor, which writes them down. */
export interface Notifying {
  /** What the supervisor writes goes to this path (a FIFO); `Notified` in io/recording reads it. */
  readonly output: string;
  /** Calls that are written down though they are let through: of each syscall the first with the same values of these arguments. */
  readonly watched?: ReadonlyMap<string, readonly number[]>;
  /** Pid of the command itself, once the supervisor has told it. */
  readonly command: () => number | undefined;
  /** Fires when the command itself has ended, while what it left behind may still run. */
  readonly commandEnded?: AbortSignal;
}

/** One execution of the traced command. */
export interface Job {
  readonly command: readonly [string, ...string[]];
  /** Absolute folder on this machine (bubblewrap, host) or in the container (docker, podman). */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The host to be: its policy is compiled and loaded. Undefined: what the engine itself would do, or no filter. */
  readonly host?: HostModel;
  /** A Docker-form profile given as is to a container engine (`--security-opt seccomp=`); excludes `host`. */
  readonly profileFile?: string;
  readonly tracing?: Tracing;
  /** In place of `tracing` (bubblewrap, host): at the speed of the command alone, with only what the filter refuses. */
  readonly notifying?: Notifying;
  /** Layers that are left out of this run, to see which of them refuses what; `host`'s capabilities stay otherwise. */
  readonly lift?: Lift;
  /** A filter that stops at calls for the tracer, in place of that of `host` (bubblewrap). */
  readonly stops?: Program;
  readonly timeoutSeconds?: number;
  /** Writable tree that replaces `cwd` (a snapshot); the program still sees it at `cwd`. */
  readonly tree?: string;
  readonly network: boolean;
  /**
   * 'inherit' gives the command our own standard streams; 'stderr' the same with its standard output on our standard
   * error (our own result is a document); 'capture' gives it no input and keeps the last part of both outputs.
   */
  readonly stdio: 'inherit' | 'stderr' | 'capture';
  readonly image?: string;
  readonly rootfs?: string;
  readonly container?: ContainerOptions;
  /** Receives both outputs as they come, only with stdio 'capture'. */
  readonly onOutput?: (text: string) => void;
  /**
   * Called when the command is about to start and waits for this to settle: the thread that will become it, in our pid
   * namespace, and whether the trace numbers threads as that does. Not called where the engine cannot hold it: containers are held where they are traced.
   */
  readonly onHeld?: (tid: number, samePids: boolean) => Promise<void>;
  /** Called by container engines once the container runs: shell commands can be run beside it from then on. */
  readonly onRunning?: (beside: Beside) => void;
  /** Asks the command to end in order (SIGTERM); it goes on until it does. */
  readonly ask?: AbortSignal;
  /** Stops the job: everything it started is killed and removed before `run` settles. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a shell command in a container of its own that shares network and processes with the running one, but not its
 * filter. `image`: the traced command's own (with its user, environment and volumes), or the tracer's.
 */
export type Beside = (script: string, image: 'own' | 'tracer') => Promise<BesideResult>;

export interface BesideResult {
  /** 0 is success; absent when it could not be run. */
  readonly status?: number;
  /** The end of both outputs, or why it could not be run. */
  readonly said: string;
}

/** What only docker and podman take; spelled as their own options. */
export interface ContainerOptions {
  readonly volumes: readonly string[];
  readonly user?: string;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly platform?: string;
  /** False: no terminal, also where our streams are one (a step of a Dockerfile has none). */
  readonly terminal?: boolean;
  /** `--context` or DOCKER_HOST of the daemon to use. */
  readonly context?: string;
  /** Image with strace that traces from outside; built from Dockerfile.tracer when absent. */
  readonly tracerImage?: string;
  /** Put before the engine's subcommand, such as podman's `--runtime crun`. */
  readonly engineArgs?: readonly string[];
  /** Put behind `create` for the traced container, such as `--tmpfs /run`. */
  readonly createArgs?: readonly string[];
  /** Put into the traced container before it starts. */
  readonly files?: readonly ContainerFile[];
}

/** A file or, without content, a directory. */
export interface ContainerFile {
  /** Absolute, in the container. */
  readonly path: string;
  readonly content?: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Everything observed of one execution. `ended` says whether `exit` is the command's own doing. */
export interface JobResult {
  readonly ended: 'exited' | 'timeout' | 'aborted' | 'tracer-died' | 'engine-failed';
  readonly exit: ExitInfo;
  readonly seconds: number;
  /** The last 64 KiB of each, only with stdio 'capture'. */
  readonly stdout: string;
  readonly stderr: string;
  /** Why it is not 'exited', in one sentence. */
  readonly trouble?: string;
  /** With 'engine-failed': the engine's own program is not there, or cannot be started. */
  readonly missing?: true;
  /** With 'engine-failed': the command was started, and then the engine lost it (out of memory, a daemon that went away). */
  readonly lost?: true;
  /** Text (`strace -v` form) of the filter that the engine really loaded, where it could be read out. */
  readonly filterInForce?: string;
  /** The same as raw `struct sock_filter` arrays, little-endian, newest first; absent where it could not be read. */
  readonly filters?: readonly Uint8Array[];
  /** Identity of the image that a container was made from. */
  readonly imageId?: string;
  /** Signals that asked us to stop while it ran, and that were passed on to it. */
  readonly received?: readonly string[];
  /** What was done in a special way, in sentences (what an emulated host can't be here …). */
  readonly notes?: readonly string[];
}

/** Whether an engine can be used here, and if not, what is missing and the command that adds it. */
export type Availability =
  | { readonly usable: true; readonly version: string }
  | { readonly usable: false; readonly why: string; readonly hint?: string };

/** Layers between a program and the kernel, as an engine sets them here. */
export interface LayersHere {
  /** Those that it can leave out, in the order in which to try. */
  readonly can: readonly Layer[];
  readonly kept: readonly KeptLayer[];
  /** Capabilities that it can grant to nobody. */
  readonly unknown?: readonly string[];
}

export interface Engine {
  readonly name: EngineName;
  /**
   * How many successful execve calls in the trace belong to the engine itself. The recording starts with the next one:
   * it is the command. Processes seen before it (a monitor, an init) are not the command's and are left out.
   */
  readonly setupExecs?: number;
  probe(): Promise<Availability>;
  /** Which layers a job can leave out; absent where the engine has none. */
  layers?(job: Pick<Job, 'host' | 'container'>): Promise<LayersHere>;
  /** Whether the daemon answers at this moment; absent where there is none. */
  answers?(): Promise<boolean>;
  run(job: Job): Promise<Result<JobResult>>;
}

import type { HostModel } from '../core/hosts/host.ts';
import type { Engine, EngineName, Job } from '../io/engines/engine.ts';

/** What `run`, `minimize` and whoever else executes a command have in common; see `addEngineOptions`. */
export interface EngineFlags {
  readonly on?: string;
  readonly engine: EngineName | 'auto';
  readonly image?: string;
  readonly rootfs?: string;
  /** `--no-network` makes it false. */
  readonly network: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly volume: readonly string[];
  readonly workdir?: string;
  readonly env: readonly string[];
  readonly tracerImage?: string;
  readonly engineArg: readonly string[];
  readonly user?: string;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly platform?: string;
  readonly context?: string;
}

/** What is meant where nothing is said: the best engine of this machine, as the installed Docker would run the command. */
export const USUAL_ENGINE = {
  engine: 'auto',
  network: true,
  volume: [],
  env: [],
  engineArg: [],
  capAdd: [],
  capDrop: [],
} as const satisfies EngineFlags;

/** Everything of an execution but the command itself. */
export interface Place {
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly engineWhy: string;
  /** Why the better ones were not taken. */
  readonly passedOver: readonly string[];
  /** What the command runs on, modelled: emulated by bubblewrap, or what the container engine is by its version. */
  readonly host: HostModel;
  /** Fields of a Job that follow from the options; `host` is set only where a filter is to be emulated. */
  readonly job: Omit<Job, 'command' | 'stdio' | 'tracing'>;
  /** Sentences for standard error: what was taken where nothing was said. */
  readonly taken: readonly string[];
}

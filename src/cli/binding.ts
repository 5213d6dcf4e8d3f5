import type { Command } from 'commander';
import type { Io } from '../commands/ports.ts';
import type { Failure } from '../core/failure.ts';
import type { ExitStatus, SignalDeath } from './exit.ts';

/** What an action gives back: a status, or the failure that `main` words. */
export type Done = ExitStatus | SignalDeath | Failure;

/** Binds an action to the program: `done` receives what it returns. */
export interface Binding {
  readonly io: Io;
  /** What stands behind `--` on the command line; absent where there is no `--`. */
  readonly behindDashes?: readonly string[];
  action<A extends unknown[]>(run: (...args: A) => Promise<Done>): (...args: A) => Promise<void>;
}

export interface CommandModule {
  /** Adds options, arguments, examples and the action to the (already named and described) command. */
  define(command: Command, binding: Binding): void;
}

import type { ExitInfo } from '../core/documents/trace.ts';
import type { EngineFlags } from './place.ts';

export interface RunFlags extends EngineFlags {
  /** The command that finds the fix, where it is not `minimize` with the same words; empty: none. */
  readonly cure?: readonly string[];
  /** Called with how the command ended, before anything is printed of it; what it returns is printed as notes. */
  readonly notesOf?: (exit: ExitInfo) => readonly string[];
  /** What the builder said of the step, which failed there: shown where no refusal explains it. */
  readonly builderError?: string;
  readonly output?: string;
  /** Replaces files that are not ours, too. */
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** The trace has times, for viewers of time. */
  readonly times?: boolean;
  /** Shows what the verdict rests on, too. */
  readonly verbose?: boolean;
  readonly propagate?: boolean;
  /** Run again with one layer after another lifted, to see which of them refuses what. */
  readonly why?: boolean;
  /** Ask the kernel's tracepoints who refused; with `why` it is done where we may. */
  readonly confirm?: boolean;
  readonly fast?: boolean;
  /** Run in a copy of the working tree, which is removed afterwards. */
  readonly snapshot?: boolean;
  /** Folders of the copy that are emptied first; asks for a copy. */
  readonly clear?: readonly string[];
  readonly report?: readonly string[];
  /** Of trace-build, for the report. */
  readonly version?: string;
}

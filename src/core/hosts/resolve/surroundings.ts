import type { Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';

/** What an expression may leave to the machine at hand. */
export interface Surroundings {
  readonly running: { readonly kernel: string; readonly arch: Abi };
  /** JSON of a profile file, as `readProfileJson` gives it. */
  loadProfile(path: string): Promise<Result<unknown>>;
  /** Text of a file that is no JSON, such as a unit of systemd; left out where there are no files. */
  loadText?(path: string): Promise<Result<string>>;
  /**
   * Which release a line (`docker@20.10`) stands for: the newest, unless a minimum is asked for, whose promise the oldest
   * has to keep.
   */
  readonly lines?: Lines;
}

export type Lines = 'newest' | 'oldest';

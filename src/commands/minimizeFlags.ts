import type { EngineFlags } from './place.ts';

export interface MinimizeFlags extends EngineFlags {
  readonly test?: string;
  readonly expectOutput?: RegExp;
  readonly rejectOutput?: RegExp;
  readonly ready?: string;
  readonly budget: Budget;
  /** Default: as often as the command ran without a filter, more often where that is quick. */
  readonly confirm?: number | undefined;
  readonly repeat?: number;
  readonly retries: number;
  readonly jobs: number;
  readonly clear: readonly string[];
  /** `--no-snapshot` makes it false. */
  readonly snapshot: boolean;
  /** `--no-trace` makes it false. */
  readonly trace: boolean;
  readonly aim: 'smallest' | '1-minimal';
  readonly quickProof?: boolean;
  readonly resume?: boolean;
  readonly allowlist?: boolean;
  readonly merge?: readonly string[];
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export interface Budget {
  readonly runs: number;
  readonly seconds?: number;
  /** Nothing was said. */
  readonly usual?: boolean;
}

import type { Result } from '../core/failure.ts';
import { writeRedacted } from '../io/traces/redactFile.ts';
import type { RedactionOptions } from './redaction.ts';

export interface RedactOptions extends RedactionOptions {
  /** File to write, compressed where it ends in .gz: whole or not at all, mode 0600. */
  readonly output?: string;
  /** Also replaces an output that trace-build did not write. */
  readonly force?: boolean;
  /** Receives the text where no output is given. */
  out?(text: string): void;
  /** Directory that paths are made relative to. */
  readonly cwd?: string;
}

/**
 * A trace without what may not be published; verdicts of it stay the same. The value says what was wrong with the input
 * where it could be read in part only.
 */
export function redact(trace: string, options: RedactOptions = {}): Promise<Result<string | undefined>> {
  const { redact: hides = true, paths = 'relative', strict = false, force = false } = options;
  const { output, salt, cwd = process.cwd(), out = () => {} } = options;
  return writeRedacted(trace, output, { plain: !hides, paths, strict, cwd, salt, out, force });
}

import type { MinimizeFlags } from '../commands/minimizeFlags.ts';
import type { Io } from '../commands/ports.ts';
import type { MinimizeProgress } from '../io/experiments/minimizeSession.ts';

/** Live progress: one line that is drawn anew on a terminal, else a line for each run. */
export function progressOf(flags: MinimizeFlags, io: Io) {
  let drawn = false;
  let begun: number | undefined;
  let confirmed: string | undefined;
  const clear = (): void => {
    if (drawn) io.err('\r\u001b[K');
    drawn = false;
  };
  return {
    update({ phase, done, remaining, best, last }: MinimizeProgress): void {
      if (flags.quiet) return;
      if (!io.errIsTerminal) {
        if (!last) return;
        const { what, outcome, why, seconds } = last;
        // Up to 59 of them are alike; the result says how many.
        const plain = (phase === 'confirm' || phase === 'baseline') && outcome === 'pass';
        if (plain && last.what === confirmed) return;
        confirmed = plain ? last.what : undefined;
        const reason = why ? ` (${why})` : '';
        io.err(
          `trace-build: ${phase}: ${what}: ${outcome}${reason} (${seconds.toFixed(2)} s)${soFar(best)}\n`,
        );
        return;
      }
      if (phase !== 'baseline') begun ??= Date.now();
      const each = begun !== undefined && done > 0 ? (Date.now() - begun) / done : 0;
      const time = each > 0 && remaining > 0 ? ` (${duration((each * remaining) / 1000)})` : '';
      const line = `${phase}: ${done} runs done, about ${remaining} to go${time}`;
      const names = line + soFar(best);
      clear();
      io.err(names.length < io.columns ? names : (line + soFar(best, true)).slice(0, io.columns - 1));
      drawn = true;
    },
    end: clear,
  };
}

const MOST_NAMES = 6;

function soFar(
  best: readonly string[] | undefined,
  short = best !== undefined && best.length > MOST_NAMES,
): string {
  if (best === undefined) return '';
  const names = best.length === 0 ? 'nothing' : best.join(', ');
  return `; best so far: ${short ? `${best.length} entries` : names}`;
}

/** Seconds -> `40 s`, `3 min`. */
function duration(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

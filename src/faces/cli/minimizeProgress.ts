import type { MinimizeProgress } from '../../shell/minimizeSession.ts';
import type { Io } from './io.ts';
import type { MinimizeFlags } from './minimizeOptions.ts';

/** Live progress: one line that is drawn anew on a terminal, else a line for each run. */
export function progressOf(flags: MinimizeFlags, io: Io) {
  let drawn = false;
  const clear = (): void => {
    if (drawn) io.err('\r\u001b[K');
    drawn = false;
  };
  return {
    update({ phase, done, remaining, best, last }: MinimizeProgress): void {
      if (flags.quiet) return;
      const so = best === undefined ? '' : `; best so far: ${best === '' ? 'nothing' : best}`;
      if (io.errIsTerminal) {
        clear();
        io.err(`${phase}: ${done} runs done, about ${remaining} to go${so}`.slice(0, io.columns - 1));
        drawn = true;
      } else if (last) {
        io.err(
          `trace-build: ${phase}: ${last.what}: ${last.outcome}${last.why ? ` (${last.why})` : ''} (${last.seconds.toFixed(2)} s)${so}\n`,
        );
      }
    },
    end: clear,
  };
}

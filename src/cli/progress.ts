import type { Progress } from '../io/recording/record.ts';

/** A status at the right edge of the terminal's current line, redrawn in place; the command's own output stays whole. */
export interface ProgressLine {
  update(progress: Progress): void;
  clear(): void;
}

const EVERY_MS = 500;
/** While the command writes, a status would only be in the way: it is drawn after this much silence. */
const SILENCE_MS = 700;

/** `write` goes to a terminal of `columns` columns; `now` is in milliseconds. */
export function progressLine(
  write: (text: string) => void,
  columns: () => number,
  now: () => number = () => performance.now(),
): ProgressLine {
  const begun = now();
  let drawn = 0;
  let spoke = begun;
  let wrote = 0;
  let width = 0;
  const draw = (text: string): void => {
    const padded = text.padStart(width);
    width = text.length;
    // Save the cursor, go to the right edge, back by the width, write, restore: the cursor is the command's.
    write(`\x1b7\x1b[${columns()}G\x1b[${padded.length}D\x1b[2m${padded}\x1b[22m\x1b8`);
  };
  return {
    update({ lines, refused, written }) {
      const at = now();
      if (written !== wrote) {
        wrote = written;
        spoke = at;
        width = 0;
      }
      if (at - drawn < EVERY_MS || at - spoke < SILENCE_MS) return;
      drawn = at;
      draw(` ${lines} events, ${refused} refused, ${Math.round((at - begun) / 1000)} s`);
    },
    clear() {
      if (width > 0) draw('');
      width = 0;
    },
  };
}

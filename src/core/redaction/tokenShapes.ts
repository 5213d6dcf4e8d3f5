import {
  ALNUM,
  BASE64_MARK,
  classAt,
  DASH,
  DIGIT,
  DOT,
  HEX,
  LETTER,
  LOWER,
  UNDERSCORE,
  UPPER,
} from './characters.ts';
import { TEXT } from './tokenShapes.gen.ts';

/** How a token of a known service is written (facts/token-shapes.json). */
interface Shape {
  readonly prefix: string;
  /** Classes of what follows the prefix. */
  readonly rest: number;
  readonly min: number;
}

const DOTTED = ALNUM | UNDERSCORE | DASH | DOT;
const CLASSES: Readonly<Record<string, number>> = {
  alnum: ALNUM,
  word: ALNUM | UNDERSCORE,
  url: ALNUM | UNDERSCORE | DASH,
  dotted: DOTTED,
  base64: DOTTED | BASE64_MARK,
  hex: HEX,
  upper: UPPER | DIGIT,
  upperdash: UPPER | DIGIT | DASH,
  any: DOTTED | BASE64_MARK,
};

let byStart: ReadonlyMap<string, readonly Shape[]> | undefined;

/** Shapes by their first two characters, the longest prefix first. */
function shapes(): ReadonlyMap<string, readonly Shape[]> {
  if (byStart) return byStart;
  const map = new Map<string, Shape[]>();
  for (const [prefix, rest, min] of JSON.parse(TEXT) as [string, string, number][]) {
    const start = prefix.slice(0, 2);
    map.set(start, [...(map.get(start) ?? []), { prefix, rest: CLASSES[rest]!, min }]);
  }
  for (const list of map.values()) list.sort((a, b) => b.prefix.length - a.prefix.length);
  byStart = map;
  return map;
}

/** Where the token that begins at `at` ends; -1 when none does. The caller sees to what is before it. */
export function tokenEnd(text: string, at: number): number {
  const list = shapes().get(text.slice(at, at + 2));
  if (!list) return -1;
  for (const { prefix, rest, min } of list) {
    if (!text.startsWith(prefix, at)) continue;
    const from = at + prefix.length;
    let end = from;
    while (end < text.length && (classAt(text, end) & rest) !== 0) end++;
    if (end - from >= min) return end;
  }
  return -1;
}

/** Shortest word that can be called random by its looks. */
const SHORTEST = 20;
/** Share of neighbours of different kinds (lower, upper, digit): 0.6 in random words, a third of it in CamelCase. */
const CHANGES = 0.38;

/** Whether a run of letters and digits is a key made by chance: both cases and digits, changing all the time. */
export function looksRandom(text: string, start: number, end: number): boolean {
  if (end - start < SHORTEST || end - start > 512) return false;
  let seen = 0;
  let changes = 0;
  let before = 0;
  let hex = true;
  for (let at = start; at < end; at++) {
    const bits = classAt(text, at);
    hex &&= (bits & HEX) !== 0;
    const kind = bits & (LETTER | DIGIT);
    if (kind === 0) continue;
    seen |= kind;
    if (before !== 0 && kind !== before) changes++;
    before = kind;
  }
  return !hex && seen === (UPPER | LOWER | DIGIT) && changes >= (end - start) * CHANGES;
}

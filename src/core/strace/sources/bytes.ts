/** Pure byte helpers: this part of the program has neither Buffer nor TextDecoder. */

const PIECE = 4096;

/** A copy; `slice` of a Node Buffer is none, although its type says so. */
export function copyOf(bytes: Uint8Array, from = 0, to = bytes.length): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, from, to);
}

/** UTF-8 to text; bytes that are not UTF-8 become U+FFFD, one each. `from` inclusive, `to` exclusive. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  let ascii = true;
  for (let at = from; at < to; at++) {
    if (bytes[at]! >= 0x80) {
      ascii = false;
      break;
    }
  }
  if (!ascii) return decodeUtf8(bytes, from, to);
  if (to - from <= PIECE) return fromUnits(bytes.subarray(from, to));
  let text = '';
  for (let at = from; at < to; at += PIECE) text += fromUnits(bytes.subarray(at, Math.min(to, at + PIECE)));
  return text;
}

function fromUnits(units: Uint8Array | readonly number[]): string {
  return String.fromCharCode.apply(null, units as unknown as number[]);
}

function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let units: number[] = [];
  let at = from;
  while (at < to) {
    const lead = bytes[at]!;
    const size = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : 4;
    const point = size === 1 ? lead : codePoint(bytes, at, to, size, lead);
    at += point === undefined ? 1 : size;
    if (point === undefined) units.push(0xfffd);
    else if (point < 0x10000) units.push(point);
    else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    if (units.length >= PIECE) {
      text += fromUnits(units);
      units = [];
    }
  }
  return text + fromUnits(units);
}

/** The code point of a sequence of 2 to 4 bytes, or undefined when it is malformed, overlong or cut. */
function codePoint(
  bytes: Uint8Array,
  at: number,
  to: number,
  size: number,
  lead: number,
): number | undefined {
  if (lead < 0xc2 || lead > 0xf4 || at + size > to) return undefined;
  let point = lead & (0x7f >> size);
  for (let next = at + 1; next < at + size; next++) {
    const byte = bytes[next]!;
    if ((byte & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (byte & 0x3f);
  }
  const least = size === 2 ? 0x80 : size === 3 ? 0x800 : 0x10000;
  if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
  return point;
}

import { classAt, DIGIT, HEX } from './characters.ts';

/** The four numbers of an IPv4 address; undefined for other text. */
export function ipv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const numbers = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return numbers.every((number) => number < 256) ? numbers : undefined;
}

/** Of this machine, of nobody, of everybody: RFC 1122. */
export function isHarmless([a, b, c, d]: readonly number[]): boolean {
  return a === 127 || (a === 0 && b === 0 && c === 0 && d === 0) || (a === 255 && b === 255);
}

/** Of one network only (RFC 1918, 3927, 6598): hardly ever a version. */
export function isPrivate([a = 0, b = 0]: readonly number[]): boolean {
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

/** Numbers that versions have: small ones. Chrome and friends go beyond 255, where no address is. */
export function canBeVersion(numbers: readonly number[]): boolean {
  return !isPrivate(numbers) && numbers.every((number) => number < 100);
}

/** Whether a word of hexadecimal digits and colons is an IPv6 address (RFC 4291), `::1` and times apart. */
export function isIpv6(word: string): boolean {
  if (word.length < 4 || word.length > 45 || word === '::1') return false;
  let digits = false;
  for (let at = 0; at < word.length; at++) digits ||= (classAt(word, at) & DIGIT) !== 0;
  if (!digits) return false;
  const halves = word.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const four = last.includes('.') ? 1 : 0;
  if (four === 1 && ipv4(last) === undefined) return false;
  const hex = four === 1 ? groups.slice(0, -1) : groups;
  if (hex.some((group) => group === '' || group.length > 4 || !isHex(group))) return false;
  const count = hex.length + 2 * four;
  // `1::2` alone is no sign of an address; `fe80::1`, `2001:db8::7` are.
  return halves.length === 2 ? count < 8 && groups.some((group) => group.length > 2) : count === 8;
}

function isHex(text: string): boolean {
  for (let at = 0; at < text.length; at++) if ((classAt(text, at) & HEX) === 0) return false;
  return true;
}

/** `aa:bb:cc:dd:ee:ff`; with dashes too, where one of the digits is a letter. */
export function isHardware(word: string, mark: ':' | '-'): boolean {
  const parts = word.split(mark);
  return (
    parts.length === 6 &&
    parts.every((part) => part.length === 2 && isHex(part)) &&
    (mark === ':' || /[a-f]/i.test(word))
  );
}

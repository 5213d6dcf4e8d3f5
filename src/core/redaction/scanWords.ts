import { canBeVersion, ipv4, isHardware, isHarmless, isIpv6, isPrivate } from './addresses.ts';
import {
  ALNUM,
  BASE64_MARK,
  classAt,
  DASH,
  DIGIT,
  DOT,
  HEX,
  LETTER,
  NAME,
  runEnd,
  runStart,
  SLASH,
  SPACE,
  UNDERSCORE,
  UPPER,
} from './characters.ts';
import { SECRET, type Sink } from './findings.ts';
import { isAddressName, isPublicHost, looksLikeHost } from './hostNames.ts';
import { looksRandom, tokenEnd } from './tokenShapes.ts';

export interface WordScan {
  /** The text is nothing but a path. */
  readonly path: boolean;
  /** Whether words are hidden for looking random. */
  readonly random: boolean;
}

/** A part of a random word is at least so long. */
const LONG_PART = 12;

/** Tokens by their looks, host names, addresses: every run of letters and digits is looked at once. */
export function scanWords(text: string, sink: Sink, options: WordScan): void {
  let at = 0;
  // One look for each run of the wider classes, too: where the last one ended.
  const past = { host: 0, colons: 0, random: 0 };
  while (at < text.length) {
    if ((classAt(text, at) & (ALNUM | UNDERSCORE)) === 0) {
      // `::1`-like addresses begin with colons.
      if (text.charCodeAt(at) === 0x3a && at >= past.colons) past.colons = scanColons(text, at, sink);
      at++;
      continue;
    }
    const token = tokenAt(text, at);
    if (token > at) {
      sink.hide(at, token, SECRET);
      at = token;
      continue;
    }
    if (at >= past.host) past.host = scanDots(text, at, sink, options.path);
    if (at >= past.colons) past.colons = scanColons(text, at, sink);
    if (options.random && at >= past.random) past.random = scanRandom(text, at, sink, options.path);
    // Tokens can begin behind `_` and `-` too.
    const end = runEnd(text, at, ALNUM);
    at = end > at ? end : at + 1;
  }
}

function tokenAt(text: string, at: number): number {
  if (at > 0 && (classAt(text, at - 1) & ALNUM) !== 0 && !isEscape(text, at - 1)) return -1;
  return tokenEnd(text, at);
}

/** The letter of `\n`, `\t`, `\r`: no part of a word, in a text that is escaped twice. */
function isEscape(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return text.charCodeAt(at - 1) === 0x5c && (unit === 0x6e || unit === 0x74 || unit === 0x72);
}

/** A name with dots: host, or IPv4 address. Returns where the next can begin. */
function scanDots(text: string, from: number, sink: Sink, path: boolean): number {
  const end = runEnd(text, from, ALNUM | DASH | DOT);
  let to = end;
  while (to > from && (classAt(text, to - 1) & (DOT | DASH)) !== 0) to--;
  const before = text.charCodeAt(from - 1);
  // Behind a name, a version, an option's dash, in `~/x`, `name@version`, `$x.com`.
  if (
    from > 0 &&
    (before === 0x2d ||
      before === 0x2e ||
      before === 0x7e ||
      before === 0x40 ||
      before === 0x24 ||
      (before === 0x5f && !path))
  )
    return end;
  if (to - from > 253 || to - from < 4) return end;
  const word = text.slice(from, to);
  if (!word.includes('.')) {
    if (isAddressName(word)) sink.host(from, to, word);
    return end;
  }
  const numbers = ipv4(word);
  if (numbers !== undefined) {
    if (!isHarmless(numbers) && isAddressHere(text, from, to, numbers)) sink.address(from, to, word);
    return end;
  }
  // A call: `foo.bar.dev()`; a file: `x.y.io.c` has another ending anyway.
  if (text.charCodeAt(to) === 0x28) return end;
  // `10.1.2.3.log`
  const four = path ? /^((?:\d{1,3}\.){3}\d{1,3})\.[A-Za-z]{1,5}$/.exec(word) : null;
  if (four) {
    const inside = ipv4(four[1]!);
    if (inside !== undefined && isPrivate(inside)) sink.address(from, from + four[1]!.length, four[1]!);
    return end;
  }
  if (isAddressName(word.slice(0, word.indexOf('.')))) {
    sink.host(from, to, word);
    return end;
  }
  const named = path || before === 0x2f;
  let host = word;
  // `db1.acme.com.log`: the ending of the file is none of the host.
  const ending =
    /\.(?:log|gz|txt|conf|cfg|pem|crt|cer|key|json|ya?ml|pid|lock|sock|socket|cert|csr|out|err|tar|zip|bak|old|xml|html|db|git)$/.exec(
      host,
    );
  if (ending && host.length > ending[0].length) host = host.slice(0, -ending[0].length);
  const whole =
    (from === 0 || before === 0x2f) && (to === text.length || text.charCodeAt(to) === 0x2f) && host === word;
  if (looksLikeHost(host, named && !whole) && !isPublicHost(host)) sink.host(from, from + host.length, host);
  return end;
}

/** Four numbers are an address unless something says that they are a version. */
function isAddressHere(text: string, from: number, to: number, numbers: readonly number[]): boolean {
  let sign = from - 1;
  // `-DVERSION=\"1.2.3.4\"`
  while (sign > from - 6 && isQuoteOrEscape(text.charCodeAt(sign))) sign--;
  const before = text.charCodeAt(sign);
  const after = text.charCodeAt(to);
  if (after === 0x5f || after === 0x7e || after === 0x2b) return false;
  if (before === 0x5f || before === 0x2b) return false;
  if (isPrivate(numbers)) return before !== 0x3d || !isVersionName(text, sign);
  if (after === 0x3a) return true;
  if (before === 0x3d || before === 0x3a) return !isVersionName(text, sign) && !canBeVersion(numbers);
  // A part of a path: `/opt/tool/1.2.3.4/bin`.
  if (before === 0x2f || after === 0x2f) return !canBeVersion(numbers);
  return true;
}

function isQuoteOrEscape(unit: number): boolean {
  return unit === 0x22 || unit === 0x27 || unit === 0x5c;
}

function isVersionName(text: string, sign: number): boolean {
  const start = runStart(text, sign, NAME, 64);
  return (
    /(?:version|ver|vers|release|rev|tag|abi|soname)$/i.test(text.slice(start, sign)) ||
    text.charCodeAt(sign - 1) === 0x3d
  );
}

/** A word with colons: hardware or IPv6 address. Returns where the next can begin. */
function scanColons(text: string, from: number, sink: Sink): number {
  const before = from > 0 ? classAt(text, from - 1) : 0;
  let end = from;
  while (
    end < text.length &&
    ((classAt(text, end) & (ALNUM | DOT | UNDERSCORE)) !== 0 ||
      text.charCodeAt(end) === 0x3a ||
      text.charCodeAt(end) === 0x25)
  )
    end++;
  if ((before & (ALNUM | UNDERSCORE | DOT)) !== 0) return end;
  let to = end;
  while (
    to > from &&
    ((classAt(text, to - 1) & DOT) !== 0 ||
      (text.charCodeAt(to - 1) === 0x3a && text.charCodeAt(to - 2) !== 0x3a))
  )
    to--;
  if (to - from > 64 || to - from < 4) return scanDashes(text, from, end, sink);
  const word = text.slice(from, to);
  if (!word.includes(':')) return scanDashes(text, from, end, sink);
  if (isHardware(word, ':')) {
    sink.hide(from, to, '00:00:00:00:00:00');
    return end;
  }
  const zone = word.indexOf('%');
  const address = zone === -1 ? word : word.slice(0, zone);
  if (isIpv6(address)) sink.address(from, to, address);
  return end;
}

/** `02-42-ac-11-00-02` */
function scanDashes(text: string, from: number, end: number, sink: Sink): number {
  if (
    from + 17 > text.length ||
    text.charCodeAt(from + 2) !== 0x2d ||
    (from > 0 && (classAt(text, from - 1) & DASH) !== 0)
  )
    return end;
  const to = runEnd(text, from, HEX | DASH);
  if (to - from === 17 && (classAt(text, to) & NAME) === 0 && isHardware(text.slice(from, to), '-')) {
    sink.hide(from, to, '00-00-00-00-00-00');
  }
  return end;
}

/** A word made by chance. Returns where the next can begin. */
function scanRandom(text: string, from: number, sink: Sink, path: boolean): number {
  const end = runEnd(text, from, ALNUM | UNDERSCORE | DASH);
  const before = text.charCodeAt(from - 1);
  // Symbols of C++ and Rust, digests of packages.
  if (
    text.startsWith('_Z', from) ||
    text.startsWith('_R', from) ||
    /^sha\d/.test(text.slice(from, from + 5))
  ) {
    return runEnd(text, from, ALNUM | UNDERSCORE | DASH | BASE64_MARK | SLASH);
  }
  if (end - from >= 20) {
    if (before !== 0x24 && isRandomRun(text, from, end)) sink.hide(from, end, SECRET);
    return end;
  }
  // Base64 has `/` and `+` in it; a path that begins with neither dot nor slash is written alike, but in words.
  const mark = text.charCodeAt(end);
  if (
    path ||
    (mark !== 0x2f && mark !== 0x2b) ||
    (from > 0 &&
      (classAt(text, from - 1) & (SPACE | DIGIT | LETTER)) === 0 &&
      before !== 0x3d &&
      before !== 0x22 &&
      before !== 0x27 &&
      before !== 0x3a)
  )
    return end;
  const wide = runEnd(text, from, ALNUM | BASE64_MARK | SLASH);
  if (
    wide - from >= 32 &&
    wide - from <= 512 &&
    (classAt(text, wide) & (DOT | UNDERSCORE | DASH)) === 0 &&
    looksRandom(text, from, wide) &&
    !hasWords(text, from, wide)
  ) {
    sink.hide(from, wide, SECRET);
    return wide;
  }
  return end;
}

/** Identifiers are parted by `_` and `-` into words and numbers; of a key one part at least is long. */
function isRandomRun(text: string, from: number, to: number): boolean {
  if (!looksRandom(text, from, to) || hasWords(text, from, to)) return false;
  for (let at = from; at < to; at++) {
    const end = runEnd(text, at, ALNUM);
    if (end - at >= LONG_PART) return true;
    at = end;
  }
  return false;
}

/** Seven small letters on end, or six capitals: somebody wrote that. */
function hasWords(text: string, from: number, to: number): boolean {
  let small = 0;
  let capital = 0;
  for (let at = from; at < to; at++) {
    const bits = classAt(text, at);
    capital = (bits & UPPER) !== 0 ? capital + 1 : 0;
    small = (bits & LETTER) !== 0 && (bits & UPPER) === 0 ? small + 1 : 0;
    if (small >= 7 || capital >= 8) return true;
  }
  return false;
}

import { isAccount, isEverybodys } from './accounts.ts';
import { classAt, DIGIT, END, NAME, runEnd, runStart, SPACE } from './characters.ts';
import { SECRET, type Sink } from './findings.ts';
import { scanHost } from './scanUrls.ts';
import { kindOfName, type NameKind, namesSecret } from './secretNames.ts';

/** Longest name that is looked at. */
const LONGEST_NAME = 80;
/** Longest value of a name that hides only some: accounts, hosts, serial numbers. */
const LONGEST_VALUE = 260;
/** White space between a name, its sign and its value. */
const MOST_SPACE = 16;

const EQUALS = 0x3d;
const COLON = 0x3a;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

/**
 * Values behind names that say what they are, in the syntax of variables, options, queries, headers, JSON, YAML, TOML,
 * INI, XML and connection strings. Every value that is found is passed over, so each character is looked at a bounded
 * number of times.
 */
export function scanAssignments(text: string, sink: Sink): void {
  // The value before, and where it ended: of `{"name": "DB_PASSWORD", "value": "…"}` the value is the secret.
  let named: { readonly end: number } | undefined;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x25) {
      at = scanEncoded(text, at, sink);
      continue;
    }
    if (unit !== EQUALS && unit !== COLON && unit !== 0x3e) continue;
    if (unit === 0x3e) {
      at = scanElement(text, at, sink);
      continue;
    }
    const after = text.charCodeAt(at + 1);
    if (unit === COLON && after === EQUALS) continue;
    // LDIF: `userPassword:: BASE64`.
    const ldif = unit === COLON && after === COLON && text.charCodeAt(at + 2) === 0x20;
    if (ldif) {
      const name = nameBefore(text, at);
      const value =
        name && namesSecret(name.text)
          ? valueAfter(text, at + 1, { line: false, spaced: true, to: text.length })
          : undefined;
      if (value) {
        hideValue(text, 'secret', value, sink);
        at = value.end - 1;
        continue;
      }
    }
    if (after === unit || (unit === COLON && after === 0x2f && text.charCodeAt(at + 2) === 0x2f)) {
      at++;
      continue;
    }
    const name = nameBefore(text, at);
    if (name === undefined) continue;
    let kind = kindInPlace(text, name, unit);
    if (
      kind === undefined &&
      named !== undefined &&
      /^(?:value|default|content)$/i.test(name.text) &&
      at - named.end < 40
    ) {
      kind = 'secret';
    }
    named = undefined;
    if (kind === undefined && !/^(?:name|key|id|variable|field)$/i.test(name.text)) continue;
    // What is hidden whatever it holds can be long: it is passed over. All else is looked at again, so it is short.
    const whole = kind === 'secret' || kind === 'authorization' || kind === 'cookie' || kind === 'identity';
    const value = valueAfter(text, at, {
      line: kind === 'authorization' || kind === 'cookie',
      spaced: name.spaced,
      to: whole ? text.length : Math.min(text.length, at + LONGEST_VALUE),
    });
    if (value === undefined) continue;
    if (kind === undefined) {
      if (namesSecret(text.slice(value.start, value.end))) named = { end: value.end };
    } else if (name.spaced && !value.quoted && isCode(text, value.start)) continue;
    else if (hideValue(text, kind, value, sink)) at = value.end - 1;
  }
}

/** `token = parse(x)`, `password = process.env.X`: a program's text, in which no secret is written without quotes. */
function isCode(text: string, from: number): boolean {
  return /^(?:[A-Za-z_$][\w.$]*[([]|process\.env|os\.environ|new |await |self\.|this\.)/.test(
    text.slice(from, from + LONGEST_NAME),
  );
}

interface Name {
  readonly text: string;
  readonly start: number;
  /** White space or a quote between the name and the sign: not a shell's assignment. */
  readonly spaced: boolean;
}

function nameBefore(text: string, at: number): Name | undefined {
  let end = at;
  const floor = Math.max(0, at - MOST_SPACE);
  if (end > 0 && text.charCodeAt(end - 1) === COLON) end--;
  while (end > floor && (classAt(text, end - 1) & SPACE) !== 0) end--;
  while (end > floor && isQuote(text.charCodeAt(end - 1))) end--;
  const start = runStart(text, end, NAME, LONGEST_NAME);
  if (start === end) return undefined;
  // `User Id=sa`, `Account Key=`: two words are one name.
  const second = text.slice(start, end);
  if (/^(?:id|key|name)$/i.test(second) && text.charCodeAt(start - 1) === 0x20) {
    const first = runStart(text, start - 1, NAME, LONGEST_NAME);
    const both = text.slice(first, start - 1) + second;
    if (/^(?:user|shared|shared ?access|account|access|api|private|secret)/i.test(both)) {
      return { text: both, start: first, spaced: end < at };
    }
  }
  return { text: second, start, spaced: end < at };
}

function isQuote(unit: number): boolean {
  return unit === QUOTE || unit === APOSTROPHE || unit === BACKSLASH;
}

function kindInPlace(text: string, name: Name, sign: number): NameKind | undefined {
  const before = text.charCodeAt(name.start - 1);
  if ((before === 0x3f || before === 0x26) && /^(?:key|code|k|hash|t|st|se|skoid)$/i.test(name.text)) {
    return name.text.length > 2 ? 'secret' : undefined;
  }
  // `pass:x` of openssl is a prefix of its own; `auth: x` and the like need more than a colon.
  const kind = kindOfName(name.text);
  if (
    sign === COLON &&
    !name.spaced &&
    kind === 'secret' &&
    /^(?:sig|pat|pin|salt|nonce|auth|hmac)$/i.test(name.text)
  )
    return undefined;
  return kind;
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

interface Reach {
  /** All of the line belongs to the value, as in headers. */
  readonly line: boolean;
  readonly spaced: boolean;
  /** Where to stop looking. */
  readonly to: number;
}

/** The value behind a sign; undefined when there is none. */
function valueAfter(text: string, sign: number, { line, spaced, to }: Reach): Value | undefined {
  let at = sign + 1;
  const colon = text.charCodeAt(sign) === COLON;
  if (text.charCodeAt(at) === 0x3e) at++;
  const ceiling = at + MOST_SPACE;
  if (colon || spaced || line || at > sign + 1) {
    while (at < ceiling && (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09)) at++;
  }
  // YAML: a block on the next lines.
  if (colon && (text.charCodeAt(at) === 0x7c || text.charCodeAt(at) === 0x3e))
    return to === text.length ? blockAfter(text, at) : undefined;
  let escapes = 0;
  while (text.charCodeAt(at + escapes) === BACKSLASH && escapes < MOST_SPACE) escapes++;
  const quote = text.charCodeAt(at + escapes);
  if (quote === QUOTE || quote === APOSTROPHE) {
    const start = at + escapes + 1;
    return { start, end: quoteEnd(text, { start, to, quote, escapes }), quoted: true };
  }
  // `https://deploy-token:SECRET@host`: the host is none of it.
  const inLogin = colon && !spaced && text.slice(Math.max(0, sign - 2 * LONGEST_NAME), sign).includes('://');
  let end = at;
  // `key: some words`: to the end of the line, where a colon and white space are the sign.
  const words = line || (colon && at > sign + 1);
  while (end < to) {
    const unit = text.charCodeAt(end);
    if (unit === QUOTE || unit === APOSTROPHE || unit === 0x60 || unit === 0x0a || unit === 0x0d) break;
    if (unit === BACKSLASH && isQuote(text.charCodeAt(end + 1))) break;
    if (!line && (classAt(text, end) & END) !== 0) break;
    if (!words && (classAt(text, end) & SPACE) !== 0) break;
    if (unit === 0x40 && inLogin) break;
    if (!line && (unit === 0x7d || unit === 0x5d || unit === 0x29) && endsAfter(text, end + 1)) break;
    end++;
  }
  while (end > at && (classAt(text, end - 1) & SPACE) !== 0) end--;
  return end > at ? { start: at, end, quoted: false } : undefined;
}

function endsAfter(text: string, at: number): boolean {
  return (
    at >= text.length ||
    (classAt(text, at) & (SPACE | END)) !== 0 ||
    isQuote(text.charCodeAt(at)) ||
    text.charCodeAt(at) === 0x7d
  );
}

interface Quoted {
  readonly start: number;
  readonly to: number;
  readonly quote: number;
  readonly escapes: number;
}

/** Where a quoted value ends: at the quote with as many backslashes before it as the first has, else at `to`. */
function quoteEnd(text: string, { start, to, quote, escapes }: Quoted): number {
  let backslashes = 0;
  for (let at = start; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) {
      backslashes++;
      continue;
    }
    if (unit === quote) {
      if (escapes > 0 ? backslashes === escapes : quote === APOSTROPHE || backslashes % 2 === 0)
        return at - escapes;
    }
    backslashes = 0;
  }
  return to;
}

function blockAfter(text: string, from: number): Value | undefined {
  const line = text.indexOf('\n', from);
  if (line === -1 || line - from > 4) return undefined;
  let end = line + 1;
  const start = end;
  while (end < text.length && (text.charCodeAt(end) === 0x20 || text.charCodeAt(end) === 0x0a)) {
    const next = text.indexOf('\n', end);
    end = next === -1 ? text.length : next + 1;
  }
  return end > start ? { start, end, quoted: false } : undefined;
}

/** `password%3D…`, `%22password%22%3A%22…%22`: as browsers write `=`, `:` and quotes in URLs. */
function scanEncoded(text: string, at: number, sink: Sink): number {
  const sign = text.slice(at, at + 3).toUpperCase();
  if (sign !== '%3D' && sign !== '%3A') return at;
  const end = text.startsWith('%22', at - 3) ? at - 3 : at;
  const start = runStart(text, end, NAME, LONGEST_NAME);
  if (start === end || !namesSecret(text.slice(start, end).replace(/^(?:22|26|2C|7B)/i, ''))) return at;
  const from = text.startsWith('%22', at + 3) ? at + 6 : at + 3;
  let to = from;
  while (to < text.length && (classAt(text, to) & (SPACE | END)) === 0 && !isQuote(text.charCodeAt(to))) {
    if (text.startsWith('%22', to) || text.startsWith('%26', to)) break;
    to++;
  }
  if (to === from) return at;
  sink.hide(from, to, SECRET);
  return to - 1;
}

/** `<password>…</password>`, with attributes or without: the text behind an element whose name says that it is a secret. */
function scanElement(text: string, close: number, sink: Sink): number {
  const floor = Math.max(0, close - 2 * LONGEST_NAME);
  const open = text.slice(floor, close).lastIndexOf('<');
  if (open === -1) return close;
  const start = floor + open + 1;
  const name = runEnd(text, start, NAME);
  if (name === start || name > close) return close;
  const kind = kindOfName(text.slice(start, name));
  if (kind === undefined) return close;
  const data = text.startsWith('<![CDATA[', close + 1) ? close + 10 : close + 1;
  const end = text.indexOf('<', data);
  const to = end === -1 ? text.length : end;
  if (to === data) return close;
  hideValue(text, kind, { start: data, end: to, quoted: true }, sink);
  return to - 1;
}

/** What is no secret although it is where one may be: variables, places to be filled in, switches. */
const NO_SECRET =
  /^(?:\$\w+|\$\{[^}]*\}?|\$\(.*|%\w+%|%[sd]|\{\{.*|<[\w -]*>?|true|false|yes|no|on|off|none|null|nil|undefined|auto|default|required|optional|prompt|ask|\d{1,2}|\*+|x{3,}|\[.*\]?|\(null\))$/i;

export function isNoSecret(value: string): boolean {
  return value.length < 64 && NO_SECRET.test(value);
}

/** Hides a value of this kind; false where there is nothing to hide. */
export function hideValue(text: string, kind: NameKind, value: Value, sink: Sink): boolean {
  const { start, end } = value;
  if (end <= start) return false;
  const inside = end - start <= 260 ? text.slice(start, end) : undefined;
  if (inside !== undefined && isNoSecret(inside)) return false;
  switch (kind) {
    case 'secret':
    case 'cookie':
      sink.hide(start, end, SECRET);
      return true;
    case 'authorization': {
      const scheme = inside === undefined ? null : /^[A-Za-z][\w-]* +/.exec(inside);
      sink.hide(start + (scheme && scheme[0].length < end - start ? scheme[0].length : 0), end, SECRET);
      return true;
    }
    case 'identity':
      if (inside?.startsWith('-')) return false;
      sink.hide(start, end, 'user');
      return true;
    case 'user':
      if (inside === undefined || !isAccount(inside) || isEverybodys(inside)) return false;
      sink.user(start, end, inside);
      return true;
    case 'serial':
      if (inside === undefined || !/^[\w.:-]{5,}$/.test(inside) || !hasDigit(inside)) return false;
      sink.hide(start, end, '[id]');
      return true;
    case 'host': {
      const [name = ''] = /^[\w.-]+/.exec(inside ?? '') ?? [];
      if (name === '' || !/^[\w.-]+(?::\d+)?$/.test(inside!)) return false;
      scanHost(text, start, start + name.length, sink);
      return true;
    }
  }
}

function hasDigit(text: string): boolean {
  for (let at = 0; at < text.length; at++) if ((classAt(text, at) & DIGIT) !== 0) return true;
  return false;
}

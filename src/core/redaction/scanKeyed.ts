import { isAccount } from './accounts.ts';
import { classAt, DIGIT, LETTER, runEnd, SPACE, UPPER } from './characters.ts';
import { SECRET, type Sink } from './findings.ts';
import { isNoSecret } from './scanAssignments.ts';

/** Texts that hold a key, from their first line on (facts/token-shapes.json, `blocks`). */
const BLOCKS = [
  { begin: '-----BEGIN ', holds: 'PRIVATE KEY', end: '-----END ' },
  { begin: 'PuTTY-User-Key-File' },
  { begin: '$ANSIBLE_VAULT;' },
] as const;
/** Longest first line of a block. */
const LONGEST_LABEL = 80;

/** Private keys. Every block that is found is passed over. */
export function scanBlocks(text: string, sink: Sink): void {
  for (const block of BLOCKS) {
    for (let at = text.indexOf(block.begin); at !== -1; ) {
      let next = at + block.begin.length;
      if (!('holds' in block)) {
        sink.hide(at, text.length, SECRET);
        return;
      }
      if (
        text
          .slice(next, next + LONGEST_LABEL)
          .split('-----')[0]!
          .includes(block.holds)
      ) {
        const end = text.indexOf(block.end, next);
        const close = end === -1 ? -1 : text.indexOf('-----', end + block.end.length);
        next = close === -1 ? text.length : close + 5;
        sink.hide(at, next, SECRET);
      }
      at = text.indexOf(block.begin, next);
    }
  }
}

/** Schemes of an Authorization header, with what shows that a credential follows and no prose. */
const SCHEMES = new Set(['bearer', 'basic', 'digest', 'token', 'negotiate', 'apikey']);

/** Secrets behind words, without a sign between: `Bearer …`, `login … password …` of netrc, SQL's `IDENTIFIED BY '…'`. */
export function scanKeyed(text: string, sink: Sink): void {
  let netrc = false;
  let before = '';
  let at = 0;
  while (at < text.length) {
    if ((classAt(text, at) & LETTER) === 0) {
      at++;
      continue;
    }
    const end = runEnd(text, at, LETTER);
    const length = end - at;
    const start = at;
    at = end;
    if (length < 2 || length > 12 || ((classAt(text, end) & SPACE) === 0 && text.charCodeAt(end) !== 0x28))
      continue;
    const word = text.slice(start, end).toLowerCase();
    const value = valueAfter(text, end);
    if (value === undefined) continue;
    const [from, to] = value;
    if (SCHEMES.has(word)) {
      if (isCredential(text, from, to, word === 'bearer' ? 4 : 8)) at = hideTo(sink, from, to);
    } else if (word === 'machine') netrc = true;
    else if (word === 'login') {
      const name = text.slice(from, Math.min(to, from + 65));
      if (netrc && isAccount(name)) sink.user(from, to, name);
      netrc = true;
    } else if (
      word === 'password' ||
      word === 'passwd' ||
      word === 'passphrase' ||
      (word === 'by' && before === 'identified')
    ) {
      const quoted = isQuote(text, from - 1);
      const isSql = quoted && (word === 'by' || word === 'password');
      if ((netrc || isSql) && !isNoSecret(text.slice(from, Math.min(to, from + 80))))
        at = hideTo(sink, from, to);
    }
    before = word;
  }
}

function hideTo(sink: Sink, from: number, to: number): number {
  sink.hide(from, to, SECRET);
  return to;
}

/** The word behind a word; without its quotes. */
function valueAfter(text: string, end: number): [number, number] | undefined {
  let from = end;
  // SQL: `PASSWORD('…')`
  if (text.charCodeAt(from) === 0x28) {
    if (!isQuote(text, from + 1)) return undefined;
    from++;
  }
  while (from < end + 8 && (classAt(text, from) & SPACE) !== 0) from++;
  if (from >= text.length) return undefined;
  const quote = text.charCodeAt(from);
  if (isQuote(text, from)) {
    from++;
    let to = from;
    while (to < text.length && text.charCodeAt(to) !== quote && to - from < 512) to++;
    return to > from ? [from, to] : undefined;
  }
  let to = from;
  while (
    to < text.length &&
    to - from < 4096 &&
    (classAt(text, to) & SPACE) === 0 &&
    !isQuote(text, to) &&
    text.charCodeAt(to) !== 0x2c &&
    text.charCodeAt(to) !== 0x3b
  )
    to++;
  return to > from ? [from, to] : undefined;
}

function isQuote(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 0x22 || unit === 0x27;
}

/** Long enough, and with a digit, a capital or padding among its letters: no word of prose. */
function isCredential(text: string, from: number, to: number, least: number): boolean {
  if (to - from < least) return false;
  const first = text.charCodeAt(from);
  if (first === 0x24 || first === 0x3c || first === 0x7b || first === 0x5b) return false;
  for (let at = from; at < to; at++) {
    if ((classAt(text, at) & DIGIT) !== 0) return true;
    if (at > from && (classAt(text, at) & UPPER) !== 0) return true;
  }
  return to - from >= 20;
}

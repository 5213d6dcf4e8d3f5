import { readable } from '../strace/grammar/command.ts';
import { hideHardware } from './hardware.ts';
import { eachString, redactLiteral } from './literals.ts';
import type { Scrubber } from './scrub.ts';

/** Names of things that are no files, as -y prints them. */
const STRUCTURE = /^[\w.]+$/;

/** Text that is not in quotes: only the `<…>` of -y and -yy tells anything private; comments may name processes. */
export function outside(text: string, scrub: Scrubber): string {
  if (text.length < 3) return text;
  if (text.includes('"')) {
    return eachString(
      text,
      ({ text: inside }) => redactLiteral(inside, (value) => scrub.text(value)),
      (rest) => outside(rest, scrub),
    );
  }
  if (!text.includes('<')) return hideHardware(text);
  let shown = '';
  let from = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (at === 0 || !((before >= 0x30 && before <= 0x39) || before === 0x44)) continue;
    const end = endOfAngle(text, at);
    if (end === -1) continue;
    const inner = text.slice(at + 1, end);
    shown += hideHardware(text.slice(from, at));
    shown += inner.length < 64 && STRUCTURE.test(inner) ? `<${inner}>` : `<${descriptor(inner, scrub)}>`;
    from = end + 1;
    at = end;
  }
  return shown + hideHardware(text.slice(from));
}

/** The `>` that ends what -y prints: `->` joins the ends of a socket, `<char 1:3>` is inside; -1 when there is none. */
function endOfAngle(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x3c && ++depth > 2) return -1;
    if (unit === 0x3e && text.charCodeAt(at - 1) !== 0x2d && --depth === 0) return at;
  }
  return -1;
}

/** What a descriptor is open on, as -y and -yy print it: a path, a socket's ends, a device. */
function descriptor(inner: string, scrub: Scrubber): string {
  // -xx writes every character as \x2f.
  const plain = inner.includes('\\') ? readable(inner) : inner;
  const more = plain.startsWith('/') ? endOfPath(plain) : plain.length;
  const path = plain.startsWith('/') ? plain.slice(0, more) : undefined;
  const shown = path === undefined ? scrub.text(plain) : scrub.path(path);
  if (shown === (path ?? plain)) return inner.includes('"') ? inner.replaceAll('"', '') : inner;
  return shown.replace(/[<"\x00-\x1f\x7f-\uffff]|(?<!-)>/g, '?') + plain.slice(more);
}

/** Where the path ends: before ` (deleted)` and `<char 1:3>`. */
function endOfPath(plain: string): number {
  const angle = plain.endsWith('>') ? plain.indexOf('<') : -1;
  const end = angle === -1 ? plain.length : angle;
  const deleted = plain.lastIndexOf('(deleted)', end);
  if (deleted === -1 || deleted + 9 < end - 1) return end;
  return plain[deleted - 1] === ' ' ? deleted - 1 : deleted;
}

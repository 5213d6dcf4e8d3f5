import { stringValue, textOfBytes } from '../strace/grammar/command.ts';
import { endOfString } from '../strace/grammar/result.ts';

/** A string of a call, as it is shown. */
export type ShowString = (literal: Literal) => string;

export interface Literal {
  /** With its quotes. */
  readonly text: string;
  /** What is before it, up to so much as a field's name needs. */
  readonly key: string;
  /** How many strings are before it. */
  readonly index: number;
  /** strace left its end out. */
  readonly cut: boolean;
}

/** A variable of an environment: its name only. */
export function hiddenVariable(literal: string): string {
  const name = /^[A-Za-z_]\w{0,199}(?==)/.exec((stringValue(literal) ?? '').slice(0, 202));
  return `"${name ? `${name[0]}=` : ''}[hidden]"`;
}

/** Content: its length only. */
export function hidden(literal: string): string {
  if (literal.length < 40 && /^"\[\d+ bytes\]"$/.test(literal)) return literal;
  // The loader reads the head of each library: that it is one is no secret.
  if (literal.startsWith('"\\177ELF')) return literal;
  return `"[${(stringValue(literal) ?? '').length} bytes]"`;
}

/** A string with `show` applied to what it means; escaped as it was, or in hexadecimal where it changed. */
export function redactLiteral(literal: string, show: (value: string) => string): string {
  const bytes = stringValue(literal) ?? '';
  const text = textOfBytes(bytes);
  const shown = show(text ?? bytes);
  if (shown === (text ?? bytes)) return literal;
  const escaped = shown.replace(/[\\"\x00-\x1f\x7f]/g, escapeUnit);
  return `"${text === undefined ? escaped.replace(/[\x80-\uffff]/g, escapeUnit) : escaped.replace(/[\x80-\u{10ffff}]/gu, escapeUtf8)}"`;
}

function escapeUtf8(character: string): string {
  return encodeURIComponent(character).toLowerCase().replaceAll('%', '\\x');
}

function escapeUnit(unit: string): string {
  if (unit === '\\' || unit === '"') return `\\${unit}`;
  if (unit === '\n') return '\\n';
  return `\\x${(unit.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`;
}

/** Applies one function to every string literal and another to the text between; an unclosed string is dropped. */
export function eachString(text: string, literal: ShowString, rest: (text: string) => string): string {
  let shown = '';
  let from = 0;
  for (let index = 0; ; index++) {
    const start = text.indexOf('"', from);
    if (start === -1) return shown + rest(text.slice(from));
    shown += rest(text.slice(from, start));
    const end = endOfString(text, start + 1);
    if (end === -1) return `${shown}"`;
    shown += literal({
      text: text.slice(start, end + 1),
      key: text.slice(Math.max(from, start - 32), start),
      index,
      cut: text.startsWith('...', end + 1),
    });
    from = end + 1;
  }
}

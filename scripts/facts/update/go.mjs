/** Go source that does not have the shape a reader expects. */
export class UnreadableGo extends Error {}

const TOKEN =
  /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|('(?:[^'\\\n]|\\.)*')|([A-Za-z_]\w*)|(0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?)|(:=|&&|\|\||[<>=!]=|<<|[-+*/%&|^]=|\.\.\.|[-+*/%&|^<>=!(){}[\],;.:~])|(\s+)/gy;

/**
 * The tokens of Go source, without comments and white space: `{ kind: 'name'|'string'|'number'|'sign', text, line }`.
 * Strings come without their quotes; escapes in them are left as they are.
 */
export function tokens(source) {
  const list = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (!found)
      throw new UnreadableGo(`line ${line}: cannot read ${JSON.stringify(source.slice(from, from + 20))}`);
    const [text, comment, string, rune, name, number, sign] = found;
    if (string) list.push({ kind: 'string', text: string.slice(1, -1), line });
    else if (rune) list.push({ kind: 'rune', text: rune, line });
    else if (name) list.push({ kind: 'name', text: name, line });
    else if (number) list.push({ kind: 'number', text: number.replaceAll('_', ''), line });
    else if (sign) list.push({ kind: 'sign', text: sign, line });
    else if (comment === undefined && text.trim() !== '') throw new UnreadableGo(`line ${line}: ${text}`);
    line += text.split('\n').length - 1;
  }
  return list;
}

const CLOSING = { '{': '}', '(': ')', '[': ']' };

/** Index of the bracket that closes the one at `open`. */
export function closing(list, open) {
  const stack = [];
  for (let i = open; i < list.length; i++) {
    const { kind, text } = list[i];
    if (kind !== 'sign') continue;
    if (CLOSING[text]) stack.push(CLOSING[text]);
    else if (text === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return i;
    }
  }
  throw new UnreadableGo(`line ${list[open].line}: '${list[open].text}' is not closed`);
}

/** The tokens between the braces of `func NAME(…)`, or undefined where there is no such function. */
export function bodyOf(list, name) {
  const at = list.findIndex(
    ({ kind, text }, i) => kind === 'name' && text === name && list[i - 1]?.text === 'func',
  );
  if (at < 0) return undefined;
  let i = closing(list, at + 1) + 1;
  while (i < list.length && !isBlock(list, i)) i += 1;
  return list.slice(i + 1, closing(list, i));
}

// `[]T{` in a result type does not occur in the files read here; `interface{}` would be followed by a `}` at once.
const isBlock = (list, i) => list[i].text === '{' && list[i + 1]?.text !== '}';

/** Splits tokens at a sign that is outside of all brackets; no empty part at the end. */
export function split(list, sign) {
  const parts = [];
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    if (list[i].kind === 'sign' && CLOSING[list[i].text]) i = closing(list, i);
    else if (list[i].kind === 'sign' && list[i].text === sign) {
      parts.push(list.slice(from, i));
      from = i + 1;
    }
  }
  if (from < list.length) parts.push(list.slice(from));
  return parts;
}

/** `Key: value, …` of a composite literal's inside, as a map from key to the tokens of its value. */
export function fields(list) {
  const found = new Map();
  for (const part of split(list, ',')) {
    if (part[0]?.kind !== 'name' || part[1]?.text !== ':')
      throw new UnreadableGo(`line ${part[0]?.line}: no 'Key: value'`);
    found.set(part[0].text, part.slice(2));
  }
  return found;
}

/** What is inside the last pair of braces of a literal such as `[]string{…}` or `specs.Arg{…}`. */
export function inside(list) {
  const open = list.findIndex(({ kind, text }) => kind === 'sign' && text === '{');
  if (open < 0 || closing(list, open) !== list.length - 1)
    throw new UnreadableGo(`line ${list[0]?.line}: no literal in braces`);
  return list.slice(open + 1, -1);
}

/** The text of tokens, for messages and for comparing headers of statements. */
export const words = (list) => list.map(({ text }) => text).join(' ');

/** Value of a constant expression of numbers, known names and `|` or `+`; BigInt. */
export function constant(list, names) {
  let value;
  let operator = '|';
  for (const { kind, text, line } of list) {
    if (kind === 'sign' && (text === '|' || text === '+')) operator = text;
    else if (kind === 'number') value = combine(value, operator, BigInt(text));
    else if (kind === 'name' && names[text] !== undefined)
      value = combine(value, operator, BigInt(names[text]));
    else if (text !== '.' && !PACKAGES.has(text))
      throw new UnreadableGo(`line ${line}: ${words(list)} is no constant that is known here`);
  }
  if (value === undefined) throw new UnreadableGo('an empty constant');
  return value;
}

const PACKAGES = new Set(['unix', 'syscall']);

function combine(left, operator, right) {
  if (left === undefined) return right;
  return operator === '+' ? left + right : left | right;
}

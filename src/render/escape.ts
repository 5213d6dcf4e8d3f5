/**
 * A trace is untrusted text: file names, arguments and environment of whatever ran. Every reporter passes it through
 * one of these before it stands in a document that a terminal, GitHub or a browser interprets.
 */

/** C0 and C1 controls, DEL, zero-width and bidirectional formatting characters, line separators, lone surrogates. */
const UNSEEN =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function spelled(character: string): string {
  const code = character.charCodeAt(0);
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** One line in which every character can be seen: no escape sequence, line break or text direction trick survives. */
export function visible(text: string): string {
  return text.replace(UNSEEN, spelled);
}

/** At most `length` characters, the middle cut out, never in the middle of a surrogate pair. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.ceil((length - 3) * 0.7);
  const tail = length - 3 - head;
  const clean = (part: string): string =>
    part.replace(/[\ud800-\udbff]$/, '').replace(/^[\udc00-\udfff]/, '');
  return `${clean(text.slice(0, head))}...${clean(text.slice(text.length - tail))}`;
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** For HTML text and quoted attribute values alike. */
export function html(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (character) => HTML[character]!);
}

/** For XML text and quoted attribute values: also drops what XML 1.0 cannot hold. Line breaks are kept. */
export function xml(text: string): string {
  return text
    .split('\n')
    .map((line) => html(line).replace(/[\ufffe\uffff]/g, '\ufffd'))
    .join('&#10;');
}

/**
 * A sentence in Markdown: nothing in it becomes markup, a link, a mention or a reference. The empty comments are the
 * one way that GitHub has to stop `@name` and `#1` from notifying and linking.
 */
export function markdownText(text: string): string {
  return visible(text)
    .replace(/[&<>]/g, (character) => HTML[character]!)
    .replace(/[\\`*{}[\]|~$]|(?<!\w)_|_(?!\w)/g, (character) => `\\${character}`)
    .replace(/!(?=\\\[)/g, '\\!')
    .replace(/@(?=\w)/g, '@<!-- -->')
    .replace(/#(?=\d)/g, '#<!-- -->')
    .replace(/\bGH-(?=\d)/gi, (word) => `${word}<!-- -->`)
    .replace(/:\/\//g, ':<!-- -->//')
    .replace(/\bwww\./gi, (word) => `${word.slice(0, 3)}<!-- -->.`);
}

/** Literal text within a Markdown line or table cell. */
export function markdownCode(text: string): string {
  const seen = visible(text);
  if (seen === '') return '';
  if (/^[\x20-\x7e]+$/.test(seen) && !/[`|\\]/.test(seen) && seen.trim() === seen) return `\`${seen}\``;
  // As entities nothing can end the element, the cell or the line, whatever comes next to it.
  return `<code>${seen.replace(/[^\w./:=, +\u00a1-\uffff-]/g, (c) => `&#${c.codePointAt(0)};`)}</code>`;
}

/** A block of literal lines in Markdown. */
export function markdownFence(lines: readonly string[], language = ''): string {
  const seen = lines.map(visible);
  const longest = seen.reduce(
    (most, line) => (line.match(/`+/g) ?? []).reduce((m, run) => Math.max(m, run.length), most),
    0,
  );
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${seen.join('\n')}\n${fence}`;
}

/**
 * JSON in which every character can be seen: what JSON leaves raw of controls and text direction is written as \\u escapes,
 * so the value is the same and a terminal is safe.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .split('\n')
    .map((line) => line.replace(UNSEEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))
    .join('\n');
}

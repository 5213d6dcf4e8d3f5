const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  lt: '<',
  gt: '>',
  amp: '&',
  apos: "'",
  nbsp: ' ',
  hellip: '...',
};
const ENTITY = /&(?:(quot|lt|gt|amp|apos|nbsp|hellip)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi;
const TAG = /<\/?(?:span|pre|code|div|td|tr|br|p|b|i|a|li|font|strong|em|samp|tt)(?:\s[^<>]*)?\/?>/gi;
const STRING = /"(?:[^"\\]|\\.)*"?/g;

/** Whether a line was escaped for a web page: strace prints no entity and no tag outside of its strings. */
export function isHtml(text: string): boolean {
  if (!text.includes('&') && !text.includes('</')) return false;
  const bare = text.replace(STRING, '');
  return bare.search(ENTITY) !== -1 || bare.search(TAG) !== -1;
}

/** The text that a browser shows for a line of a page. */
export function textOfHtml(text: string): string {
  return text.replace(TAG, '').replace(ENTITY, (whole, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return point === 0xa0 ? ' ' : point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

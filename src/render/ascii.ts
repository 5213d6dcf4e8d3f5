/** What is printed for letters and lines that a terminal without Unicode shows as rubbish. */
const PLAIN: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '≥': '>=',
  '≤': '<=',
  '×': 'x',
  '…': '...',
  '–': '-',
  '—': '-',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '→': '->',
};

/** Corners and crossings of tables. */
const CORNER = /[┌┬┐├┼┤└┴┘]/g;

/** The same text in ASCII, as far as it is ours: other letters are the user's and stay. */
export function ascii(text: string): string {
  return text.replace(CORNER, '+').replace(/[─│≥≤×…–—’‘“”→]/g, (letter) => PLAIN[letter]!);
}

/**
 * Whether text in UTF-8 can be read where this environment is of; a locale that is not set says nothing against it.
 * As the C library does it: LC_ALL before LC_CTYPE before LANG.
 */
export function readsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

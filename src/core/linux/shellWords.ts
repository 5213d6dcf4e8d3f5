/** A word of a POSIX shell command line. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}

/** A command as it is typed. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

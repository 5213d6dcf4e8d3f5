/** The words for --verbose, which every command that prints a verdict has. */
export const VERBOSE = 'show what the verdict rests on: tables, evidence, assumptions, notes';

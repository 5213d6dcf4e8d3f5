/** What a command may say and to whom; only `main` binds it to the process. */
export interface Io {
  /** Results only. */
  out(result: string | Uint8Array): void;
  /** Everything else. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Columns of the terminal, 80 where there is none. */
  readonly columns: number;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Colour on standard output: a terminal, and NO_COLOR not set. */
  readonly colour: boolean;
}

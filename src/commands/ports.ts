/** What a command uses of the process that it is called in. */
export interface Ports {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths are meant from here. */
  readonly cwd: string;
}

export interface LogPorts extends Ports {
  /** Receives remarks for people, a sentence each. */
  log?(text: string): void;
}

/** What a command of the command line may print and where; only `main` binds it to the process. */
export interface Io extends Ports {
  /** Results only. */
  out(result: string | Uint8Array): void;
  /** A result for people, in ASCII where the locale has no other letters. */
  print(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** Columns of the terminal, 80 where there is none. */
  readonly columns: number;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Colour on standard output: a terminal that is not dumb, and NO_COLOR not set. */
  readonly colour: boolean;
}

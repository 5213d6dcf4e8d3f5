import { contextRules, type LogContext } from './context.ts';
import { type NamedCall, namedCallRules } from './names.ts';
import { recordRules, type Sighting } from './records.ts';
import { type Line, MessageScanner, type Rule } from './scanner.ts';
import { type CausePattern, type MessagePattern, messageTable } from './table.ts';

/** Something that lines of the log say, with the first of them. */
export interface Seen<T> {
  readonly what: T;
  readonly line: number;
  /** The first line, shortened. */
  readonly text: string;
  readonly count: number;
}

export interface Findings {
  readonly lines: number;
  readonly bytes: number;
  readonly messages: readonly Seen<MessagePattern>[];
  readonly causes: readonly (Seen<CausePattern> & { readonly lines: ReadonlySet<number> })[];
  readonly sightings: readonly Seen<Sighting>[];
  readonly named: readonly Seen<NamedCall>[];
  /** Lines with the text of an error that name no call: the errno. */
  readonly errors: readonly Seen<string>[];
  readonly context: LogContext;
}

/** The text of a line that is shown. */
const SHOWN = 240;

/** Different things of one kind that are kept: a log can name hundreds of syscalls. */
const MOST = 200;

/** Lines of a cause that are kept, to know which other findings they explain. */
const MOST_LINES = 2000;

class Gathered<T> {
  readonly #seen = new Map<string, { what: T; line: number; text: string; count: number }>();

  add(key: string, what: T, line: Line): void {
    const old = this.#seen.get(key);
    if (old) old.count++;
    else if (this.#seen.size < MOST)
      this.#seen.set(key, { what, line: line.number, text: shortened(line.text), count: 1 });
  }

  get all(): readonly Seen<T>[] {
    return [...this.#seen.values()];
  }
}

function shortened(text: string): string {
  const trimmed = text.trim();
  return trimmed.length <= SHOWN ? trimmed : `${trimmed.slice(0, SHOWN - 1)}…`;
}

/** Takes the bytes of a log, or of a single message, and gives what they say. */
export class MessageReader {
  readonly #scanner: MessageScanner;
  readonly #messages = new Gathered<MessagePattern>();
  readonly #causes = new Map<string, { seen: Seen<CausePattern>; lines: Set<number>; count: number }>();
  readonly #sightings = new Gathered<Sighting>();
  readonly #named = new Gathered<NamedCall>();
  readonly #errors = new Gathered<string>();
  readonly #context: () => LogContext;

  constructor() {
    const table = messageTable();
    const { rules, result } = contextRules(table);
    this.#context = result;
    const messages = table.patterns.map(
      (pattern): Rule => ({
        expression: pattern.expression,
        found: (_, line) => this.#messages.add(pattern.id, pattern, line),
      }),
    );
    const causes = table.causes.map(
      (pattern): Rule => ({
        expression: pattern.expression,
        found: (_, line) => this.#cause(pattern, line),
      }),
    );
    const records = recordRules((sighting) =>
      this.#sightings.add(`${sighting.kind} ${sighting.syscall ?? sighting.number}`, sighting, sighting.line),
    );
    const named = namedCallRules(
      table.functions,
      (one) => this.#named.add(`${one.call.syscall} ${one.call.errno}`, one, one.line),
      (errno, line) => this.#errors.add(`${errno} ${line.number}`, errno, line),
    );
    this.#scanner = new MessageScanner(
      [...messages, ...causes, ...records, ...named, ...rules],
      table.translations,
    );
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  end(): Findings {
    this.#scanner.end();
    return {
      ...this.#scanner.read,
      messages: this.#messages.all,
      causes: [...this.#causes.values()].map(({ seen, lines, count }) => ({ ...seen, lines, count })),
      sightings: this.#sightings.all,
      named: this.#named.all,
      errors: this.#errors.all,
      context: this.#context(),
    };
  }

  #cause(pattern: CausePattern, line: Line): void {
    const old = this.#causes.get(pattern.id);
    if (old) {
      old.count++;
      if (old.lines.size < MOST_LINES) old.lines.add(line.number);
      return;
    }
    const seen = { what: pattern, line: line.number, text: shortened(line.text), count: 1 };
    this.#causes.set(pattern.id, { seen, lines: new Set([line.number]), count: 1 });
  }
}

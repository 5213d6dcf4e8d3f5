/** One word of a script, as the program gets it, and where each of its characters stands in the script. */
export interface ShellWord {
  readonly value: string;
  /** Index in the script of each character of `value`, and of what follows the last one. */
  readonly places: readonly number[];
}

export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** Words of files that its output or input is led to. */
  readonly redirects: readonly ShellWord[];
  /** Parts of the script that it gets on standard input: here-documents and here-strings. */
  readonly inputs: readonly { readonly start: number; readonly end: number }[];
  /** Its output goes to the next command. */
  readonly piped: boolean;
}

/**
 * The simple commands of a script, near enough to what a shell makes of it: `$(…)`, backticks and braces begin commands
 * of their own. Each character is looked at once.
 */
export function shellCommands(script: string): ShellCommand[] {
  return new Splitter(script).commands;
}

class Splitter {
  readonly commands: ShellCommand[] = [];
  readonly #script: string;
  #at = 0;
  #words: ShellWord[] = [];
  #redirects: ShellWord[] = [];
  #inputs: { start: number; end: number }[] = [];
  /** What the next word is for: a file, or the text of a here-string. */
  /** Where the commands of open groups begin, and those of the one that was closed last. */
  #groups: number[] = [];
  #group: number | undefined;
  #role: 'word' | 'file' | 'input' | 'mark' = 'word';
  /** Here-documents whose text begins on the next line. */
  #waiting: { readonly end: string; readonly inputs: { start: number; end: number }[] }[] = [];

  constructor(script: string) {
    this.#script = script;
    while (this.#at < script.length) this.#step();
    this.#finish(false);
  }

  #step(): void {
    const script = this.#script;
    const character = script[this.#at]!;
    switch (character) {
      case ' ':
      case '\t':
      case '\r':
        this.#at++;
        return;
      case '\n':
        this.#at++;
        this.#finish(false);
        this.#documents();
        return;
      case '(':
        this.#at++;
        this.#finish(false);
        this.#groups.push(this.commands.length);
        return;
      case ')':
        this.#at++;
        this.#finish(false);
        this.#group = this.#groups.pop();
        return;
      case ';':
      case '&':
      case '`':
        this.#at++;
        // `&>file`, `2>&1`
        if (character === '&' && script[this.#at] === '>') return;
        this.#finish(false);
        return;
      case '|':
        this.#at++;
        if (script[this.#at] === '|') {
          this.#at++;
          this.#finish(false);
        } else {
          if (script[this.#at] === '&') this.#at++;
          this.#finish(true);
        }
        return;
      case '<':
      case '>':
        this.#redirect(character);
        return;
      case '#':
        if (this.#words.length === 0 || script[this.#at - 1] === ' ') {
          const end = script.indexOf('\n', this.#at);
          this.#at = end === -1 ? script.length : end;
          return;
        }
        break;
      default:
        break;
    }
    this.#word();
  }

  #redirect(character: string): void {
    const script = this.#script;
    this.#at++;
    if (character === '<' && script.startsWith('<<', this.#at)) {
      this.#at += 2;
      this.#role = 'input';
    } else if (character === '<' && script[this.#at] === '<') {
      this.#at += script[this.#at + 1] === '-' ? 2 : 1;
      this.#role = 'mark';
    } else {
      while (script[this.#at] === '>' || script[this.#at] === '&' || script[this.#at] === '|') this.#at++;
      this.#role = script[this.#at] === '(' ? 'word' : 'file';
    }
  }

  #word(): void {
    const script = this.#script;
    let value = '';
    const places: number[] = [];
    const take = (at: number): void => {
      value += script[at];
      places.push(at);
    };
    let quote = '';
    let at = this.#at;
    for (; at < script.length; at++) {
      const character = script[at]!;
      if (quote === "'") {
        if (character === "'") quote = '';
        else take(at);
      } else if (quote === '"') {
        if (character === '"') quote = '';
        else if (character === '\\' && /["\\$`]/.test(script[at + 1] ?? '')) take(++at);
        else take(at);
      } else if (character === "'" || character === '"') quote = character;
      else if (character === '\\' && at + 1 < script.length) {
        if (script[++at] !== '\n') take(at);
      } else if (character === '$' && (script[at + 1] === "'" || script[at + 1] === '"')) continue;
      else if (character === '$' && script[at + 1] === '(') {
        // The commands in it come next.
        at++;
        break;
      } else if (/[\s;&|<>()`]/.test(character)) break;
      else take(at);
    }
    const end = at;
    places.push(end);
    const start = this.#at;
    this.#at = end > start ? end : start + 1;
    const role = this.#role;
    this.#role = 'word';
    if (role === 'file') this.#redirects.push({ value, places });
    else if (role === 'input') this.#inputs.push({ start, end });
    else if (role === 'mark') this.#waiting.push({ end: value, inputs: this.#inputs });
    else if (value !== '' || end > start) {
      // Words of the shell's own, before a command.
      if (this.#words.length === 0 && /^(?:[{}!]|if|then|else|elif|do|done|fi|while|until)$/.test(value)) {
        if (value === '{') this.#groups.push(this.commands.length);
        else if (value === '}') this.#group = this.#groups.pop();
        return;
      }
      // The number of a redirection: `2>file`.
      if (/^\d$/.test(value) && /[<>]/.test(script[end] ?? '')) return;
      this.#words.push({ value, places });
    }
  }

  #finish(piped: boolean): void {
    // The output of a whole group goes on.
    if (piped && this.#words.length === 0 && this.#group !== undefined) {
      for (let at = Math.max(this.#group, this.commands.length - 3); at < this.commands.length; at++) {
        this.commands[at] = { ...this.commands[at]!, piped: true };
      }
    }
    if (this.#words.length > 0) this.#group = undefined;
    if (
      this.#words.length > 0 ||
      this.#inputs.length > 0 ||
      this.#redirects.length > 0 ||
      this.#waiting.length > 0
    ) {
      this.commands.push({ words: this.#words, redirects: this.#redirects, inputs: this.#inputs, piped });
    }
    this.#words = [];
    this.#redirects = [];
    this.#inputs = [];
    this.#role = 'word';
  }

  /** The texts of here-documents, from here on. */
  #documents(): void {
    const script = this.#script;
    for (const { end, inputs } of this.#waiting) {
      const start = this.#at;
      let to = script.length;
      while (this.#at < script.length) {
        const line = script.indexOf('\n', this.#at);
        const stop = line === -1 ? script.length : line;
        if (script.slice(this.#at, stop).trim() === end) {
          to = this.#at;
          this.#at = Math.min(stop + 1, script.length);
          break;
        }
        this.#at = Math.min(stop + 1, script.length);
      }
      inputs.push({ start, end: to > start && script[to - 1] === '\n' ? to - 1 : to });
    }
    this.#waiting = [];
  }
}

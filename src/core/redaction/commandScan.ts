import { classAt, DIGIT, LETTER, NAME, runEnd } from './characters.ts';
import { SECRET, type Sink } from './findings.ts';
import { hasSubcommands, type Program, programOf, type WordKind } from './programs.ts';
import { kindOfName, type NameKind, namesSecret } from './secretNames.ts';
import { hideWord, type Rest } from './wordValues.ts';

/** Not a secret, although it stands where one may: `--token --verbose`. */
const OPTION = /^--?[A-Za-z][A-Za-z-]*(?:=|$)/;
/** Switches whose names hold a secret word: nothing of theirs follows. */
const SWITCH =
  /^-+(?:no|ask|use|with|without|disable|enable|skip|require|show|print|allow|force|generate|reset|change|rotate|list|get)-/;
/** `aws configure set aws_secret_access_key VALUE`: a bare word, so it must look like a setting. */
const BARE = /^(?:requirepass|masterauth|passphrase|psk|user_pw|owner_pw|input_pw|wpa-psk|wifi-sec\.psk)$/;
/** Options of any program whose value in the next word is a name. `--user` is a switch of many. */
const TAKES_NAME =
  /^--?(?:(?:http|https|ftp|smtp|mail|imap|proxy|ssh|db|admin|remote|basic|auth|sasl)-user|user-?name|login-?name|db-?user|db-?username|owner|run-?as|ssh-user|remote-user|smtp-user|mail-user|admin-user|account-name)$/i;
const TAKES_HOST =
  /^--?(?:[a-z]+-)?(?:host|hostname|server|servername|bootstrap-server|broker-list|endpoints?|registry|nameserver|peer|display)$/i;
const TAKES_IDENTITY =
  /^--?(?:author|committer|maintainer|packager|sender|recipient|local-user|default-key|user-email|email)$/i;

/** Goes along the words of one command line and finds what they are by what stands before them. */
export class CommandScan {
  #program: Program | undefined;
  #name = '';
  /** The program was found among the words of one that is not known: words may be something else. */
  #guessed = false;
  #unknown = false;
  #words = 0;
  #given = 0;
  #next: WordKind | NameKind | undefined;
  #afterLong = false;
  #plainNext = false;
  #htpasswd = '';
  #optionsEnded = false;
  /** So many words to come are secrets. */
  #secrets = 0;

  /** Whether the program reads a password from standard input. */
  reads = false;

  /** Finds what is private in the next word by its place; tells how to look at what is in the word itself. */
  next(word: string, sink: Sink): Rest {
    const at = this.#words++;
    const kind = this.#next;
    const afterLong = this.#afterLong;
    const plain = this.#plainNext;
    this.#next = undefined;
    this.#afterLong = false;
    this.#plainNext = false;
    if (plain) return 'plain';
    if (word === 'stdin' && this.#name.startsWith('openssl')) this.reads = true;
    if (this.#secrets > 0 && !word.startsWith('-')) {
      this.#secrets--;
      return this.#value(word, 0, 's', sink);
    }
    if (
      kind !== undefined &&
      (!word.startsWith('-') || word.length < 2 || (afterLong && !OPTION.test(word)))
    ) {
      return this.#value(word, 0, kind, sink, afterLong);
    }
    if (word.startsWith('-') && word.length > 1 && !this.#optionsEnded) return this.#option(word, sink);
    if (/^\/[a-z]+:./i.test(word) && word.length < 260) {
      const slashed = this.#slashOption(word, sink);
      if (slashed) return 'plain';
    }
    return this.#word(word, at, sink);
  }

  /** `/p:SECRET` of programs that came from Windows. */
  #slashOption(word: string, sink: Sink): boolean {
    const colon = word.indexOf(':');
    const name = word.slice(1, colon).toLowerCase();
    if (/^(?:p|pw|gp)$/.test(name) || namesSecret(name)) sink.hide(colon + 1, word.length, SECRET);
    else if (/^(?:u|user)$/.test(name)) this.#value(word, colon + 1, 'u', sink);
    else if (/^(?:v|g|server)$/.test(name)) this.#value(word, colon + 1, 'h', sink);
    else return false;
    return true;
  }

  #option(word: string, sink: Sink): Rest {
    if (word === '--') {
      // What follows is no option of this program, and of a wrapper it is the command.
      this.#optionsEnded = this.#program?.words[0] !== 'p';
      return 'plain';
    }
    if (
      word === '--stdin' ||
      word === '-S' ||
      /^--(?:password|pass|token)-stdin$|^--with-token$|^--passphrase-fd/.test(word)
    ) {
      this.reads ||= word !== '-S' || this.#name === 'sudo';
    }
    if (word === '--encrypt' && this.#name === 'qpdf') this.#secrets = 2;
    if (word === '-buildid') {
      this.#plainNext = true;
      return 'plain';
    }
    const nameEnd = runEnd(word, 0, NAME);
    const value = word.charCodeAt(nameEnd) === 0x3d ? nameEnd + 1 : 0;
    const dashes = word.charCodeAt(1) === 0x2d ? 2 : 1;
    const name = word.slice(0, nameEnd);
    const bare = name.slice(dashes);
    const known = bare.length > 1 ? this.#program?.options.get(bare) : undefined;
    if (value > 0) return this.#optionValue(word, name, known, value, sink);
    if (known !== undefined && nameEnd === word.length) {
      this.#next = known;
      this.#afterLong = true;
      return 'plain';
    }
    if (dashes === 2 || (bare.length > 2 && nameEnd === word.length && this.#isLong(name))) {
      if (nameEnd !== word.length || SWITCH.test(word)) return 'text';
      this.#await(name);
      return 'plain';
    }
    return this.#letters(word, sink);
  }

  /** One dash and a whole word, as Java and OpenSSL write options. */
  #isLong(name: string): boolean {
    return (
      kindOfName(name) !== undefined &&
      !this.#program?.joined.includes(name[1]!) &&
      !this.#program?.options.has(name[1]!)
    );
  }

  #await(name: string): void {
    if (namesSecret(name)) this.#next = kindOfName(name);
    else if (TAKES_NAME.test(name)) this.#next = 'user';
    else if (TAKES_HOST.test(name)) this.#next = 'host';
    else if (TAKES_IDENTITY.test(name)) this.#next = 'i';
    else if (/^--key$/.test(name)) this.#next = 'k';
    else if (/^--(?:user|login|creds|credentials|account)$/.test(name) && !this.#program?.flat)
      this.#next = 'l';
    else if (/^--?serial(?:-?number)?$/.test(name)) this.#next = 'serial';
    this.#afterLong = this.#next !== undefined;
  }

  #optionValue(word: string, name: string, known: WordKind | undefined, value: number, sink: Sink): Rest {
    const kind = known ?? (SWITCH.test(name) ? undefined : kindOfName(name));
    if (kind === undefined || value >= word.length) return 'text';
    // -Dname=… of compilers: the value is whatever the name says, else text.
    return this.#value(word, value, kind === 'user' && /^--?user$/.test(name) ? 'l' : kind, sink);
  }

  /** `-sSu name:password`: letters without values, then one with. */
  #letters(word: string, sink: Sink): Rest {
    const program = this.#program;
    for (const joined of program?.joined.split(',') ?? []) {
      if (joined !== '' && word.startsWith(joined, 1)) {
        if (word.length > 1 + joined.length) return this.#value(word, 1 + joined.length, 's', sink);
        this.#next = program!.options.get(joined);
        return 'plain';
      }
    }
    if (this.#name === 'htpasswd') this.#htpasswd += word.slice(1);
    if (this.#name === 'mount' || this.#name.startsWith('mount.')) {
      if (word === '-o') {
        this.#next = 't';
        return 'plain';
      }
    }
    // Programs that write whole words behind one dash have no letters that stand together.
    const most = program?.whole ? 2 : 40;
    for (let at = 1; at < word.length && at < most; at++) {
      const letter = word[at]!;
      if ((classAt(word, at) & (LETTER | DIGIT)) === 0) break;
      const kind = program?.options.get(letter);
      if (kind === undefined) continue;
      // A word of small letters is rather a name of its own: `-name`, `-version`.
      if (at + 1 < word.length)
        return kind === 'v' || program?.whole ? 'text' : this.#value(word, at + 1, kind, sink);
      this.#next = kind;
      return 'plain';
    }
    if (program === undefined || this.#guessed) {
      if (word === '-u') this.#next = 'l';
      else if (word === '-k' && program === undefined) this.#next = 'k';
    }
    return 'text';
  }

  #word(word: string, at: number, sink: Sink): Rest {
    const equals = runEnd(word, 0, NAME);
    // Variables before the program: `LANG=C make`.
    if (this.#name === '' && word.charCodeAt(equals) === 0x3d) this.#words--;
    if (word.charCodeAt(equals) === 0x3d && equals > 0 && word.charCodeAt(equals + 1) !== 0x3d) {
      if (
        this.#given === 0 ||
        this.#program?.words[0] === 'p' ||
        this.#program === undefined ||
        !this.#program.flat
      ) {
        const name = word.slice(0, equals);
        const kind = kindOfName(name);
        if (kind !== undefined && !(this.#program?.flat && /^[a-z][\w.+-]*$/.test(name))) {
          const place = this.#place();
          if (place !== 'k') return this.#value(word, equals + 1, kind, sink);
        }
      }
      if (this.#program?.flat) return this.#name === 'echo' || this.#name === 'printf' ? 'text' : 'plain';
    }
    const base = word.slice(word.lastIndexOf('/') + 1);
    if (this.#program === undefined && this.#given === 0 && at === 0) {
      this.#enter(base, false);
      return 'text';
    }
    // execve names the program twice: its file, and the first word.
    if (at === 1 && this.#given === 0 && base === this.#name && this.#name !== '') return 'text';
    const kind = this.#place();
    if (kind === 'p' || this.#unknown) {
      const program = base.length < 40 ? programOf(base) : undefined;
      const found = program !== undefined && (kind === 'p' || !program.flat);
      if (found && (kind === 'p' || this.#unknown)) {
        this.#enter(base, this.#unknown);
        return 'text';
      }
    }
    if (this.#given === 0 && hasSubcommands(this.#name) && base === word && /^[a-z_-]{2,24}$/.test(word)) {
      const sub = `${this.#name}-${word}`;
      if (programOf(sub) !== undefined || hasSubcommands(sub)) {
        this.#become(sub);
        return 'text';
      }
    }
    this.#given++;
    // poetry, composer: `http-basic.NAME ACCOUNT PASSWORD`; redis: `AUTH PASSWORD`.
    if (/^(?:http-basic|github-oauth|gitlab-oauth|gitlab-token|bitbucket-oauth|bearer)\./.test(word))
      this.#secrets = 2;
    else if (/^auth$/i.test(word) && this.#name === 'redis-cli') this.#secrets = 2;
    else if (word === 'password' && this.#name === 'mysqladmin') this.#secrets = 1;
    // The command of ssh, sudo and the like can be one word.
    if (kind === 'p' && word.includes(' ')) return 'script';
    if (kind === 'p') return this.#value(word, 0, kind, sink);
    if (kind !== undefined && kind !== 't') {
      // Of a program that was only guessed, hosts and accounts are not certain either.
      if (this.#guessed && /^[huUvw]$/.test(kind)) return 'text';
      return this.#value(word, 0, kind, sink);
    }
    if (!this.#program?.flat && this.#isSetting(word)) {
      this.#next = kindOfName(word.slice(Math.max(word.lastIndexOf(':'), word.lastIndexOf('/')) + 1)) ?? 's';
    }
    return 'text';
  }

  /** `db_password`, `//registry/:_authToken`, `user.email`: the next word is its value. */
  #isSetting(word: string): boolean {
    if (word.length > 200 || this.#given < (this.#name.endsWith('-config') ? 1 : 2)) return false;
    if (BARE.test(word) || /^(?:password|pass)$/.test(word)) return this.#name !== 'pass';
    if (word === 'key' && this.#name === 'iwconfig') return true;
    const name = word.slice(Math.max(word.lastIndexOf(':'), word.lastIndexOf('/')) + 1);
    if (
      !/^[\w.-]+$/.test(name) ||
      !/[_.]|[a-z][A-Z]/.test(name) ||
      /\.(?:txt|json|key|pem|crt|ya?ml|[ch]|py|js|ts|go|rs|md|conf|cfg|ini|xml|sh|env|so|o|a)$/i.test(name)
    )
      return /^user\.(?:name|email)$/.test(word);
    return namesSecret(name) || kindOfName(name) === 'identity';
  }

  #place(): WordKind | undefined {
    const words = this.#program?.words ?? [];
    if (this.#name === 'htpasswd' && this.#htpasswd.includes('b')) {
      const order: readonly WordKind[] = this.#htpasswd.includes('n') ? ['u', 's'] : ['v', 'u', 's'];
      return order[this.#given];
    }
    if (this.#name === 'htpasswd') return this.#given === 1 ? 'u' : 'v';
    return words[this.#given] ?? (this.#program?.rest ? words.at(-1) : undefined);
  }

  #enter(name: string, guessed: boolean): void {
    this.#become(name);
    this.#guessed = guessed;
    this.#unknown = this.#program === undefined && !hasSubcommands(name);
  }

  #become(name: string): void {
    this.#name = name.slice(0, 60);
    this.#program = name.length < 60 ? programOf(name) : undefined;
    this.#given = 0;
    this.#optionsEnded = false;
    this.#htpasswd = '';
    this.reads ||= this.#program?.reads ?? false;
  }

  #value(word: string, from: number, kind: WordKind | NameKind, sink: Sink, named = false): Rest {
    const program = { known: this.#program !== undefined, name: this.#name };
    const rest = hideWord({ word, from, kind, program, named }, sink);
    if (rest === undefined && this.#given > 0) this.#given--;
    return rest ?? 'plain';
  }
}

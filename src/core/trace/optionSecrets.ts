const LONG =
  /^(?:--?|\/)[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credentials?|cookie|pass(?:in|out)?|bearer|auth|user(?:name)?|proxy-user)(?:-(?:id|value|string|text))?$/i;
/** `aws configure set aws_secret_access_key VALUE`: a bare word, so it must look like a setting. */
const SETTING = /^[\w./:-]*(?:_|\.)(?:\w*(?:secret|password|token|access_?key)\w*)$/i;

/** A program's short options that take a secret: in the next word (`apart`), or in the same one (`joined`). */
interface ShortOptions {
  readonly program: RegExp;
  readonly apart?: RegExp;
  readonly joined?: RegExp;
}

// Elsewhere the same letters are harmless: mkdir -p, ssh -p 22, docker run -p 80:80, sort -u FILE, cp -a. From the
// manual pages of the programs.
const SHORT: readonly ShortOptions[] = [
  { program: /^(?:mysql|mariadb)[\w-]*$/, apart: /^-[pu]$/, joined: /^-[pu]/ },
  { program: /^sshpass$/, apart: /^-p$/, joined: /^-p/ },
  { program: /^curl$/, apart: /^-[a-zA-Z]*[uUb]$/, joined: /^-[uU]/ },
  { program: /^login$/, apart: /^-[up]$/, joined: /^-p/ },
  { program: /^(?:7z[ar]?|7zz|rar|unrar)$/, joined: /^-p/ },
  { program: /^(?:zip|unzip)$/, apart: /^-P$/, joined: /^-P/ },
  { program: /^ssh-keygen$/, apart: /^-[NP]$/ },
  { program: /^(?:sqlcmd|bcp)$/, apart: /^-[UP]$/, joined: /^-[UP]/ },
  { program: /^redis-cli$/, apart: /^-a$/ },
  { program: /^ldap\w+$/, apart: /^-w$/, joined: /^-w/ },
  { program: /^mongo\w*$/, apart: /^-[up]$/ },
  { program: /^(?:smbclient|rpcclient)$/, apart: /^-U$/, joined: /^-U/ },
  { program: /^openssl$/, apart: /^-[kK]$/ },
  { program: /^https?$/, apart: /^-a$/ },
  { program: /^(?:sudo|su|runuser)$/, apart: /^-u$/, joined: /^-u/ },
];

/** Goes along the words of one command line and tells which of them are secrets by what stands before them. */
export class OptionSecrets {
  #program: ShortOptions | undefined;
  #awaited = false;
  #afterUser = false;

  /** The next word as it may be shown: itself, `instead`, or its option with `instead` behind it. */
  next(word: string, instead: string): string {
    // `-u NAME:PASSWORD` of whatever program; `-u 1000:1000` are ids.
    const login = this.#afterUser && /^[^\s/:]+:[^\s/]+$/.test(word) && !/^\d+:\d+$/.test(word);
    const awaited = this.#awaited || login;
    this.#awaited = false;
    this.#afterUser = word === '-u';
    if (awaited && !word.startsWith('-')) return instead;
    if (!word.startsWith('-')) {
      const name = word.slice(word.lastIndexOf('/') + 1);
      this.#program = SHORT.find(({ program }) => program.test(name)) ?? this.#program;
      this.#awaited = LONG.test(word) || SETTING.test(word);
      return word;
    }
    this.#awaited = LONG.test(word) || (this.#program?.apart?.test(word) ?? false);
    const joined = this.#awaited ? null : (this.#program?.joined?.exec(word) ?? null);
    return joined && word.length > joined[0].length ? joined[0] + instead : word;
  }
}

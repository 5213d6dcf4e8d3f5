import { namesSecret } from './secretNames.ts';

const LONG =
  /^(?:--?|\/)[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credentials?|cookie|pass(?:in|out)?|bearer|auth|creds?|user(?:name)?|proxy-user)(?:-(?:id|value|string|text))?$/i;
/** `--password=…` in one word: all that follows is the value, whatever is in it. */
const LONG_JOINED = /^((?:--?|\/)[\w.-]+)=(?=.)/;
/** `DB_PASSWORD=…` in one word. */
const ASSIGNMENT = /^([A-Za-z_][\w.-]*)=(?=.)/;
/** Not a secret, although it stands where one may: `--token --verbose`. */
const OPTION = /^--?[A-Za-z][A-Za-z-]*(?:=|$)/;
/** Programs with words of the form USER@HOST, where the host can be a bare name. */
const REMOTE = /^(?:ssh|scp|sftp|sshfs|ssh-copy-id|autossh|mosh|rsync|git)$/;
const AT_HOST = /^(?!git@[\w-]+\.)[\w.+-]+@[A-Za-z][\w.-]*(?=:|$)/;
/** `scp HOST:PATH`, `rsync HOST::MODULE`. */
const COPIES = /^(?:scp|rsync)$/;
const HOST_PATH = /^(?!localhost:)[A-Za-z0-9][\w.-]+(?=:(?!\/\/))/;
/** ssh's options with a value in the next word: what follows that is the host. From its manual page. */
const SSH_VALUE = /^-[1246AaCfGgKkMNnqsTtVvXxYy]*[BbcDEeFIiJLlmOoPpQRSWw]$/;
/** `aws configure set aws_secret_access_key VALUE`: a bare word, so it must look like a setting. */
const SETTING =
  /^[\w./:-]*(?:_|\.)(?:\w*(?:secret|password|token|access_?key)\w*)$|^(?:password|passphrase|user\.(?:name|email))$/i;

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
  { program: /^(?:twine|poetry)$/, apart: /^-[up]$/ },
  { program: /^(?:useradd|usermod)$/, apart: /^-p$/ },
  { program: /^ipmitool$/, apart: /^-[UP]$/ },
  { program: /^snmp\w+$/, apart: /^-[cAX]$/ },
  { program: /^(?:sudo|su|runuser)$/, apart: /^-u$/, joined: /^-u/ },
];

/** Goes along the words of one command line and tells which of them are secrets by what stands before them. */
export class OptionSecrets {
  #program: ShortOptions | undefined;
  #awaited = false;
  #afterLong = false;
  #script = false;
  #remote = false;
  #copies = false;
  #words = 0;
  /** The command is ssh and its host has not come yet. */
  #hostComes = false;
  #sshValue = false;
  #afterUser = false;

  /** The next word as it may be shown: itself, `instead`, or its option with `instead` behind it. */
  next(word: string, instead: string): string {
    // `-u NAME:PASSWORD` of whatever program; `-u 1000:1000` are ids.
    const login = this.#afterUser && /^[^\s/:]+:[^\s/]+$/.test(word) && !/^\d+:\d+$/.test(word);
    const awaited = this.#awaited || login;
    const afterLong = this.#afterLong;
    const script = this.#script;
    const at = this.#words++;
    this.#awaited = false;
    this.#afterLong = false;
    this.#afterUser = word === '-u';
    this.#script = /^-\w*c$/.test(word);
    if (awaited && (!word.startsWith('-') || (afterLong && !OPTION.test(word)))) return instead;
    if (!word.startsWith('-')) {
      const [, variable] = ASSIGNMENT.exec(word) ?? [];
      // After -c it is a script, of which the assignment is only the first command.
      if (variable !== undefined && !script && namesSecret(variable)) return `${variable}=${instead}`;
      const name = word.slice(word.lastIndexOf('/') + 1);
      this.#program = SHORT.find(({ program }) => program.test(name)) ?? this.#program;
      this.#remote ||= REMOTE.test(name);
      this.#copies ||= COPIES.test(name);
      // execve names the program twice: its file, and the first word.
      if (at === 0 || (at === 1 && this.#hostComes && name === 'ssh')) this.#hostComes = name === 'ssh';
      else if (this.#hostComes && !this.#sshValue) {
        this.#hostComes = false;
        if (!word.includes('@')) return word === 'localhost' ? word : 'host';
      }
      this.#sshValue = false;
      this.#awaited = LONG.test(word) || SETTING.test(word);
      const shown = this.#copies ? word.replace(HOST_PATH, 'host') : word;
      return this.#remote ? shown.replace(AT_HOST, 'user@host') : shown;
    }
    this.#sshValue = SSH_VALUE.test(word);
    const [, option] = LONG_JOINED.exec(word) ?? [];
    if (option !== undefined && LONG.test(option)) return `${option}=${instead}`;
    this.#afterLong = LONG.test(word);
    this.#awaited = this.#afterLong || (this.#program?.apart?.test(word) ?? false);
    const joined = this.#awaited ? null : (this.#program?.joined?.exec(word) ?? null);
    return joined && word.length > joined[0].length ? joined[0] + instead : word;
  }
}

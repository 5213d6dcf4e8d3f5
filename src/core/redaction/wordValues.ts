import { isAccount, isEverybodys } from './accounts.ts';
import { ipv4, isIpv6 } from './addresses.ts';
import { NAME, runEnd } from './characters.ts';
import { SECRET, type Sink } from './findings.ts';
import { canBeHost, isPublicHost, looksLikeHost } from './hostNames.ts';
import type { WordKind } from './programs.ts';
import { hideValue, isNoSecret } from './scanAssignments.ts';
import { scanHost } from './scanUrls.ts';
import { kindOfName, type NameKind } from './secretNames.ts';

/** How the rest of a word is to be looked at. */
export type Rest = 'text' | 'script' | 'expect' | 'plain';

/** A word of a command line, or the rest of one from `from` on, of a kind that its place tells. */
export interface PlacedWord {
  readonly word: string;
  readonly from: number;
  readonly kind: WordKind | NameKind;
  /** The program, as far as it is known. */
  readonly program: { readonly known: boolean; readonly name: string };
  /** It follows an option that says in full what it is. */
  readonly named: boolean;
}

/** Names are looked at up to so many characters. */
const LONGEST = 300;

/** Oracle's programs take `account/password@service`. */
const ORACLE = /^(?:sqlplus|sqlldr|expdp|impdp|rman)$/;

/**
 * Hides what is private in a placed word. `undefined`: it is not the word that was expected, which comes later (`su - NAME`,
 * `dig MX HOST`).
 */
export function hideWord({ word, from, kind, program, named }: PlacedWord, sink: Sink): Rest | undefined {
  if (from >= word.length) return 'plain';
  const value = word.slice(from, from + LONGEST);
  switch (kind) {
    case 's':
    case 'secret':
      if (word.length - from > LONGEST || !isNoSecret(value)) sink.hide(from, word.length, SECRET);
      return 'plain';
    case 'authorization':
    case 'cookie':
    case 'identity':
    case 'user':
    case 'host':
    case 'serial':
      hideValue(word, kind, { start: from, end: word.length, quoted: true }, sink);
      return 'text';
    case 'l':
      return hideLogin({ word, from, kind, program, named }, sink);
    case 'u':
      if (value === '-') return undefined;
      hideAccount(word, from, word.length, sink);
      return 'text';
    case 'U': {
      // setfacl writes `u:ACCOUNT:rwx`.
      const start = from + (/^(?:u|user):/.exec(value)?.[0].length ?? 0);
      const end = word.slice(start, start + LONGEST).search(/[:.]/);
      hideAccount(word, start, end === -1 ? word.length : start + end, sink);
      return 'text';
    }
    case 'h':
      return hideHost(word, from, sink);
    case 'w':
      return value.includes('://') ? 'text' : hideHost(word, from, sink);
    case 'r':
      return hideRemote(word, from, sink);
    case 'm':
      return hideMounted(word, from, sink);
    case 'k': {
      const equals = value.indexOf('=');
      if (equals === -1) {
        // `-k` of a program that is not known: only what mixes letters and digits is taken for a key.
        if (!program.known && word.length - from <= 200 && looksLikeKey(value))
          sink.hide(from, word.length, SECRET);
        return 'text';
      }
      if (from + equals + 1 < word.length) sink.hide(from + equals + 1, word.length, SECRET);
      return 'plain';
    }
    case 'C':
      if (value.includes('=')) sink.hide(from, word.length, SECRET);
      return 'text';
    case 'i':
      if (!isNoSecret(value)) sink.hide(from, word.length, 'user');
      return 'text';
    case 'c':
      return 'script';
    case 'E':
      return 'expect';
    case 't': {
      // `-c user.name=Jane Doe`: in a word of its own the value goes to the end.
      const equals = runEnd(word, from, NAME);
      const of = word.charCodeAt(equals) === 0x3d ? kindOfName(word.slice(from, equals)) : undefined;
      if (of !== undefined && of !== 'host') {
        hideValue(word, of, { start: equals + 1, end: word.length, quoted: true }, sink);
      }
      return 'text';
    }
    case 'p': {
      // An image of a registry with a port.
      const registry = /^([A-Za-z][\w.-]*):\d{2,5}\//.exec(value);
      if (registry) scanHost(word, from, from + registry[1]!.length, sink);
      return 'text';
    }
    case 'v':
      return /[/=:@.]/.test(value) || value.length > 15 ? 'text' : 'plain';
  }
}

function hideAccount(word: string, from: number, to: number, sink: Sink): void {
  if (to - from > 64) return;
  const account = word.slice(from, to);
  if (isAccount(account) && !isEverybodys(account) && !account.includes('@')) sink.user(from, to, account);
}

/** `account:password`; smbclient parts them by `%`, lftp by `,`, Oracle by `/`. */
function hideLogin({ word, from, program, named }: PlacedWord, sink: Sink): Rest {
  const value = word.slice(from, from + LONGEST);
  // `1000:1000` are ids.
  if (/^\d*(?::\d*)?$/.test(value) || isNoSecret(value)) return 'plain';
  const mark = value.search(/[:%,]/);
  if (mark === -1 && ORACLE.test(program.name) && value.includes('/')) {
    const at = value.lastIndexOf('@');
    const to = at === -1 ? word.length : from + at;
    sink.hide(from, to, SECRET);
    if (at !== -1) scanHost(word, to + 1, runEnd(word, to + 1, NAME), sink);
    return 'plain';
  }
  if (mark === -1) {
    if (program.known || named) hideAccount(word, from, word.length, sink);
    return 'text';
  }
  // A path is no login, nor is a name whose password is asked for.
  if (value.startsWith('/') || mark === value.length - 1) return 'text';
  sink.hide(from, word.length, SECRET);
  return 'plain';
}

/** Words of `dig` and `http` before the host. */
const NO_HOST =
  /^(?:A|AAAA|MX|TXT|NS|SOA|ANY|CNAME|PTR|SRV|IN|AXFR|CAA|DNSKEY|query|get|GET|POST|PUT|HEAD|DELETE|PATCH)$/;
const FILE = /\.(?:html?|txt|json|tar|t?gz|xz|zip|sh|py|sock(?:et)?|conf|log|[ch]|js|yaml)$/i;

/** `HOST`, `HOST:PORT`, `ACCOUNT@HOST`, `[ADDRESS]:PORT`, dig's `@HOST`. */
function hideHost(word: string, from: number, sink: Sink): Rest | undefined {
  const value = word.slice(from, from + LONGEST);
  if (value.includes('://')) return 'text';
  // `::HOST:443` of curl, `TCP:HOST:80` of socat, `+HOST` of xhost.
  const lead = /^(?:(?:TCP|UDP|OPENSSL|SSL|SOCKS4A?|PROXY)[46]?:|[@[+]|:+)/i.exec(value);
  let start = from + (lead?.[0].length ?? 0);
  const login = value.indexOf('@', 1);
  if (login !== -1) {
    if (value.slice(0, login).includes(':')) sink.hide(start, from + login, SECRET);
    else hideAccount(word, start, from + login, sink);
    start = from + login + 1;
  }
  const end = word[start - 1] === '[' && start > from ? word.indexOf(']', start) : runEnd(word, start, NAME);
  if (end <= start) return 'text';
  const name = word.slice(start, Math.min(end, start + LONGEST));
  if (NO_HOST.test(name)) return undefined;
  // Behind a name stand a port, a path, a second host; else it is something else.
  if (end < word.length && !':/,]='.includes(word[end]!)) return 'text';
  if (FILE.test(name.slice(-12)) && !looksLikeHost(name)) return 'text';
  scanHost(word, start, end, sink);
  return 'text';
}

/** `HOST:PATH`, `ACCOUNT@HOST:PATH`, `HOST::MODULE`; git's `git@HOST:PATH`. */
function hideRemote(word: string, from: number, sink: Sink): Rest {
  const value = word.slice(from, from + LONGEST);
  if (value.includes('://')) return 'text';
  const colon = value.indexOf(':');
  const end = colon === -1 ? value.length : colon;
  const slash = value.indexOf('/');
  if (slash !== -1 && slash < end) return 'text';
  const login = value.indexOf('@');
  let start = from;
  if (login !== -1 && login < end) {
    hideAccount(word, from, from + login, sink);
    start = from + login + 1;
  } else if (colon < 2) return 'text';
  const name = word.slice(start, from + end);
  if (ipv4(name) !== undefined || isIpv6(name) || (canBeHost(name) && !isPublicHost(name))) {
    scanHost(word, start, from + end, sink);
  }
  return 'text';
}

/** `//HOST/share`, `HOST:/export`. */
function hideMounted(word: string, from: number, sink: Sink): Rest {
  const value = word.slice(from, from + LONGEST);
  const [, lead = '', name = ''] =
    /^([/\\]{2})([\w.-]+)(?=[/\\]|$)/.exec(value) ?? /^()([\w.-]+)(?=:\/)/.exec(value) ?? [];
  if (name !== '') scanHost(word, from + lead.length, from + lead.length + name.length, sink);
  return 'text';
}

/** Letters and digits mixed, and nothing else. */
function looksLikeKey(value: string): boolean {
  return (
    value.length >= 8 &&
    value.length <= 200 &&
    /^[\w-]+$/.test(value) &&
    /\d{2}/.test(value) &&
    /[A-Za-z]/.test(value) &&
    !/^(?:x86|arm|aarch|i\d86|v?\d)/.test(value)
  );
}

import { isAccount, isEverybodys } from './accounts.ts';
import { ipv4, isHarmless, isIpv6 } from './addresses.ts';
import { ALNUM, classAt, DASH, DIGIT, DOT, NAME, runEnd, SPACE } from './characters.ts';
import { SECRET, type Sink } from './findings.ts';
import { canBeHost, isAddressName, isPublicHost, looksLikeHost } from './hostNames.ts';
import { namesSecret } from './secretNames.ts';

/** What follows `://` is no machine. */
const NO_HOST =
  /^(?:file|unix|unixgram|npipe|fd|data|about|chrome|resource|jar|node|webpack|vscode|app|asset|blob|otpauth|pkg|mem|memory|sqlite|sqlite3|dir|tar|oci-archive|docker-archive|containers-storage|urn|npm|workspace|store|path|local|cmd|sha256|system|user|session|exec|secret|env)$/i;
/** Images, whose first part is a registry only when it has a dot or a port and something behind it. */
const IMAGE = /^(?:docker|oci|docker-image|docker-daemon|image|atomic|registry)$/i;
/** A login without a password is a name there, and a token in all other schemes. */
const NAMED =
  /^(?:(?:git\+|svn\+|bzr\+|hg\+|rsync\+|qemu\+)?ssh|sftp|scp|rsync|telnet|rdp|vnc|smb|cifs|afp|ftp|imaps?|pops?|smtps?|ldaps?|xmpp|sips?|mysql|postgres(?:ql)?|mongodb(?:\+srv)?)$/i;
const SCHEME_MARK = 0x2b;

/** Logins, hosts and secret parts of every `scheme://…` of a text. `cut`: strace left the end of the text out. */
export function scanUrls(text: string, sink: Sink, cut: boolean): void {
  // No `@` is before this index, from where it was last looked for: a text is not gone through again for each URL.
  let noLoginBefore = 0;
  for (let mark = text.indexOf('://'); mark !== -1; ) {
    let start = mark;
    while (start > 0 && mark - start < 32 && isScheme(text, start - 1)) start--;
    const scheme = text.slice(start, mark);
    const from = mark + 3;
    const stop = authorityEnd(text, from);
    let next = stop;
    if (start < mark && !NO_HOST.test(scheme)) {
      const [login, to, looked] = loginOf(text, from, stop, cut, noLoginBefore);
      noLoginBefore = Math.max(noLoginBefore, looked);
      if (login !== undefined) hideLogin(text, from, login, scheme, sink);
      const hosts = login === undefined ? from : Math.min(login + 1, text.length);
      const end = login === undefined ? stop : to;
      if (!(IMAGE.test(scheme) && !isRegistry(text, hosts, end))) scanHosts(text, hosts, end, sink);
      next = scanPath(text, hosts, end, sink);
    }
    mark = text.indexOf('://', Math.max(next, from));
  }
}

function isScheme(text: string, at: number): boolean {
  return (classAt(text, at) & (ALNUM | DASH | DOT)) !== 0 || text.charCodeAt(at) === SCHEME_MARK;
}

/** White space, quotes and angles end a URL; `/`, `?` and `#` its first part. */
function endsUrl(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return (
    (classAt(text, at) & SPACE) !== 0 ||
    unit === 0x22 ||
    unit === 0x27 ||
    unit === 0x60 ||
    unit === 0x3c ||
    unit === 0x3e ||
    unit === 0x5c
  );
}

function authorityEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !endsUrl(text, at)) {
    const unit = text.charCodeAt(at);
    if (unit === 0x2f || unit === 0x3f || unit === 0x23) break;
    at++;
  }
  return at;
}

/**
 * Index of the `@` that ends the login (the text's length for a login that was cut), where the host ends, and up to where
 * an `@` was looked for in vain. A password can hold `@`, and also `/` where what stands before it is no port.
 */
function loginOf(
  text: string,
  from: number,
  stop: number,
  cut: boolean,
  noLoginBefore: number,
): [login: number | undefined, to: number, looked: number] {
  const at = text.lastIndexOf('@', stop - 1);
  if (at >= from) return [at, stop, 0];
  const colon = text.indexOf(':', from);
  if (colon === -1 || colon >= stop || text.charCodeAt(from) === 0x5b) return [undefined, stop, 0];
  const port = runEnd(text, colon + 1, DIGIT);
  const first = text.charCodeAt(colon + 1);
  if (first === 0x24 || first === 0x7b || first === 0x25) return [undefined, stop, 0];
  if (port === stop) {
    // `https://bob:1234` that was cut can be both.
    return cut && stop === text.length && port > colon + 1 ? [text.length, stop, 0] : [undefined, stop, 0];
  }
  // Several hosts: `h1:27017,h2:27017`.
  if (port > colon + 1 && text.charCodeAt(port) === 0x2c) return [undefined, stop, 0];
  if (stop === text.length) return [text.length, stop, 0];
  if (endsUrl(text, stop) || stop < noLoginBefore) return [undefined, stop, 0];
  let end = stop;
  while (end < text.length && !endsUrl(text, end) && text.charCodeAt(end) !== 0x40) end++;
  if (text.charCodeAt(end) === 0x40 && end < text.length) return [end, authorityEnd(text, end + 1), 0];
  return cut && end === text.length ? [text.length, end, end] : [undefined, stop, end];
}

function hideLogin(text: string, from: number, to: number, scheme: string, sink: Sink): void {
  const login = text.slice(from, Math.min(to, from + 65));
  if (login === '' || login.startsWith('[') || login.startsWith('$')) return;
  if (
    login.length <= 64 &&
    !login.includes(':') &&
    isAccount(login) &&
    (isEverybodys(login) || NAMED.test(scheme))
  ) {
    sink.user(from, to, login);
    return;
  }
  sink.hide(from, to, SECRET);
}

function isRegistry(text: string, from: number, to: number): boolean {
  if (text.charCodeAt(to) !== 0x2f) return false;
  const name = text.slice(from, Math.min(to, from + 254));
  return name.includes('.') || name.includes(':');
}

/** The hosts of an authority, each with a port or without. */
function scanHosts(text: string, from: number, to: number, sink: Sink): void {
  let at = from;
  while (at < to) {
    if (text.charCodeAt(at) === 0x5b) {
      const close = text.indexOf(']', at);
      if (close === -1 || close > to) return;
      if (close - at < 64 && isIpv6(text.slice(at + 1, close)))
        sink.address(at + 1, close, text.slice(at + 1, close));
      at = close + 1;
    } else {
      const end = Math.min(runEnd(text, at, NAME), to);
      if (end > at && end - at <= 253) scanHost(text, at, end, sink);
      at = end;
    }
    while (at < to && text.charCodeAt(at) !== 0x2c) at++;
    at++;
  }
}

/** One word where a host is expected. */
export function scanHost(text: string, start: number, end: number, sink: Sink): void {
  const name = text.slice(start, end);
  const numbers = ipv4(name);
  if (numbers !== undefined) {
    if (!isHarmless(numbers)) sink.address(start, end, name);
  } else if (isIpv6(name)) sink.address(start, end, name);
  else if (!isPublicHost(name) && (canBeHost(name) || looksLikeHost(name) || isAddressName(name))) {
    sink.host(start, end, name);
  }
}

/** Parts of a URL's path that are keys: all behind `webhooks`, the one behind `token`. Returns where the path ends. */
function scanPath(text: string, host: number, from: number, sink: Sink): number {
  let at = from;
  let start = from + 1;
  let secret = text.startsWith('hooks.', host);
  let hidden = -1;
  while (at <= text.length) {
    const unit = at < text.length ? text.charCodeAt(at) : 0;
    const ends = at === text.length || unit === 0x3f || unit === 0x23 || endsUrl(text, at);
    if (ends || unit === 0x2f) {
      if (at > start && at - start < 200) {
        const part = text.slice(start, at);
        if (hidden >= 0) sink.hide(hidden, at, SECRET);
        else if (secret && part !== 'services' && part !== 'workflows' && part !== 'triggers') hidden = start;
        else if (/^bot\d{5,}:[\w-]{8,}$/.test(part)) sink.hide(start + 3, at, SECRET);
        else if (/^(?:web-?hook\w*|incoming-?webhooks?)$/i.test(part)) secret = true;
        else if (
          !ends &&
          (namesSecret(part) || part === 'key') &&
          /^(?!passwd$|secrets?$|auth$|oauth2?$|cookies?$)/i.test(part)
        ) {
          const value = partEnd(text, at + 1);
          if (value - at > 8 && hasDigit(text, at + 1, value)) sink.hide(at + 1, value, SECRET);
        }
        if (hidden >= 0) sink.hide(hidden, at, SECRET);
      }
      start = at + 1;
      if (ends) return at;
    }
    at++;
  }
  return at;
}

function partEnd(text: string, from: number): number {
  return runEnd(text, from, NAME);
}

function hasDigit(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((classAt(text, at) & DIGIT) !== 0) return true;
  return false;
}

/** Longest part before an `@` that is looked at. */
const LONGEST = 128;

/** `jane@example.org`, `bob:password@tcp(db:3306)`, `scott/tiger@orcl` of a JDBC address. */
export function scanMails(text: string, sink: Sink, path: boolean): void {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const end = runEnd(text, at + 1, ALNUM | DASH | DOT);
    if (end === at + 1 || end - at > 254) continue;
    scanLogin(text, at, end, sink);
    let start = at;
    while (start > 0 && at - start < LONGEST && isMailUnit(text, start - 1)) start--;
    const local = text.slice(start, at);
    if (local === '' || !/[A-Za-z0-9]/.test(local)) continue;
    let to = end;
    while (to > at + 1 && (classAt(text, to - 1) & (DOT | DASH)) !== 0) to--;
    const domain = text.slice(at + 1, to);
    const before = text.charCodeAt(start - 1);
    const inPath = path || before === 0x2f;
    if (!isMailDomain(domain, inPath) || before === 0x40) continue;
    if (isPublicHost(domain) && isEverybodys(local)) continue;
    sink.user(start, at, local);
    scanHost(text, at + 1, to, sink);
  }
}

function isMailUnit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return (classAt(text, at) & NAME) !== 0 || unit === 0x2b;
}

const UNIT_OR_FILE =
  /^(?:service|socket|timer|target|mount|slice|automount|path|swap|scope|tar|t?gz|xz|zst|bz2|zip|whl|deb|rpm|apk|[cm]?[jt]sx?|json|rb|py|go|rs|zig|[ch]|cc|hh|so|a|o|png|svg|jpg|md|txt|ya?ml|lock|patch|toml|html|css|map|log|conf|list|mod|info)$/i;

function isMailDomain(domain: string, path: boolean): boolean {
  if (ipv4(domain) !== undefined) return !path;
  const labels = domain.split('.');
  const last = labels.at(-1)!;
  if (labels.length < 2 || labels.includes('') || !/^[A-Za-z]{2,}$/.test(last) || UNIT_OR_FILE.test(last))
    return false;
  if (/^v?\d/.test(domain) && (path || /^v?\d+\./.test(domain))) return false;
  return !path || looksLikeHost(domain) || labels.length > 1;
}

/** Words before the colon of `npm:name@1.2`, `image:tag@sha256:…`: none of them is an account. */
const NO_ACCOUNT =
  /^(?:npm|workspace|file|link|patch|portal|git|github|gitlab|docker|image|jsr|catalog|https?|ssh|jdbc)$/;

/** `ACCOUNT:PASSWORD@HOST` without a scheme, and Oracle's `ACCOUNT/PASSWORD@HOST`. */
function scanLogin(text: string, at: number, end: number, sink: Sink): void {
  const target = text.slice(at + 1, end);
  if (/^(?:sha\d+|v?\d[\w.-]*|latest|next|canary|beta|npm)$/.test(target) && ipv4(target) === undefined)
    return;
  let start = at;
  while (start > 0 && at - start < LONGEST && !endsUrl(text, start - 1) && !isMark(text, start - 1)) start--;
  const word = text.slice(start, at);
  const oracle = /jdbc:oracle:\w+:(?=[^:/@]+\/)/.exec(word);
  if (oracle) {
    sink.hide(start + oracle.index + oracle[0].length, at, SECRET);
    scanHost(text, at + 1, end, sink);
    return;
  }
  const colon = word.indexOf(':');
  if (colon < 1 || colon === word.length - 1 || word.includes('://') || word.startsWith('/')) return;
  const account = word.slice(0, colon);
  if (NO_ACCOUNT.test(account) || !/^[\w.+-]+$/.test(account)) return;
  const image = word.includes('/') || /^v?\d+(?:\.\d+)+/.test(word.slice(colon + 1));
  if (image) return;
  sink.hide(start, at, SECRET);
  if (target !== 'tcp' && target !== 'unix') scanHost(text, at + 1, end, sink);
}

/** `=`, `,`, `(` and `[` begin a word too. */
function isMark(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 0x3d || unit === 0x2c || unit === 0x28 || unit === 0x5b || unit === 0x7b || unit === 0x3b;
}

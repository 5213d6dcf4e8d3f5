import { isAccount, isEverybodys } from './accounts.ts';
import {
  ALNUM,
  classAt,
  DASH,
  DOT,
  HEX,
  LETTER,
  NAME,
  PATH_MARK,
  runEnd,
  runStart,
  SLASH,
  UNDERSCORE,
} from './characters.ts';
import type { Sink } from './findings.ts';
import { looksLikeHost } from './hostNames.ts';

/** What a user's name is written with in a path. */
const ACCOUNT = NAME | PATH_MARK;
const BACKSLASH = 0x5c;
/** Longest way down to the directory of homes. */
const DEEPEST = 400;

/** Directories in which homes of accounts are, anywhere in a path of such parts: disks, exports, roots of containers. */
const ABOVE_HOMES =
  /^(?:|[a-z]|export|usr|data\d*|net|nfs\d*|srv|mnt|media|var|vol\d*|volumes?|storage\d*|raid\d*|zfs|tank\d*|pool\d*|cifs|gpfs|lustre|scratch|autofs|cygdrive|host|hostfs|rootfs|root|merged|newroot|oldroot|diff|fs|sysroot|chroot|snapshot|upper|lower|private|system|disk\d*|ssd\d*|hdd\d*|shared?|nas\d*|san\d*|local|work|proc|\d+|self|ceph|glusterfs|beegfs|afs|ubuntu[\d.-]*|debian|fedora|kali-linux|wsl\.localhost|wsl\$?|documents and settings)$/i;
/** The last part above the homes is enough where it is the root of something. */
const ROOT_OF = /^(?:merged|rootfs|newroot|oldroot|diff|fs|root|sysroot|chroot)$/;

/** Directories whose entries are called like accounts. */
const OF_ACCOUNTS = [
  '/var/mail/',
  '/var/spool/mail/',
  '/var/spool/cron/crontabs/',
  '/var/spool/cron/',
  '/run/media/',
  '/var/lib/AccountsService/users/',
  '/var/lib/AccountsService/icons/',
  '/var/lib/systemd/linger/',
  '/run/sudo/ts/',
  '/var/lib/sudo/ts/',
  '/var/db/sudo/ts/',
  '/var/lib/sudo/lectured/',
  '/var/db/sudo/lectured/',
  '/run/faillock/',
  '/var/spool/at/',
  '/etc/sudoers.d/',
  '/per-user/',
  '/media/',
] as const;

/** Directories whose entries tell a machine or a disk. */
const OF_SERIALS = [
  '/dev/disk/by-id/',
  '/dev/disk/by-uuid/',
  '/dev/disk/by-partuuid/',
  '/dev/serial/by-id/',
  '/dev/input/by-id/',
  '/run/user/',
] as const;

/** Names of users, machines and disks that stand where such names do. */
export function scanPlaces(text: string, sink: Sink, tildes = true): void {
  for (const place of ['home', 'Users', 'Documents and Settings'] as const) {
    for (let at = text.indexOf(place); at !== -1; at = text.indexOf(place, at + 4)) {
      const name = homeAfter(text, at, at + place.length);
      if (name === undefined) continue;
      let start = name;
      let end = accountEnd(text, start);
      hideAccount(text, start, end, sink);
      // `/home/DOMAIN/ACCOUNT`, `/home/.ecryptfs/ACCOUNT`
      const first = text.slice(start, Math.min(end, start + 254));
      if (isSeparator(text, end) && (first === '.ecryptfs' || looksLikeHost(first))) {
        start = end + 1;
        end = accountEnd(text, start);
        hideAccount(text, start, end, sink);
      }
    }
  }
  if (text.includes('~') && (tildes || text.startsWith('~'))) scanTildes(text, sink);
  if (!text.includes('/')) return;
  for (const place of OF_ACCOUNTS) {
    for (let at = text.indexOf(place); at !== -1; at = text.indexOf(place, at + 4)) {
      const name = at + place.length;
      if (place === '/var/spool/cron/' && text.startsWith('crontabs', name)) continue;
      if (place === '/etc/sudoers.d/' && text.startsWith('README', name)) continue;
      if (place === '/media/' && !isMedium(text, at, name)) continue;
      hideAccount(text, name, accountEnd(text, name), sink);
    }
  }
  if (text.startsWith('/u/')) hideAccount(text, 3, accountEnd(text, 3), sink);
  scanSerials(text, sink);
}

/** `/media/ACCOUNT/DISK`; not `/media/cdrom`. */
function isMedium(text: string, at: number, name: number): boolean {
  if (at > 0 && (classAt(text, at - 1) & (ALNUM | UNDERSCORE | DASH | DOT)) !== 0) return false;
  const end = accountEnd(text, name);
  return (
    isSeparator(text, end) &&
    !/^(?:cdrom|dvd|usb|floppy|disk|sd|hdd|ssd|nfs|nas|data|backup|root)\d*$/.test(
      text.slice(name, Math.min(end, name + 64)),
    )
  );
}

/** Index of the name behind `/home/` and the like; undefined when this is no directory of homes. */
function homeAfter(text: string, at: number, end: number): number | undefined {
  if (at === 0 || !isSeparator(text, at - 1) || !isSeparator(text, end)) return undefined;
  const name = text.charCodeAt(end + 1) === BACKSLASH ? end + 2 : end + 1;
  const start = pathStart(text, at);
  const way = text.slice(start, at);
  const drive = start > 1 && text.charCodeAt(start - 1) === 0x3a && (classAt(text, start - 2) & ALNUM) !== 0;
  if (!isSeparator(text, start) && !drive) return undefined;
  const before = classAt(text, start - 1);
  if (start > 0 && !drive && (before & (ALNUM | UNDERSCORE | DASH | DOT)) !== 0 && !isOption(text, start)) {
    return undefined;
  }
  if (start > 0 && text.charCodeAt(start - 1) === 0x7e) return undefined;
  const parts = way.split(/[/\\]+/);
  const last = parts.at(-2) ?? '';
  return ROOT_OF.test(last) || parts.every((part) => ABOVE_HOMES.test(part)) ? name : undefined;
}

/** `-I`, `-isystem` right before a path. */
function isOption(text: string, end: number): boolean {
  const start = runStart(text, end, LETTER, 16);
  return text.charCodeAt(start - 1) === 0x2d && (start === 1 || (classAt(text, start - 2) & NAME) === 0);
}

function isSeparator(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 0x2f || unit === BACKSLASH;
}

function pathStart(text: string, end: number): number {
  const floor = Math.max(0, end - DEEPEST);
  let start = end;
  while (
    start > floor &&
    ((classAt(text, start - 1) & (NAME | SLASH)) !== 0 ||
      text.charCodeAt(start - 1) === BACKSLASH ||
      text.charCodeAt(start - 1) === 0x24)
  )
    start--;
  // `-I/home/x`, `file=/home/x`: the path begins at its first separator.
  while (start < end && !isSeparator(text, start) && (start === 0 || text.charCodeAt(start - 1) !== 0x3a))
    start++;
  return start;
}

function accountEnd(text: string, from: number): number {
  let end = runEnd(text, from, ACCOUNT);
  // `/home/ann:/home/bob`, `/home/ann,ro`: marks that no account is written with.
  for (let at = from; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x3a || unit === 0x2c || unit === 0x23) {
      end = at;
      break;
    }
  }
  return end;
}

function hideAccount(text: string, start: number, end: number, sink: Sink): void {
  const name = text.slice(start, Math.min(end, start + 256));
  if (end - start < 2 || end - start > 255 || name === '..' || isEverybodys(name)) return;
  sink.user(start, end, name);
}

/** `~name`; not `file~`, nor `1.0~rc1`. */
function scanTildes(text: string, sink: Sink): void {
  const urls = text.includes('://');
  for (let at = text.indexOf('~'); at !== -1; at = text.indexOf('~', at + 1)) {
    const before = text.charCodeAt(at - 1);
    const url = before === 0x2f && urls;
    if (
      at > 0 &&
      !url &&
      ((classAt(text, at - 1) & (NAME | SLASH)) !== 0 || before === 0x7e || before === 0x5e)
    )
      continue;
    const end = runEnd(text, at + 1, ALNUM | UNDERSCORE | DASH);
    const name = text.slice(at + 1, Math.min(end, at + 66));
    const after = text.charCodeAt(end);
    if (name.length < 2 || !isAccount(name) || isEverybodys(name)) continue;
    if (end < text.length && (classAt(text, end) & DOT) !== 0) continue;
    if (end < text.length && after === 0x3d) continue;
    sink.user(at + 1, end, name);
  }
}

function scanSerials(text: string, sink: Sink): void {
  for (const place of OF_SERIALS) {
    for (let at = text.indexOf(place); at !== -1; at = text.indexOf(place, at + 4)) {
      let start = at + place.length;
      if (place === '/run/user/') {
        // `/run/user/1000/keyring-Xa9Zt`: the numbers of accounts are all alike, what is behind them is not.
        start = runEnd(text, start, ALNUM) + 1;
        if (!text.startsWith('keyring-', start)) continue;
        start += 8;
      }
      const end = runEnd(text, start, ACCOUNT);
      if (end > start) sink.hide(start, end, '[id]');
    }
  }
  // /var/log/journal/<machine-id>/system.journal
  for (const place of [
    '/journal/',
    '/boot/efi/',
    '/machine-id/',
    '/boot/loader/entries/',
    '/kernel/install.d/',
  ] as const) {
    for (let at = text.indexOf(place); at !== -1; at = text.indexOf(place, at + 4)) {
      const start = at + place.length;
      if (runEnd(text, start, HEX) === start + 32) sink.hide(start, start + 32, '[id]');
    }
  }
}

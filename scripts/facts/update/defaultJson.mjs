import { addGroup } from './history.mjs';

/** A profile document whose meaning these tables cannot hold. */
export class UnreadableProfile extends Error {}

const HEAD = new Set(['defaultAction', 'defaultErrnoRet', 'defaultErrno', 'archMap', 'syscalls']);
const RULE = new Set([
  'name',
  'names',
  'action',
  'args',
  'errnoRet',
  'errno',
  'comment',
  'includes',
  'excludes',
]);

/** Numbers of the errno names that containers/common writes (Linux, generic). */
const ERRNOS = { EPERM: 1, EINVAL: 22, ENOSYS: 38 };

const short = (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text);

/**
 * The content of a `default.json` or `seccomp.json` as moby and containers/common write it. Throws `UnreadableProfile`
 * on a key that says something these tables have no place for.
 */
export function readDefaultJson(text) {
  const document = JSON.parse(text);
  refuseUnknown(document, HEAD, 'the profile');
  const errnoRet = errnoOf(document.defaultErrno, document.defaultErrnoRet);
  const groups = new Map();
  for (const rule of document.syscalls) {
    refuseUnknown(rule, RULE, `a rule for ${rule.name ?? rule.names}`);
    addGroup(groups, whenOf(rule), rule.names ?? [rule.name]);
  }
  const head = { defaultAction: short(document.defaultAction, 'SCMP_ACT_') };
  if (errnoRet !== undefined) head.defaultErrnoRet = errnoRet;
  if (document.archMap) head.archMap = archMapOf(document.archMap);
  return { head, groups };
}

function whenOf({ action, args, errno, errnoRet, includes, excludes }) {
  return {
    action: short(action, 'SCMP_ACT_'),
    args: (args ?? []).map(({ index, value, valueTwo, op }) => [
      index,
      value,
      valueTwo ?? 0,
      short(op, 'SCMP_CMP_'),
    ]),
    errnoRet: errnoOf(errno, errnoRet),
    includes,
    excludes,
  };
}

function errnoOf(name, number) {
  if (name === undefined || name === '') return number ?? undefined;
  const known = ERRNOS[name];
  if (known === undefined) throw new UnreadableProfile(`errno ${name} has no number here`);
  return known;
}

const archMapOf = (list) =>
  Object.fromEntries(
    list.map(({ architecture, subArchitectures }) => [
      short(architecture, 'SCMP_ARCH_'),
      (subArchitectures ?? []).map((name) => short(name, 'SCMP_ARCH_')),
    ]),
  );

function refuseUnknown(object, known, where) {
  for (const key of Object.keys(object))
    if (!known.has(key)) throw new UnreadableProfile(`${where} has the key ${key}, which nothing here reads`);
}

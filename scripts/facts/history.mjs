import { compareTags } from './update/versions.mjs';

/** Names that Docker and others list although no libseccomp of the tables knows them. */
const NEVER_RESOLVED = new Set(['clone2', 'fstatat64_time64', 'sysmips_time64']);

/** Where the native architecture's companions are: one of these has to be set in every profile, however derived. */
const ARCHITECTURES = ['archMap', 'architecturesByNative', 'architecturesByGOARCH'];

/**
 * One history of default profiles (`seccomp-profile-history/1`): every entry has a day, tags, blobs, a default action and
 * architectures; bases come first; nothing is added twice or removed where it is not.
 */
export function checkHistory(file, { versions }, names, problem) {
  const known = new Map();
  const tags = new Map();
  let lastDay = '';
  for (const entry of versions) {
    const { id, day, base } = entry;
    const say = (text) => problem(`${file}: ${id} ${text}`);
    if (known.has(id)) say('is there twice');
    if (!/^\d{4}-\d\d-\d\d$/.test(day ?? '')) say(`has the day '${day}'`);
    else if (day < lastDay) say(`of ${day} comes after one of ${lastDay}`);
    lastDay = day ?? lastDay;
    if (base !== null && !known.has(base)) say(`is based on ${base}, which does not come before it`);
    checkTags(entry, tags, say);
    checkBlobs(entry, say);
    known.set(id, checkContent(entry, known.get(base), names, say));
  }
}

function checkTags({ id, use }, tags, say) {
  const own = Object.entries(use ?? {}).flatMap(([component, list]) =>
    list.map((tag) => `${component} ${tag}`),
  );
  if (own.length === 0) say('has no tags');
  if (!own.some((tag) => tag.replace(/ \(.*\)/, '') === id)) say('is not named after one of its tags');
  for (const tag of own) {
    if (tags.has(tag)) say(`has ${tag}, which ${tags.get(tag)} has too`);
    tags.set(tag, id);
  }
  for (const [component, list] of Object.entries(use ?? {})) {
    const wrong = list.find((tag, i) => i > 0 && compareTags(list[i - 1], tag) >= 0);
    if (wrong) say(`has ${component} ${wrong} out of order`);
  }
}

/** Every component's profile was read from somewhere: a path and a blob id, with a tag that has them. */
function checkBlobs({ use, src }, say) {
  for (const component of Object.keys(use ?? {}))
    if (!src?.some(([other]) => other === component)) say(`does not say where that of ${component} is from`);
  for (const [component, path, blob, tag] of src ?? []) {
    if (!/^[\da-f]{12}$/.test(blob)) say(`has the blob id '${blob}' of ${component} ${path}`);
    if (!use?.[component]?.includes(tag))
      say(`has a blob from ${component} ${tag}, which is not one of its tags`);
  }
}

function checkContent({ set, delta }, from, names, say) {
  const head = { ...from?.head, ...set };
  if (typeof head.defaultAction !== 'string') say('has no default action');
  if (!ARCHITECTURES.some((key) => head[key])) say('has no architectures');
  const groups = new Map([...(from?.groups ?? [])].map(([key, list]) => [key, new Set(list)]));
  for (const { when, add = [], del = [] } of delta) {
    const key = JSON.stringify(when);
    const list = groups.get(key) ?? new Set();
    for (const name of add) {
      if (list.has(name)) say(`adds ${name} again to ${key}`);
      if (!names.has(name) && !NEVER_RESOLVED.has(name)) say(`names ${name}, which is no syscall`);
      list.add(name);
    }
    for (const name of del) if (!list.delete(name)) say(`removes ${name}, which ${key} does not have`);
    groups.set(key, list);
  }
  return { head, groups };
}

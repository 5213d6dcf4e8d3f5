import { ID_LENGTH } from './update/clone.mjs';

const HISTORIES = ['moby-default-profile', 'containers-default-profile', 'containerd-default-profile'];
const projectOf = (component) => component.replace(/ \(.*\)$/, '');

/**
 * What the facts say of clones is so: every blob is in its clone, at that path of that tag; every tag is there; every
 * version of runc that is pinned is one of its tags. Projects without a clone are skipped.
 */
export function checkClones(facts, clones, { problem, done }) {
  for (const [project, clone] of clones) {
    const tags = new Set(clone.tags().map(({ tag }) => tag));
    const count = { blobs: 0, tags: 0 };
    for (const file of HISTORIES) {
      for (const { id, use, src } of facts(file).versions) {
        const own = Object.entries(use).filter(([component]) => projectOf(component) === project);
        for (const tag of own.flatMap(([, list]) => list)) {
          count.tags += 1;
          if (!tags.has(tag)) problem(`${file}: ${id} has the tag ${tag}, which ${project} has not`);
        }
        const rows = src.filter(([component]) => projectOf(component) === project);
        const found = clone.blobs(rows.map(([, path, , tag]) => `${tag}:${path}`));
        const blobs = clone.blobs(rows.map(([, , blob]) => blob));
        for (const [, path, blob, tag] of rows) {
          count.blobs += 1;
          const real = found.get(`${tag}:${path}`)?.slice(0, ID_LENGTH);
          if (!blobs.has(blob)) problem(`${file}: ${id} has the blob ${blob}, which ${project} has not`);
          else if (real !== blob) problem(`${file}: ${path} of ${project} ${tag} is ${real}, not ${blob}`);
        }
      }
    }
    const read = facts('rules-read').projects[project];
    const blobs = clone.blobs(Object.keys(read?.files ?? {}).map((path) => `${read.newest}:${path}`));
    for (const [path, blob] of Object.entries(read?.files ?? {})) {
      count.blobs += 1;
      const real = blobs.get(`${read.newest}:${path}`)?.slice(0, ID_LENGTH);
      if (real !== blob) problem(`rules-read: ${path} of ${project} ${read.newest} is ${real}, not ${blob}`);
    }
    if (project === 'runc') checkPins(facts('runc-pins'), tags, problem);
    done(`the clone of ${project}: ${count.tags} tags, ${count.blobs} blobs`);
  }
}

function checkPins({ docker, buildkit, containerd }, tags, problem) {
  for (const [engine, pins] of Object.entries({ docker, buildkit, containerd }))
    for (const [tag, pin] of Object.entries(pins))
      if (pin.startsWith('v') && !tags.has(pin))
        problem(`runc-pins: ${engine} ${tag} pins ${pin}, which runc has not`);
}

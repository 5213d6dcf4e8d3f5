import { compareTags } from './versions.mjs';

/** Collects what an update found, and says it as Markdown: the text of the change that a workflow opens. */
export class Report {
  problems = [];
  #news = new Map();
  #names = [];
  #pins = new Map();
  #code = [];

  /** Something that has to be settled by hand: nothing is written then. */
  problem(text) {
    if (!this.problems.includes(text)) this.problems.push(text);
  }

  /** A tag that the facts did not have: `{ same }` as that profile, `{ changed, since }`, `{ kernel, names }`. */
  news(project, tag, what) {
    const list = this.#news.get(project) ?? [];
    list.push({ tag, ...what });
    this.#news.set(project, list);
  }

  /** Names that a project knows now and did not before. */
  names(project, names) {
    this.#names.push([project, names]);
  }

  /** The runc of new tags. */
  pins(engine, pins) {
    this.#pins.set(engine, pins);
  }

  /** Files of hand-modelled code that differ between two releases. */
  code(project, from, to, files) {
    this.#code.push({ project, from, to, files });
  }

  /** Lines of Markdown; empty when nothing changed. */
  lines() {
    const lines = [];
    for (const [project, list] of this.#news) {
      lines.push('', `## ${project}`, '');
      for (const item of grouped(list)) lines.push(`- ${wordsOf(item)}`);
    }
    for (const [project, names] of this.#names)
      lines.push('', `New names in ${project}: ${names.join(', ')}`);
    for (const [engine, pins] of this.#pins) {
      lines.push('', `## runc of ${engine}`, '');
      for (const [tags, pin] of runsOf(pins)) lines.push(`- ${tags}: ${pin}`);
    }
    if (this.#code.length > 0) {
      lines.push('', '## Read by hand', '');
      lines.push(
        'The model in src/core follows this code. Correct it and facts/runtimes.json where it changed:',
        '',
      );
      for (const { project, from, to, files } of this.#code)
        for (const file of files) lines.push(`- ${project}: \`git diff ${from} ${to} -- ${file}\``);
    }
    return lines.slice(1);
  }
}

/** Neighbouring tags with nothing new of their own on one line. */
function grouped(list) {
  const groups = [];
  for (const item of list) {
    const last = groups.at(-1);
    const plain = (each) => !each.changed && !each.names && each.kernel === undefined;
    if (last && plain(item) && plain(last) && last.same === item.same) last.tags.push(item.tag);
    else groups.push({ ...item, tags: [item.tag] });
  }
  return groups;
}

function wordsOf({ tags, same, changed, since, kernel, names }) {
  const name = tags.length > 2 ? `${tags[0]} … ${tags.at(-1)} (${tags.length} tags)` : tags.join(', ');
  if (changed) return `${name}: a new profile; to that of ${since}: ${differenceOf(changed)}`;
  if (same) return `${name}: the profile of ${same}`;
  const of = kernel === undefined ? '' : ` (Linux ${kernel})`;
  return `${name}${of}${names ? `: ${names.join(', ')}` : ''}`;
}

function differenceOf({ set, delta }) {
  const heads = Object.keys(set).map((key) => `${key} changed`);
  const groups = delta.map(({ when, add = [], del = [] }) => {
    const { action, ...conditions } = when;
    const names = [...add.map((each) => `+${each}`), ...del.map((each) => `-${each}`)].join(' ');
    const rest = Object.keys(conditions).length > 0 ? ` ${JSON.stringify(conditions)}` : '';
    return `${action}${rest} ${names}`;
  });
  return [...heads, ...groups].join('; ') || 'the sets of capabilities that are tested';
}

function runsOf(pins) {
  const runs = [];
  for (const tag of Object.keys(pins).sort(compareTags)) {
    const pin = pins[tag];
    const last = runs.at(-1);
    if (last?.[1] === pin) last[0].push(tag);
    else runs.push([[tag], pin]);
  }
  return runs.map(([tags, pin]) => [tags.length > 1 ? `${tags[0]} … ${tags.at(-1)}` : tags[0], pin]);
}

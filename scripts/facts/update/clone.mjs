import { spawnSync } from 'node:child_process';

/** A clone that cannot be read as it should. The message says which, and what to do. */
export class UnreadableClone extends Error {}

/** How much of an object id the facts keep: enough to find it, short enough to read. */
export const ID_LENGTH = 12;

/**
 * A local git clone, bare or not. Reads objects only: no work tree is looked at, nothing is fetched, nothing is written.
 * Questions about many tags go to git at once.
 */
export class Clone {
  /** @param {string} project e.g. `moby` @param {string} directory */
  constructor(project, directory) {
    this.project = project;
    this.directory = directory;
    if (this.#git(['rev-parse', '--git-dir']).status !== 0)
      throw new UnreadableClone(`${project}: ${directory} is not a git clone`);
  }

  /** Tags with the day they were made: `[{ tag, day }]`, in git's order. Throws on a clone without tags. */
  tags() {
    const format = '--format=%(refname:strip=2) %(creatordate:short)';
    const { stdout } = this.#git(['for-each-ref', 'refs/tags', format]);
    const tags = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [tag, day] = line.split(' ');
        return { tag, day };
      });
    if (tags.length === 0)
      throw new UnreadableClone(
        `${this.project}: ${this.directory} has no tags; fetch them with git fetch --tags`,
      );
    return tags;
  }

  /**
   * Which of `tag:path` exist, and as which blob: a map from the question to the full object id. A commit that is not
   * in the clone counts as not existing.
   */
  blobs(questions) {
    if (questions.length === 0) return new Map();
    const { stdout } = this.#git(['cat-file', '--batch-check'], `${questions.join('\n')}\n`);
    const found = new Map();
    for (const [i, line] of stdout.trimEnd().split('\n').entries()) {
      const [id, type] = line.split(' ');
      if (type === 'blob') found.set(questions[i], id);
    }
    return found;
  }

  /** Whether an object with this (abbreviated) id exists and is a file. */
  hasBlob(id) {
    return this.blobs([id]).size > 0;
  }

  /** The text of one file, or undefined where that tag has no such file. */
  text(question) {
    const { status, stdout } = this.#git(['cat-file', 'blob', question]);
    return status === 0 ? stdout : undefined;
  }

  /** Names of the files below a directory of a tag; empty where it has none. */
  files(tag, directory) {
    const { status, stdout } = this.#git(['ls-tree', '-r', '--name-only', '--full-tree', tag, directory]);
    return status === 0 ? stdout.split('\n').filter((name) => name !== '') : [];
  }

  /** The commit as `git describe --tags` names it (`v1.0.0-rc8-91-g3e425f80a`), or undefined where it is not there. */
  describe(commit) {
    const { status, stdout } = this.#git(['describe', '--tags', '--abbrev=9', commit]);
    return status === 0 ? stdout.trim() : undefined;
  }

  #git(args, input) {
    const ran = spawnSync('git', ['-C', this.directory, ...args], {
      encoding: 'utf8',
      input,
      maxBuffer: 1 << 28,
    });
    if (ran.error) throw new UnreadableClone(`git cannot be run: ${ran.error.message}`);
    return ran;
  }
}

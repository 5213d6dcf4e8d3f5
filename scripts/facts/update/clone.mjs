import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A clone that cannot be read as it should. The message says which, and what to do. */
export class UnreadableClone extends Error {}

/** Names on the command line: the project as the facts call it, and its repository on GitHub. */
export const PROJECTS = {
  moby: ['moby', 'moby/moby'],
  buildkit: ['buildkit', 'moby/buildkit'],
  containerd: ['containerd', 'containerd/containerd'],
  common: ['containers/common', 'containers/common'],
  'container-libs': ['containers/container-libs', 'containers/container-libs'],
  'containers-golang': ['seccomp/containers-golang', 'seccomp/containers-golang'],
  podman: ['podman', 'containers/podman'],
  buildah: ['buildah', 'containers/buildah'],
  crio: ['cri-o', 'cri-o/cri-o'],
  runc: ['runc', 'opencontainers/runc'],
  crun: ['crun', 'containers/crun'],
  libseccomp: ['libseccomp', 'seccomp/libseccomp'],
  gvisor: ['gvisor', 'google/gvisor'],
  strace: ['strace', 'strace/strace'],
};

const LIST = Object.keys(PROJECTS).join(', ');

/** Clones by project, of words such as `moby=../moby`. Throws `UnreadableClone` with a sentence for the user. */
export function clonesOf(words) {
  const clones = new Map();
  for (const word of words) {
    const [, name, directory] = /^([a-z-]+)=(.+)$/.exec(word) ?? [];
    if (!Object.hasOwn(PROJECTS, name ?? ''))
      throw new UnreadableClone(`'${word}' is no PROJECT=CLONE; a project is one of ${LIST}`);
    const [project] = PROJECTS[name];
    clones.set(project, new Clone(project, directory));
  }
  return clones;
}

/**
 * Clones those projects (all, where none is named) from GitHub into a directory, or fetches what is new where they are
 * there already; gives `PROJECT=CLONE` words.
 */
export function cloneInto(directory, names) {
  const chosen = names.length > 0 ? names : Object.keys(PROJECTS);
  return chosen.map((name) => {
    if (!Object.hasOwn(PROJECTS, name))
      throw new UnreadableClone(`there is no project ${name}; it is one of ${LIST}`);
    const path = join(directory, `${name}.git`);
    const args = existsSync(path)
      ? ['-C', path, 'fetch', '--quiet', '--tags', '--force']
      : ['clone', '--quiet', '--bare', `https://github.com/${PROJECTS[name][1]}`, path];
    const ran = spawnSync('git', args, { stdio: ['ignore', 2, 2] });
    if (ran.status !== 0) throw new UnreadableClone(`${name} cannot be brought up to date in ${path}`);
    return `${name}=${path}`;
  });
}

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

  /** The text of one file, or undefined where that tag has no such file. */
  text(question) {
    const { status, stdout } = this.#git(['cat-file', 'blob', question]);
    return status === 0 ? stdout : undefined;
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

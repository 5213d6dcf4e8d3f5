import { ID_LENGTH } from './clone.mjs';
import { compareTags, parseTag } from './versions.mjs';

const RELEASE_RANK = parseTag('1.0').rank;
const isStable = (tag, prefix) => tag.startsWith(prefix) && parseTag(tag)?.rank === RELEASE_RANK;

/** Code whose behaviour src/core models by hand: how each project turns a profile into a filter. */
const CODE = {
  moby: {
    isRelease: (tag) => isStable(tag, 'docker-v'),
    files: [
      'daemon/pkg/oci/caps/defaults.go',
      'daemon/seccomp_linux.go',
      'vendor/github.com/moby/profiles/seccomp/seccomp_linux.go',
      'vendor/github.com/moby/profiles/seccomp/kernel_linux.go',
    ],
  },
  containerd: {
    isRelease: (tag) => isStable(tag, 'v'),
    files: ['contrib/seccomp/seccomp.go', 'internal/cri/sputil/seccomp_linux.go', 'pkg/oci/spec.go'],
  },
  podman: {
    isRelease: (tag) => isStable(tag, 'v'),
    files: [
      'vendor/go.podman.io/common/pkg/config/default.go',
      'vendor/go.podman.io/common/pkg/seccomp/default_linux.go',
      'vendor/go.podman.io/common/pkg/seccomp/filter_linux.go',
      'vendor/go.podman.io/common/pkg/seccomp/seccomp_linux.go',
    ],
  },
  'cri-o': {
    isRelease: (tag) => isStable(tag, 'v'),
    files: ['internal/config/capabilities/capabilities_linux.go', 'internal/config/seccomp/seccomp.go'],
  },
  runc: {
    isRelease: (tag) => isStable(tag, 'v'),
    files: [
      'libcontainer/seccomp/config.go',
      'libcontainer/seccomp/patchbpf/enosys_linux.go',
      'libcontainer/seccomp/seccomp_linux.go',
    ],
  },
  crun: {
    isRelease: (tag) => /^\d+\.\d+(\.\d+)?$/.test(tag),
    files: ['src/libcrun/seccomp.c'],
  },
  libseccomp: {
    isRelease: (tag) => /^v\d+\.\d+\.\d+$/.test(tag),
    files: [
      'src/arch-m68k.c',
      'src/arch-mips.c',
      'src/arch-ppc.c',
      'src/arch-ppc64.c',
      'src/arch-s390.c',
      'src/arch-s390x.c',
      'src/arch-sh.c',
      'src/arch-x86.c',
      'src/arch.c',
      'src/db.c',
      'src/gen_bpf.c',
      'src/syscalls.c',
    ],
  },
};

/** Projects whose code is followed. */
export const CODE_PROJECTS = Object.keys(CODE);

/**
 * Records of each project the newest release and the blobs of its code (`rules-read/1`). Where they differ from those of
 * the release before, somebody has to read the difference: `report.code` says so.
 */
export function updateCode({ read, clones, until }, report) {
  const next = { ...read, projects: { ...read.projects } };
  for (const [project, { isRelease, files }] of Object.entries(CODE)) {
    const clone = clones.get(project);
    if (!clone) continue;
    const known = read.projects[project];
    const newest = clone
      .tags()
      .filter(({ tag, day }) => isRelease(tag) && (!until || day <= until))
      .map(({ tag }) => tag)
      .sort(compareTags)
      .at(-1);
    if (newest === undefined || (known && compareTags(newest, known.newest) <= 0)) continue;
    const blobs = clone.blobs(files.map((path) => `${newest}:${path}`));
    const found = Object.fromEntries(
      files.map((path) => [path, blobs.get(`${newest}:${path}`)?.slice(0, ID_LENGTH)]),
    );
    const gone = files.filter((path) => found[path] === undefined);
    if (gone.length > 0) {
      report.problem(
        `${project} ${newest} has no ${gone.join(', ')}: say in scripts/facts/update/code.mjs where that code is now`,
      );
      continue;
    }
    const changed = known ? files.filter((path) => found[path] !== known.files[path]) : [];
    if (changed.length > 0) report.code(project, known.newest, newest, changed);
    next.projects[project] = { newest, files: found };
  }
  const inOrder = CODE_PROJECTS.filter((project) => next.projects[project]);
  next.projects = Object.fromEntries(inOrder.map((project) => [project, next.projects[project]]));
  return next;
}

import { compareTags, parseTag } from './versions.mjs';

const RELEASE_RANK = parseTag('1.0').rank;

/** Where runc's release scripts say which libseccomp they link. The first file that a tag has and that matches counts. */
const FILES = [
  ['script/release_build.sh', /^: "\$\{LIBSECCOMP_VERSION:=([\d.]+)\}"/m],
  ['script/release.sh', /^\s*local libseccomp_ver='([\d.]+)'/m],
  ['script/release.sh', /^: "\$\{LIBSECCOMP_VERSION:=([\d.]+)\}"/m],
];

/** `[first runc, libseccomp]` of the official binaries, read from every release since 1.0.0 anew. */
export function updateBinaries({ runtimes, clones, until }, report) {
  const clone = clones.get('runc');
  if (!clone) return runtimes;
  const tags = clone
    .tags()
    .filter(({ tag, day }) => {
      const version = parseTag(tag);
      return version?.rank === RELEASE_RANK && version.numbers[0] >= 1 && (!until || day <= until);
    })
    .map(({ tag }) => tag)
    .sort(compareTags);
  const runs = [];
  for (const tag of tags) {
    const found = FILES.map(([path, pattern]) => pattern.exec(clone.text(`${tag}:${path}`) ?? '')?.[1]);
    const version = found.find((each) => each !== undefined);
    if (version === undefined)
      report.problem(
        `runc ${tag} names no libseccomp in ${FILES.map(([path]) => path).join(', ')}: say in scripts/facts/update/runc.mjs where it does`,
      );
    else if (runs.at(-1)?.[1] !== version) runs.push([tag.slice(1), version]);
  }
  const { officialBinaryLibseccomp, ...runc } = runtimes.runc;
  return { ...runtimes, runc: { ...runc, officialBinaryLibseccomp: { ...officialBinaryLibseccomp, runs } } };
}

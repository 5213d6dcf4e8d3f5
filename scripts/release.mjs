// `npm run release -- [patch|minor|major|1.2.3] [--dry-run]`: makes the commit and the tag of a release.
// The workflow release.yml publishes a tag with provenance, which npm takes from a CI only. --dry-run writes nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { cwd: at('.'), encoding: 'utf8' });
const stop = (words) => {
  process.stderr.write(`release: ${words}\n`);
  process.exit(2);
};

const args = process.argv.slice(2);
const dry = args.includes('--dry-run');
const [wanted = 'minor', ...more] = args.filter((word) => word !== '--dry-run');
if (more.length > 0) stop(`one version at a time, not ${[wanted, ...more].join(' ')}`);

/** `minor` of 0.1.0 is 0.2.0. */
function versionAfter(version) {
  if (/^\d+\.\d+\.\d+$/.test(wanted)) return wanted;
  const at = ['major', 'minor', 'patch'].indexOf(wanted);
  if (at === -1) stop(`${wanted} is neither patch, minor, major nor a version such as 1.2.3`);
  return version
    .split('.')
    .map((part, i) => (i < at ? part : i === at ? String(Number(part) + 1) : '0'))
    .join('.');
}

const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const version = versionAfter(manifest.version);
for (const field of ['repository', 'homepage', 'bugs', 'license', 'description']) {
  if (manifest[field] === undefined) stop(`package.json has no ${field}`);
}
const changelog = readFileSync(at('CHANGELOG.md'), 'utf8');
const [, entries = ''] = /^## Unreleased\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(changelog) ?? [];
if (entries.trim() === '') stop('CHANGELOG.md has nothing under "## Unreleased"');
if (run('git', 'tag', '--list', `v${version}`).trim() !== '') stop(`the tag v${version} is there already`);
const dirty = run('git', 'status', '--porcelain').trim();
if (dirty !== '' && !dry) stop('the working tree has changes that are not committed');

const [packed] = Object.values(JSON.parse(run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts')));
const day = new Date().toISOString().slice(0, 10);
process.stdout.write(`${manifest.name} ${manifest.version} -> ${version}
changelog: ${entries.trim().split(/^- /m).length - 1} entries under "## ${version} - ${day}"
package: ${packed.entryCount} files, ${(packed.unpackedSize / 1e6).toFixed(1)} MB; repository ${manifest.repository.url}
publishing: by .github/workflows/release.yml when the tag v${version} is pushed, with provenance
`);
if (dry) {
  process.stdout.write('dry run: nothing was written\n');
  process.exit(0);
}
writeFileSync(
  at('CHANGELOG.md'),
  changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} - ${day}\n`),
);
run('npm', 'version', version, '--no-git-tag-version');
run('git', 'commit', '--quiet', '--all', '--message', `Release ${version}`);
run('git', 'tag', '--annotate', `v${version}`, '--message', `trace-build ${version}`);
process.stdout.write(`made: commit and tag v${version}; publish with: git push --follow-tags\n`);

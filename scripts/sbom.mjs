// Prints what the package depends on where it is installed, as CycloneDX JSON:  npm run sbom
//
// `npm sbom --omit dev` leaves out what a tool of ours needs, too; package-lock.json tells them apart.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const { packages } = JSON.parse(readFileSync(`${cwd}/package-lock.json`, 'utf8'));
const shipped = new Set(
  Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`),
);
const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
const all = JSON.parse(execFileSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 }));
const root = all.metadata.component['bom-ref'];
const isShipped = (ref) => shipped.has(ref.replace(/\|.*$/, ''));
console.log(
  JSON.stringify(
    {
      ...all,
      components: all.components.filter((one) => isShipped(one['bom-ref'])),
      dependencies: all.dependencies
        .filter(({ ref }) => ref === root || isShipped(ref))
        .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isShipped) })),
    },
    null,
    2,
  ),
);

// Makes dist/NOTICES.txt: the licences of the packages whose code is in dist (bundled commands, the page) or is installed with it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export function writeNotices() {
  const { packages } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8'));
  const parts = Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { version, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 13);
      const text = licenceIn(at(path)) ?? `Licence: ${license}`;
      return `${name} ${version}\n\n${text.trim()}\n`;
    });
  writeFileSync(at('dist/NOTICES.txt'), parts.join(`\n${'-'.repeat(72)}\n\n`));
}

function licenceIn(folder) {
  const name = existsSync(folder) && readdirSync(folder).find((one) => /^(?:licen[cs]e|copying)/i.test(one));
  return name ? readFileSync(`${folder}/${name}`, 'utf8') : undefined;
}

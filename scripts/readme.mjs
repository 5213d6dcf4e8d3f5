// `npm run readme`: writes what the tool really prints into README.md. Run it after `npm run build`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'trace-build-readme-'));

/** A command line and what it prints, as a person would see it. */
function transcript(args) {
  const typed = args.map((word) => (/^[\w@:=./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  const quoted = [at('dist/cli/main.js'), ...args].map((word) => `'${word}'`).join(' ');
  const done = spawnSync('sh', ['-c', `'${process.execPath}' ${quoted} 2>&1`], {
    cwd: folder,
    encoding: 'utf8',
  });
  const status = done.status === 0 ? '' : `[exit status ${done.status}]\n`;
  return `$ trace-build ${typed}\n${done.stdout}${status}`
    .replaceAll(folder, '~/project')
    .replaceAll(release(), release().replace(/^(\d+\.\d+).*/, '$1'));
}

function put(text, mark, content) {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from === -1 || to === -1) throw new Error(`README.md lacks ${open} … ${close}`);
  return `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
}

try {
  for (const file of ['make.sh', 'build.sh']) copyFileSync(at(`fixtures/tar/${file}`), join(folder, file));
  spawnSync('sh', ['make.sh'], { cwd: folder });
  const shown = [
    transcript(['--on', 'unconfined', '--', 'sh', 'build.sh']),
    transcript(['--on', 'docker@19.03.15', '--', 'sh', 'build.sh']),
  ];
  const { COMMANDS } = await import(at('dist/cli/commands.js'));
  const rows = COMMANDS.map(({ name, summary }) => `| \`${name}\` | ${summary} |`);
  let text = readFileSync(at('README.md'), 'utf8');
  text = put(text, 'transcript', `\`\`\`console\n${shown.join('\n')}\`\`\``);
  text = put(text, 'commands', ['| command | what it does |', '| --- | --- |', ...rows].join('\n'));
  writeFileSync(at('README.md'), text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

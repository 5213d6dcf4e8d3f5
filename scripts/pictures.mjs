// `npm run pictures`: the pictures of the README, from what the tool really prints. Run it after `npm run build`.
//   docs/pictures/verdict.svg   a terminal: the command is typed, the verdict appears
//   docs/pictures/report.png    the HTML report of that run, in Chromium (CHROMIUM names another one)
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'trace-build-pictures-'));
const HOST = 'docker@19.03.15';

/** What `args` print at a terminal, colours and all. */
function atTerminal(args) {
  const line = [process.execPath, at('dist/cli/main.js'), ...args].map((word) => `'${word}'`).join(' ');
  const done = spawnSync('script', ['-qec', `stty cols 80; ${line}`, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
  });
  // The progress line is drawn and taken away again.
  const drawn = new RegExp(`${String.fromCharCode(27)}7.*?${String.fromCharCode(27)}8`, 'g');
  return done.stdout.replaceAll('\r', '').replace(drawn, '').replaceAll(release(), '6.18').trimEnd();
}

const xml = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const COLOURS = { 1: 'b', 31: 'r', 32: 'g', 33: 'y' };

/** One line with its colours as spans. */
function spans(line) {
  return line
    .split(new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`))
    .reduce(
      ({ out, style }, part, i) =>
        i % 2 === 1
          ? { out, style: COLOURS[part] ?? '' }
          : { out: out + (part === '' ? '' : `<tspan class="${style}">${xml(part)}</tspan>`), style },
      { out: '', style: '' },
    ).out;
}

/** The lines as a picture of a terminal; the first is typed, the others appear. A still picture where motion is unwanted. */
function terminal(lines) {
  const [height, left, top] = [19, 16, 48];
  const shown = lines.map((line, i) => {
    const text = `<text xml:space="preserve" x="${left}" y="${top + i * height}" style="animation-delay:${(i === 0 ? 0.3 : 1.6 + i * 0.12).toFixed(2)}s">${spans(line)}</text>`;
    return text;
  });
  const bottom = top + lines.length * height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${bottom}" role="img" aria-label="${xml(lines[0])}: a verdict of trace-build">
<style>
rect{fill:#161b22}circle{fill:#484f58}text{fill:#c9d1d9;font:13.6px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;animation:appear .01s linear both}
.b{font-weight:700;fill:#fff}.r{fill:#ff7b72}.g{fill:#7ee787}.y{fill:#e3b341}
@keyframes appear{from{opacity:0}to{opacity:1}}
@media (prefers-reduced-motion:reduce){text{animation:none}}
</style>
<rect width="720" height="${bottom}" rx="8"/><circle cx="20" cy="18" r="5"/><circle cx="38" cy="18" r="5"/><circle cx="56" cy="18" r="5"/>
${shown.join('\n')}
</svg>
`;
}

/** A screenshot of the top of a page. */
async function screenshot(page, file) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const tab = await browser.newPage({ viewport: { width: 1000, height: 760 }, colorScheme: 'light' });
    await tab.goto(pathToFileURL(page).href);
    await tab.screenshot({ path: file });
  } finally {
    await browser.close();
  }
}

try {
  mkdirSync(at('docs/pictures'), { recursive: true });
  for (const file of ['make.sh', 'build.sh']) copyFileSync(at(`fixtures/tar/${file}`), join(folder, file));
  spawnSync('sh', ['make.sh'], { cwd: folder });
  const words = ['--on', HOST, '--', 'sh', 'build.sh'];
  const said = atTerminal(['-o', 'build.strace.gz', ...words]);
  const command = ` trace-build ${words.join(' ')}`;
  writeFileSync(at('docs/pictures/verdict.svg'), terminal([`$${command}`, ...said.split('\n')]));
  const report = join(folder, 'report.html');
  spawnSync(process.execPath, [at('dist/cli/main.js'), 'report', 'build.strace.gz', '-o', report], {
    cwd: folder,
    stdio: 'inherit',
  });
  await screenshot(report, at('docs/pictures/report.png'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

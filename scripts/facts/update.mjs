// Brings facts/ up to date from git clones: see CONTRIBUTING.md. Prints what changed as Markdown on standard output.
// Problems go to standard error, and then nothing is written and the exit status is 1; 2 for a usage error.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkItself } from './itself.mjs';
import { cloneInto, clonesOf, PROJECTS, UnreadableClone } from './update/clone.mjs';
import { formatFacts } from './update/format.mjs';
import { Report } from './update/report.mjs';
import { rewind } from './update/rewind.mjs';
import { FILES, updateFacts } from './update/state.mjs';
import { changedVerdicts } from './update/traces.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = `usage: npm run facts:update -- [options] PROJECT=CLONE…
       npm run facts:update -- [options] --clones DIR [PROJECT…]
  PROJECT   ${Object.keys(PROJECTS).join(', ')}
  --clones DIR    clone the projects from GitHub into DIR, or fetch there what is new; all where none is named
  --dry-run       write nothing
  --until DAY     leave out tags made after that day (2026-08-23)
  --try DAY       forget what is newer than that day, update, and compare with the facts byte by byte; writes nothing
  --no-traces     do not look at the recorded traces
  --facts DIR     another directory of facts (then without traces)`;

class UsageError extends Error {}

try {
  process.exitCode = main(parse(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof UnreadableClone)) throw error;
  console.error(error.message);
  if (error instanceof UsageError) console.error(USAGE);
  process.exitCode = 2;
}

function parse(words) {
  const names = [];
  let home;
  const options = { dryRun: false, traces: true, directory: join(ROOT, 'facts') };
  const day = (value) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(value ?? ''))
      throw new UsageError(`'${value}' is no day; write 2026-08-23`);
    return value;
  };
  const path = (value) => {
    if (value === undefined || value.startsWith('-')) throw new UsageError('a directory is missing');
    return resolve(value);
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--dry-run') options.dryRun = true;
    else if (word === '--no-traces') options.traces = false;
    else if (word === '--until') options.until = day(words[++i]);
    else if (word === '--try') options.attempt = day(words[++i]);
    else if (word === '--facts') Object.assign(options, { directory: path(words[++i]), traces: false });
    else if (word === '--clones') home = path(words[++i]);
    else if (word.startsWith('-')) throw new UsageError(`there is no option ${word}`);
    else names.push(word);
  }
  options.clones = clonesOf(home === undefined ? names : cloneInto(home, names));
  if (options.clones.size === 0) throw new UsageError('no clone is named');
  return options;
}

function main({ clones, until, attempt, dryRun, traces, directory }) {
  const texts = new Map(FILES.map((file) => [file, readFileSync(join(directory, `${file}.json`), 'utf8')]));
  const facts = new Map([...texts].map(([file, text]) => [file, JSON.parse(text)]));
  if (attempt !== undefined) return tryAgain({ facts, texts, clones, attempt });

  const report = new Report();
  const next = updateFacts({ facts, clones, until }, report);
  const other = (name) => JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8'));
  const after = (name) => next.get(name) ?? other(name);
  if (report.problems.length === 0)
    checkItself(after, { problem: (text) => report.problem(text), done() {} });
  if (report.problems.length > 0) {
    for (const problem of report.problems) console.error(problem);
    console.error('nothing was written');
    return 1;
  }
  const changed = [...next].filter(([file, value]) => formatFacts(file, value) !== texts.get(file));
  if (changed.length === 0) {
    console.log('The facts are up to date.');
    return 0;
  }
  console.log(report.lines().join('\n'));
  console.log(`\nChanged: ${changed.map(([file]) => `facts/${file}.json`).join(', ')}`);
  if (traces) printVerdicts((name) => facts.get(name) ?? other(name), after);
  if (dryRun) return 0;
  for (const [file, value] of changed)
    writeFileSync(join(directory, `${file}.json`), formatFacts(file, value));
  if (directory === join(ROOT, 'facts')) spawnSync(process.execPath, [join(ROOT, 'scripts/gen-tables.mjs')]);
  return 0;
}

function printVerdicts(before, after) {
  if (!existsSync(join(ROOT, 'dist/cli/main.js'))) {
    const built = spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: ['ignore', 2, 2] });
    if (built.status !== 0) throw new Error('the product could not be built to look at the traces');
  }
  const lines = changedVerdicts({ root: ROOT, before, after });
  console.log('\n## Recorded traces\n');
  for (const line of lines) console.log(`- ${line}`);
  if (lines.length === 0)
    console.log('No trace in traces/ changes its verdict on the newest release of an engine.');
}

/** Whether an update from an older state gives today's bytes. */
function tryAgain({ facts, texts, clones, attempt }) {
  const older = rewind({ facts, clones, day: attempt });
  const report = new Report();
  const next = updateFacts({ facts: older, clones }, report);
  for (const problem of report.problems) console.error(problem);
  let different = report.problems.length;
  for (const [file, value] of next) {
    const was = formatFacts(file, older.get(file));
    const same = formatFacts(file, value) === texts.get(file);
    if (!same) different += 1;
    const size = `${was.length} bytes before, ${texts.get(file).length} after`;
    const from = was === texts.get(file) ? 'nothing to forget' : size;
    console.log(`${same ? 'the same bytes' : 'DIFFERENT'}: facts/${file}.json (${from})`);
  }
  return different === 0 ? 0 : 1;
}

// `npm run bench [PART…] [-- --large]`: builds the benchmarks, runs them one after the other, prints a table each and, when
// no part was named, writes bench/results.json and bench/RESULTS.md. `--large` reads a trace of 2 GiB. No network. Other work on the machine makes all times longer; the
// ratios are taken from runs side by side.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const PARTS = ['read', 'judge', 'bpf', 'starting', 'search', 'record'];

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = wanted.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')} (there are ${PARTS.join(', ')})`);
  process.exit(2);
}

/** Bundled beside dist/, which some benchmarks start. */
async function load(part) {
  mkdirSync(at('.tsbuild'), { recursive: true });
  const outfile = at(`.tsbuild/bench-${part}.mjs`);
  await build({
    entryPoints: [at(`bench/${part}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

/** Rows of bench/rig.ts become a table; the other shapes are printed by their own columns. */
function markdown(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value) =>
    typeof value === 'number'
      ? String(Number.isInteger(value) ? value : Number(value.toPrecision(3)))
      : value === true
        ? 'yes'
        : value === false
          ? '**no**'
          : String(value ?? '');
  return [
    `| ${columns.join(' | ')} |`,
    `| ${columns.map(() => '---').join(' | ')} |`,
    ...rows.map(
      (row) => `| ${columns.map((column) => cell(row[column]).replaceAll('|', '\\|')).join(' | ')} |`,
    ),
  ].join('\n');
}

function section(part) {
  const body = part in results ? [words[part], markdown(results[part])] : [`Not measured: ${failures[part]}`];
  return [`## ${part}`, ...body.filter(Boolean)].join('\n\n');
}

const busy = loadavg()[0];
const results = {};
const failures = {};
/** What a part says about its table, by part. */
const words = {};
for (const part of wanted.length > 0 ? wanted : PARTS) {
  console.error(`measuring: ${part}`);
  try {
    const module = await load(part);
    const measure = Object.entries(module).find(([name]) => name.startsWith('measure'))?.[1];
    results[part] = await measure();
    words[part] = module.explain?.(results[part]);
    console.log(`\n${section(part)}`);
  } catch (error) {
    failures[part] = error.message;
    console.error(`${part} could not be measured: ${error.message}`);
    process.exitCode = 1;
  }
  // After every part: what was measured is kept whatever happens to the next.
  if (wanted.length === 0) write();
}

function write() {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load: Math.round(busy * 10) / 10,
    version: JSON.parse(readFileSync(at('package.json'), 'utf8')).version,
  };
  writeFileSync(at('bench/results.json'), `${JSON.stringify({ machine, results, failures }, null, 2)}\n`);
  const sections = PARTS.filter((part) => part in results || part in failures).map(section);
  const head = [
    `# Results\n\nWritten by \`npm run bench\`; do not edit. ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}.`,
    'A ratio is ours by the peer in the same run, unless the row says otherwise; of so many rounds, the fastest counts.',
    machine.load > machine.cores / 2
      ? `Other work kept the machine busy (load ${machine.load}): wall times are longer than on an idle machine.`
      : `The machine had little else to do (load ${machine.load}).`,
  ].join('\n');
  writeFileSync(at('bench/RESULTS.md'), `${[head, ...sections].join('\n\n')}\n`);
}

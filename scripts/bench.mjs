// `npm run bench [PART…] [-- --large]`: builds the benchmarks, runs them one after the other, prints a table each, and writes
// bench/results.json and bench/RESULTS.md; parts that were not named keep the results that they have. `--large` reads a trace
// of 2 GiB. No network. Other work on the machine makes all times longer; the ratios are taken from runs side by side.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const PARTS = ['starting', 'read', 'judge', 'growth', 'record', 'search', 'bpf', 'inProcess'];

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

const kept = JSON.parse(readFileSync(at('bench/results.json'), 'utf8')).parts;

function section(part) {
  const { rows, words, failure, load, cores, node } = kept[part];
  const busy = load > cores / 2 ? ': other work kept the machine busy' : '';
  const body = rows ? [words, markdown(rows)] : [`Not measured: ${failure}`];
  const how = `Node ${node}, load ${load} on ${cores} cores${busy}.`;
  return [`## ${part}`, how, ...body.filter(Boolean)].join('\n\n');
}

for (const part of wanted.length > 0 ? wanted : PARTS) {
  console.error(`measuring: ${part}`);
  const machine = {
    load: Math.round(loadavg()[0] * 10) / 10,
    cores: cpus().length,
    node: process.version,
    version: JSON.parse(readFileSync(at('package.json'), 'utf8')).version,
  };
  try {
    const module = await load(part);
    const measure = Object.entries(module).find(([name]) => name.startsWith('measure'))?.[1];
    const rows = await measure();
    // What a part says about its table.
    const words = module.explain?.(rows);
    kept[part] = { ...machine, rows, ...(words ? { words } : {}) };
    console.log(`\n${section(part)}`);
  } catch (error) {
    kept[part] = { ...machine, failure: error.message };
    console.error(`${part} could not be measured: ${error.message}`);
    process.exitCode = 1;
  }
  // After every part: what was measured is kept whatever happens to the next.
  write();
}

function write() {
  const parts = Object.fromEntries(PARTS.filter((part) => kept[part]).map((part) => [part, kept[part]]));
  writeFileSync(at('bench/results.json'), `${JSON.stringify({ parts }, null, 2)}\n`);
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  const head = [
    `# Results\n\nWritten by \`npm run bench\`; do not edit. ${machine}.`,
    'Whole processes, each started anew, the commands of a table in turn; of so many rounds the median counts. A ratio is ours',
    'by the peer in the same run; `cpu` is the same of processor time, which other work on the machine changes less. Rows without',
    'a target show what the machine can do. A target that is missed stays.',
  ].join('\n');
  writeFileSync(at('bench/RESULTS.md'), `${[head, ...Object.keys(parts).map(section)].join('\n\n')}\n`);
}

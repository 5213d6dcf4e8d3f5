// Makes the *.gen.ts tables of the product from facts/. `--check` only compares and fails on a difference.
// The output holds no dates and depends on nothing but facts/: a test regenerates and compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tableModules } from './tables/modules.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const facts = (name) => JSON.parse(readFileSync(at(`facts/${name}.json`), 'utf8'));

const check = process.argv.includes('--check');
const stale = [];
for (const { path, text } of tableModules(facts)) {
  const old = existsSync(at(path)) ? readFileSync(at(path), 'utf8') : undefined;
  if (old === text) continue;
  stale.push(path);
  if (!check) writeFileSync(at(path), text);
}
for (const path of stale)
  console.log(check ? `out of date: ${path} (run: node scripts/gen-tables.mjs)` : `wrote ${path}`);
if (check && stale.length > 0) process.exitCode = 1;

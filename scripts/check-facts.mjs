// Checks facts/ against itself and, where Debian packages carry the same facts, against those packages.
// Problems go to standard output, one a line, and make the exit status 1. `--require-all`: a missing package is one too.
// PROJECT=CLONE (as for facts:update): the tags and blobs that the facts name are looked up in that clone too.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkClones } from './facts/clones.mjs';
import { checkItself } from './facts/itself.mjs';
import { checkPackages } from './facts/packages.mjs';
import { clonesOf } from './facts/update/clone.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const facts = (name) => JSON.parse(readFileSync(at(`facts/${name}.json`), 'utf8'));

const problems = [];
const done = [];
const skipped = [];
const report = {
  problem: (text) => problems.push(text),
  done: (text) => done.push(text),
  skipped: (text) => skipped.push(text),
};
checkItself(facts, report);
checkPackages(facts, report);
checkClones(facts, clonesOf(process.argv.slice(2).filter((word) => word !== '--require-all')), report);
for (const text of done) console.error(`checked: ${text}`);
for (const text of skipped) console.error(`skipped: ${text}`);
if (process.argv.includes('--require-all')) problems.push(...skipped.map((text) => `not checked: ${text}`));
for (const text of problems) console.log(text);
if (problems.length > 0) process.exitCode = 1;

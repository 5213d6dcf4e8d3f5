// Looks for regular expressions in src that take more than linear time on some text: src reads what others wrote.
//
//   npm run regexps               checks those that are not in regexps.json yet, and exits with 1 when one is not linear
//   npm run regexps -- --update   the same, and writes there what was found
//
// What recheck can't decide in its time is named and passed over.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@babel/parser';
import { check } from 'recheck';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIST = join(ROOT, 'scripts/regexps.json');

/** Not linear, and given only text whose length somebody else limits, or which recheck is wrong about. */
const EXCEPTIONS = new Map([
  [String.raw`/^\S*(?:syscall|host)\S*$/`, 'our own help'],
  [String.raw`/[<[]([^>\]]+)[>\]]/`, 'our own help'],
  [String.raw`/\B(?=(\d{3})+$)/g`, 'our own numbers'],
  [String.raw`/\B(?=(?:\d{3})+$)/g`, 'our own numbers'],
  // A start is refused by what is before it, which recheck's search for an attack does not see; V8 was measured.
  [String.raw`/\\\\(?=[ \t\r]*$)/gm`, 'measured as linear'],
  [String.raw`/(?<!\\)"((?:[^"\\]|\\.)*)"/`, 'measured as linear'],
  [String.raw`/(?<!\\)"((?:[^"\\]|\\.)+)"/`, 'measured as linear'],
  [String.raw`/(?<!\\)"((?:[^"\\]|\\.)*)"(\.\.\.)?/g`, 'measured as linear'],
  [String.raw`/(?:-?(?<!\d)(?<!\d\.)\d+(?:\.\d+)*|\.exe)$/`, 'measured as linear'],
]);

/** Every literal of a file, with its line. */
function literals(path) {
  const found = [];
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'RegExpLiteral') {
      const { pattern, flags, loc } = node;
      found.push({ pattern, flags, place: `${relative(ROOT, path)}:${loc.start.line}` });
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'loc') visit(value);
  };
  visit(parse(readFileSync(path, 'utf8'), { sourceType: 'module', plugins: ['typescript'] }).program);
  return found;
}

const known = JSON.parse(readFileSync(LIST, 'utf8'));
const files = readdirSync(join(ROOT, 'src'), { recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.gen.ts'))
  .map((name) => join(ROOT, 'src', name));
const found = {};
let bad = 0;
for (const { pattern, flags, place } of files.flatMap(literals)) {
  const text = `/${pattern}/${flags}`;
  if (EXCEPTIONS.has(text) || Object.hasOwn(found, text)) continue;
  if (Object.hasOwn(known, text)) {
    found[text] = known[text];
    continue;
  }
  const { status, complexity, attack } = await check(pattern, flags.replace(/[dv]/g, ''), {
    timeout: 10_000,
  });
  if (status !== 'vulnerable') found[text] = status === 'safe' ? 'linear' : 'not decided';
  if (status === 'unknown') console.log(`${place}: not decided: ${text}`);
  if (status !== 'vulnerable') continue;
  bad++;
  console.log(`${place}: ${complexity.summary} by ${attack.pattern}: ${text}`);
}
if (process.argv.includes('--update')) {
  const sorted = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(LIST, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
console.log(
  `${Object.keys(found).length} linear or not decided, ${EXCEPTIONS.size} excepted, ${bad} not linear`,
);
process.exitCode = bad > 0 ? 1 : 0;

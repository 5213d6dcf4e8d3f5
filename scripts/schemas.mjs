// Writes dist/schemas/NAME.json from the zod schemas, and dist/man/trace-build.1 from the command tree.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const load = (path) => import(pathToFileURL(at(path)).href);

const { SCHEMAS } = await load('dist/core/documents/index.js');
mkdirSync(at('dist/schemas'), { recursive: true });
for (const [name, schema] of Object.entries(SCHEMAS)) {
  const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'output', unrepresentable: 'any' });
  writeFileSync(at(`dist/schemas/${name}.json`), `${JSON.stringify(json, undefined, 2)}\n`);
}

const { makeProgram } = await load('dist/cli/program.js');
const { COMMANDS } = await load('dist/cli/commands.js');
const { referenceOf } = await load('dist/cli/reference/tree.js');
const { manPage } = await load('dist/cli/reference/man.js');
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const silent = {
  out() {},
  err() {},
  env: {},
  cwd: '/',
  columns: 80,
  outIsTerminal: false,
  errIsTerminal: false,
  colour: false,
};
const binding = { io: silent, action: (run) => run };
const program = await makeProgram(COMMANDS, binding, () => version);
mkdirSync(at('dist/man'), { recursive: true });
writeFileSync(at('dist/man/trace-build.1'), manPage(referenceOf(program), version));

// Makes dist/page/index.html: one static file with the core, its worker, style and markup. No network, no server.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));

async function bundle(entry, define) {
  const { outputFiles } = await build({
    entryPoints: [at(entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'ascii',
    define,
    legalComments: 'none',
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

const worker = await bundle('src/web/worker.ts', { VERSION: JSON.stringify(version) });
const main = await bundle('src/web/main.ts', { WORKER: 'globalThis.__worker' });
// The worker's text stands in a string; `</script` and `<!--` may not stand in the page as they are.
const literal = JSON.stringify(worker).replace(/<(?=\/script|!--)/gi, '\\x3c');
const script = `globalThis.__worker=${literal};${main.replace(/<(?=\/script|!--)/gi, '\\x3c')}`;
const { STYLE } = await import(new URL('../dist/render/html/style.js', import.meta.url).href);
const style = `${STYLE}${readFileSync(at('src/web/style.css'), 'utf8')}`;
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = `default-src 'none'; script-src 'wasm-unsafe-eval' ${hash(script)}; style-src ${hash(style)}; worker-src blob:; base-uri 'none'; form-action 'none'`;
const parts = { POLICY: policy, STYLE: style, VERSION: version, SCRIPT: script };
const page = readFileSync(at('src/web/page.html'), 'utf8').replace(
  /\{\{(\w+)\}\}/g,
  (_, name) => parts[name],
);
mkdirSync(at('dist/page'), { recursive: true });
writeFileSync(at('dist/page/index.html'), page);

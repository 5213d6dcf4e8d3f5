// One CommonJS file for each command that people run often, in dist/cli/bundles: loading hundreds of modules takes Node
// several times as long as its own start. Commands that have no bundle are loaded from the modules themselves.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const BUNDLED = ['run', 'replay', 'check', 'report', 'explain', 'doctor'];
/** Used by few runs. */
const EXTERNAL = ['tar', 'yaml', 'dockerfile-ast'];

/** What modules know of their place. */
const BANNER =
  "const $$require = require, $$place = (path) => $$require('node:url').pathToFileURL(path).href;";

/**
 * dist/cli/main.cjs, which npm links, and dist/cli/main.js, which is the same for those who name that: Node's loader of
 * modules takes a fifth of the time that Node itself needs to start.
 */
export async function bundleMain() {
  await build({
    entryPoints: [at('src/cli/main.ts')],
    outfile: at('dist/cli/main.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { 'import.meta.url': '$$here' },
    banner: { js: "const $$here = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [modulesStay],
    logLevel: 'warning',
  });
  writeFileSync(at('dist/cli/main.js'), "#!/usr/bin/env node\nimport './main.cjs';\n");
}

const modulesStay = {
  name: 'modules-stay',
  setup({ onResolve }) {
    onResolve({ filter: /\/program\.ts$/ }, () => ({ path: './program.js', external: true }));
  },
};

export async function bundleCommands() {
  const folder = at('dist/cli/bundles');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of BUNDLED) {
    const { outputFiles } = await build({
      entryPoints: [at('dist/cli/program.js')],
      outfile: join(folder, `${name}.cjs`),
      write: false,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      // Names stay, for stack traces.
      minifySyntax: true,
      minifyWhitespace: true,
      lineLimit: 160,
      external: name === 'check' ? EXTERNAL : [...EXTERNAL, 'zod'],
      banner: { js: BANNER },
      // Code that is run with a code cache can't import in Node 20.
      supported: { 'dynamic-import': false },
      plugins: [onlyCommand(name), ownPlaces(folder), noSubprograms, lateWidths],
      logLevel: 'warning',
    });
    const [{ path, contents, text }] = outputFiles;
    // The code cache compares it: src/io/process/codeCache.ts.
    const stamp = createHash('sha256').update(contents).digest('hex');
    writeFileSync(path, `// ${stamp}\n${text}`);
  }
}

/** The other commands stay what they are: modules. */
const onlyCommand = (name) => ({
  name: 'only-command',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/commands\/\w+\.js$/ }, ({ path, importer }) =>
      importer === at('dist/cli/commands.js') && path !== `./commands/${name}.js`
        ? { path: `.${path}`, external: true }
        : undefined,
    );
  },
});

/** commander loads what starts programs for subcommands that are programs of their own; here there are none. */
const noSubprograms = {
  name: 'no-subprograms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: 'none', namespace: 'none' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

/** Loading string-width, its tables of emojis above all, takes as long as reading a small trace; ASCII needs none of it, nor do our own dashes, quotes, dots, arrows and signs. */
const lateWidths = {
  name: 'late-widths',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ importer, namespace, resolveDir }) =>
      importer.includes('/node_modules/') || namespace === 'late-widths'
        ? undefined
        : { path: resolveDir, namespace: 'late-widths' },
    );
    onLoad({ filter: /.*/, namespace: 'late-widths' }, ({ path }) => ({
      contents: `export default (text, options) =>
        /^[ -~\\u2013\\u2014\\u2018\\u2019\\u201c\\u201d\\u2026\\u2192\\u2264\\u2265]*$/.test(text) ? text.length : require('string-width').default(text, options);`,
      resolveDir: path,
    }));
  },
};

/** A module finds files of the package from where it was, not from the bundle. */
const ownPlaces = (folder) => ({
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\/(?:dist|@vscode\/ripgrep)\/.*\.js$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8');
      if (!code.includes('import.meta.url')) return undefined;
      const place = path.includes('/@vscode/ripgrep/')
        ? "$$require.resolve('@vscode/ripgrep')"
        : `\`\${__dirname}/${relative(folder, path)}\``;
      return {
        contents: code.replaceAll('import.meta.url', () => `$$place(${place})`),
        resolveDir: dirname(path),
      };
    });
  },
});

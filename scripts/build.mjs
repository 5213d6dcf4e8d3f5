// Builds dist/ from a clean folder: type-checked JavaScript and declarations, then the executable bit, schemas and manual page.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
if (process.argv.includes('--clean') || !existsSync(at('dist'))) {
  rmSync(at('dist'), { recursive: true, force: true });
  rmSync(at('.tsbuild'), { recursive: true, force: true });
}
if (!process.argv.includes('--clean')) {
  const tsc = spawnSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-b', at('src')], {
    stdio: 'inherit',
  });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
  // execa is some 150 modules, and loading them costs more than all else that a recording does before its command runs.
  const exec = at('dist/io/process/exec.js');
  if (readFileSync(exec, 'utf8').includes("from 'execa'")) {
    buildSync({
      entryPoints: [exec],
      outfile: exec,
      allowOverwrite: true,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      // One of its packages is CommonJS, and asks for Node's own modules by require.
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'warning',
    });
  }
  const { bundleCommands, bundleMain } = await import('./bundle.mjs');
  await bundleMain();
  await bundleCommands();
  for (const file of ['main.cjs', 'main.js']) chmodSync(at(`dist/cli/${file}`), 0o755);
  await import('./schemas.mjs');
  (await import('./notices.mjs')).writeNotices();
}

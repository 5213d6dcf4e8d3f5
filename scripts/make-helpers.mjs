// Compiles native/helpers/*.c into src/io/engines/helpers.gen.ts, so that no compiler is needed on a
// user's machine. Needs gcc for x86_64 and aarch64 (Debian: gcc, gcc-aarch64-linux-gnu).
//   node scripts/make-helpers.mjs            writes the file
//   node scripts/make-helpers.mjs --print ARCH   prints that architecture's part as JSON (a test compares it)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PREFIX = { x86_64: 'x86_64-linux-gnu-', aarch64: 'aarch64-linux-gnu-' };
const FLAGS = [
  '-Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pic -no-pie',
  '-fno-ident -Wall -Wextra -Werror -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,noexecstack',
].flatMap((line) => line.split(' '));

function make(arch) {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-helpers-'));
  const tool = (name, ...args) => execFileSync(PREFIX[arch] + name, args, { encoding: 'utf8' });
  try {
    const made = {};
    for (const name of ['hold', 'attach', 'probe', 'watch', 'notify']) {
      const program = join(folder, name);
      tool('gcc', ...FLAGS, '-o', program, join(root, 'native/helpers', `${name}.c`));
      if (name === 'hold') {
        const symbol = /^([0-9a-f]+) \S released$/m.exec(tool('nm', program));
        made.released = symbol[1].replace(/^0+/, '');
      }
      tool('strip', '--strip-all', '--remove-section=.comment', program);
      made[name] = readFileSync(program).toString('base64');
    }
    return { compiler: tool('gcc', '-dumpfullversion').trim(), ...made };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[2] === '--print') {
  process.stdout.write(`${JSON.stringify(make(process.argv[3]))}\n`);
} else {
  const all = Object.fromEntries(Object.keys(PREFIX).map((arch) => [arch, make(arch)]));
  writeFileSync(
    join(root, 'src/io/engines/helpers.gen.ts'),
    `// Made by scripts/make-helpers.mjs from native/helpers/*.c.
export interface Helpers {
  /** Version of the gcc that made them: another one makes other bytes. */
  readonly compiler: string;
  /** Address of the word in hold's memory that lets it go, in hex. */
  readonly released: string;
  /** Static ELF programs, base64. */
  readonly hold: string;
  readonly attach: string;
  readonly probe: string;
  readonly watch: string;
  readonly notify: string;
}

/** By the daemon's architecture. */
export const HELPERS: Readonly<Record<string, Helpers | undefined>> = JSON.parse(
  '${JSON.stringify(all)}',
);
`,
  );
}

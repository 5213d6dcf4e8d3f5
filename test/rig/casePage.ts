import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPO = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** One command of a page with what the page says it prints. */
export interface Example {
  readonly command: string;
  readonly output: string;
}

/**
 * A page of docs/cases or docs. Its ```console blocks hold `$ command` lines and real output: a test runs each command again and
 * compares what matters; `UPDATE_CASES=1` writes the output of today into the page.
 */
export class CasePage {
  readonly #file: string;
  #text: string;

  constructor(name: string, folder = 'docs/cases') {
    this.#file = fileURLToPath(new URL(`../../${folder}/${name}.md`, import.meta.url));
    this.#text = readFileSync(this.#file, 'utf8');
  }

  get examples(): readonly Example[] {
    return [...this.#text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
      block
        .split(/^(?=\$ )/m)
        .filter((part) => part.startsWith('$ '))
        .map((part) => {
          const end = part.indexOf('\n');
          return { command: part.slice(2, end), output: part.slice(end + 1) };
        }),
    );
  }

  /** Does in a folder what the page says to do before its examples. */
  prepare(cwd: string, env: Readonly<Record<string, string>> = {}): void {
    const [, script] = /^## To run this yourself\n[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(this.#text) ?? [];
    if (script === undefined) throw new Error(`${this.#file} does not say how to run its examples`);
    execFileSync('sh', ['-eu', '-c', script], { cwd, env: { ...process.env, REPO, ...env }, stdio: 'pipe' });
  }

  /** Runs an example in a folder; returns what the page says and what is so, both reduced to what matters. */
  run(
    example: Example,
    place: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ): { readonly page: readonly string[]; readonly real: readonly string[]; readonly text: string } {
    const programs = mkdtempSync(join(tmpdir(), 'trace-build-case-'));
    try {
      writeFileSync(join(programs, 'trace-build'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
      chmodSync(join(programs, 'trace-build'), 0o755);
      const env = { ...process.env, ...place.env };
      const done = spawnSync('sh', ['-c', `${example.command} 2>&1`], {
        cwd: place.cwd,
        encoding: 'utf8',
        env: { ...env, PATH: `${programs}:${env.PATH}`, XDG_CACHE_HOME: join(programs, 'cache') },
        maxBuffer: 64 * 1024 * 1024,
      });
      const real =
        shown(done.stdout, place.cwd) + (done.status === 0 ? '' : `[exit status ${done.status}]\n`);
      // Never an answer to compare with, nor to write into a page.
      if (real.includes('internal error')) throw new Error(real);
      if (process.env.UPDATE_CASES === '1') this.#update(example, real);
      return {
        page: essence(process.env.UPDATE_CASES === '1' ? real : example.output),
        real: essence(real),
        text: real,
      };
    } finally {
      rmSync(programs, { recursive: true, force: true });
    }
  }

  #update({ command, output }: Example, real: string): void {
    const before = `$ ${command}\n${output}`;
    if (!this.#text.includes(before)) throw new Error(`the page does not hold: ${command}`);
    // Between examples of one block stays an empty line.
    const space = output.endsWith('\n\n') ? '\n' : '';
    this.#text = this.#text.replace(before, () => `$ ${command}\n${real}${space}`);
    writeFileSync(this.#file, this.#text);
  }
}

/** The output as a reader needs it: nothing of this machine, no long stacks. */
function shown(output: string, cwd: string): string {
  const short = (text: string): string =>
    text
      .replaceAll(cwd, '~/project')
      .replaceAll(/\/tmp\/trace-build-zig-\w+\/global/g, '~/.cache/zig')
      .replaceAll(/\/tmp\/trace-build-zig-\w+\/warm/g, '~/project')
      // Where a table cuts it off.
      .replaceAll(/\/tmp\/trace-build-[\w-]*(?:…|\.\.\.\w*)/g, '~/project…')
      .replaceAll(process.env.TRACE_BUILD_CI_CACHE ?? '/var/cache/trace-build-ci', '~/.cache')
      .replaceAll('~/.cache/zig/node_modules/@zigc', '~/zig')
      .replaceAll(release(), release().replace(/^(\d+\.\d+).*/, '$1'))
      .replaceAll(/\b[0-9a-f]{32}\b/g, (hash) => `${hash.slice(0, 4)}…`);
  const lines = output.split('\n').map((line) =>
    line.startsWith('│')
      ? line
          .split('│')
          .map((cell) => short(cell).padEnd(cell.length))
          .join('│')
      : short(line),
  );
  // Zig prints the source lines of a stack: the first frames say what was called.
  const frames = lines.filter((line) => /^\S+\.zig:\d+:\d+: /.test(line));
  if (frames.length > 5) {
    const from = lines.indexOf(frames[4]!);
    const to = lines.indexOf(frames.at(-1)!) + 3;
    lines.splice(from, to - from, '…');
  }
  return lines.join('\n');
}

const MATTERS: readonly RegExp[] = [
  /refused syscalls? can break|^No syscall was refused/,
  /^The command |^Nothing to fix|^The smallest change|^Guarantee: [\w-]+|^Predicted smallest|which grants nothing, to/,
  /^ {2}[\w, ]+: (?:answer|allow)|Nothing has to be allowed|^ {2}\d\. /,
  /^time is |^date: 1970|^HTTP|matters here: |killed by SIG| LOG: |popen failure|^hello from|gVisor$|^Engine: none|engine host:|^Would be refused/,
  /^strace: |^4\.4\.0$|^failed to start daemon|Failed to initialize nft|setgroups|^[!-] {3}(?:sandbox|bubblewrap|docker|podman) /,
  /^ {2}(?:Error|Cause|Fix|Next|On|Also|Builder): /,
  /^unexpected errno|^error: (?:unable to access|failed to check cache)|^tar: .*Cannot change mode|^\[exit status/,
];

/** What must not change from one machine and day to the next. */
export function essence(output: string): readonly string[] {
  const kept: string[] = [];
  // A verdict's lines are told whole, however long what stands in them is on this machine.
  for (const line of output.replaceAll(/\n {9}(?=\S)/g, ' ').split('\n')) {
    const cells = line.startsWith('│') ? line.split('│').map((cell) => cell.trim()) : [];
    if (cells.length > 0) {
      // A row of refused calls, or of the proof.
      const told = cells.filter((cell) =>
        /^(?:[a-z]\w*2?|E[A-Z]+\*?|rule|default|stub|kernel|pass|fail)$/.test(cell),
      );
      if (told.length > 1) kept.push(told.join(' '));
    } else if (MATTERS.some((pattern) => pattern.test(line))) {
      kept.push(
        line
          .replaceAll(/'[^']*[…/][^']*'/g, "'…'")
          .replace(/^After line \d+ /, '')
          .replace(/^(\d+)-.* LOG: .*/, (_, year) =>
            /^20(?:2\d|3[0-5])$/.test(year) ? 'today' : 'another age',
          )
          .replace(/\/proc\/\d+\//, '/proc/…/')
          // What is installed, and what iptables says in its own words.
          .replace(/^([!-] {3}\w+) .*|^(failed to start daemon: [^:]*).*/, '$1$2')
          .trimEnd(),
      );
    }
  }
  // Threads fail in any order, and as often as they come to it.
  return [...new Set(kept)].sort();
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { makeProgram } from '../../src/cli/program.ts';
import { completionScript, SHELLS } from '../../src/cli/reference/completion.ts';
import { manPage } from '../../src/cli/reference/man.ts';
import { type ReferenceCommand, referenceOf } from '../../src/cli/reference/tree.ts';
import { knownHosts } from '../../src/core/hosts/known.ts';
import { syscallNames } from '../../src/core/linux/numbers.ts';
import { needs } from '../rig/need.ts';

let program: ReferenceCommand;
let folder: string;
const helps = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-reference-'));
  const io = {
    out() {},
    print() {},
    err() {},
    env: {},
    cwd: '/',
    columns: 100,
    outIsTerminal: false,
    errIsTerminal: false,
    colour: false,
  };
  const tree = await makeProgram(COMMANDS, { io, action: () => async () => {} }, () => '1.2.3');
  program = referenceOf(tree);
  for (const command of tree.commands) helps.set(command.name(), command.helpInformation());
  const hosts = await knownHosts({ kernels: true });
  for (const shell of SHELLS)
    writeFileSync(join(folder, shell), completionScript(program, shell, { hosts, syscalls: syscallNames() }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (name: string, args: readonly string[], input = ''): string => {
  const ran = spawnSync(name, args, { input, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  expect(ran.stderr).toBe('');
  return ran.stdout;
};

test('the reference has every command and every option that --help has', () => {
  expect(program.commands.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name));
  const page = manPage(program, '1.2.3').replace(/\\-/g, '-');
  for (const command of program.commands) {
    for (const { long, description } of command.options) {
      expect(helps.get(command.name), `${command.name} ${long}`).toContain(long);
      expect(page).toContain(`\\fB${long}\\fR`);
      expect(description).not.toBe('');
    }
  }
});

test('every command has examples, and they stand first in its help', () => {
  for (const command of program.commands) {
    const all = [command, ...command.commands];
    expect(
      all.some(({ examples }) => examples.length > 0),
      command.name,
    ).toBe(true);
    for (const [line, what] of command.examples) {
      expect(line).toMatch(/trace-build|^strace /);
      expect(what).not.toMatch(/[.]$/);
    }
  }
});

needs('groff').describe('the manual page', () => {
  test('is roff without a fault', () => {
    const page = run('groff', ['-man', '-Tutf8', '-ww', '-P-c'], manPage(program, '1.2.3')).replace(
      /.\x08/g,
      '',
    );
    expect(page).toContain('TRACE-BUILD(1)');
    expect(page).toContain('EXIT STATUS');
    // Escapes that roff did not understand; an example of printf has its own backslash.
    expect(page.replaceAll('435\\n', '')).not.toContain('\\');
  });
});

needs('bash').describe('bash', () => {
  const complete = (line: string): readonly string[] => {
    // As bash itself splits them.
    const words = line.split(/ |(?=[@:=])|(?<=[@:=])/);
    const script = `source ${join(folder, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMP_LINE='${line}'; COMP_POINT=${line.length}
_trace_build; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', script]).split('\n').filter(Boolean);
  };
  test('completes commands, options, hosts, choices and the command to trace', () => {
    expect(complete('trace-build mi')).toEqual(['minimize']);
    expect(complete('trace-build run --rootf')).toEqual(['--rootfs']);
    expect(complete('trace-build --rootf')).toEqual(['--rootfs']);
    expect(complete('trace-build run --engine b')).toEqual(['bubblewrap']);
    expect(complete('trace-build run --on pod')).toEqual(['podman@']);
    expect(complete('trace-build run --on docker@20.10.1')).toContain('20.10.17');
    expect(complete('trace-build replay x.strace --against=podman@4.3.')).toContain('4.3.1');
    expect(complete('trace-build profile show --ar')).toEqual(['--arch']);
    expect(complete('trace-build completion f')).toContain('fish');
    expect(complete('trace-build explain openat')).toEqual(['openat', 'openat2']);
    expect(complete('trace-build explain podm')).toEqual(['podman@']);
    expect(complete('trace-build explain docker@20.10.1')).toContain('20.10.17');
    expect(complete('trace-build profile eval podman@4.3.1 openat')).toEqual(['openat', 'openat2']);
    expect(complete('trace-build profile show packag')).toContain('package.json');
    expect(complete('trace-build run -- envsub').every((word) => word.startsWith('envsub'))).toBe(true);
  });
});

needs('fish').describe('fish', () => {
  const complete = (line: string): string =>
    run('fish', ['--no-config', '-c', `source ${join(folder, 'fish')}; complete -C '${line}'`]);
  test('completes commands, options, hosts and choices', () => {
    expect(complete('trace-build mini')).toMatch(/^minimize\t/);
    expect(complete('trace-build run --engi')).toMatch(/^--engine\t/);
    expect(complete('trace-build run --engine bub')).toMatch(/^bubblewrap/);
    expect(complete('trace-build run --on podm')).toMatch(/^podman@/);
    expect(complete('trace-build run --on docker@20.10.1')).toContain('docker@20.10.17');
    expect(complete('trace-build profile show --ar')).toMatch(/^--arch/);
    expect(complete('trace-build completion z')).toMatch(/^zsh/);
    expect(complete('trace-build explain openat')).toBe('openat\nopenat2\n');
    expect(complete('trace-build explain podm')).toMatch(/^podman@/);
  });
  test('completes the options of run without its name, and the command behind --', () => {
    expect(complete('trace-build --engine bub')).toMatch(/^bubblewrap/);
    expect(complete('trace-build --on docker@20.10.1')).toContain('docker@20.10.17');
    for (const line of ['trace-build -- envsub', 'trace-build check --record x -- envsub']) {
      const words = complete(line).split('\n').filter(Boolean);
      expect(words.every((word) => word.startsWith('envsub'))).toBe(true);
    }
    expect(complete('trace-build -- cat pack')).toMatch(/^package(?:-lock)?\.json\n/);
    expect(complete('trace-build -- env check')).not.toContain('check\t');
    expect(complete('trace-build run -- make --rootf')).not.toContain('--rootfs');
  });
});

needs('zsh').describe('zsh', () => {
  /** What a user sees after Tab, from a real interactive zsh on a pseudo terminal. */
  const complete = (line: string): string => {
    const script = `
zmodload zsh/zpty
zpty shell 'zsh -f -i'
say() { zpty -w shell "$1"; }
say "PS1=; stty -echo; autoload -U compinit; compinit -D -u; LISTMAX=0; zstyle ':completion:*' list-prompt ''"
say "source ${join(folder, 'zsh')}"
say "echo REA''DY"
while zpty -r shell text; do [[ $text == *READY* ]] && break; done
zpty -w -n shell $'${line}\\t'
sleep 0.4
zpty -w -n shell $'\\x01echo "<" \\x05 ">"\\n'
local all=''
say "echo DO''NE"
while [[ $all != *DONE* ]] && zpty -r shell text; do all+=$text; done
zpty -d shell
print -r -- $all`;
    return run('zsh', ['-f', '-c', script]);
  };
  test('is sound, and completes what is unique', () => {
    run('zsh', ['-n', join(folder, 'zsh')]);
    expect(complete('trace-build mini')).toContain('trace-build minimize');
    expect(complete('trace-build run --engine bub')).toContain('--engine bubblewrap');
    expect(complete('trace-build run --on podm')).toContain('--on podman@');
    expect(complete('trace-build run --on gvisor@2026081')).toMatch(/--on gvisor@2026081\d/);
    expect(complete('trace-build profile show --ar')).toContain('--arch');
    expect(complete('trace-build explain pidfd_g')).toContain('explain pidfd_getfd');
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { argumentValues, rawValue, splitArguments } from '../../../src/core/strace/grammar/arguments.ts';
import { commandOf } from '../../../src/core/strace/grammar/command.ts';
import { RELEVANT_ARGUMENTS, relevantArguments } from '../../../src/core/strace/summary/relevant.ts';

interface History {
  readonly versions: readonly {
    readonly delta: readonly {
      readonly when: { readonly args?: readonly (readonly [number, ...unknown[]])[] };
      readonly add?: readonly string[];
    }[];
  }[];
}

describe('RELEVANT_ARGUMENTS', () => {
  it('holds every argument that a known default profile tests', () => {
    for (const name of ['moby', 'containers', 'containerd']) {
      const file = fileURLToPath(new URL(`../../../facts/${name}-default-profile.json`, import.meta.url));
      const { versions } = JSON.parse(readFileSync(file, 'utf8')) as History;
      for (const { when, add } of versions.flatMap(({ delta }) => delta)) {
        for (const [index] of when.args ?? []) {
          for (const syscall of add ?? []) expect(RELEVANT_ARGUMENTS[syscall], syscall).toContain(index);
        }
      }
    }
  });

  it('takes one more from a profile of one’s own', () => {
    expect(relevantArguments('ioctl', 'x86_64', () => [1])).toEqual([1]);
    expect(relevantArguments('socket', 'x86_64', () => [1, 2])).toEqual([0, 1, 2]);
    expect(relevantArguments('constructor', 'x86_64')).toEqual([]);
  });
});

describe('raw values', () => {
  it.each([
    ['0x10', 0x10n],
    ['0666', 0o666n],
    ['-1', 0xffff_ffff_ffff_ffffn],
    ['CLONE_VM|CLONE_NEWUSER|SIGCHLD', 0x1000_0111n],
    ['0x1000000 /* CLONE_CHILD_SETTID */|17', 0x100_0011n],
    ['AF_VSOCK', 40n],
    ['PF_FILE', 1n],
    ['AF_ALG', 38n],
    ['NETLINK_AUDIT', 9n],
    ['PER_LINUX|ADDR_NO_RANDOMIZE', 0x40000n],
    ['PER_LINUX32', 8n],
    ['htons(ETH_P_ALL)', 0x300n],
    ['3</dev/null>', 3n],
    ['NULL', 0n],
    ['"text"', undefined],
    ['AF_FUTURE', undefined],
    ['[SIGCHLD]', undefined],
  ])('%s', (text, value) => {
    expect(rawValue(text, 64)).toBe(value);
  });

  it('have the width of the ABI', () => {
    expect(rawValue('-1', 32)).toBe(0xffff_ffffn);
  });

  it('find clone’s flags in every dialect and on s390', () => {
    const named = 'child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD, child_tidptr=0x7f';
    expect(argumentValues('clone', named, [0], 'x86_64', 64)).toEqual([0x1000_0011n]);
    expect(argumentValues('clone', named, [1], 's390x', 64)).toEqual([undefined, 0x1000_0011n]);
    expect(argumentValues('clone', '0x10000011, 0, 0, 0, 0', [0], 'x86_64', 64)).toEqual([0x1000_0011n]);
    expect(argumentValues('clone', '0, 0x10000011, 0, 0, 0', [1], 's390x', 64)).toEqual([
      undefined,
      0x1000_0011n,
    ]);
  });
});

describe('argument lists', () => {
  it('are split at the outer commas only', () => {
    expect(splitArguments('3, "a, \\"b", {x=1, y=[2, 3]}, 0x1 /* A, B */')).toEqual([
      '3',
      '"a, \\"b"',
      '{x=1, y=[2, 3]}',
      '0x1 /* A, B */',
    ]);
    expect(splitArguments('')).toEqual([]);
  });

  it('give the command line of an execve', () => {
    expect(commandOf('execve', '"/bin/cc", ["cc", "-DX=\\"a b\\"", "x\\ty"], 0x7f /* 3 vars */')).toBe(
      `cc '-DX="a b"' 'x\ty'`,
    );
    expect(commandOf('execveat', 'AT_FDCWD, "/bin/cc", 0x7f, 0x7f, 0')).toBe('/bin/cc');
    expect(commandOf('execve', '0x7f, 0x7f, 0x7f')).toBe(undefined);
  });
});

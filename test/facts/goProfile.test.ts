import { expect, test } from 'vitest';
import { script } from './script.ts';

const { readGoProfile } = await script('update/goProfile.mjs');
const { tokens, constant } = await script('update/go.mjs');

/** A profile as containerd writes it, with one rule of each kind. */
const source = (body: string, arches = '') => `
package seccomp

import "golang.org/x/sys/unix"

func arches() []specs.Arch {
	switch runtime.GOARCH {
	case "amd64":
		return []specs.Arch{specs.ArchX86_64, specs.ArchX86}
${arches}	default:
		return []specs.Arch{}
	}
}

/* DefaultProfile: { "not", "read" } */
func DefaultProfile(sp *specs.Spec) *specs.LinuxSeccomp {
	nosys := uint(unix.ENOSYS)
	syscalls := []specs.LinuxSyscall{
		{
			Names: []string{
				"read", // { a comment
				"write",
			},
			Action: specs.ActAllow,
			Args:   []specs.LinuxSeccompArg{},
		},
	}
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno,
		Architectures: arches(),
		Syscalls:      syscalls,
	}
${body}
	return s
}
`;

const rule = (names: string, more = '') => `s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{
	Names: []string{${names}},
	Action: specs.ActAllow,
	${more}
})`;

/** Groups as an object, without the one that every source here has. */
function groupsOf(body: string): Record<string, string[]> {
  const { groups } = readGoProfile(source(body));
  expect([...groups.get('{"action":"ALLOW"}')]).toEqual(['read', 'write']);
  return Object.fromEntries(
    [...groups]
      .filter(([key]: [string]) => key !== '{"action":"ALLOW"}')
      .map(([key, names]: [string, Set<string>]) => [key, [...names]]),
  );
}

test('unconditional rules, the default action and architectures by GOARCH', () => {
  const { head, capSets } = readGoProfile(
    source('', '	case "riscv64":\n		// none\n		return []specs.Arch{specs.ArchRISCV64}\n'),
  );
  expect(head).toEqual({
    defaultAction: 'ERRNO',
    architecturesByGOARCH: { amd64: ['X86_64', 'X86'], riscv64: ['RISCV64'], '*': [] },
  });
  expect(capSets).toEqual([]);
});

test('arguments: constants, sums, and alternatives', () => {
  const args = `Args: []specs.LinuxSeccompArg{{Index: 0, Value: unix.AF_ALG + 1, Op: specs.OpEqualTo},
    {Index: 1, Value: unix.CLONE_NEWNS | unix.CLONE_NEWUTS, ValueTwo: 0, Op: specs.OpMaskedEqual}},`;
  expect(groupsOf(rule('"socket"', args))).toEqual({
    '{"action":"ALLOW","args":[[0,39,0,"EQ"],[1,67239936,0,"MASKED_EQ"]]}': ['socket'],
  });
  expect(constant(tokens('0xffff_ffff'), {})).toBe(0xffffffffn);
  expect(() => constant(tokens('unix.AF_UNHEARD'), {})).toThrow(/AF_UNHEARD/);
});

test('kernel, architecture and capability conditions, also one in the other', () => {
  const body = `
	if ok, err := kernelversion.GreaterEqualThan(
		kernelversion.KernelVersion{Kernel: 4, Major: 8}); err == nil {
		if ok {
			${rule('"ptrace"')}
		}
	}
	switch runtime.GOARCH {
	case "arm", "arm64":
		${rule('"set_tls"')}
	case "amd64":
		${rule('"arch_prctl"')}
		fallthrough
	case "386":
		${rule('"modify_ldt"')}
	}
	admin := false
	for _, c := range sp.Process.Capabilities.Bounding {
		switch c {
		case "CAP_SYS_ADMIN":
			admin = true
			${rule('"bpf"')}
		}
	}
	if !admin {
		switch runtime.GOARCH {
		case "s390", "s390x":
			${rule('"clone"', 'Args: []specs.LinuxSeccompArg{{Index: 1, Value: 0, Op: specs.OpEqualTo}},')}
		default:
			${rule('"clone"', 'Args: []specs.LinuxSeccompArg{{Index: 0, Value: 0, Op: specs.OpEqualTo}},')}
		}
		${rule('"clone3"').replace('ActAllow', 'ActErrno').replace('	\n})', '	ErrnoRet: &nosys,\n})')}
	}`;
  expect(groupsOf(body)).toEqual({
    '{"action":"ALLOW","includes":{"minKernel":"4.8"}}': ['ptrace'],
    '{"action":"ALLOW","includes":{"arches":["arm","arm64"]}}': ['set_tls'],
    '{"action":"ALLOW","includes":{"arches":["amd64"]}}': ['arch_prctl'],
    '{"action":"ALLOW","includes":{"arches":["386","amd64"]}}': ['modify_ldt'],
    '{"action":"ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}}': ['bpf'],
    '{"action":"ALLOW","args":[[1,0,0,"EQ"]],"excludes":{"caps":["CAP_SYS_ADMIN"]},"includes":{"arches":["s390","s390x"]}}':
      ['clone'],
    '{"action":"ALLOW","args":[[0,0,0,"EQ"]],"excludes":{"arches":["s390","s390x"],"caps":["CAP_SYS_ADMIN"]}}':
      ['clone'],
    '{"action":"ERRNO","errnoRet":38,"excludes":{"caps":["CAP_SYS_ADMIN"]}}': ['clone3'],
  });
  expect(readGoProfile(source(body)).capSets).toEqual(['Bounding']);
});

test.each([
  ['a condition', 'if hasCgroup2() {\n}', /'if hasCgroup2 \( \)' is not known/],
  ['an else branch', 'if !admin {\n} else {\n}', /else/],
  ['a statement', 's.Flags = nil', /'s \. Flags = nil' is not known/],
  ['a field of a rule', rule('"x"', 'Comment: "y",'), /Comment/],
  ['an action', rule('"x"').replace('ActAllow', 'ActUnheard'), /action/],
  ['an operator', rule('"x"', 'Args: []specs.LinuxSeccompArg{{Index: 0, Op: specs.OpUnheard}},'), /operator/],
  ['a loop', 'for _, c := range sp.Process.Rlimits {\n}', /Rlimits/],
  ['an open brace', 'if !admin {', /not closed|no functions/],
])('%s that is not known is refused, not skipped', (_what, body, message) => {
  expect(() => readGoProfile(source(body))).toThrow(message);
});

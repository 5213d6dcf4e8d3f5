import { describe, expect, test } from 'vitest';
import { readStraceFilters } from '../../../../src/core/seccomp/filter/strace.ts';

const FILTER =
  '{len=4, filter=[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0x4), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0xc000003e, 0, 0x1), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO|0x26), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]}';
const PROGRAM = [
  { code: 0x20, jt: 0, jf: 0, k: 4 },
  { code: 0x15, jt: 0, jf: 1, k: 0xc000003e },
  { code: 0x06, jt: 0, jf: 0, k: 0x00050026 },
  { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
];

function read(text: string) {
  const result = readStraceFilters(text);
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
}

describe('readStraceFilters', () => {
  test('prctl and seccomp, with and without pids and times', () => {
    const text = [
      'execve("/bin/true", ["true"], 0x7ffd /* 9 vars */) = 0',
      `prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ${FILTER}) = 0`,
      `[pid  1234] prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ${FILTER}) = -1 EACCES (Permission denied)`,
      `77 12:00:01.123456 seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_LOG, ${FILTER} <unfinished ...>`,
    ].join('\n');
    expect(read(text).map(({ program, ...rest }) => rest)).toEqual([
      { line: 2, pid: undefined, call: 'prctl', accepted: true },
      { line: 3, pid: 1234, call: 'prctl', accepted: false },
      { line: 4, pid: 77, call: 'seccomp', accepted: undefined },
    ]);
    for (const { program } of read(text)) expect(program).toEqual(PROGRAM);
  });

  test('strace -X raw, -X verbose and -Y', () => {
    const raw =
      '{len=4, filter=[BPF_STMT(0|0|0x20, 0x4), BPF_JUMP(0x5|0|0x10, 0xc000003e, 0, 0x1), BPF_STMT(0x6|0, 0x50000|0x26), BPF_STMT(0x6|0, 0x7fff0000)]}';
    const verbose = raw
      .replaceAll('0x6|', '0x6 /* BPF_RET */|')
      .replace('0x50000|', '0x50000 /* SECCOMP_RET_ERRNO */|');
    const text = [
      `77 prctl(0x16, 0x2, ${raw}) = 0`,
      `77<cat> seccomp(0x1, 0, ${raw}) = 0`,
      `[pid 77<cat>] prctl(0x16 /* PR_SET_SECCOMP */, 0x2 /* SECCOMP_MODE_FILTER */, ${verbose}) = 0`,
    ].join('\n');
    expect(read(text).map(({ pid, call }) => [pid, call])).toEqual([
      [77, 'prctl'],
      [77, 'seccomp'],
      [77, 'prctl'],
    ]);
    for (const { program } of read(text)) expect(program).toEqual(PROGRAM);
  });

  test('says how to record when the filter is only an address', () => {
    const result = readStraceFilters(
      'prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7ffc0})  = 0\n',
    );
    expect(result).toMatchObject({ ok: false, failure: { kind: 'input', where: { line: 1 } } });
    expect(!result.ok && result.failure.hint).toContain('strace -f -v');
  });

  test('a cut line is not taken for a short filter', () => {
    const result = readStraceFilters(
      `prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ${FILTER.replace('len=4', 'len=5')}) = 0`,
    );
    expect(result).toMatchObject({ ok: false, failure: { kind: 'input' } });
  });

  test('no filter at all is a failure', () => {
    expect(readStraceFilters('read(0, "", 1) = 0\n')).toMatchObject({
      ok: false,
      failure: { kind: 'input' },
    });
  });
});

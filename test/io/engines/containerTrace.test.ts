import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitOf } from '../../../src/io/engines/container/containerExit.ts';
import { ContainerTrace } from '../../../src/io/engines/container/containerTrace.ts';

const HELD = [
  '1     [ 202] futex(0x4013a0, FUTEX_WAIT, 0, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  '1     [ 202] --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER, si_pid=13, si_uid=0} ---',
  '1     [ 202] futex(0x4013a0, FUTEX_WAIT, 0, NULL) = -1 EAGAIN (Resource temporarily unavailable)',
];
const BUILD = [
  '1     [  59] execve("/bin/sh", ["sh"], 0x1 /* 3 vars */) = 0',
  '1     [  56] clone(child_stack=NULL, flags=SIGCHLD) = 7',
  '7     [ 257] openat(AT_FDCWD, "a", O_RDONLY) = 3',
  '8     [  39] getpid() = 8',
  '8     [ 231] +++ exited with 0 +++',
  '7     [   0] read(3,  <unfinished ...>',
  '1     [ 231] exit_group(7)              = ?',
];

const text = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

describe('the stream of a held container', () => {
  test('is cut to the command and ended, however it is torn into chunks', () => {
    const whole = text([...HELD, ...BUILD]);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
        const trace = new ContainerTrace();
        const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
        let seen = '';
        for (let i = 1; i < edges.length; i++)
          seen += trace.push(whole.subarray(edges[i - 1], edges[i])).toString();
        expect(seen).toBe(text(BUILD).toString());
        expect(trace.started).toBe(true);
        expect(trace.status).toBe(7);
        expect(trace.end({ status: 7 })).toBe('7 +++ killed by SIGKILL +++\n1 +++ exited with 7 +++\n');
        expect(trace.end(undefined)).toBe('');
      }),
    );
  });

  test('a torn last line is dropped: the tracer was killed in the middle of it', () => {
    const trace = new ContainerTrace();
    expect(trace.push(Buffer.concat([text(BUILD), Buffer.from('1 torn')])).toString()).toBe(
      text(BUILD).toString(),
    );
  });

  test('an end that strace saw is not added again', () => {
    const trace = new ContainerTrace();
    trace.push(text([BUILD[0]!, '1 +++ killed by SIGSYS (core dumped) +++']));
    expect(trace.end({ signal: 'SIGSYS' })).toBe('');
  });

  const TRAPPED =
    '1 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f, si_syscall=__NR_mkdir} ---';
  const TYPED = '1 --- SIGINT {si_signo=SIGINT, si_code=SI_KERNEL} ---';
  const handles = (signal: string, pid = 1) =>
    `${pid} [  13] rt_sigaction(${signal}, {sa_handler=0x55, sa_mask=[], sa_flags=SA_RESTORER}, NULL, 8) = 0`;
  const next = '1 [  39] getpid() = 1';

  test.each<[string, string | undefined, readonly string[]]>([
    ["a filter's SIGSYS that nobody handles", 'SIGSYS', [TRAPPED]],
    ["a filter's SIGSYS with a handler", undefined, [handles('SIGSYS'), TRAPPED]],
    ['a handler that execve took away', 'SIGSYS', [handles('SIGSYS'), BUILD[0]!, TRAPPED]],
    [
      'a handler taken back',
      'SIGSYS',
      [handles('SIGSYS'), handles('SIGSYS').replace('0x55', 'SIG_DFL'), TRAPPED],
    ],
    ['a SIGSYS that somebody sent', undefined, [TRAPPED.replace('SYS_SECCOMP', 'SI_USER')]],
    [
      'a thread of process 1 goes on after it',
      'SIGSYS',
      [TRAPPED.replace('1', '9'), '9 [  39] getpid() = 1'],
    ],
    ['another process dies of it', undefined, [TRAPPED.replace('1', '9'), '9 +++ killed by SIGSYS +++']],
    [
      'another process handles it',
      undefined,
      [handles('SIGSYS', 9), TRAPPED.replace('1', '9'), '9 getpid() = 9'],
    ],
    ['Ctrl-C at the terminal of the container', 'SIGINT', [TYPED]],
    ['Ctrl-C with a handler', undefined, [handles('SIGINT'), TYPED]],
    [
      'a SIGINT that somebody sent',
      undefined,
      ['1 --- SIGINT {si_signo=SIGINT, si_code=SI_USER, si_pid=7} ---'],
    ],
    ['Ctrl-C for another process', undefined, [TYPED.replace('1', '9')]],
  ])('%s ends process 1: %s', (_, fault, lines) => {
    const trace = new ContainerTrace();
    trace.push(text([BUILD[0]!, ...lines, next]));
    expect(trace.fault).toBe(fault);
    const blind = new ContainerTrace(false);
    blind.push(text([BUILD[0]!, ...lines, next]));
    expect(blind.fault).toBe(undefined);
  });

  test('the same fault over and over is the end of process 1; others and signals are not', () => {
    const fault = '1 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---';
    const signal = '1 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---';
    const run = (line: string): ContainerTrace => {
      const trace = new ContainerTrace();
      trace.push(text([BUILD[0]!, ...Array.from({ length: 500 }, () => line)]));
      return trace;
    };
    expect(run(fault).fault).toBe('SIGSEGV');
    expect(run(fault.replace('1', '7')).fault).toBeUndefined();
    expect(run(signal).fault).toBeUndefined();
    const handled = new ContainerTrace();
    handled.push(text([BUILD[0]!]));
    for (let i = 0; i < 500; i++) handled.push(text([fault, '1 rt_sigreturn({mask=[]}) = 0']));
    expect(handled.fault).toBeUndefined();
  });
});

test('an exit code above 128 is a signal unless the trace tells another story', () => {
  expect(exitOf(3, undefined)).toEqual({ status: 3 });
  expect(exitOf(139, undefined)).toEqual({ signal: 'SIGSEGV' });
  expect(exitOf(139, 139)).toEqual({ status: 139 });
  expect(exitOf(159, undefined)).toEqual({ signal: 'SIGSYS' });
  expect(exitOf(200, undefined)).toEqual({ status: 200 });
});

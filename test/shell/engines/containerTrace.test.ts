import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitOf } from '../../../src/shell/engines/containerExit.ts';
import { ContainerTrace } from '../../../src/shell/engines/containerTrace.ts';

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

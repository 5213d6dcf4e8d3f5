import { describe, expect, it } from 'vitest';
import type { Denial } from '../../src/core/documents/denial.ts';
import { EMPTY_REPORT } from '../../src/core/documents/emptyReport.ts';
import type { Report } from '../../src/core/documents/report.ts';
import { renderRun } from '../../src/render/text/run.ts';
import { denial, host } from './sample.ts';

const HOST = host('docker@20.10.5,libseccomp=2.4.4', {
  assumed: ['runtime', 'runtimeVersion', 'kernel', 'arch', 'caps'],
});
const NOTHING = { upgrade: undefined, today: { allow: [], enosys: [] }, noRule: [] };

function text(
  report: Partial<Report>,
  more: Partial<Parameters<typeof renderRun>[0]> = {},
  width = 80,
): string[] {
  const run = {
    report: { ...EMPTY_REPORT, host: HOST, ...report },
    remedy: NOTHING as never,
    trace: { path: 'a.strace.gz', events: 12 },
    fast: false,
    next: [{ command: 'trace-build minimize -- make', does: 'finds it' }],
    remarks: [],
    ...more,
  };
  return renderRun(run, width, false, false).trimEnd().split('\n');
}

const broke = (more: Partial<Denial> = {}): Denial =>
  denial('faccessat2', {
    role: 'suspect',
    callers: [{ who: 'glibc faccessat()', since: '2.33', fallsBack: false, otherwise: 'error returned' }],
    consequence: { effect: 'breaks', basis: 'seen', because: 'error-followed' },
    after: {
      fellBack: 0,
      failed: 1,
      wentOn: 0,
      shown: { at: { line: 7 }, next: [], message: 8, said: 'sh: no\x1b[31m', end: { status: 1 } },
    },
    ...more,
  });

const line = (lines: readonly string[], label: string): string | undefined =>
  lines
    .join('\n')
    .replace(/\n {9}/g, ' ')
    .split('\n')
    .find((one) => one.startsWith(`  ${label}:`))
    ?.slice(9);

describe('a verdict', () => {
  it('is what broke, the message, the cause, the fix, the next command, the host and the trace', () => {
    const lines = text(
      { denials: [broke()], exit: { status: 2 } },
      {
        remedy: {
          upgrade: { product: 'Docker', version: '20.10.10' },
          today: { allow: [], enosys: ['faccessat2'] },
          noRule: [],
        },
      },
    );
    expect(lines).toEqual([
      '1 refused syscall can break this build on docker 20.10.5: faccessat2.',
      '  Error: sh: no\\x1b[31m (exit status 2)',
      '  Cause: The seccomp profile of Docker 20.10.5 does not list faccessat2 and',
      '         returns EPERM; glibc ≥ 2.33 faccessat() does not fall back on EPERM.',
      '  Fix:   Fixed in Docker 20.10.10. Today: return ENOSYS for faccessat2 in the',
      '         profile (grants nothing).',
      '  Next:  trace-build minimize -- make',
      '  Host:  docker@20.10.5, libseccomp=2.4.4; assumed: runc 1.0.0-rc92, Linux 5.4',
      '  Trace: a.strace.gz (12 events); more with --verbose',
    ]);
  });

  it('names the signal where a process died and wrote nothing', () => {
    const shown = { at: { line: 7 }, next: [], end: { signal: 'SIGSEGV' } };
    const after = { fellBack: 0, failed: 1, wentOn: 0, shown };
    const lines = text({ denials: [broke({ after })], exit: { status: 1 } });
    expect(line(lines, 'Error')).toBe('a process was killed by SIGSEGV (exit status 1)');
    const { after: _, ...silent } = broke();
    expect(line(text({ denials: [silent], exit: { status: 1 } }), 'Error')).toBe(
      'the command exited with status 1',
    );
    expect(line(text({ denials: [silent], exit: { status: 0 } }), 'Error')).toBeUndefined();
  });

  it.each<[string, Partial<Denial>, string]>([
    [
      'a rule',
      { reason: { kind: 'capability', capabilities: ['CAP_SYS_ADMIN'] }, callers: [] },
      'faccessat2 returns EPERM: the caller lacks CAP_SYS_ADMIN.',
    ],
    [
      'the stub',
      {
        errno: 'ENOSYS',
        reason: { kind: 'enosys-stub', abi: 'x86_64', number: 439, above: 434 },
        callers: [],
      },
      'runc returns ENOSYS, because faccessat2 is newer than every syscall of the seccomp profile of Docker 20.10.5.',
    ],
    [
      'a filter that kills',
      { errno: 'SIGSYS', callers: [] },
      'The seccomp profile of Docker 20.10.5 does not list faccessat2 and kills the process.',
    ],
  ])('says the cause: %s', (_, more, said) => {
    expect(line(text({ denials: [broke(more)] }), 'Cause')).toBe(said);
  });

  it('does not list callers that are only possible', () => {
    const possible = denial('unshare', {
      callers: [
        { who: 'Nix build sandbox', fallsBack: true },
        { who: 'bubblewrap', fallsBack: false },
      ],
    });
    expect(line(text({ denials: [possible] }), 'Cause')).not.toMatch(/Nix|bubblewrap/);
  });

  it.each<[string, Parameters<typeof renderRun>[0]['remedy'], string | undefined]>([
    ['nothing known', NOTHING as never, undefined],
    [
      'an upgrade of some',
      {
        upgrade: { product: 'Docker', version: '23.0.0', libseccomp: '2.5.0', syscalls: ['clone3'] },
        today: { allow: ['unshare'], enosys: [] },
        noRule: [],
      },
      'Fixed for clone3 in Docker 23.0.0 with libseccomp 2.5.0. Today: allow unshare in the profile.',
    ],
    [
      'no rule',
      {
        upgrade: { product: 'Linux', version: '5.8' },
        today: { allow: [], enosys: [] },
        noRule: ['faccessat2'],
      },
      'Fixed in Linux 5.8. No rule of a profile helps before that.',
    ],
    [
      'both',
      {
        today: {
          allow: [
            { name: 'clone', args: [] },
            { name: 'clone', args: [] },
          ],
          enosys: ['clone3'],
        },
        noRule: ['bpf'],
      },
      'Return ENOSYS for clone3 in the profile (grants nothing) and allow clone. No rule helps with bpf.',
    ],
  ])('says the fix: %s', (_, remedy, said) => {
    expect(line(text({ denials: [broke()] }, { remedy }), 'Fix')).toBe(said);
  });

  it('shows what the builder said where no refusal explains a failed step', () => {
    const lines = text({ exit: { status: 1 } }, { builderError: 'COPY failed: \x1b[1mno file' });
    expect(lines.slice(0, 3)).toEqual([
      'No syscall was refused.',
      '  The command exited with status 1.',
      '  Builder: COPY failed: \\x1b[1mno file',
    ]);
    expect(line(text({ denials: [broke()] }, { builderError: 'x' }), 'Builder')).toBeUndefined();
  });

  it('names a version that stands in for another, and always what was special about the run', () => {
    const taken = host('docker@99.0', { version: '29.7.2', assumed: [] });
    const lines = text({ host: taken, notes: ['hidden'] }, { remarks: ['shown'] });
    expect(line(lines, 'Host')).toBe('docker@99.0, taken as docker 29.7.2');
    expect(lines.at(-1)).toBe('Note: shown.');
    expect(lines.join()).not.toContain('hidden');
  });

  it('fits a narrow terminal, but for what is copied', () => {
    const lines = text({ denials: [broke()], exit: { status: 2 } }, {}, 40);
    for (const one of lines) if (!one.startsWith('  Next:')) expect(one.length).toBeLessThanOrEqual(40);
  });
});

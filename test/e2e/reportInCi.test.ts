import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-ci-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('action.yml is a composite action that puts no input into a script', () => {
  const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  expect(action.runs.using).toBe('composite');
  const used = new Set<string>();
  for (const step of action.runs.steps) {
    expect(step.shell).toBe('bash');
    expect(step.run).not.toContain('${{');
    for (const value of Object.values<string>(step.env ?? {})) {
      for (const [, name] of value.matchAll(/inputs\.([\w-]+)/g)) used.add(name!);
    }
    for (const [, name] of String(step.if ?? '').matchAll(/inputs\.([\w-]+)/g)) used.add(name!);
    expect(spawnSync('bash', ['-n', '-c', step.run]).status).toBe(0);
  }
  expect([...used].sort()).toEqual(Object.keys(action.inputs).sort());
  for (const input of Object.values<{ description?: string }>(action.inputs))
    expect(input.description).toBeTruthy();
});

/** Runs the action's last step as a runner does. */
function act(env: Record<string, string>) {
  const [outputs, summary] = [join(folder, 'outputs'), join(folder, 'summary.md')];
  rmSync(outputs, { force: true });
  rmSync(summary, { force: true });
  const ran = spawnSync('bash', [join(ROOT, 'scripts/action.sh')], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: outputs,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: folder,
      ACTION_PATH: ROOT,
      ...env,
    },
  });
  const text = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const output = Object.fromEntries(
    text(outputs)
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
  return { ...ran, output, summary: text(summary) };
}

// The seccomp tool of python: a syscall by number, whatever libc knows.
const CALL = `python3 -c 'import ctypes, sys; sys.exit(-ctypes.CDLL(None).syscall(452, -100, b"/", 0o755, 0))'`;

needs('strace', 'bwrap', 'python3').describe('the action without Docker', () => {
  test('traces a command: annotations, summary, report, SARIF, outputs', () => {
    const ran = act({
      COMMAND: CALL,
      HOST: 'docker@20.10.5,runc=1.0.0-rc10',
      ENGINE: 'bubblewrap',
      REPORT: 'report.html',
      SARIF: 'trace.sarif',
      ANCHOR: 'Dockerfile:3',
    });
    expect(ran.output.status).toBe('1');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/^::error title=fchmodat2 is refused with EPERM::On docker@20\.10\.5/m);
    expect(ran.stderr.match(/^::error/gm)).toHaveLength(1);
    expect(ran.summary).toContain('## 🔴 1 refused syscall can break this build');
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
    const sarif = JSON.parse(readFileSync(join(folder, 'trace.sarif'), 'utf8'));
    expect(sarif.runs[0].results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'Dockerfile' },
      region: { startLine: 3 },
    });
    expect(existsSync(ran.output.trace!)).toBe(true);
  });

  test('can leave findings to be seen only', () => {
    const ran = act({
      COMMAND: CALL,
      HOST: 'docker@20.10.5,runc=1.0.0-rc10',
      ENGINE: 'bubblewrap',
      FAIL: 'false',
    });
    expect([ran.status, ran.output.status]).toEqual([0, '1']);
  });

  test('fails when the build fails for another reason', () => {
    const failing = { COMMAND: 'exit 7', HOST: 'unconfined', ENGINE: 'bubblewrap' };
    const ran = act(failing);
    expect([ran.status, ran.output.status, ran.output['command-status']]).toEqual([7, '0', '7']);
    expect(ran.stderr).toContain('the command failed with status 7');
    expect(act({ ...failing, COMMAND: 'kill -SEGV $$' }).status).not.toBe(0);
    expect(act({ ...failing, FAIL: 'false' }).status).toBe(0);
  });
});

test('run --report refuses an ending before anything runs', async () => {
  const ran = await cli(['run', '--report', 'x.pdf', '--', 'touch', 'ran'], { cwd: folder });
  expect(ran).toMatchObject({ status: 2, stdout: '' });
  expect(ran.stderr).toContain('x.pdf');
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('check annotates what got worse, and only that', async () => {
  const traces = join(folder, 'traces');
  cpSync(join(ROOT, 'traces'), traces, { recursive: true });
  const fine = act({ TRACES: 'traces' });
  expect(fine.status).toBe(0);
  expect(fine.stderr).toMatch(/^::notice title=trace-build check::/m);
  expect(fine.summary).toContain('## 🟢 No verdict changed');
  const promise = act({ TRACES: 'traces/tar-sid.strace.gz', MIN_HOST: 'docker@19.03' });
  expect(promise.status).toBe(1);
  expect(promise.stderr).toMatch(/^::error title=tar-sid no longer works on docker@19\.03::/m);
  expect(promise.summary).toMatch(
    /^## 🔴 A promise is not kept\n\nChecked: 1 fixture\.\n\n- 🔴 `tar-sid`, promised for/,
  );
  expect(promise.summary).toMatch(/`fchmodat2` is refused \(EPERM\) on docker/);
  // A fixture that expects nothing to be refused: every refusal of today is worse.
  const expected = join(traces, 'tar-sid.expected.json');
  const document = JSON.parse(readFileSync(expected, 'utf8'));
  for (const host of Object.keys(document.hosts)) document.hosts[host] = [];
  writeFileSync(expected, JSON.stringify(document));
  const worse = act({ TRACES: 'traces' });
  expect(worse.status).toBe(1);
  expect(worse.stderr).toMatch(/^::error title=tar-sid%3A \w+ is newly blocked on \w+@/m);
  expect(worse.summary).toContain('## 🔴 Verdicts got worse');
});

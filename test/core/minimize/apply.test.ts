import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { applicationsOf, objectName } from '../../../src/core/minimize/apply.ts';
import { fromSystemd } from '../../../src/core/seccomp/formats/systemd.ts';

const changed = { allow: ['statx'], enosys: ['fchmodat2'], conditional: [], whole: false };
const ways = applicationsOf('/etc/My_Build.json', 'My_Build.json', changed);
const text = (word: string, of = ways) => of.find(({ where }) => where.includes(word))!.text;

it('says how each tool is told, in words that the tool can read', () => {
  expect(JSON.parse(text('daemon.json'))).toEqual({ 'seccomp-profile': '/etc/My_Build.json' });
  expect(parse(text('Kubernetes pod'))).toEqual({
    securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'My_Build.json' } },
  });
  expect(parse(text('GitHub Actions')).steps[1].run).toContain('--security-opt seccomp=./My_Build.json ');
  expect(text('Operator')).toContain('--name my-build |');
  expect(objectName('__.json')).toBe('trace-build-seccomp');
  expect(fromSystemd(text('systemd')).ok).toBe(true);
});

it('quotes what a shell or a file format would take apart', () => {
  const odd = applicationsOf('/a b/it\'s "x".json', 'it\'s "x".json', changed);
  expect(text('docker run', odd)).toBe(`docker run --security-opt 'seccomp=/a b/it'\\''s "x".json' …`);
  expect(JSON.parse(text('daemon.json', odd))).toEqual({ 'seccomp-profile': '/a b/it\'s "x".json' });
  expect(parse(text('Kubernetes pod', odd)).securityContext.seccompProfile.localhostProfile).toBe(
    'it\'s "x".json',
  );
  expect(parse(text('GitHub Actions', odd)).steps[1].run).toContain(`'seccomp=./it'\\''s "x".json' -v`);
});

it('tells systemd what answers the rest, and that it looks at no arguments', () => {
  const of = (more: object) => text('systemd', applicationsOf('/x', 'x', { ...changed, ...more }));
  expect(of({ whole: true, enosys: [] })).toBe(
    '[Service]\nSystemCallErrorNumber=ENOSYS\nSystemCallFilter=statx',
  );
  expect(of({ conditional: ['statx'] })).toContain('\n# systemd cannot look at arguments: ');
});

it('gives systemd a drop-in that it accepts', () => {
  if (spawnSync('systemd-analyze', ['--version']).error) return;
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  try {
    const unit = join(folder, 'build.service');
    writeFileSync(unit, `${text('systemd')}\nExecStart=/bin/true\n`);
    const said = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect(said.stderr.split('\n').filter((line) => line.includes('SystemCallFilter'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

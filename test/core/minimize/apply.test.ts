import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { applicationsOf, objectName } from '../../../src/core/minimize/apply.ts';
import { fromSystemd } from '../../../src/core/profile/convert/systemd.ts';

const ways = applicationsOf('/etc/My_Build.json', 'My_Build.json', {
  allow: ['statx'],
  enosys: ['fchmodat2'],
});
const text = (word: string) => ways.find(({ where }) => where.includes(word))!.text;

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

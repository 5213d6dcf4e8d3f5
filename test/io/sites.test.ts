import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { resolveHost } from '../../src/core/hosts/resolve/resolve.ts';
import { bubblewrapEngine } from '../../src/io/engines/bubblewrap.ts';
import { Runner } from '../../src/io/experiments/minimizeRunner.ts';
import { type Site, Sites } from '../../src/io/experiments/sites.ts';
import { needs } from '../rig/need.ts';

/** Where SERVER is `up`, the command finds what it needs. */
function site(server: string, answers?: () => Promise<boolean>): Site {
  return {
    engine: { ...bubblewrapEngine, ...(answers ? { answers } : {}) },
    engineVersion: '0',
    job: {
      command: ['/bin/sh', '-c', 'test "$SERVER" = up && unshare --user true'],
      cwd: tmpdir(),
      env: { PATH: '/usr/bin:/bin', SERVER: server },
      network: true,
    },
  };
}

describe('of several sites', () => {
  test('the next one has the fewest troubles, then the least to do', () => {
    const [a, b] = [site('up'), site('up')];
    const sites = new Sites([a, b]);
    expect([sites.take(), sites.take(), sites.take(a)]).toEqual([a, b, b]);
    sites.release(b, false);
    sites.release(b, false);
    sites.release(a, true);
    sites.take();
    expect(sites.take()).toBe(b);
    sites.release(a, false);
  });

  test('one that is left out gets nothing more, and is named once; the last one stays', () => {
    const said: string[] = [];
    const [a, b] = [site('up'), site('up')];
    const sites = new Sites([a, b], (what) => said.push(what));
    sites.lose(a, 'it is gone');
    sites.lose(a, 'it is gone');
    sites.lose(b, 'it is gone');
    expect(said).toEqual(['nothing more is run at bubblewrap: it is gone']);
    expect([sites.take(), sites.take()]).toEqual([b, b]);
    expect(sites.several).toBe(false);
  });

  test('nobody waits for one whose engine does not answer any more', async () => {
    let asked = 0;
    const silent = site('up', async () => {
      asked++;
      return false;
    });
    let aborted = false;
    const ran = await new Sites([silent, site('up')]).watch(silent, (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    });
    expect({ ran, asked, aborted }).toEqual({ ran: undefined, asked: 2, aborted: true });
  });

  test('a single answer that is missing is none', async () => {
    const replies = [false, true, false, false];
    const sites = new Sites([]);
    const flaky = site('up', async () => replies.shift()!);
    expect(await sites.answers(flaky)).toBe(true);
    expect(await sites.answers(flaky)).toBe(false);
    expect(await sites.answers(site('up'))).toBe(true);
  });
});

needs('linux', 'bwrap').describe('a site that lost what the command needs', () => {
  const runner = (sites: readonly Site[], said: string[]) =>
    new Runner({
      sites,
      onLost: (what) => said.push(what),
      snapshots: undefined,
      strace: undefined,
      expectations: {},
      repeat: 3,
      retries: 0,
      signal: new AbortController().signal,
    });

  test('decides nothing without a filter', async () => {
    const said: string[] = [];
    const seen = await runner([site('down'), site('up')], said).experiment(undefined, { traced: false });
    expect(seen).toMatchObject({ ok: true, value: { observation: { outcome: 'pass' } } });
    expect(said).toEqual([
      'nothing more is run at bubblewrap: the command fails there without a filter, too',
    ]);
  });

  test('decides nothing under one, where the others fail for another reason', async () => {
    const host = await resolveHost('docker@20.10.5,arch=x86_64', {
      running: { kernel: '6.1', arch: 'x86_64' },
      loadProfile: async () => ({ ok: false, failure: { kind: 'input', what: 'none' } }),
    });
    if (!host.ok) throw new Error(host.failure.what);
    const said: string[] = [];
    const both = runner([site('up'), site('up')], said);
    const fails = await both.experiment(host.value, { traced: false });
    expect(fails).toMatchObject({ ok: true, value: { observation: { outcome: 'fail' } } });
    expect(said).toEqual([]);
    const one = runner([site('down'), site('up')], said);
    await one.experiment(host.value, { traced: false });
    expect(said).toHaveLength(1);
  });
});

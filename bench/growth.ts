// How the cost grows with the input: the same work at 1, 10 and 100 times the size, in this process (`check` as a whole
// process), in processor time. A row is met when its cost grows at most linearly, give or take a tenth.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAllHosts, openHosts } from '../src/commands/openHosts.ts';
import { mergeCalls } from '../src/core/diagnosis/distinct.ts';
import { blockedEverywhere } from '../src/core/diagnosis/everywhere.ts';
import { drive } from '../src/core/minimize/drive.ts';
import { search } from '../src/core/minimize/search.ts';
import { readOnce } from './inProcess.ts';
import { execute, makeModel, problemOf } from './model.ts';
import { childrenSeconds, MAIN } from './rig.ts';
import { writeThreadedTrace } from './threadedTrace.ts';

export interface GrowthRow {
  readonly what: string;
  /** At the smallest size, ten times and a hundred times that. */
  readonly sizes: string;
  readonly seconds: string;
  /** Cost of one at 1, 10 and 100 times the size, as bars of the same scale. */
  readonly each: string;
  /** The cost is size to this power, from 10 to 100 times; fixed costs make it look better below. */
  readonly power: number;
  readonly met: boolean;
}

/** Processor seconds of the work at this size; what is prepared for it is not counted. */
type Work = (size: number) => Promise<number> | number;

const LINEAR = 1.1;

async function growth(what: string, unit: string, least: number, work: Work): Promise<GrowthRow> {
  const sizes = [least, 10 * least, 100 * least];
  const seconds: number[] = [];
  // The first run compiles.
  await work(least);
  for (const size of sizes) seconds.push(await work(size));
  const each = seconds.map((time, index) => time / sizes[index]!);
  const most = Math.max(...each);
  const bars = each.map((cost) => '█'.repeat(Math.max(1, Math.round((10 * cost) / most))));
  const power = Math.log10(seconds[2]! / seconds[1]!);
  return {
    what: `${what} (${unit})`,
    sizes: sizes.map((size) => size.toLocaleString('en')).join(' / '),
    seconds: seconds.map((time) => time.toPrecision(2)).join(' / '),
    each: bars.join(' '),
    power: Math.round(100 * power) / 100,
    met: power <= LINEAR,
  };
}

async function timed(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** So many processes, each forked by the first one, that run a program and end. */
function manyProcesses(count: number): string {
  const lines = ['1 execve("/bin/make", ["make"], 0x7ffd /* 9 vars */) = 0'];
  for (let pid = 2; pid < count + 2; pid++) {
    lines.push(
      `1 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = ${pid}`,
      `${pid} execve("/usr/bin/cc", ["cc", "-c", "a.c"], 0x7ffd /* 9 vars */) = 0`,
      `${pid} openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC <unfinished ...>`,
      '1 wait4(-1, <unfinished ...>',
      `${pid} <... openat resumed>) = 3`,
      `${pid} faccessat2(AT_FDCWD, "a.o", F_OK, AT_EACCESS) = -1 ENOSYS (Function not implemented)`,
      `${pid} access("a.o", F_OK) = 0`,
      `${pid} exit_group(0) = ?`,
      `${pid} +++ exited with 0 +++`,
      `1 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = ${pid}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Copies of one small fixture, whose expectations exist. */
function fixtures(folder: string, count: number): string {
  const place = join(folder, `fixtures-${count}`);
  mkdirSync(place);
  const traces = fileURLToPath(new URL('../traces', import.meta.url));
  for (let index = 0; index < count; index++) {
    for (const end of ['expected.json', 'strace.json', 'strace.gz'])
      copyFileSync(join(traces, `time64-i386.${end}`), join(place, `f${index}.${end}`));
  }
  return place;
}

export async function measure(): Promise<readonly GrowthRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    return [
      await growth('reading', 'MB of a trace with threads', 3, (size) => {
        const path = join(folder, 'threads.strace');
        writeThreadedTrace(path, size * 1e6);
        return timed(() => readOnce(path));
      }),
      await growth('reading', 'processes', 1000, (size) => {
        const path = join(folder, 'processes.strace');
        writeFileSync(path, manyProcesses(size));
        return timed(() => readOnce(path));
      }),
      await judging(folder),
      await growth('searching', 'candidates, 3 of them needed', 10, (size) => {
        const model = makeModel({ size, needs: 3, hint: 0.5, seed: size });
        return timed(() =>
          drive(
            search(problemOf(model, true), {
              budget: 1e6,
              confirm: 1,
              aim: '1-minimal',
              deterministic: true,
            }),
            ({ assignment }) => execute(model, assignment, true),
          ),
        );
      }),
      await growth('check', 'fixtures', 100, (size) => {
        const place = fixtures(folder, size);
        const before = childrenSeconds();
        const { status, stderr } = spawnSync(process.execPath, [MAIN, 'check', place], {
          stdio: ['ignore', 'ignore', 'pipe'],
          encoding: 'utf8',
        });
        const took = childrenSeconds() - before;
        if (status !== 0) throw new Error(`check ended with ${status}: ${stderr}`);
        rmSync(place, { recursive: true });
        return took;
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Known hosts, opened anew for each size; the calls are those of a trace with threads. */
async function judging(folder: string): Promise<GrowthRow> {
  const path = join(folder, 'judged.strace');
  writeThreadedTrace(path, 1e6);
  const calls = mergeCalls([readOnce(path)], new Set(), true);
  const all = await openAllHosts(['x86_64']);
  if (!all.ok) throw new Error(all.failure.what);
  const labels = all.value.map(({ label }) => label);
  return growth('opening and judging', 'hosts', 10, (size) => {
    const some = Array.from({ length: size }, (_, at) => labels[Math.floor((at * labels.length) / size)]!);
    return timed(async () => {
      const hosts = await openHosts(some);
      if (!hosts.ok) throw new Error(hosts.failure.what);
      blockedEverywhere(calls, hosts.value);
    });
  });
}

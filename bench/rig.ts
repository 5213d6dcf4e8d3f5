import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const MAIN = fileURLToPath(new URL('../dist/cli/main.cjs', import.meta.url));

/** One measurement: ours against a peer in the same run, on the same machine. */
export interface Row {
  readonly name: string;
  /** In `unit`; seconds where it is not given. */
  readonly ours: number;
  readonly peer: number;
  /** What is held against the target: mostly ours / peer. */
  readonly ratio: number;
  /** Ours by the peer in processor time, which other work on the machine changes less. */
  readonly cpu?: number;
  /** The largest ratio that meets the target; absent where a row only shows a limit of the machine. */
  readonly target?: number;
  readonly met?: boolean;
  readonly unit?: string;
  /** Runs of which the median, or in the process the fastest, counted. */
  readonly rounds?: number;
}

/** A row whose ratio is ours / peer. */
export function row(
  name: string,
  ours: number,
  peer: number,
  target: number | undefined,
  unit = 's',
  rounds?: number,
): Row {
  const ratio = ours / peer;
  return {
    name,
    ours,
    peer,
    ratio,
    ...(target === undefined ? {} : { target, met: ratio <= target }),
    unit,
    ...(rounds === undefined ? {} : { rounds }),
  };
}

/** A program as a user runs it. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Its standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export const ours = (...args: readonly string[]): Command => ({
  file: process.execPath,
  args: [MAIN, ...args],
});

/** The same on one core. */
export const onOneCore = ({ file, args, ...rest }: Command): Command => ({
  ...rest,
  file: 'taskset',
  args: ['-c', '0', file, ...args],
});

export interface Taken {
  /** Median of the wall times, in seconds. */
  readonly wall: number;
  /** Mean of user and system time, in seconds. */
  readonly cpu: number;
}

/** Processes of each command in turn, so that a busy moment falls on all alike. 0 and 1 are good ends for all of them. */
export function inTurn(commands: readonly Command[], rounds: number): readonly Taken[] {
  const walls = commands.map((): number[] => []);
  const cpus = commands.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { file, args, input, env }] of commands.entries()) {
      const before = childrenSeconds();
      const began = performance.now();
      const { status, signal, error } = spawnSync(file, args, {
        stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'ignore'],
        ...(input === undefined ? {} : { input }),
        ...(env ? { env } : {}),
      });
      walls[index]!.push((performance.now() - began) / 1000);
      cpus[index]! += childrenSeconds() - before;
      if (status !== 0 && status !== 1)
        throw new Error(`${file} ${args.join(' ')} ended with ${error?.message ?? status ?? signal}`);
    }
  }
  return commands.map((_, index) => ({ wall: median(walls[index]!), cpu: cpus[index]! / rounds }));
}

/** A row of two commands that ran in turn. */
export function rowOf(
  name: string,
  mine: Taken,
  peer: Taken,
  target: number | undefined,
  rounds: number,
): Row {
  return { ...row(name, mine.wall, peer.wall, target, 's', rounds), cpu: mine.cpu / peer.cpu };
}

/** Peak memory of the program with these arguments, in MiB. */
export function peakOf(...args: readonly string[]): number {
  const hook = `import { writeSync } from 'node:fs';
    process.on('exit', () => writeSync(2, '\\npeak ' + process.resourceUsage().maxRSS));`;
  const { stderr } = spawnSync(
    process.execPath,
    [`--import=data:text/javascript,${encodeURIComponent(hook)}`, MAIN, ...args],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return Number(/peak (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024;
}

/** Processor time of all children that have ended, in seconds. */
export function childrenSeconds(): number {
  // Behind the name in parentheses: cutime and cstime are the 14th and 15th, in ticks of 10 ms.
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The rows as a table for people. */
export function tableOf(rows: readonly Row[]): string {
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const cells = [
    ['', 'ours', 'peer', 'ratio', 'target', ''],
    ...rows.map(({ name, ours: mine, peer, ratio, target, met, unit = 's' }) => [
      name,
      `${number(mine)} ${unit}`,
      `${number(peer)} ${unit}`,
      number(ratio),
      target === undefined ? '' : `≤ ${target}`,
      met === undefined ? '' : met ? 'met' : 'NOT MET',
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return `${cells
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

/** Seconds of the fastest of `runs` runs in this process: only disturbance makes a run slower. */
export async function fastest(runs: number, work: () => Promise<unknown> | unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

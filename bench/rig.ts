import { spawnSync } from 'node:child_process';

/** One measurement: ours against a peer in the same run, on the same machine. */
export interface Row {
  readonly name: string;
  /** In `unit`; seconds where it is not given. */
  readonly ours: number;
  readonly peer: number;
  /** What is held against the target: mostly ours / peer. */
  readonly ratio: number;
  /** The largest ratio that meets the target. */
  readonly target: number;
  readonly met: boolean;
  readonly unit?: string;
  /** Runs of which the fastest counted. */
  readonly rounds?: number;
}

/** A row whose ratio is ours / peer. */
export function row(
  name: string,
  ours: number,
  peer: number,
  target: number,
  unit = 's',
  rounds?: number,
): Row {
  const ratio = ours / peer;
  return {
    name,
    ours,
    peer,
    ratio,
    target,
    met: ratio <= target,
    unit,
    ...(rounds === undefined ? {} : { rounds }),
  };
}

/** The rows as a table for people. */
export function tableOf(rows: readonly Row[]): string {
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const cells = [
    ['', 'ours', 'peer', 'ratio', 'target', ''],
    ...rows.map(({ name, ours, peer, ratio, target, met, unit = 's' }) => [
      name,
      `${number(ours)} ${unit}`,
      `${number(peer)} ${unit}`,
      number(ratio),
      `≤ ${target}`,
      met ? 'met' : 'NOT MET',
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

/** Seconds of the fastest of `runs` runs: only disturbance makes a run slower. */
export async function fastest(runs: number, work: () => Promise<unknown> | unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

/** Wall seconds of the fastest run of a program; undefined when it can't be started or fails. */
export async function fastestProgram(
  runs: number,
  file: string,
  args: readonly string[],
): Promise<number | undefined> {
  let failed = false;
  const seconds = await fastest(runs, () => {
    const { error, status } = spawnSync(file, args, { stdio: 'ignore' });
    if (error || status !== 0) failed = true;
  });
  return failed ? undefined : seconds;
}

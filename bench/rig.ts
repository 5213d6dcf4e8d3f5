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
}

/** A row whose ratio is ours / peer. */
export function row(name: string, ours: number, peer: number, target: number, unit = 's'): Row {
  const ratio = ours / peer;
  return { name, ours, peer, ratio, target, met: ratio <= target, unit };
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

/** facts/libseccomp.json without the numbers that are the same as in the syscall table. */
export function libseccompTable(facts) {
  const { releases, archSince, names, since, until, gaps, nums, multiplexed } = facts('libseccomp');
  const { columns, rows } = facts('syscalls');
  const other = {};
  for (const [arch, numbers] of Object.entries(nums)) {
    const column = columns.indexOf(arch);
    for (const row of rows) {
      const number = numbers[row[0]] ?? null;
      if (number === row[column]) continue;
      other[arch] ??= {};
      other[arch][row[0]] = number;
    }
  }
  return {
    releases: releases.map(({ v, date, kernel }) => [v, date, kernel]),
    archSince,
    names,
    since,
    until,
    gaps,
    // Numbers that newer kernels or newer tables no longer have under this name.
    other,
    multiplexed: multiplexed.arches,
  };
}

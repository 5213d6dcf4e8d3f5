import type { Filter } from './closure.ts';

const ACTION = 0xffff0000;

/**
 * Several filters on one process: the kernel asks all of them, the newest first, and the strictest answer counts (the
 * smallest as a signed number; of equal ones the newest). `filters` are in the order in which they were loaded.
 */
export function stackOf(filters: readonly Filter[]): Filter {
  const [only] = filters;
  if (filters.length === 1 && only) return only;
  const newestFirst = filters.toReversed();
  return (data) => {
    let strictest = 0x7fff0000;
    for (const filter of newestFirst) {
      const value = filter(data);
      if ((value & ACTION) < (strictest & ACTION)) strictest = value;
    }
    return strictest >>> 0;
  };
}

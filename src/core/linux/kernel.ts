/** major, minor; patch levels never decide what a kernel answers to a number. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

/** Reads `5.4`, `6.18.5-arch1-1`, `v4.19`; undefined when the text does not begin with a kernel version. */
export function parseKernel(text: string): KernelVersion | undefined {
  const found = /^v?(\d+)\.(\d+)/.exec(text);
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined;
}

/** Negative, zero or positive, as for `Array.sort`. */
export function compareKernels(a: KernelVersion, b: KernelVersion): number {
  return a.major - b.major || a.minor - b.minor;
}

/** As a HOST expression has it: `5.4`. */
export function kernelText({ major, minor }: KernelVersion): string {
  return `${major}.${minor}`;
}

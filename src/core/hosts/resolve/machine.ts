import { fail, ok, type Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import { compareKernels, type KernelVersion, kernelText, parseKernel } from '../../linux/kernel.ts';
import { newestKernel } from '../../linux/numbers.ts';
import type { HostExpression } from '../expression.ts';
import type { Findings } from './findings.ts';
import type { Surroundings } from './surroundings.ts';

export interface Kernel {
  readonly version: KernelVersion;
  /** As it was written, or as uname says it. */
  readonly text: string;
}

/** Kernels whose version number does not tell what they have. */
const VENDORS: readonly { readonly pattern: RegExp; readonly what: string; readonly but: string }[] = [
  {
    pattern: /\.el\d/,
    what: 'a kernel of Red Hat',
    but: 'although it has newer calls that Red Hat brought back, which the tables do not list',
  },
  // 4.4.0-19041-Microsoft; WSL 2 says -microsoft-standard and runs a Linux of its own version.
  {
    pattern: /-Microsoft$/,
    what: 'WSL 1, which runs no Linux kernel',
    but: 'but which calls it has is not in the tables',
  },
];

/** The kernel that was named, or the one at hand. */
export function pickKernel(
  { kernel, host }: HostExpression,
  { running }: Surroundings,
  findings: Findings,
): Result<Kernel> {
  const named = host.kind === 'kernel' ? host : kernel;
  const version = named ? named.version : parseKernel(running.kernel);
  if (!version)
    return fail('usage', `'${running.kernel}' is not a kernel version`, { hint: 'name one: kernel=6.12' });
  const text = named ? named.text : running.kernel;
  if (!named) findings.assume('kernel');
  const newest = newestKernel();
  if (compareKernels(version, newest) > 0) {
    findings.assume('kernel');
    findings.note(
      `Linux ${text} is newer than the tables: Linux ${kernelText(newest)}, the newest known, stands in`,
    );
  }
  const vendor = VENDORS.find(({ pattern }) => pattern.test(text));
  if (vendor) {
    findings.assume('kernel');
    findings.note(`${text} is ${vendor.what}: taken as Linux ${kernelText(version)}, ${vendor.but}`);
  }
  return ok({ version, text });
}

/** The architecture that was named, or the one at hand. */
export function pickArch({ arch }: HostExpression, { running }: Surroundings, findings: Findings): Abi {
  if (arch === undefined) findings.assume('arch');
  return arch ?? running.arch;
}

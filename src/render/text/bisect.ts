import type { BisectChange, BisectDocument, BisectRefused } from '../../core/documents/bisect.ts';
import { hostInWords } from '../words.ts';
import { wrap } from './wrap.ts';

const NAMES = {
  engine: 'the engine',
  runtime: 'the runtime',
  libseccomp: 'libseccomp',
  kernel: 'the kernel',
  arch: 'the architecture',
  caps: 'the capabilities',
} as const;

/** Syscalls named for one cause; the rest is counted. */
const MOST_NAMES = 12;

/** A version as it is written: `docker@20.10.9`, `runc 1.0.0-rc93`, `Linux 5.4`. */
function valueText({ component }: BisectChange, value: string): string {
  if (value === '') return 'none';
  switch (component) {
    case 'runtime':
      return value.replace('=', ' ');
    case 'kernel':
      return `Linux ${value}`;
    default:
      return value;
  }
}

function changeText(change: BisectChange): string {
  const { component, good, bad, boundary } = change;
  if (component === 'caps') {
    const [have, lack] = [good, bad].map((caps) => caps.split('+').filter((cap) => cap !== ''));
    const [more, less] = [
      have!.filter((cap) => !lack!.includes(cap)),
      lack!.filter((cap) => !have!.includes(cap)),
    ];
    const texts = [
      ...(more.length > 0 ? [`good with ${more.join(' ')}, bad without`] : []),
      ...(less.length > 0 ? [`bad with ${less.join(' ')}, good without`] : []),
    ];
    return `${NAMES.caps}: ${texts.join('; ')}`;
  }
  const way = boundary ?? { good, bad };
  return `${NAMES[component]}: good with ${valueText(change, way.good)}, bad with ${valueText(change, way.bad)}`;
}

function refusedText(syscalls: readonly BisectRefused[]): string {
  const texts = syscalls.map(({ syscall, abi, errno }) => `${syscall} (${abi}, ${errno})`);
  const more = texts.length - MOST_NAMES;
  return `${texts.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The result of `bisect` for people: what makes the difference, then which calls. */
export function renderBisect({ good, bad, causes, notes }: BisectDocument, width: number): string {
  const out = [
    wrap(`Good: ${hostInWords(good)}`, width, '  '),
    wrap(`Bad: ${hostInWords(bad)}`, width, '  '),
    '',
  ];
  if (causes.length === 0)
    out.push('The bad host refuses nothing of this trace that the good one lets through.');
  for (const { syscalls, changes } of causes) {
    const [only] = changes;
    if (changes.length === 1 && only) out.push(wrap(changeText(only), width, '  ').replace(/^t/, 'T'));
    else {
      out.push('Only these together:');
      for (const change of changes) out.push(wrap(`  ${changeText(change)}`, width, '    '));
    }
    const matters = syscalls.some((one) => one.matters) ? '' : ' (harmless as far as is known)';
    out.push(wrap(`  ${refusedText(syscalls)}${matters}`, width, '    '), '');
  }
  for (const note of notes) out.push(wrap(`Note: ${note}.`, width, '  '));
  return `${out.join('\n').trimEnd()}\n`;
}

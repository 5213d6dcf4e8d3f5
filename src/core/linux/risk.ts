import { TEXT } from './risk.gen.ts';

/** How dangerous it is to allow a syscall without conditions in a container (facts/risk.json). */
export interface Danger {
  /** 0: no more than any program already has. 10: hands over the host. Used to order fixes, so only the order counts. */
  readonly weight: number;
  /** The known way out of a container, or into the kernel, that it opens. */
  readonly escape?: string;
  readonly why: string;
  readonly source: string;
}

interface Row extends Danger {
  readonly names: readonly string[];
}

let rows: ReadonlyMap<string, Danger> | undefined;

/** What allowing a syscall without conditions gives away, by judgement. A name that is not listed has weight 1. */
export function danger(name: string): Danger {
  rows ??= new Map(
    (JSON.parse(TEXT) as readonly Row[]).flatMap(({ names, ...risk }) =>
      names.map((one) => [one, risk] as const),
    ),
  );
  const found = rows.get(name);
  if (found) return found;
  if (/(?:_time64|^(?:clock|timer|timerfd)_\w+64)$/.test(name)) {
    return { weight: 0, why: 'the 64-bit time twin of an allowed syscall', source: 'man syscalls(2)' };
  }
  return { weight: 1, why: 'nothing known against it', source: 'not listed by Docker as significant' };
}

/** Every syscall that opens a known way out, sorted. */
export function escapeSyscalls(): readonly string[] {
  danger('');
  return [...rows!].flatMap(([name, risk]) => (risk.escape === undefined ? [] : [name])).sort();
}

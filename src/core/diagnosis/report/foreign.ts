import type { Denial } from '../../documents/denial.ts';
import type { HostIdentity } from '../../hosts/host.ts';

/** Fewer refused calls are listed each by itself. */
const FEW = 6;

/**
 * A host that runs no programs of an ABI refuses each of their calls for the same reason: one entry (`everyCall`) stands
 * for all of them, with their counts added up and the first of them as its place.
 */
export function foldForeign(
  { arch }: Pick<HostIdentity, 'arch'>,
  blocked: readonly Denial[],
): readonly Denial[] {
  const alike = new Map<string, Denial[]>();
  for (const denial of blocked) {
    if (denial.cause !== 'kernel' || denial.abi === arch) continue;
    const key = `${denial.abi} ${denial.errno} ${JSON.stringify(denial.reason)}`;
    alike.set(key, [...(alike.get(key) ?? []), denial]);
  }
  const folded = [...alike.values()].filter(({ length }) => length > FEW);
  if (folded.length === 0) return blocked;
  return [
    ...folded.map(together),
    ...blocked.filter((denial) => !folded.some((some) => some.includes(denial))),
  ];
}

function together(some: readonly Denial[]): Denial {
  const {
    callers: _,
    role: __,
    after: ___,
    ...first
  } = some.reduce((a, b) => (b.first.line < a.first.line ? b : a));
  return {
    ...first,
    everyCall: true,
    sample: '',
    count: some.reduce((sum, { count }) => sum + count, 0),
    // Nothing of that ABI runs at all.
    consequence: { effect: 'breaks', basis: 'computed', because: 'killed' },
    matters: true,
  };
}

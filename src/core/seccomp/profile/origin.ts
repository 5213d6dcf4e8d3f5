import type { RuleOrigin } from '../../documents/reason.ts';

/** The rule of a profile that an answer comes from: the group at this index, which names these calls. */
export function profileOrigin(index: number, names: readonly string[], action: string): RuleOrigin {
  return {
    from: 'profile',
    group: index + 1,
    action,
    names: names.length,
    ...(names.length === 1 ? { name: names[0]! } : {}),
  };
}

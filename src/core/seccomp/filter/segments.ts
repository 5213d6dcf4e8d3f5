import { ENOSYS } from '../../linux/errno.ts';
import type { Action } from '../profile/action.ts';
import { isStep } from '../profile/decision.ts';
import type { AbiPolicy, PolicyRule, Step } from '../profile/policy.ts';
import { returnOf } from './returns.ts';

/** What a run of neighbouring numbers has in common: one return value, rules with conditions, or comparisons. */
export interface Segment {
  /** First number; it ends where the next segment begins. */
  readonly start: number;
  /** Tells equal answers, so that equal neighbours merge and equal code is written once. */
  readonly key: string;
  readonly value?: number;
  readonly rules?: readonly PolicyRule[];
  readonly step?: Step;
}

const ONE_MORE = 0x100000000;

/** Comparisons that are the same objects are equal. */
class Names {
  readonly #names = new Map<Step, number>();

  of(step: Step): string {
    if (!this.#names.has(step)) this.#names.set(step, this.#names.size);
    return `step${this.#names.get(step)}`;
  }
}

function segmentOf(start: number, rules: readonly PolicyRule[] | undefined, byDefault: number): Segment {
  const first = rules?.[0];
  if (!first) return { start, key: `=${byDefault}`, value: byDefault };
  if (first.conditions.length === 0) {
    const value = returnOf(first.action);
    return { start, key: `=${value}`, value };
  }
  const key = rules!
    .map(({ conditions, action }) => {
      const tests = conditions.map(({ index, op, value, valueTwo }) => `${index}${op}${value}:${valueTwo}`);
      return `${tests.join('&')}>${returnOf(action)}`;
    })
    .join('|');
  return { start, key, rules: rules! };
}

/** The whole range of 32-bit numbers of one ABI, in order, split where the answer changes. */
export function segmentsOf(section: AbiPolicy, defaultAction: Action): readonly Segment[] {
  const { abi, rules, stubAbove, stubZero } = section;
  const byDefault = returnOf(defaultAction);
  const stub = returnOf({ kind: 'errno', value: ENOSYS });
  const segments: Segment[] = [];
  const add = (segment: Segment): void => {
    if (segments.at(-1)?.key !== segment.key) segments.push(segment);
  };
  const end = stubAbove === undefined ? ONE_MORE : stubAbove + 1;
  const numbers = [...rules.keys()].filter((nr) => nr < end).sort((a, b) => a - b);
  const names = new Names();
  const ruled = (nr: number): Segment => {
    const list = rules.get(nr)!;
    const decision = section.decisionOf?.(list);
    if (!isStep(decision)) return segmentOf(nr, list, byDefault);
    return { start: nr, key: names.of(decision), step: decision };
  };
  let next = 0;
  if (stubZero) {
    add({ start: 0, key: `=${stub}`, value: stub });
    next = 1;
  }
  for (const nr of numbers) {
    if (nr < next) continue;
    if (nr > next) add(segmentOf(next, undefined, byDefault));
    add(ruled(nr));
    next = nr + 1;
  }
  if (next < end) add(segmentOf(next, undefined, byDefault));
  if (end === ONE_MORE) return segments;
  const above = (start: number): void => add({ start, key: `=${stub}`, value: stub });
  above(end);
  if (abi === 'x32') {
    // runc's stub for x32 leaves alone what has bit 30 clear.
    add(segmentOf(0x80000000, undefined, byDefault));
    above(0xc0000000);
  }
  return segments;
}

import { fail, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { isStep } from '../profile/decision.ts';
import type { AbiPolicy, Decision, Policy, PolicyRule, Step } from '../profile/policy.ts';
import { Assembler, type Label } from './assemble.ts';
import { writeCondition } from './conditions.ts';
import { ARCH_OFFSET, NR_OFFSET } from './data.ts';
import { CODE, type Program } from './instruction.ts';
import { returnOf } from './returns.ts';
import { type Segment, segmentsOf } from './segments.ts';

const X32_BIT = 0x40000000;
const NO_CALL = 0xffffffff;

/** Jumps to a return may be this long before the return is written: relays then stay rare (a jump reaches 255). */
const NEAR = 180;

/** Returns that several places jump to: written once per stretch of the program that jumps can span. */
class Returns {
  readonly #out: Assembler;
  readonly #labels = new Map<number, Label>();
  #since = 0;

  constructor(out: Assembler) {
    this.#out = out;
  }

  to(value: number): Label {
    let label = this.#labels.get(value);
    if (label === undefined) {
      if (this.#labels.size === 0) this.#since = this.#out.length;
      label = this.#out.label();
      this.#labels.set(value, label);
    }
    return label;
  }

  /** Writes the returns asked for if they must not wait longer. Only where nothing falls through. */
  writeIfFar(): void {
    if (this.#labels.size > 0 && this.#out.length - this.#since + this.#labels.size > NEAR) this.write();
  }

  /** Writes all returns asked for since the last time. */
  write(): void {
    for (const [value, label] of this.#labels) {
      this.#out.place(label);
      this.#out.return(value);
    }
    this.#labels.clear();
  }
}

/** What a search leads to: a place to jump to, or code that is written right there. */
interface Leaf {
  readonly label: Label;
  readonly write?: () => void;
}

/** A balanced search over the segments: depth log2, one comparison each. A is the number. */
function writeSearch(
  out: Assembler,
  segments: readonly Segment[],
  from: number,
  to: number,
  leafOf: (segment: Segment) => Leaf,
  returns: Returns,
): void {
  const middle = (from + to) >> 1;
  const side = (first: number, end: number): Leaf =>
    end - first === 1
      ? leafOf(segments[first]!)
      : {
          label: out.label(),
          write: () => writeSearch(out, segments, first, end, leafOf, returns),
        };
  const lower = side(from, middle);
  const upper = side(middle, to);
  out.branch(CODE.jumpNotLess, segments[middle]!.start, upper.label, lower.label);
  for (const { label, write } of [lower, upper]) {
    if (!write) continue;
    returns.writeIfFar();
    out.place(label);
    write();
  }
}

/** Rules of one number in order: the first whose conditions all hold answers, else the default. */
function writeRules(
  out: Assembler,
  abi: Abi,
  rules: readonly PolicyRule[],
  byDefault: number,
  returns: Returns,
): void {
  // Nothing after a rule without conditions is ever asked.
  const always = rules.findIndex(({ conditions }) => conditions.length === 0);
  const asked = always === -1 ? rules : rules.slice(0, always);
  const last = always === -1 ? byDefault : returnOf(rules[always]!.action);
  asked.forEach(({ conditions, action }, i) => {
    const next = i === asked.length - 1 ? returns.to(last) : out.label();
    const answer = returns.to(returnOf(action));
    conditions.forEach((condition, j) => {
      const met = j === conditions.length - 1 ? answer : out.label();
      writeCondition(out, abi, condition, met, next);
      if (met !== answer) out.place(met);
    });
    if (i < asked.length - 1) out.place(next);
  });
}

const TESTS = { EQ: CODE.jumpEqual, GT: CODE.jumpGreater, GE: CODE.jumpNotLess } as const;

/** Comparisons in an order in which each stands in front of those that it leads to. */
function inOrder(root: Step): readonly Step[] {
  const seen = new Set<Step>();
  const ended: Step[] = [];
  const visit = (step: Step): void => {
    seen.add(step);
    for (const next of [step.no, step.yes]) if (isStep(next) && !seen.has(next)) visit(next);
    ended.push(step);
  };
  visit(root);
  return ended.toReversed();
}

/** The comparisons that libseccomp makes of a syscall's rules, as they are. */
function writeSteps(out: Assembler, root: Step, byDefault: number, returns: Returns): void {
  const steps = inOrder(root);
  const labels = new Map(steps.map((step) => [step, out.label()]));
  const labelOf = (decision: Decision): Label =>
    isStep(decision) ? labels.get(decision)! : returns.to(decision ? returnOf(decision.action) : byDefault);
  for (const step of steps) {
    const { load, mask, test, datum, yes, no } = step;
    out.place(labels.get(step)!);
    if (load !== undefined) out.load(load);
    if (mask !== undefined) out.and(mask);
    out.branch(TESTS[test], datum, labelOf(yes), labelOf(no));
  }
}

/** All numbers of one ABI. A is the number. */
function writeSection(out: Assembler, section: AbiPolicy, policy: Policy): void {
  const segments = segmentsOf(section, policy.defaultAction);
  const byDefault = returnOf(policy.defaultAction);
  const returns = new Returns(out);
  const uses = new Map<string, number>();
  for (const { key } of segments) uses.set(key, (uses.get(key) ?? 0) + 1);
  const shared = new Map<string, { readonly label: Label; readonly write: () => void }>();
  const writeLeaf = ({ rules, step }: Segment): void =>
    step
      ? writeSteps(out, step, byDefault, returns)
      : writeRules(out, section.abi, rules!, byDefault, returns);
  const leafOf = (segment: Segment): Leaf => {
    const { key, value } = segment;
    if (value !== undefined) return { label: returns.to(value) };
    const known = shared.get(key);
    if (known) return { label: known.label };
    const body = {
      label: out.label(),
      write: () => writeLeaf(segment),
    };
    if (uses.get(key) === 1) return body;
    // Several numbers have these rules: they are written behind the search.
    shared.set(key, body);
    return { label: body.label };
  };
  const [only] = segments;
  if (segments.length > 1) writeSearch(out, segments, 0, segments.length, leafOf, returns);
  else if (only!.value === undefined) writeLeaf(only!);
  else out.return(only!.value);
  for (const { label, write } of shared.values()) {
    returns.writeIfFar();
    out.place(label);
    write();
  }
  returns.write();
}

/** x86_64 and x32 have one audit architecture; bit 30 of the number tells them apart. A is the number. */
function writeX86(out: Assembler, policy: Policy): void {
  const narrow = policy.abis.find(({ abi }) => abi === 'x32');
  const wide = policy.abis.find(({ abi }) => abi === 'x86_64');
  const returns = new Returns(out);
  const badArch = (): Label => returns.to(returnOf(policy.badArchAction));
  const upper = out.label();
  const lower = wide ? out.label() : badArch();
  // libseccomp compares with bit 30, runc's stub, which comes first, looks at the bit alone.
  const byBit = wide?.stubAbove !== undefined;
  out.branch(byBit ? CODE.jumpSet : CODE.jumpNotLess, X32_BIT, upper, lower);
  out.place(upper);
  if (narrow) writeSection(out, narrow, policy);
  // A tracer that skips a call sets number -1: libseccomp does not take that for x32.
  else out.branch(CODE.jumpEqual, NO_CALL, returns.to(returnOf(policy.defaultAction)), badArch());
  returns.write();
  if (wide) {
    out.place(lower);
    writeSection(out, wide, policy);
  }
}

/**
 * Compiles a policy to classic BPF that answers as `evaluate` does: by audit architecture, then a balanced search over
 * the numbers, then conditions. Fails when it would be longer than the kernel takes, or when the ABIs differ in byte
 * order (no kernel runs both).
 */
export function compile(policy: Policy): Result<Program> {
  const endians = new Set(policy.abis.map(({ abi }) => abiInfo(abi).endian));
  if (endians.size > 1) {
    return fail('usage', 'big and little endian architectures cannot share a filter', {
      hint: 'libseccomp refuses this too (EDOM); list architectures of one byte order',
    });
  }
  const out = new Assembler();
  const sections = new Map<number, { label: Label; write: () => void }>();
  for (const section of policy.abis) {
    const { auditToken } = abiInfo(section.abi);
    if (sections.has(auditToken)) continue;
    const shared = section.abi === 'x86_64' || section.abi === 'x32';
    const write = shared ? () => writeX86(out, policy) : () => writeSection(out, section, policy);
    sections.set(auditToken, { label: out.label(), write });
  }
  out.load(ARCH_OFFSET);
  for (const [token, { label }] of sections) {
    const next = out.label();
    out.branch(CODE.jumpEqual, token, label, next);
    out.place(next);
  }
  out.return(returnOf(policy.badArchAction));
  for (const { label, write } of sections.values()) {
    out.place(label);
    out.load(NR_OFFSET);
    write();
  }
  return out.assemble();
}

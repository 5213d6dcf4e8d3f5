import { fail, type Result } from '../failure.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../profile/policy.ts';
import { type Abi, abiInfo } from '../syscalls/abi.ts';
import { Assembler, type Label } from './assemble.ts';
import { writeCondition } from './conditions.ts';
import { ARCH_OFFSET, NR_OFFSET } from './data.ts';
import { CODE, type Program } from './instruction.ts';
import { returnOf } from './returns.ts';
import { type Segment, segmentsOf } from './segments.ts';

const X32_BIT = 0x40000000;
const NO_CALL = 0xffffffff;

/** Returns that several places jump to; written once per part of the program. */
class Returns {
  readonly #out: Assembler;
  readonly #labels = new Map<number, Label>();

  constructor(out: Assembler) {
    this.#out = out;
  }

  to(value: number): Label {
    let label = this.#labels.get(value);
    if (label === undefined) {
      label = this.#out.label();
      this.#labels.set(value, label);
    }
    return label;
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

/** A balanced search over the segments: depth log2, one comparison each. A is the number. */
function writeSearch(
  out: Assembler,
  segments: readonly Segment[],
  from: number,
  to: number,
  leaf: (segment: Segment) => Label,
): void {
  const middle = (from + to) >> 1;
  const [below, above] = [out.label(), out.label()];
  const lower = middle - from === 1 ? leaf(segments[from]!) : below;
  const upper = to - middle === 1 ? leaf(segments[middle]!) : above;
  out.branch(CODE.jumpNotLess, segments[middle]!.start, upper, lower);
  if (lower === below) {
    out.place(below);
    writeSearch(out, segments, from, middle, leaf);
  }
  if (upper === above) {
    out.place(above);
    writeSearch(out, segments, middle, to, leaf);
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

/** All numbers of one ABI. A is the number. */
function writeSection(out: Assembler, section: AbiPolicy, policy: Policy): void {
  const segments = segmentsOf(section, policy.defaultAction);
  const byDefault = returnOf(policy.defaultAction);
  const returns = new Returns(out);
  const bodies = new Map<string, { label: Label; rules: readonly PolicyRule[] }>();
  const leaf = ({ key, value, rules }: Segment): Label => {
    if (value !== undefined) return returns.to(value);
    let body = bodies.get(key);
    if (!body) {
      body = { label: out.label(), rules: rules! };
      bodies.set(key, body);
    }
    return body.label;
  };
  const [only] = segments;
  if (segments.length > 1) writeSearch(out, segments, 0, segments.length, leaf);
  else if (only!.rules) throw new Error('one number cannot be the whole range');
  else out.return(only!.value!);
  // Conditional rules come after the search and before the returns they share with it; a relay costs one instruction.
  for (const { label, rules } of bodies.values()) {
    out.place(label);
    writeRules(out, section.abi, rules, byDefault, returns);
  }
  returns.write();
}

/** x86_64 and x32 have one audit architecture; bit 30 of the number tells them apart. A is the number. */
function writeX86(out: Assembler, policy: Policy): void {
  const narrow = policy.abis.find(({ abi }) => abi === 'x32');
  const wide = policy.abis.find(({ abi }) => abi === 'x86_64');
  const returns = new Returns(out);
  const badArch = returns.to(returnOf(policy.badArchAction));
  const upper = out.label();
  const lower = wide ? out.label() : badArch;
  // libseccomp compares with bit 30, runc's stub, which comes first, looks at the bit alone.
  const byBit = wide?.stubAbove !== undefined;
  out.branch(byBit ? CODE.jumpSet : CODE.jumpNotLess, X32_BIT, upper, lower);
  out.place(upper);
  if (narrow) writeSection(out, narrow, policy);
  // A tracer that skips a call sets number -1: libseccomp does not take that for x32.
  else out.branch(CODE.jumpEqual, NO_CALL, returns.to(returnOf(policy.defaultAction)), badArch);
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

import type { Abi } from '../../../../src/core/linux/abi.ts';

/** A defect of libseccomp that decides a call, reduced; `test/differential` holds the same against real libraries. */
export interface DefectCase {
  readonly what: string;
  readonly abis: readonly Abi[];
  readonly byDefault: string;
  readonly rules: readonly string[];
  readonly call: readonly [Abi, number, ...bigint[]];
  /** By release, from this one on. */
  readonly results: Readonly<Record<string, string>>;
}

const WIDE: readonly Abi[] = ['x86_64', 'x86', 'x32'];
const SOCKETS = ['errno38 socketcall', 'errno97 socket 0 EQ 40', 'errno13 personality 0 EQ 8'];

export const CASES: readonly DefectCase[] = [
  {
    what: 'the number is never loaded where the only unconditional name has none',
    abis: WIDE,
    byDefault: 'allow',
    rules: SOCKETS,
    call: ['x86_64', 41, 40n],
    results: { '2.4.0': 'errno97', '2.5.0': 'allow', '2.6.1': 'allow' },
  },
  {
    what: '…nor on x32, which shares the architecture',
    abis: WIDE,
    byDefault: 'allow',
    rules: SOCKETS,
    call: ['x32', 0x40000000 + 135, 8n],
    results: { '2.4.4': 'errno13', '2.5.0': 'allow', '2.6.1': 'allow' },
  },
  {
    what: '…but on x86, where the name has one',
    abis: WIDE,
    byDefault: 'allow',
    rules: SOCKETS,
    call: ['x86', 136, 8n],
    results: { '2.5.0': 'errno13', '2.6.1': 'errno13' },
  },
  {
    what: '…and on x86_64 alone, which loads it to know x32',
    abis: ['x86_64'],
    byDefault: 'allow',
    rules: SOCKETS,
    call: ['x86_64', 41, 40n],
    results: { '2.5.0': 'errno97', '2.6.1': 'errno97' },
  },
  {
    what: '…and with an unconditional rule for a name that has a number',
    abis: WIDE,
    byDefault: 'allow',
    rules: [...SOCKETS, 'trap acct'],
    call: ['x86_64', 41, 40n],
    results: { '2.5.0': 'errno97', '2.6.1': 'errno97' },
  },
  {
    what: 'a name with conditions and without a number comes later than one with fewer conditions',
    abis: ['x86_64', 'x32'],
    byDefault: 'errno1',
    rules: ['allow mmap2 0 EQ 1, 1 EQ 2', 'allow personality 0 EQ 5'],
    call: ['x86_64', 135, 5n],
    results: { '2.5.0': 'allow', '2.6.1': 'allow' },
  },
  {
    what: '…and first where it has fewer',
    abis: ['x86_64', 'x32'],
    byDefault: 'errno1',
    rules: ['allow mmap2 0 EQ 1', 'allow personality 0 EQ 5, 1 EQ 2'],
    call: ['x86_64', 135, 5n, 2n],
    results: { '2.4.4': 'allow', '2.5.0': 'errno1', '2.6.1': 'errno1' },
  },
  {
    what: 'of two lower bounds with the same upper half the larger decides, with either action',
    abis: ['x86_64'],
    byDefault: 'errno1',
    rules: ['allow keyctl 0 GT 10', 'trap keyctl 0 GE 20'],
    call: ['x86_64', 250, 25n],
    results: { '2.4.1': 'trap', '2.5.5': 'trap', '2.6.1': 'trap' },
  },
  {
    what: 'of two upper bounds with the same upper half the first decides below it up to 2.6.0, the smaller since',
    abis: ['x86_64'],
    byDefault: 'errno1',
    rules: ['trap keyctl 0 LE 0x100000009', 'allow keyctl 0 LE 0x100000005'],
    call: ['x86_64', 250, 1n],
    results: { '2.4.1': 'trap', '2.5.5': 'trap', '2.6.0': 'trap', '2.6.1': 'allow' },
  },
  {
    what: 'two upper bounds on either side of 2^32 refuse what both allow',
    abis: ['x86_64'],
    byDefault: 'errno1',
    rules: ['allow keyctl 2 LT 2', 'allow keyctl 2 LT 0x100000005'],
    call: ['x86_64', 250, 0n, 0n, 2n],
    results: { '2.4.1': 'errno1', '2.5.5': 'errno1', '2.6.1': 'errno1' },
  },
  {
    what: 'a rule that goes on to a second argument after NE hides the next one',
    abis: ['x86'],
    byDefault: 'errno1',
    rules: ['allow personality 0 NE 0xffffffff, 1 MASKED_EQ 2 0, 2 NE 1', 'allow personality 0 EQ 9'],
    call: ['x86', 136, 9n, 2n, 0n],
    results: { '2.5.5': 'errno1', '2.6.1': 'errno1' },
  },
  {
    what: 'NE and NE: the larger value is asked first',
    abis: ['x86_64'],
    byDefault: 'errno1',
    rules: ['allow keyctl 0 NE 3', 'trap keyctl 0 NE 5'],
    call: ['x86_64', 250, 4n],
    results: { '2.5.5': 'trap', '2.6.1': 'trap' },
  },
];

/** Rules that libseccomp never finishes with: it follows its nodes in a circle. */
export const ENDLESS = [
  'trap personality 1 NE 2',
  'allow personality 0 NE 0x100000001, 1 EQ 1',
  'allow personality 0 NE 0x100000001, 1 NE 0x100000001',
] as const;

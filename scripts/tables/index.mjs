import { syscallNumbers } from './syscalls.mjs';

/** Every generated table: where it goes, what it is made from, and how. */
export const TABLES = [
  {
    path: 'src/core/syscalls/numbers.gen.ts',
    from: 'facts/syscalls.json',
    what: 'Names, first kernels and numbers (without ABI base) of every syscall; see numbers.ts for the shape.',
    make: syscallNumbers,
  },
];

import type { Denial } from '../../core/documents/denial.ts';

/** What a refusal is about: the syscall, or every call of its ABI. */
export function callTitle({
  syscall,
  abi,
  everyCall,
}: Pick<Denial, 'syscall' | 'abi' | 'everyCall'>): string {
  return everyCall ? `every ${abi} syscall` : syscall;
}

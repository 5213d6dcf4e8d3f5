const allowingBut = (...syscalls: readonly object[]) => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  syscalls,
});

const EPERM = 1;
const ENOSYS = 38;

/** A profile that refuses what C libraries, shells and tools call all the time and can do without. */
export const REFUSING = allowingBut(
  { names: ['faccessat2', 'utimensat', 'fadvise64'], action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
  {
    names: 'clone3 rseq statx membarrier close_range getrandom copy_file_range sysinfo'.split(' '),
    action: 'SCMP_ACT_ERRNO',
    errnoRet: ENOSYS,
  },
);

/** One that kills the process for a call. */
export const KILLING = allowingBut({ names: ['faccessat2'], action: 'SCMP_ACT_KILL_PROCESS' });

/** One that no supervisor can stand in for: the end of one thread among several. */
export const THREAD_KILLING = allowingBut(
  { names: ['acct'], action: 'SCMP_ACT_KILL_THREAD' },
  { names: ['faccessat2'], action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
);

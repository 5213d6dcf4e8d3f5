const isVersion = (text) => /^\d+\.\d+$/.test(text);

/** facts/syscalls.json without what only documents it; `archKernel` completed with versions known from memory. */
export function syscallNumbers(facts) {
  const {
    columns,
    base,
    archBirth,
    archKernel,
    archKernelFromMemory,
    legacyOrUnimplemented,
    armOabi,
    ...table
  } = facts('syscalls');
  const { option, initialNamespace, removedIn } = facts('kernel-config');
  const { kernels, added } = facts('kernel-added');
  const adding = new Set(added.map(({ kernel }) => kernel));
  const perArch = structuredClone(archKernel);
  for (const [arch, versions] of Object.entries(archKernelFromMemory)) {
    for (const [name, version] of Object.entries(versions)) {
      perArch[arch] ??= {};
      if (isVersion(version)) perArch[arch][name] ??= version;
    }
  }
  return {
    abis: columns.slice(2),
    base,
    birth: archBirth,
    // The newest release whose additions were looked at, and those that added something.
    newest: kernels.at(-1),
    adding: kernels.filter((kernel) => adding.has(kernel)),
    option,
    initialNamespace,
    archKernel: perArch,
    // Numbers that Linux reserves but never gave a body: every kernel answers ENOSYS.
    never: legacyOrUnimplemented.names.filter((name) => NEVER_IMPLEMENTED.has(name)),
    removed: Object.fromEntries(
      Object.entries({ ...legacyOrUnimplemented.removedIn, ...removedIn })
        .filter(([name]) => table.rows.some((row) => row[0] === name))
        .map(([name, version]) => [name, version.split('.').slice(0, 2).join('.')]),
    ),
    // Calls of ARM's first ABI, which its kernels answer to old programs only, and no filter knows.
    oabi: armOabi.numbers,
    rows: table.rows,
  };
}

/** The part of `legacyOrUnimplemented.names` that man unimplemented(2) lists; the others did exist for a while. */
const NEVER_IMPLEMENTED = new Set(
  `afs_syscall break epoll_ctl_old epoll_wait_old ftime getpmsg gtty idle lock mpx multiplexer prof profil putpmsg
   security stty timerfd tuxcall ulimit vserver`.split(/\s+/),
);

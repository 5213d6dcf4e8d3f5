/** strace resumes a call under another spelling of its name after a restart. */
export function sameCall(began: string, resumed: string): boolean {
  return resumed === 'restart_syscall' || began === 'restart_syscall';
}

/** The arguments of a call whose two halves strace printed apart. */
export function joinArguments(head: string, tail: string): string {
  if (head === '' || tail === '') return head + tail;
  return /[,(]$/.test(head) && !tail.startsWith(' ') ? `${head} ${tail}` : head + tail;
}

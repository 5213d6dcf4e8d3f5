/** What a filter does with a call: libseccomp's SCMP_ACT_*, in the kernel's terms (seccomp(2)). */
export type Action =
  | { readonly kind: 'allow' | 'log' | 'kill_thread' | 'kill_process' | 'trap' | 'notify' }
  | { readonly kind: 'errno' | 'trace'; readonly value: number };

/** Why a host answers as it does (design §3). */
export type Cause = 'rule' | 'default' | 'stub' | 'bad-arch' | 'kernel' | 'genuine' | 'unknown';

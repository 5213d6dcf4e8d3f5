/** What was seen of this machine, before anything is concluded from it. Absent: could not be seen. */
export interface Observed {
  readonly system: {
    readonly platform: string;
    /** `uname -r`. */
    readonly release: string;
    /** /proc/version, or `uname -v`. */
    readonly version: string;
    readonly machine: string;
    /** PRETTY_NAME, ID and ID_LIKE of os-release(5). */
    readonly name?: string;
    readonly ids: readonly string[];
    /** First lines of the kernel log that tell a sandbox. */
    readonly kernelLog?: string;
  };
  readonly user: {
    readonly uid: number;
    /** Effective capabilities as /proc/self/status prints them. */
    readonly effective?: bigint;
    readonly writable: { readonly home: boolean; readonly temporary: boolean; readonly here: boolean };
  };
  readonly programs: Readonly<Record<string, Program>>;
  /** The library that the runtimes here are linked with. */
  readonly libseccomp?: string;
  readonly seccomp: {
    /** 0 none, 1 strict, 2 filter; of this very process (proc_pid_status(5)). */
    readonly mode?: number;
    readonly filters?: number;
    readonly noNewPrivileges?: boolean;
    /** /proc/sys/kernel/seccomp/actions_avail. */
    readonly actions?: string;
  };
  readonly namespaces: {
    /** /proc/sys/user/max_user_namespaces. */
    readonly maximum?: number;
    /** Debian's kernel.unprivileged_userns_clone. */
    readonly unprivileged?: number;
    /** Ubuntu's kernel.apparmor_restrict_unprivileged_userns. */
    readonly apparmorRestricts?: number;
    /** /proc/self/setgroups, which rootless engines write to. */
    readonly setgroups: boolean;
    readonly trial: Trial;
  };
  readonly ptrace: {
    /** /proc/sys/kernel/yama/ptrace_scope. */
    readonly scope?: number;
    readonly trial: Trial;
  };
  readonly cgroups: 'v2' | 'hybrid' | 'v1' | 'none';
  readonly bubblewrap: Trial;
  readonly docker: Trial;
  readonly podman: Trial;
  /** Listing the packet filter's rules, as dockerd does at its start. */
  readonly packetFilter: Trial;
  readonly calls: readonly ProbedCall[];
  /** Why no call could be made, where that is so. */
  readonly callsTrouble?: string;
}

export interface Program {
  /** Absent: not installed, or does not run. */
  readonly version?: string;
  readonly why?: string;
}

/** Something really tried. */
export interface Trial {
  readonly works: boolean;
  /** What it said (its version when it works, the first line of the error when not). */
  readonly said: string;
}

/** A syscall really made, with arguments that no kernel accepts. */
export interface ProbedCall {
  readonly syscall: string;
  readonly abi: 'x86_64' | 'x86' | 'aarch64';
  /** `ENOSYS`, `EPERM`, `SIGSYS`, or `present` for every other answer: the kernel looked at the arguments. */
  readonly answer: string;
}

/** One line of the doctor's list. */
export interface Check {
  readonly name: string;
  readonly state: 'works' | 'limited' | 'missing';
  /** The fact: a version, a mode. */
  readonly found: string;
  /** One sentence: what this prevents, unless it works. */
  readonly why?: string;
  /** The exact command, or change, that adds it. */
  readonly fix?: string;
}

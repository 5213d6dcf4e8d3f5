/*
 * Prints the seccomp filter that a running process is under, as the kernel keeps it: PTRACE_SECCOMP_GET_FILTER
 * (CONFIG_CHECKPOINT_RESTORE, CAP_SYS_ADMIN). filter PID INDEX; index 0 is the newest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  pid_t pid = (pid_t)atoi(argv[1]);
  long index = atol(argv[2]);
  static struct sock_filter filter[65535];
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0 || waitpid(pid, NULL, __WALL) < 0) {
    fprintf(stderr, "ptrace: %s\n", strerror(errno));
    return 3;
  }
  long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, filter);
  if (length < 0) {
    fprintf(stderr, "PTRACE_SECCOMP_GET_FILTER: %s\n", strerror(errno));
    return 3;
  }
  fwrite(filter, sizeof *filter, (size_t)length, stdout);
  return 0;
}

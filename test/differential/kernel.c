/*
 * Asks the running kernel what it makes of filters and calls. Nothing that is called reaches the kernel's own code as long
 * as the filter answers every call with an errno.
 *
 *   kernel load       requests on standard input, answers on standard output (binary, this machine's byte order)
 *     request: uint32 instructions, the instructions, uint32 calls, per call int64 abi (0: 64-bit, 1: int 0x80), nr, 6 arguments
 *     answer:  int32 errno of loading (0: loaded), per call int64 result
 *   kernel call       lines "NR ARG ARG ARG ARG ARG ARG" in hex; prints the result of each, in the filter it was started with
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
  int64_t abi;
  int64_t nr;
  uint64_t args[6];
};

struct shared {
  volatile int32_t loaded;
  volatile int64_t results[4096];
};

static int64_t wide(const struct call *c) {
  register uint64_t r10 __asm__("r10") = c->args[3];
  register uint64_t r8 __asm__("r8") = c->args[4];
  register uint64_t r9 __asm__("r9") = c->args[5];
  int64_t result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(c->nr), "D"(c->args[0]), "S"(c->args[1]), "d"(c->args[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static int64_t narrow(const struct call *c) {
  int64_t result;
  /* The sixth argument is in ebp, which the compiler may need: put it there around the call only. */
  __asm__ volatile("push %%rbp\n\tmov %[six], %%rbp\n\tint $0x80\n\tpop %%rbp"
                   : "=a"(result)
                   : "a"(c->nr), "b"(c->args[0]), "c"(c->args[1]), "d"(c->args[2]), "S"(c->args[3]), "D"(c->args[4]),
                     [six] "r"(c->args[5])
                   : "r9", "r10", "r11", "memory");
  return (int32_t)result;
}

static void need(void *to, size_t size) {
  if (fread(to, 1, size, stdin) != size) exit(3);
}

static int load(void) {
  struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  static struct sock_filter filter[65535];
  static struct call calls[4096];
  uint32_t length, count;
  while (fread(&length, 1, sizeof length, stdin) == sizeof length) {
    if (length > 65535) return 3;
    need(filter, length * sizeof *filter);
    need(&count, sizeof count);
    if (count > 4096) return 3;
    need(calls, count * sizeof *calls);
    memset(shared, 0xff, sizeof *shared);
    pid_t child = fork();
    if (child == 0) {
      struct sock_fprog program = {(unsigned short)length, filter};
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      shared->loaded = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
      if (shared->loaded == 0)
        for (uint32_t i = 0; i < count; i++) shared->results[i] = calls[i].abi ? narrow(&calls[i]) : wide(&calls[i]);
      /* exit is filtered too. */
      __builtin_trap();
    }
    waitpid(child, NULL, 0);
    int32_t loaded = shared->loaded;
    fwrite(&loaded, sizeof loaded, 1, stdout);
    for (uint32_t i = 0; i < count; i++) {
      int64_t result = shared->results[i];
      fwrite(&result, sizeof result, 1, stdout);
    }
  }
  return 0;
}

static int call(void) {
  struct call c = {0};
  unsigned long long nr, a[6];
  while (scanf("%llx %llx %llx %llx %llx %llx %llx", &nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]) == 7) {
    c.nr = (int64_t)nr;
    for (int i = 0; i < 6; i++) c.args[i] = a[i];
    printf("%lld\n", (long long)wide(&c));
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "load") == 0) return load();
  if (argc == 2 && strcmp(argv[1], "call") == 0) return call();
  return 2;
}

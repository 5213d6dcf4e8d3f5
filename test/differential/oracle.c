/*
 * Builds filters with the real libseccomp, as runc and crun do, and prints the BPF it generates.
 *
 * Input, a line each:
 *   filter DEFAULT OPTIMIZE ARCH...      DEFAULT: the value a filter returns, hex; ARCH: audit tokens or "x32", hex
 *   rule ACTION NAME [INDEX OP VALUE VALUETWO]...
 *   end
 * Output per filter: int32 length in bytes (or a negative errno), then the program in the architecture's byte order. A filter that
 * libseccomp never finishes is answered -ETIME, one that it crashes on -EFAULT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer(int32_t length, const void *bytes) {
  fwrite(&length, sizeof length, 1, stdout);
  if (length > 0) fwrite(bytes, 1, (size_t)length, stdout);
  fflush(stdout);
}

static enum scmp_compare operator_of(const char *name) {
  static const char *names[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
  for (int i = 0; i < 7; i++)
    if (strcmp(name, names[i]) == 0) return (enum scmp_compare)(i + 1);
  fprintf(stderr, "operator %s\n", name);
  exit(2);
}

/* As the runtimes: each condition on its own when two of them look at one argument. */
static int add(scmp_filter_ctx ctx, uint32_t action, int nr, struct scmp_arg_cmp *args, unsigned count) {
  int seen = 0, repeated = 0;
  for (unsigned i = 0; i < count; i++) {
    if (seen & (1 << args[i].arg)) repeated = 1;
    seen |= 1 << args[i].arg;
  }
  if (!repeated) return seccomp_rule_add_array(ctx, action, nr, count, args);
  for (unsigned i = 0; i < count; i++) {
    int rc = seccomp_rule_add_array(ctx, action, nr, 1, &args[i]);
    if (rc < 0) return rc;
  }
  return 0;
}

static void export(scmp_filter_ctx ctx) {
  int fd = memfd_create("bpf", 0);
  int rc = seccomp_export_bpf(ctx, fd);
  if (rc < 0) {
    answer(rc, NULL);
  } else {
    off_t length = lseek(fd, 0, SEEK_END);
    void *bytes = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0);
    answer((int32_t)length, bytes);
    munmap(bytes, (size_t)length);
  }
  close(fd);
}

/* Builds one filter from its lines, which it cuts. */
static void build(char *text) {
  scmp_filter_ctx ctx = NULL;
  uint32_t by_default = 0;
  int failed = 0;
  char *rest_of_text = NULL;
  for (char *line = strtok_r(text, "\n", &rest_of_text); line; line = strtok_r(NULL, "\n", &rest_of_text)) {
    char *word = strtok(line, " ");
    if (!word) continue;
    if (strcmp(word, "filter") == 0) {
      by_default = (uint32_t)strtoul(strtok(NULL, " "), NULL, 16);
      unsigned optimize = (unsigned)atoi(strtok(NULL, " "));
      ctx = seccomp_init(by_default);
      failed = ctx ? 0 : -EINVAL;
      /* A context without an architecture takes no attributes. */
      if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize) != 0 && optimize != 1) failed = -EOPNOTSUPP;
      seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
      while ((word = strtok(NULL, " ")) != NULL) {
        uint32_t arch = strcmp(word, "x32") == 0 ? SCMP_ARCH_X32 : (uint32_t)strtoul(word, NULL, 16);
        int rc = seccomp_arch_add(ctx, arch);
        if (rc < 0 && rc != -EEXIST) failed = rc;
      }
    } else if (strcmp(word, "rule") == 0) {
      uint32_t action = (uint32_t)strtoul(strtok(NULL, " "), NULL, 16);
      int nr = seccomp_syscall_resolve_name(strtok(NULL, " "));
      struct scmp_arg_cmp args[16];
      unsigned count = 0;
      while ((word = strtok(NULL, " ")) != NULL) {
        args[count].arg = (unsigned)atoi(word);
        args[count].op = operator_of(strtok(NULL, " "));
        args[count].datum_a = strtoull(strtok(NULL, " "), NULL, 16);
        args[count].datum_b = strtoull(strtok(NULL, " "), NULL, 16);
        count++;
      }
      if (nr == __NR_SCMP_ERROR || action == by_default || failed) continue;
      int rc = add(ctx, action, nr, args, count);
      if (rc < 0) failed = rc;
    }
  }
  if (failed) answer(failed, NULL);
  else export(ctx);
  seccomp_release(ctx);
}

/* In a process of its own: libseccomp does not survive every filter. */
static void build_apart(char *text) {
  pid_t child = fork();
  if (child == 0) {
    struct rlimit seconds = {1, 1}, no_core = {0, 0};
    setrlimit(RLIMIT_CPU, &seconds);
    setrlimit(RLIMIT_CORE, &no_core);
    build(text);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) return;
  answer(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? -ETIME : -EFAULT, NULL);
}

int main(void) {
  char *line = NULL, *text = NULL;
  size_t size = 0, length = 0;
  ssize_t got;
  while ((got = getline(&line, &size, stdin)) > 0) {
    if (strncmp(line, "end", 3) == 0) {
      if (text) build_apart(text);
      length = 0;
      continue;
    }
    text = realloc(text, length + (size_t)got + 1);
    memcpy(text + length, line, (size_t)got + 1);
    length += (size_t)got;
  }
  free(text);
  free(line);
  return 0;
}

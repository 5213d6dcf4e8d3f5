/*
 * attach ADDRESS STRACE [OPTION...]: the first process of the tracer container, which shares the PID namespace of the
 * held container.
 *
 *   1. Reads the filters in force on process 1 and writes each to standard error, newest first, as
 *      `trace-build-filter: ` and the instructions (struct sock_filter) in hex. What cannot be read is said as
 *      `trace-build-no-filter: ERRNO`; -2 means that there is none (any more).
 *   2. Becomes strace; a child waits until strace has attached to process 1, and then lets it go: it sets the word at
 *      ADDRESS (hex) in its memory, with a SIGCONT before (strace is then surely following it) and after (to wake it),
 *      and takes the program that held it out of the container's file system.
 */
#include "system.h"

enum { PEEKUSER = 3, DETACH = 17, SEIZE = 0x4206, INTERRUPT = 0x4207, SECCOMP_GET_FILTER = 0x420c };
enum { WALL = 0x40000000, SIGCHLD_ = 17, SIGCONT_ = 18 };

struct instruction {
  unsigned char bytes[8];
};

static struct instruction program[32768];
static char line[2 * sizeof program + 64];

static void say_number(long n) {
  char digits[24];
  int at = sizeof digits - 1;
  int negative = n < 0;
  word rest = negative ? (word)-n : (word)n;
  digits[at] = 0;
  do digits[--at] = '0' + rest % 10;
  while (rest /= 10);
  if (negative) digits[--at] = '-';
  say(digits + at);
}

static void say_all(const char *text, word size) {
  while (size > 0) {
    long n = call(WRITE, 2, (word)text, size, 0);
    if (n <= 0) return;
    text += n;
    size -= n;
  }
}

static void no_filter(long error) {
  say("trace-build-no-filter: ");
  say_number(error);
  say("\n");
}

static void read_filters(void) {
  static const char title[] = "trace-build-filter: ";
  static const char hex[] = "0123456789abcdef";
  int status = 0;
  long error = call(PTRACE, SEIZE, 1, 0, 0);
  if (error < 0) return no_filter(error);
  call(PTRACE, INTERRUPT, 1, 0, 0);
  call(WAIT4, 1, (word)&status, WALL, 0);
  for (word index = 0;; index++) {
    long count = call(PTRACE, SECCOMP_GET_FILTER, 1, index, 0);
    if (count > (long)(sizeof program / sizeof program[0])) count = -7; /* E2BIG */
    if (count > 0) count = call(PTRACE, SECCOMP_GET_FILTER, 1, index, (word)program);
    if (count <= 0) {
      no_filter(count);
      break;
    }
    word n = 0;
    for (const char *c = title; *c; c++) line[n++] = *c;
    for (long i = 0; i < count; i++)
      for (int b = 0; b < 8; b++) {
        line[n++] = hex[program[i].bytes[b] >> 4];
        line[n++] = hex[program[i].bytes[b] & 15];
      }
    line[n++] = '\n';
    say_all(line, n);
  }
  call(PTRACE, DETACH, 1, 0, 0);
}

/* Whether /proc/1/status names a tracer. */
static int traced(void) {
  static char text[4096];
  long fd = call(OPENAT, -100, (word)"/proc/1/status", 0, 0);
  if (fd < 0) return -1;
  long n = call(READ, fd, (word)text, sizeof text - 1, 0);
  call(CLOSE, fd, 0, 0, 0);
  if (n <= 0) return -1;
  text[n] = 0;
  for (char *c = text; *c; c++) {
    static const char name[] = "TracerPid:\t";
    int i = 0;
    while (name[i] && c[i] == name[i]) i++;
    if (!name[i]) return c[i] != '0';
  }
  return -1;
}

static void pause_for(long milliseconds) {
  long time[2] = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  call(NANOSLEEP, (word)time, 0, 0, 0);
}

static void release(word address) {
  unsigned one = 1;
  int seen;
  while ((seen = traced()) == 0) pause_for(2);
  if (seen < 0) leave(1);
  call(KILL, 1, SIGCONT_, 0, 0);
  pause_for(2);
  long fd = call(OPENAT, -100, (word)"/proc/1/mem", 2 /* O_RDWR */, 0);
  if (fd < 0 || call(PWRITE64, fd, (word)&one, sizeof one, address) != sizeof one) {
    say("trace-build-not-released\n");
    leave(1);
  }
  /* The command does not see it; where it can't be removed (a read-only root), it does no harm. */
  call(UNLINKAT, -100, (word)"/proc/1/root/.trace-build-hold", 0, 0);
  call(KILL, 1, SIGCONT_, 0, 0);
  leave(0);
}

static word from_hex(const char *text) {
  word value = 0;
  for (; *text; text++) value = value * 16 + (word)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
  return value;
}

__attribute__((used, noreturn)) void begin(word *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  char **envp = argv + argc + 1;
  if (argc < 3) leave(2);
  read_filters();
  if (call(CLONE, SIGCHLD_, 0, 0, 0) == 0) release(from_hex(argv[1]));
  say(execute(argv + 2, envp) == 127 ? "trace-build-no-strace\n" : "trace-build-strace-fails\n");
  leave(127);
  __builtin_unreachable();
}

/*
 * probe NUMBER...: makes each system call with arguments that no kernel accepts (all ones) and prints `NUMBER ERRNO`,
 * or `NUMBER signal N` when the call was the end of the process. `iNUMBER` asks as a 32-bit program would (x86_64
 * only). Each call is made by a child of its own, so that one answer can't spoil the next.
 */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "system.h"

static long call32(long nr) {
#if defined(__x86_64__)
  long result = nr;
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(-1), "c"(-1), "d"(-1), "S"(-1), "D"(-1) : "r8", "r9", "r10", "r11", "memory");
  return (int)result;
#else
  (void)nr;
  return -38; /* -ENOSYS */
#endif
}

static void print(const char *label, const char *before, long value) {
  char text[24];
  word at = sizeof text;
  text[--at] = '\n';
  do text[--at] = (char)('0' + value % 10);
  while (value /= 10);
  call(WRITE, 1, (word)label, length(label), 0);
  call(WRITE, 1, (word)before, length(before), 0);
  call(WRITE, 1, (word)(text + at), sizeof text - at, 0);
}

static long number(const char *digits) {
  long n = 0;
  while (*digits >= '0' && *digits <= '9') n = n * 10 + (*digits++ - '0');
  return n;
}

__attribute__((used, noreturn)) void begin(word *stack) {
  char **argv = (char **)(stack + 1);
  for (char **asked = argv + 1; asked[0]; asked++) {
    const char *text = asked[0];
    long child = call(CLONE, 17 /* SIGCHLD */, 0, 0, 0);
    if (child == 0) {
      long result = text[0] == 'i' ? call32(number(text + 1)) : call(number(text), -1ul, -1ul, -1ul, -1ul);
      leave(result < 0 && result > -256 ? (int)-result : 0);
    }
    if (child < 0) leave(1);
    int status = 0;
    call(WAIT4, (word)child, (word)&status, 0, 0);
    if (status & 0x7f) print(text, " signal ", status & 0x7f);
    else print(text, " ", (status >> 8) & 0xff);
  }
  leave(0);
  __builtin_unreachable();
}

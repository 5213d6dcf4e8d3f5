/*
 * What is written: lines of words in hex, which src/io/recording turns into strace's text.
 *
 *   p PID ARGUMENTS                     what a process runs: the bytes of its command line, each argument ending in 0
 *   c PID ARCH NR ERRNO A0 ... A5 [N=BYTES]   a refused call, and the strings that its arguments point to
 *   k PID ARCH NR A0 ... A5             a call that the filter kills for
 *   w PID ARCH NR A0 ... A5             a call that was let through and asked for
 *   o PID ARCH NR A0 ... A5             a program loads a filter of its own
 *   b PID | s 0 | f ERRNO | e ERRNO | x STATUS   the command's process; it was started; the filter or it could not be; how it ended
 */
#pragma once
#include "filter.h"

static int output = -1;
static char waiting[131072], line[65536];
static word waits, written;

static void flush(void) {
  for (word at = 0; at < waits && output >= 0;) {
    long n = call(WRITE, (word)output, (word)(waiting + at), waits - at, 0);
    if (n == -EINTR_) continue;
    /* Whoever reads is gone: the command still gets its answers. */
    if (n <= 0) output = -1;
    else at += (word)n;
  }
  waits = 0;
}

static void put(char c) {
  if (written < sizeof line) line[written++] = c;
}

static void put_number(u64 n) {
  static const char hex[] = "0123456789abcdef";
  int shift = 60;
  while (shift > 0 && !(n >> shift)) shift -= 4;
  put(' ');
  for (; shift >= 0; shift -= 4) put(hex[n >> shift & 15]);
}

static void put_bytes(const unsigned char *bytes, word size) {
  static const char hex[] = "0123456789abcdef";
  for (word i = 0; i < size; i++) {
    put(hex[bytes[i] >> 4]);
    put(hex[bytes[i] & 15]);
  }
}

static void begin_line(char kind) {
  written = 0;
  put(kind);
}

static void end_line(void) {
  put('\n');
  if (waits + written > sizeof waiting) flush();
  memcpy(waiting + waits, line, written);
  waits += written;
}

static void put_pair(char kind, u64 value) {
  begin_line(kind);
  put_number(value);
  end_line();
}

static char *number_into(char *to, u32 n) {
  char digits[12];
  int count = 0;
  do digits[count++] = (char)('0' + n % 10);
  while (n /= 10);
  while (count > 0) *to++ = digits[--count];
  return to;
}

/* Begins a file of /proc/PID, as much as fits. */
static long read_proc(u32 pid, const char *name, void *to, word size) {
  char path[64] = "/proc/";
  char *end = number_into(path + 6, pid);
  while ((*end++ = *name++)) {}
  long fd = call(OPENAT, -100, (word)path, O_CLOEXEC_, 0);
  if (fd < 0) return fd;
  long n = call(READ, (word)fd, (word)to, size, 0);
  call(CLOSE, (word)fd, 0, 0, 0);
  return n;
}

/* Up to `most` bytes of another process's string; how many come before its end, or -1 where it can't be read. */
static long read_string(u32 pid, u64 address, unsigned char *to, word most) {
  word first = 4096 - (address & 4095);
  struct segment here = {to, most};
  /* A page that is not there must not cost the one before it. */
  struct segment there[2] = {{(void *)(word)address, first < most ? first : most}, {(void *)(word)(address + first), first < most ? most - first : 0}};
  long n = call6(PROCESS_VM_READV, pid, (word)&here, 1, (word)there, first < most ? 2 : 1, 0);
  if (n <= 0) return -1;
  for (long i = 0; i < n; i++)
    if (!to[i]) return i;
  return n;
}

/*
 * The file that trace-build hands over: how many instructions the filter has, how many the notifying one, how many calls
 * are described; then these, in that order. The machine of classic BPF is in include/uapi/linux/bpf_common.h.
 */
#pragma once
#include "calls.h"

struct instruction {
  unsigned short code;
  unsigned char yes, no;
  u32 k;
};

/*
 * Bits 0 to 5: arguments that point to strings; 8 to 13: arguments that tell calls apart; HOOK: may load a filter, which
 * depends on the operation (of prctl(2) with BY_PRCTL, or of seccomp(2)); WATCH: the first of calls that are alike is recorded though allowed.
 */
struct described {
  u32 arch, nr, bits;
};
enum { HOOK = 1u << 30, WATCH = 1u << 29, BY_PRCTL = 1u << 28 };

enum { MOST_INSTRUCTIONS = 4096, MOST_DESCRIBED = 4096 };
static struct {
  u32 filter, notifying, described;
} counts;
static struct instruction filter[MOST_INSTRUCTIONS], notifying[MOST_INSTRUCTIONS];
static struct described described[MOST_DESCRIBED];

static int read_at(int fd, void *to, word size, word at) {
  return call(PREAD64, (word)fd, (word)to, size, at) == (long)size;
}

static int read_filters(int fd) {
  if (!read_at(fd, &counts, sizeof counts, 0)) return 0;
  if (counts.filter > MOST_INSTRUCTIONS || counts.notifying > MOST_INSTRUCTIONS || counts.described > MOST_DESCRIBED) return 0;
  word at = sizeof counts;
  word sizes[3] = {counts.filter * sizeof *filter, counts.notifying * sizeof *notifying, counts.described * sizeof *described};
  return read_at(fd, filter, sizes[0], at) && read_at(fd, notifying, sizes[1], at + sizes[0]) &&
         read_at(fd, described, sizes[2], at + sizes[0] + sizes[1]);
}

enum { RET_KILL_PROCESS = 0x80000000, RET_KILL_THREAD = 0, RET_TRAP = 0x30000, RET_ERRNO = 0x50000, RET_LOG = 0x7ffc0000, RET_ALLOW = 0x7fff0000 };

/* What the filter itself returns for a call. Only the instructions that trace-build's compiler writes are known. */
static u32 evaluate(const struct seccomp_call *data) {
  const u32 *words = (const u32 *)data;
  u32 a = 0;
  for (u32 i = 0; i < counts.filter; i++) {
    const struct instruction *at = &filter[i];
    switch (at->code) {
    case 0x20: a = words[at->k / 4 % 16]; break;
    case 0x54: a &= at->k; break;
    case 0x05: i += at->k; break;
    case 0x15: i += a == at->k ? at->yes : at->no; break;
    case 0x25: i += a > at->k ? at->yes : at->no; break;
    case 0x35: i += a >= at->k ? at->yes : at->no; break;
    case 0x45: i += a & at->k ? at->yes : at->no; break;
    case 0x06: return at->k;
    }
  }
  return RET_KILL_PROCESS;
}

/* Where a call is described, or -1. */
static int description_of(const struct seccomp_call *data) {
  for (u32 i = 0; i < counts.described; i++)
    if (described[i].nr == (u32)data->nr && described[i].arch == data->arch) return (int)i;
  return -1;
}

/* Whether a call loads a filter, or strict mode, which is one. */
static int loads_filter(const struct seccomp_call *data, int at) {
  if (at < 0 || !(described[at].bits & HOOK)) return 0;
  u32 operation = (u32)data->args[0];
  return described[at].bits & BY_PRCTL ? operation == 22 /* PR_SET_SECCOMP */ : operation <= 1 /* SECCOMP_SET_MODE_FILTER */;
}

enum { MOST_REPORTED = 512 };
static struct {
  int at;
  u64 args[6];
} reported[MOST_REPORTED];
static int reports;

/* Whether a call like this one was asked about before; where there are too many to remember, none was. */
static int again(const struct seccomp_call *data, int at) {
  u64 args[6];
  for (int i = 0; i < 6; i++) args[i] = described[at].bits >> (8 + i) & 1 ? data->args[i] : 0;
  for (int r = 0; r < reports; r++) {
    if (reported[r].at != at) continue;
    int same = 1;
    for (int i = 0; i < 6; i++) same &= reported[r].args[i] == args[i];
    if (same) return 1;
  }
  if (reports == MOST_REPORTED) return 0;
  reported[reports].at = at;
  for (int i = 0; i < 6; i++) reported[reports].args[i] = args[i];
  reports++;
  return 0;
}

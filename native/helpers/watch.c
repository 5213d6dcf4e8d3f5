/*
 * watch TID...: says of each refused system call of these threads, and of what they start from now on, whether the
 * kernel itself refused it or a seccomp filter did. Nothing is stopped and nobody is traced: a call that gets past every
 * filter fires raw_syscalls:sys_enter, and one that is refused there fires raw_syscalls:sys_exit alone.
 *
 * Needs CAP_PERFMON (or CAP_SYS_ADMIN). Where tracefs is not mounted it is mounted in a mount namespace of our own,
 * for which CAP_SYS_ADMIN is needed. It ends when standard input does, or with the last of the threads.
 *
 * Standard output, a line each:
 *   ready                                   from here on nothing is missed
 *   filter|kernel TID NR ABI ERRNO SIX ARGUMENTS NAME
 *                                           ABI is 64, 32 or 0 (not known); arguments in hex, `-` where not known;
 *                                           the name of the program, empty for one that had it before we looked
 *   lost N                                  so many records were overwritten: what each thread is doing is not known then
 *   end CALLS IGNORED                       how many calls ended while we looked, and how many were of strangers
 * Status 0, or 1 with one line on standard error.
 */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "system.h"
#include "call6.h"

#if defined(__x86_64__)
enum { PERF_EVENT_OPEN = 298, MMAP = 9, IOCTL = 16, POLL_NR = 271, CLOCK_GETTIME = 228, UNSHARE = 272, MOUNT = 165, PRLIMIT = 302 };
/* enum perf_event_x86_regs; the values come in the order of these bits: bx cx dx si di bp r8 r9 r10. */
enum { REGISTERS = 0x7007e, COUNT = 9 };
static const signed char ARGUMENTS64[6] = {4, 3, 2, 8, 6, 7};
/* The kernel reports neither bx nor bp of a thread that is inside of a call. */
static const signed char ARGUMENTS32[6] = {-1, 1, 2, 3, 4, -1};
#elif defined(__aarch64__)
enum { PERF_EVENT_OPEN = 241, MMAP = 222, IOCTL = 29, POLL_NR = 73, CLOCK_GETTIME = 113, UNSHARE = 97, MOUNT = 40, PRLIMIT = 261 };
/* x0 to x5; x0 holds the result by then. */
enum { REGISTERS = 0x3f, COUNT = 6 };
static const signed char ARGUMENTS64[6] = {-1, 1, 2, 3, 4, 5};
static const signed char ARGUMENTS32[6] = {-1, 1, 2, 3, 4, 5};
#endif

/* linux/perf_event.h, as far as it is used. */
struct attributes {
  unsigned type, size;
  word config, period, sample, format, flags;
  unsigned watermark, unused1;
  word unused2[3], registers;
  unsigned stack;
  int clock;
  word unused3[2];
};
enum { TRACEPOINT = 2, INHERIT = 1 << 1, COMM = 1 << 9, TASK = 1 << 13, WATERMARK = 1 << 14, TIME_OF_ALL = 1 << 18, USE_CLOCK = 1 << 25 };
enum { WITH_TID = 2, WITH_TIME = 4, WITH_RAW = 1024, WITH_REGISTERS = 4096 };
enum { SET_OUTPUT = 0x2405, LOST = 2, NAMED = 3, FORK = 7, SAMPLE = 9, MONOTONIC = 1 };
enum { BUFFER = 1 << 22, MOST_CPUS = 1024, MOST_EVENTS = 1 << 16, ENTRY_SIZE = 24 };

struct header {
  unsigned type;
  unsigned short misc, size;
};
struct poll {
  int fd;
  short events, got;
};

static struct {
  unsigned char *page; /* 0: not watched, or no such CPU */
  int fd;
  word tail, head;
} cpus[MOST_CPUS];
/* The first is standard input, then every event: it hangs up when its thread and all that thread started are gone. */
static struct poll polled[1 + MOST_EVENTS];
static word events;

/*
 * By thread, up to the largest pid_max there is. A thread that was made while the events were being opened may have only
 * some of them: it stays a STRANGER, and nothing is said of it.
 */
enum { STRANGER, OUTSIDE, INSIDE, NOT_KNOWN };
static unsigned char threads[1 << 22];

static word pageSize;
static unsigned cpuCount;
static word calls, strangersCalls;
/* When every event was open. */
static word complete;
static char text[1 << 16];
static word used;

static void flush(void) {
  for (word at = 0; at < used;) {
    long wrote = call(WRITE, 1, (word)(text + at), used - at, 0);
    if (wrote <= 0) leave(1);
    at += (word)wrote;
  }
  used = 0;
}

static void put(const char *words) {
  if (used + 256 > sizeof text) flush();
  while (*words) text[used++] = *words++;
}

static void putNumber(word value, word base) {
  char digits[24];
  word n = 0;
  do digits[n++] = "0123456789abcdef"[value % base];
  while (value /= base);
  if (used + 256 > sizeof text) flush();
  while (n > 0) text[used++] = digits[--n];
}

static void fail(const char *what) {
  flush();
  say(what);
  say("\n");
  leave(1);
}

static word now(void) {
  word time[2];
  call(CLOCK_GETTIME, MONOTONIC, (word)time, 0, 0);
  return time[0] * 1000000000 + time[1];
}

static word number(const char *digits) {
  word n = 0;
  while (*digits >= '0' && *digits <= '9') n = n * 10 + (word)(*digits++ - '0');
  return n;
}

/* Id of a tracepoint; 0 where tracefs is not there. */
static word idIn(const char *file) {
  char digits[24] = {0};
  long fd = call(OPENAT, (word)-100, (word)file, 0, 0);
  if (fd < 0) return 0;
  call(READ, (word)fd, (word)digits, sizeof digits - 1, 0);
  call(CLOSE, (word)fd, 0, 0, 0);
  return number(digits);
}

#define EVENTS "/sys/kernel/tracing/events/raw_syscalls/"
static void tracepoints(word *enter, word *leaveIt) {
  *enter = idIn(EVENTS "sys_enter/id");
  if (*enter == 0) {
    /* CLONE_NEWNS; MS_REC | MS_PRIVATE: nobody else sees the mount. */
    if (call(UNSHARE, 0x20000, 0, 0, 0) == 0) {
      call6(MOUNT, (word) "none", (word) "/", 0, 0x4000 | 0x40000, 0, 0);
      call6(MOUNT, (word) "tracefs", (word) "/sys/kernel/tracing", (word) "tracefs", 0, 0, 0);
    }
    *enter = idIn(EVENTS "sys_enter/id");
  }
  *leaveIt = idIn(EVENTS "sys_exit/id");
  if (*enter == 0 || *leaveIt == 0) fail("no tracefs: the kernel's tracepoints can't be read");
}

/* One event of a thread on one CPU; the first of a CPU makes its buffer, and the others write there too. */
static void add(word tid, unsigned cpu, word id, int withCall) {
  struct attributes attributes = {
      .type = TRACEPOINT,
      .size = sizeof attributes,
      .config = id,
      .period = 1,
      .sample = WITH_TID | WITH_TIME | (withCall ? WITH_RAW | WITH_REGISTERS : 0),
      .flags = INHERIT | WATERMARK | USE_CLOCK | TIME_OF_ALL | (withCall ? TASK | COMM : 0),
      .watermark = BUFFER / 8,
      .registers = withCall ? REGISTERS : 0,
      .clock = MONOTONIC,
  };
  /* 8: close on exec */
  long fd = call6(PERF_EVENT_OPEN, (word)&attributes, tid, cpu, (word)-1, 8, 0);
  if (fd == -19 || fd == -22) return; /* ENODEV, EINVAL: there is no such CPU, or it is offline */
  if (fd == -3) return;               /* ESRCH: the thread has ended */
  if (fd == -1 || fd == -13) fail("perf events need CAP_PERFMON, and a filter that allows perf_event_open");
  if (fd == -38 || fd == -2) fail("this kernel has no perf events of tracepoints");
  if (fd < 0 || events == MOST_EVENTS) fail("there are too many threads and processors to watch them all");
  polled[++events] = (struct poll){(int)fd, 1, 0};
  if (cpus[cpu].page) {
    if (call(IOCTL, (word)fd, SET_OUTPUT, (word)cpus[cpu].fd, 0) < 0) fail("the kernel did not join two perf events");
    return;
  }
  /* PROT_READ | PROT_WRITE, MAP_SHARED; a page of its own stands before the records. */
  long page = call6(MMAP, 0, pageSize + BUFFER, 3, 1, (word)fd, 0);
  if (page < 0 && page > -4096) fail("no memory for the records: raise RLIMIT_MEMLOCK or kernel.perf_event_mlock_kb");
  cpus[cpu].page = (unsigned char *)page;
  cpus[cpu].fd = (int)fd;
}

/* data_head and data_tail of struct perf_event_mmap_page. */
#define HEAD(cpu) (*(volatile word *)(cpus[cpu].page + 1024))
#define TAIL(cpu) (*(volatile word *)(cpus[cpu].page + 1032))

static void copy(unsigned cpu, word at, void *to, word size) {
  const unsigned char *data = cpus[cpu].page + pageSize;
  for (word i = 0; i < size; i++) ((unsigned char *)to)[i] = data[(at + i) & (BUFFER - 1)];
}

/* Short names of programs, as far as we saw them given: 16 bytes with the zero at the end. */
static char names[1 << 22][16];
static char *nameOf(unsigned tid) { return names[tid & (sizeof threads - 1)]; }

static unsigned char *stateOf(unsigned tid) { return &threads[tid & (sizeof threads - 1)]; }

static void forgetThreads(void) {
  for (word i = 0; i < sizeof threads; i++)
    if (threads[i] != STRANGER) threads[i] = NOT_KNOWN;
}

/* The end of a call: the rest of its record is the number, the result and the registers. */
static void ended(unsigned cpu, word at, unsigned tid, unsigned char *state) {
  unsigned raw;
  long call[3]; /* common fields, id, ret */
  word registers[1 + COUNT];
  calls++;
  unsigned char before = *state;
  *state = OUTSIDE;
  copy(cpu, at, &raw, sizeof raw);
  copy(cpu, at + sizeof raw, call, sizeof call);
  long result = call[2];
  if (result >= 0 || result < -4095 || before == NOT_KNOWN) return;
  /* Of what the kernel itself returned only what could be a refusal: EPERM, EACCES, ENOSYS. */
  if (before == INSIDE && result != -1 && result != -13 && result != -38) return;
  copy(cpu, at + sizeof raw + raw, registers, sizeof registers);
  put(before == INSIDE ? "kernel " : "filter ");
  putNumber(tid, 10);
  put(" ");
  putNumber((word)(unsigned)call[1], 10);
  put(registers[0] == 2 ? " 64 " : registers[0] == 1 ? " 32 " : " 0 ");
  putNumber((word)-result, 10);
  const signed char *order = registers[0] == 2 ? ARGUMENTS64 : ARGUMENTS32;
  for (int i = 0; i < 6; i++) {
    put(" ");
    if (registers[0] == 0 || order[i] < 0) put("-");
    else putNumber(registers[1 + order[i]], 16);
  }
  put(" ");
  const char *name = nameOf(tid);
  for (word i = 0; i < sizeof *names && name[i]; i++) {
    if (used == sizeof text) flush();
    text[used++] = name[i] > ' ' && name[i] <= '~' ? name[i] : '?';
  }
  put("\n");
}

/* Takes the records of all CPUs in the order of their time, up to that time. */
static void take(word until) {
  for (unsigned i = 0; i < cpuCount; i++)
    if (cpus[i].page) cpus[i].head = HEAD(i);
  __sync_synchronize();
  for (;;) {
    word first = until;
    unsigned cpu = MOST_CPUS;
    struct header header = {0, 0, 0};
    for (unsigned i = 0; i < cpuCount; i++) {
      if (!cpus[i].page || cpus[i].tail >= cpus[i].head) continue;
      struct header one;
      word time = 0;
      copy(i, cpus[i].tail, &one, sizeof one);
      copy(i, cpus[i].tail + (one.type == SAMPLE ? 16 : one.size - sizeof time), &time, sizeof time);
      if (time >= first) continue;
      first = time;
      cpu = i;
      header = one;
    }
    if (cpu == MOST_CPUS) break;
    word at = cpus[cpu].tail;
    if (header.type == LOST) {
      word lost;
      copy(cpu, at + 16, &lost, sizeof lost);
      put("lost ");
      putNumber(lost, 10);
      put("\n");
      forgetThreads();
    } else if (header.type == FORK) {
      unsigned made[2]; /* tid, and that of the maker */
      copy(cpu, at + 16, made, sizeof made);
      if (first >= complete && *stateOf(made[1]) != STRANGER) *stateOf(made[0]) = OUTSIDE;
      for (word i = 0; i < sizeof *names; i++) nameOf(made[0])[i] = nameOf(made[1])[i];
    } else if (header.type == NAMED) {
      unsigned tid;
      copy(cpu, at + 12, &tid, sizeof tid);
      copy(cpu, at + 16, nameOf(tid), header.size < 48 ? header.size - 32u : sizeof *names);
    } else if (header.type == SAMPLE) {
      unsigned tid;
      copy(cpu, at + 12, &tid, sizeof tid);
      unsigned char *state = stateOf(tid);
      if (*state == STRANGER) strangersCalls++;
      else if (first < complete) *state = NOT_KNOWN;
      else if (header.size == ENTRY_SIZE) *state = INSIDE;
      else ended(cpu, at + ENTRY_SIZE, tid, state);
    }
    cpus[cpu].tail = at + header.size;
  }
  __sync_synchronize();
  for (unsigned i = 0; i < cpuCount; i++)
    if (cpus[i].page) TAIL(i) = cpus[i].tail;
  flush();
}

/* Waits until there is something to read; false when there will be nothing more. */
static int more(void) {
  word wait[2] = {0, 100000000};
  polled[0].events = 1;
  if (call6(POLL_NR, (word)polled, 1 + events, (word)wait, 0, 8, 0) <= 0) return 1;
  if (polled[0].got) return 0;
  word living = 0;
  for (word i = 1; i <= events; i++) {
    if (polled[i].got & 16) polled[i].fd = -1; /* POLLHUP */
    if (polled[i].fd >= 0) living++;
  }
  return living > 0;
}

/* The value behind a name in the auxiliary vector, which stands behind the environment. */
static word auxiliary(word *stack, word wanted) {
  word *at = stack + 1 + stack[0] + 1;
  while (*at) at++;
  for (at++; at[0]; at += 2)
    if (at[0] == wanted) return at[1];
  return 0;
}

__attribute__((used, noreturn)) void begin(word *stack) {
  word enter, leaveIt;
  word limit[2] = {MOST_EVENTS + 64, MOST_EVENTS + 64};
  pageSize = auxiliary(stack, 6);
  cpuCount = MOST_CPUS;
  call6(PRLIMIT, 0, 7, (word)limit, 0, 0, 0);
  tracepoints(&enter, &leaveIt);
  for (word i = 2; i <= stack[0]; i++) {
    word tid = number((const char *)stack[i]);
    /* It may be inside of a call already. */
    *stateOf((unsigned)tid) = NOT_KNOWN;
    unsigned found = 0;
    for (unsigned cpu = 0; cpu < cpuCount; cpu++) {
      word before = events;
      add(tid, cpu, enter, 0);
      add(tid, cpu, leaveIt, 1);
      if (events > before) found = cpu + 1;
    }
    if (found > 0) cpuCount = found;
  }
  if (events == 0) fail("none of these threads is there");
  complete = now();
  put("ready\n");
  flush();
  word begun = now();
  while (more()) {
    word until = begun;
    begun = now();
    take(until);
  }
  take((word)-1);
  put("end ");
  putNumber(calls, 10);
  put(" ");
  putNumber(strangersCalls, 10);
  put("\n");
  flush();
  for (;;) leave(0);
}

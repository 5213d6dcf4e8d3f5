/* More system calls than system.h has, and the kernel's structures that go with them (include/uapi/linux). */
#pragma once
#include "../system.h"
#include "../call6.h"

#if defined(__x86_64__)
enum { RT_SIGACTION = 13, RT_SIGPROCMASK = 14, IOCTL = 16, PREAD64 = 17, SENDMSG = 46, RECVMSG = 47, SOCKETPAIR = 53,
       SETSOCKOPT = 54, FCNTL = 72, PRCTL = 157, TKILL = 200, CLOCK_GETTIME = 228, PPOLL = 271, SIGNALFD4 = 289, DUP3 = 292,
       PROCESS_VM_READV = 310, SECCOMP = 317 };
/* A process with its own stack that shares our memory; `run` does not return. The kernel keeps its id in *tid while it does. */
static long spawn(word flags, void *stack, volatile int *tid, void (*run)(void)) {
  long result;
  register word r10 __asm__("r10") = (word)tid;
  register word r8 __asm__("r8") = 0;
  register void (*r9)(void) __asm__("r9") = run;
  __asm__ volatile("syscall\n test %%rax, %%rax\n jnz 1f\n xor %%ebp, %%ebp\n call *%%r9\n ud2\n1:"
                   : "=a"(result) : "a"((long)CLONE), "D"(flags), "S"(stack), "d"(tid), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { DUP3 = 24, FCNTL = 25, IOCTL = 29, PREAD64 = 67, PPOLL = 73, SIGNALFD4 = 74, CLOCK_GETTIME = 113, TKILL = 130,
       RT_SIGACTION = 134, RT_SIGPROCMASK = 135, PRCTL = 167, SOCKETPAIR = 199, SETSOCKOPT = 208, SENDMSG = 211, RECVMSG = 212,
       PROCESS_VM_READV = 270, SECCOMP = 277 };
static long spawn(word flags, void *stack, volatile int *tid, void (*run)(void)) {
  register word x8 __asm__("x8") = CLONE;
  register word x0 __asm__("x0") = flags;
  register word x1 __asm__("x1") = (word)stack;
  register word x2 __asm__("x2") = (word)tid;
  register word x3 __asm__("x3") = 0;
  register word x4 __asm__("x4") = (word)tid;
  register void (*x9)(void) __asm__("x9") = run;
  __asm__ volatile("svc 0\n cbnz x0, 1f\n mov x29, 0\n blr x9\n brk 1\n1:"
                   : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9) : "memory", "x30");
  return (long)x0;
}
#endif

typedef unsigned u32;
typedef unsigned long long u64;

enum { ENOENT_ = 2, EINTR_ = 4, ENOEXEC_ = 8, EINVAL_ = 22, ENOSYS_ = 38 };
enum { SIGHUP_ = 1, SIGINT_ = 2, SIGQUIT_ = 3, SIGKILL_ = 9, SIGUSR1_ = 10, SIGPIPE_ = 13, SIGTERM_ = 15, CHILD_ENDS = 17, SIGSYS_ = 31 };
enum { O_WRONLY_ = 1, O_CLOEXEC_ = 02000000, F_SETFD_ = 2 };

struct seccomp_call {
  int nr;
  u32 arch;
  u64 ip;
  u64 args[6];
};

struct notification {
  u64 id;
  u32 pid;
  u32 flags;
  struct seccomp_call data;
};

struct answer {
  u64 id;
  long long value;
  int error;
  u32 flags;
};

/* _IOWR('!', 0, struct seccomp_notif) and its neighbours. */
enum { NOTIF_RECV = 0xc0502100, NOTIF_SEND = 0xc0182101, NOTIF_SET_FLAGS = 0x40082104 };
enum { ANSWER_CONTINUE = 1, SYNC_WAKE_UP = 1 };

struct segment {
  void *base;
  word size;
};

struct message_header {
  void *name;
  u32 name_size;
  struct segment *parts;
  word part_count;
  void *control;
  word control_size;
  int flags;
};

/* A control message that passes one descriptor on. */
struct passed {
  word size;
  int level;
  int type;
  int descriptor;
  int padding;
};

struct action {
  word handler;
  word flags;
  word restorer;
  word mask;
};

struct waited {
  int descriptor;
  short events;
  short got;
};

/* What one side tells the other: a letter and a number. */
struct told {
  int kind;
  int value;
};

/* gcc makes calls of these out of loops and of assignments of structures. */
void *memset(void *to, int value, word size) {
  volatile unsigned char *bytes = to;
  for (word i = 0; i < size; i++) bytes[i] = (unsigned char)value;
  return to;
}
void *memcpy(void *to, const void *from, word size) {
  volatile unsigned char *bytes = to;
  const unsigned char *source = from;
  for (word i = 0; i < size; i++) bytes[i] = source[i];
  return to;
}

static word number_of(const char *digits) {
  word n = 0;
  while (*digits >= '0' && *digits <= '9') n = n * 10 + (word)(*digits++ - '0');
  return n;
}

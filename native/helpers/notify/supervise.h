/*
 * notify supervise OUTPUT FILTERS SOCKET COMMAND...: outside. Starts COMMAND, which leads to `notify load FILTERS SOCKET`,
 * and answers each call that its filter refuses with the errno that the filter returns, until nobody is left under it. Ends as
 * COMMAND ends. SIGUSR1: ends at once, and leaves behind a process that only answers.
 */
#pragma once
#include "load.h"
#include "record.h"

static struct {
  int socket, listener, signals;
  long child;
  int status, ended;
} watching = {-1, -1, -1, 0, 0, 0};

static u64 microseconds(void) {
  long time[2] = {0, 0};
  call(CLOCK_GETTIME, 1, (word)time, 0, 0);
  return (u64)time[0] * 1000000 + (u64)time[1] / 1000;
}

/* A process can't have become another program within so many microseconds of a call. */
enum { EXECVE_TAKES = 60, KNOWN = 1024 };
static struct known {
  u32 pid, hash;
  u64 at;
} known[KNOWN];

/* Writes what a process runs where that is not known yet. */
static void name_program(u32 pid) {
  static unsigned char text[1024];
  struct known *one = &known[pid % KNOWN];
  u64 now = microseconds();
  if (one->pid == pid && now - one->at < EXECVE_TAKES) return;
  long size = read_proc(pid, "/cmdline", text, sizeof text);
  one->at = now;
  if (size <= 0) return;
  u32 hash = (u32)size;
  for (long i = 0; i < size; i++) hash = hash * 31 + text[i];
  if (one->pid == pid && one->hash == hash) return;
  one->pid = pid;
  one->hash = hash;
  begin_line('p');
  put_number(pid);
  put(' ');
  put_bytes(text, (word)size);
  end_line();
}

static void write_call(const struct notification *asked, u32 result, int at) {
  static unsigned char text[4096];
  const struct seccomp_call *data = &asked->data;
  u32 kind = result & 0xffff0000, bits = at < 0 ? 0 : described[at].bits;
  int passes = kind == RET_ALLOW || kind == RET_LOG;
  int kills = kind == RET_KILL_PROCESS || kind == RET_KILL_THREAD;
  begin_line(passes ? (loads_filter(data, at) ? 'o' : 'w') : kills ? 'k' : 'c');
  put_number(asked->pid);
  put_number(data->arch);
  put_number((u32)data->nr);
  if (!passes && !kills) put_number(kind == RET_ERRNO ? result & 0xffff : ENOSYS_);
  for (int i = 0; i < 6; i++) put_number(data->args[i]);
  for (int i = 0; i < 6; i++) {
    if (!(bits >> i & 1)) continue;
    long size = read_string(asked->pid, data->args[i], text, sizeof text);
    if (size < 0) continue;
    put(' ');
    put((char)('0' + i));
    put('=');
    put_bytes(text, (word)size);
  }
  put('\n');
}

/* Whether the program blocks, ignores or handles SIGSYS: then only SIGKILL ends it as surely as the filter would. */
static int keeps_sigsys(u32 pid) {
  static char text[4096];
  long size = read_proc(pid, "/status", text, sizeof text - 1);
  if (size <= 0) return 0;
  text[size] = 0;
  for (const char *c = text; *c; c++) {
    if (c[0] != '\n' || c[1] != 'S' || c[2] != 'i' || c[3] != 'g') continue;
    /* SigBlk, SigIgn, SigCgt: sixteen digits, of which the eighth from the right has signals 29 to 32. */
    if ((c[4] == 'B' || c[4] == 'I' || c[4] == 'C') && length(c) > 24) {
      char digit = c[9 + 8];
      if (((digit <= '9' ? digit - '0' : digit - 'a' + 10) & 4) != 0) return 1;
    }
  }
  return 0;
}

static void answer(void) {
  struct notification asked;
  memset(&asked, 0, sizeof asked);
  if (call(IOCTL, (word)watching.listener, NOTIF_RECV, (word)&asked, 0) < 0) return;
  u32 result = evaluate(&asked.data), kind = result & 0xffff0000;
  int at = description_of(&asked.data);
  int passes = kind == RET_ALLOW || kind == RET_LOG;
  int kills = kind == RET_KILL_PROCESS || kind == RET_KILL_THREAD;
  int hook = loads_filter(&asked.data, at);
  int watched = at >= 0 && described[at].bits & WATCH;
  int wanted = output >= 0 && (!passes || hook || (watched && !again(&asked.data, at)));
  if (wanted) {
    name_program(asked.pid);
    write_call(&asked, result, at);
  }
  struct answer reply = {asked.id, 0, 0, 0};
  if (passes) reply.flags = ANSWER_CONTINUE;
  else reply.error = kind == RET_ERRNO ? -(int)(result & 0xfff) : -ENOSYS_;
  if (kills) call(TKILL, asked.pid, keeps_sigsys(asked.pid) ? SIGKILL_ : SIGSYS_, 0, 0);
  /* Refused: the process is gone, or a signal came first and the call will be made again. What was read may be another's. */
  long sent = call(IOCTL, (word)watching.listener, NOTIF_SEND, (word)&reply, 0);
  if (!wanted || (sent < 0 && !kills)) return;
  if (waits + written > sizeof waiting) flush();
  memcpy(waiting + waits, line, written);
  waits += written;
}

/* A message of the other side; false when it is gone. */
static int hear(void) {
  struct told told = {0, 0};
  struct {
    word size;
    int level, type;
    int values[4];
  } control[2];
  struct segment part = {&told, sizeof told};
  struct message_header message = {0, 0, &part, 1, control, sizeof control, 0};
  memset(control, 0, sizeof control);
  long n = call(RECVMSG, (word)watching.socket, (word)&message, 0x40000000 /* MSG_CMSG_CLOEXEC */, 0);
  if (n == -EINTR_) return 1;
  if (n < (long)sizeof told) return 0;
  u32 pid = 0;
  unsigned char *bytes = (unsigned char *)control;
  for (word at = 0; at + 16 < message.control_size;) {
    word size = *(word *)(bytes + at);
    int type = *(int *)(bytes + at + 12);
    if (size < 16) break;
    if (type == 1 /* SCM_RIGHTS */) watching.listener = *(int *)(bytes + at + 16);
    if (type == 2 /* SCM_CREDENTIALS */) pid = *(u32 *)(bytes + at + 16);
    at += (size + 7) & ~7ul;
  }
  switch (told.kind) {
  case 'C': put_pair('b', pid); break;
  case 'L': {
    u64 flags = SYNC_WAKE_UP;
    call(IOCTL, (word)watching.listener, NOTIF_SET_FLAGS, flags, 0);
    break;
  }
  case 'G': put_pair('s', 0); break;
  case 'E': put_pair('e', (u32)told.value); break;
  case 'F': put_pair('f', (u32)told.value); break;
  case 'X': put_pair('x', (u32)told.value); break;
  }
  return 1;
}

/* Goes on as a process of its own that answers and writes nothing; the one that was waited for ends. */
static void leave_behind(void) {
  flush();
  if (call(CLONE, CHILD_ENDS, 0, 0, 0) != 0) leave(exit_status(watching.status));
  call(CLOSE, (word)output, 0, 0, 0);
  output = -1;
  for (int fd = 0; fd < 3; fd++) call(CLOSE, (word)fd, 0, 0, 0);
  watching.ended = 1;
}

static void hear_signals(void) {
  unsigned char info[128];
  if (call(READ, (word)watching.signals, (word)info, sizeof info, 0) < (long)sizeof info) return;
  if (*(u32 *)info == SIGUSR1_) leave_behind();
  int status = 0;
  while (!watching.ended && call(WAIT4, (word)-1, (word)&status, 1 /* WNOHANG */, 0) == watching.child) {
    watching.status = status;
    watching.ended = 1;
  }
}

static void start_command(int socket, char **argv, char **envp) {
  static const int kept[] = {SIGHUP_, SIGINT_, SIGQUIT_, SIGTERM_, SIGPIPE_};
  struct action before[5];
  word mask = 1ul << (CHILD_ENDS - 1) | 1ul << (SIGUSR1_ - 1), old = 0;
  int pair[2];
  int yes = 1;
  call(SOCKETPAIR, 1 /* AF_UNIX */, 5 | O_CLOEXEC_ /* SOCK_SEQPACKET */, 0, (word)pair);
  call6(SETSOCKOPT, (word)pair[0], 1 /* SOL_SOCKET */, 16 /* SO_PASSCRED */, (word)&yes, sizeof yes, 0);
  for (int i = 0; i < 5; i++) {
    struct action ignored = {1, 0, 0, 0};
    call(RT_SIGACTION, (word)kept[i], (word)&ignored, (word)&before[i], 8);
  }
  call(RT_SIGPROCMASK, 0 /* SIG_BLOCK */, (word)&mask, (word)&old, 8);
  watching.child = call(CLONE, CHILD_ENDS, 0, 0, 0);
  if (watching.child == 0) {
    for (int i = 0; i < 5; i++) call(RT_SIGACTION, (word)kept[i], (word)&before[i], 0, 8);
    call(RT_SIGPROCMASK, 2 /* SIG_SETMASK */, (word)&old, 0, 8);
    if (pair[1] == socket) call(FCNTL, (word)socket, F_SETFD_, 0, 0);
    else call(DUP3, (word)pair[1], (word)socket, 0, 0);
    int status = execute(argv, envp);
    say("trace-build: ");
    say(argv[0]);
    say(": cannot be executed\n");
    leave(status);
  }
  call(CLOSE, (word)pair[1], 0, 0, 0);
  watching.socket = pair[0];
  watching.signals = (int)call(SIGNALFD4, (word)-1, (word)&mask, 8, O_CLOEXEC_);
}

static void supervise(int argc, char **argv, char **envp) {
  if (argc < 6 || !read_filters((int)number_of(argv[3]))) leave(2);
  output = (int)call(OPENAT, -100, (word)argv[2], O_WRONLY_ | O_CLOEXEC_, 0);
  if (output < 0) leave(2);
  start_command((int)number_of(argv[4]), argv + 5, envp);
  while (!watching.ended || watching.listener >= 0 || watching.socket >= 0) {
    struct waited on[3] = {{watching.listener, 1, 0}, {watching.socket, 1, 0}, {watching.signals, 1, 0}};
    static const long now[2] = {0, 0};
    /* More may be there already: written together. */
    long ready = call6(PPOLL, (word)on, 3, waits > 0 ? (word)now : 0, 0, 8, 0);
    if (ready == 0) flush();
    if (ready <= 0) continue;
    if (on[1].got && !hear()) {
      call(CLOSE, (word)watching.socket, 0, 0, 0);
      watching.socket = -1;
    }
    if (on[0].got & 1) answer();
    else if (on[0].got) {
      call(CLOSE, (word)watching.listener, 0, 0, 0);
      watching.listener = -1;
    }
    if (on[2].got) hear_signals();
  }
  flush();
  leave(exit_status(watching.status));
}

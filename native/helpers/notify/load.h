/*
 * notify load FILTERS SOCKET COMMAND...: within the sandbox. Starts the command under the notifying filter, hands its
 * listener to the supervisor over SOCKET, and tells what became of the command.
 *
 * After the filter is in force its process makes no call but execve: any other might be refused, and the supervisor, who
 * does not have the listener yet, would not answer. So this one stays outside the filter, and both share memory and
 * descriptors until the execve.
 */
#pragma once
#include "filter.h"

enum { SHARED = 0x100 /* VM */ | 0x400 /* FILES */ | 0x00100000 /* PARENT_SETTID */ | 0x00200000 /* CHILD_CLEARTID */ };
enum { SET_DEATH_SIGNAL = 1, GET_DEATH_SIGNAL = 2, SET_NO_NEW_PRIVS = 38, SET_FILTER = 1, NEW_LISTENER = 8, WAIT_KILLABLE = 32 };

static struct {
  int socket;
  /* Of bwrap --die-with-parent; a child does not have it by itself. */
  int death_signal;
  char **argv, **envp;
  /* One more than the listener's number; below zero what seccomp(2) said. */
  volatile int listener;
  /* What execve(2) said. */
  volatile int error;
} loading;
static volatile int command_runs_here;
static char command_stack[16384] __attribute__((aligned(16)));

static void tell(int socket, int kind, long value) {
  struct told told = {kind, (int)value};
  call(WRITE, (word)socket, (word)&told, sizeof told, 0);
}

/* A script without `#!` is for the shell, as for execvp(3), by which bwrap would have started it. */
static long execute_or_ask_shell(char **argv, char **envp) {
  static char *words[4096] = {"/bin/sh"};
  long got = search_and_execute(argv, envp);
  if (got != -ENOEXEC_) return got;
  words[1] = contains(argv[0], '/') ? argv[0] : tried;
  for (int i = 1; i < 4094 && argv[i]; i++) words[i + 1] = argv[i];
  long shell = call(EXECVE, (word)words[0], (word)words, (word)envp, 0);
  return shell == -ENOENT_ ? got : shell;
}

static void become_command(void) {
  struct {
    unsigned short size;
    struct instruction *instructions;
  } program = {(unsigned short)counts.notifying, notifying};
  /* The kernel adds our process id as the supervisor knows it. */
  tell(loading.socket, 'C', 0);
  call6(PRCTL, SET_DEATH_SIGNAL, (word)loading.death_signal, 0, 0, 0, 0);
  call6(PRCTL, SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
  long got = call(SECCOMP, SET_FILTER, NEW_LISTENER | WAIT_KILLABLE, (word)&program, 0);
  /* Linux before 5.19. */
  if (got == -EINVAL_) got = call(SECCOMP, SET_FILTER, NEW_LISTENER, (word)&program, 0);
  loading.listener = got < 0 ? (int)got : (int)got + 1;
  if (got >= 0) loading.error = (int)execute_or_ask_shell(loading.argv, loading.envp);
  leave(126);
}

static void ignore(int signal) {
  struct action ignored = {1, 0, 0, 0};
  call(RT_SIGACTION, (word)signal, (word)&ignored, 0, 8);
}

static void hand_over(int socket, int descriptor) {
  struct told told = {'L', 0};
  struct segment part = {&told, sizeof told};
  struct passed control = {sizeof(word) + 12, 1 /* SOL_SOCKET */, 1 /* SCM_RIGHTS */, descriptor, 0};
  struct message_header message = {0, 0, &part, 1, &control, sizeof control, 0};
  call(SENDMSG, (word)socket, (word)&message, 0, 0);
}

static void pause_briefly(void) {
  long time[2] = {0, 50000};
  call(NANOSLEEP, (word)time, 0, 0, 0);
}

static int exit_status(int status) { return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff; }

static void load(int argc, char **argv, char **envp) {
  if (argc < 5) leave(2);
  int file = (int)number_of(argv[2]);
  int socket = loading.socket = (int)number_of(argv[3]);
  loading.argv = argv + 4;
  loading.envp = envp;
  if (!read_filters(file)) {
    tell(socket, 'F', EINVAL_);
    leave(125);
  }
  call6(PRCTL, GET_DEATH_SIGNAL, (word)&loading.death_signal, 0, 0, 0, 0);
  /* None of what we were given is the command's. */
  for (int fd = 3; fd <= socket; fd++) call(FCNTL, (word)fd, F_SETFD_, 1, 0);
  long child = spawn(SHARED | CHILD_ENDS, command_stack + sizeof command_stack, &command_runs_here, become_command);
  if (child < 0) {
    tell(socket, 'F', -child);
    leave(125);
  }
  /* Of the terminal these are for the command. */
  ignore(SIGHUP_);
  ignore(SIGINT_);
  ignore(SIGQUIT_);
  ignore(SIGTERM_);
  while (!loading.listener && command_runs_here) pause_briefly();
  if (loading.listener > 0) {
    hand_over(socket, loading.listener - 1);
    /* The descriptors are shared until the execve, which would have closed this one. */
    call(CLOSE, (word)(loading.listener - 1), 0, 0, 0);
    for (int id; (id = command_runs_here);) call(FUTEX, (word)&command_runs_here, 0 /* FUTEX_WAIT */, (word)id, 0);
    if (loading.error) tell(socket, 'E', -loading.error);
    else tell(socket, 'G', 0);
  } else tell(socket, 'F', -loading.listener);
  int status = 0;
  while (call(WAIT4, (word)child, (word)&status, 0, 0) == -EINTR_) {}
  tell(socket, 'X', status);
  leave(exit_status(status));
}

/*
 * notify: records the calls that a filter refuses without ptrace. The filter that is loaded asks a supervisor (seccomp user
 * notification, Linux 5.0) wherever the real one would return an errno; the supervisor writes the call down and answers
 * with that errno. Everything that is allowed runs as without us.
 */
#include "notify/supervise.h"

__attribute__((used, noreturn)) void begin(word *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  char **envp = argv + argc + 1;
  if (argc > 1 && argv[1][0] == 's') supervise(argc, argv, envp);
  if (argc > 1 && argv[1][0] == 'l') load(argc, argv, envp);
  leave(2);
  __builtin_unreachable();
}

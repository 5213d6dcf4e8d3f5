/*
 * hold COMMAND [ARGUMENT...]: the first process of the traced container. It waits until `attach` sets `released` in its
 * memory, then becomes the command.
 *
 * It runs under the container's own filter, so it asks for as little as possible: futex (which every runtime needs
 * itself after it has loaded the filter) and execve. Where even futex is refused with an errno, it spins for the
 * moment until it is released.
 */
#include "system.h"

__attribute__((used)) volatile unsigned released = 0;

__attribute__((used, noreturn)) void begin(word *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  char **envp = argv + argc + 1;
  while (!released) call(FUTEX, (word)&released, 0 /* FUTEX_WAIT */, 0, 0);
  int status = argc < 2 ? 127 : execute(argv + 1, envp);
  say("trace-build: ");
  say(argc < 2 ? "no command" : argv[1]);
  say(status == 127 ? ": not found\n" : ": cannot be executed\n");
  leave(status);
  __builtin_unreachable();
}

// Four threads and four children, each of which makes 1000 calls that fast mode has no reason to stop at.
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *work(void *unused) {
  for (int i = 0; i < 1000; i++)
    syscall(SYS_getppid);
  return unused;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    if (fork() == 0) {
      work(0);
      _exit(0);
    }
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], 0, work, 0);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], 0);
  while (wait(0) > 0)
    ;
  return 0;
}

/* Physical limits of the machine.  Prints JSON.
 * limits spawn N | vfork N | fork N | pipe MODE BYTES PATH | fsync N PATH | spawnlike N DIR | pumps WRITERS BYTES BLOCK DIR
 * pipe MODE is rw (64 KiB read+write) or splice; a forked child writes 64 KiB blocks.
 * spawnlike is the least that a supervisor does for a child: three pipes, one new log file, vfork and exec;
 * the children stay until all are there.  pumps is the least that it does for output: WRITERS children write
 * BLOCK bytes at a time, one loop of poll, read and write moves BYTES in all to a file for each. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
extern char **environ;
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}
static double cpu(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}
static int spawnlike(long n, const char *dir, char *self) {
  struct rlimit lim = {4 * n + 100, 4 * n + 100}, had;
  getrlimit(RLIMIT_NOFILE, &had);
  if (had.rlim_cur < lim.rlim_cur) {
    if (had.rlim_max > lim.rlim_max) lim.rlim_max = had.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &lim)) return 3;
  }
  char *av[] = {self, "pause", 0}, path[4096];
  pid_t *pids = calloc(n, sizeof *pids);
  double t = now();
  for (long i = 0; i < n; i++) {
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) return 3;
    snprintf(path, sizeof path, "%s/%ld.log", dir, i);
    if (open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0666) < 0) return 4;
    pids[i] = vfork();
    if (!pids[i]) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      dup2(err[1], 2);
      execv(self, av);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
  }
  t = now() - t;
  for (long i = 0; i < n; i++) {
    kill(pids[i], SIGKILL);
    waitpid(pids[i], 0, 0);
    snprintf(path, sizeof path, "%s/%ld.log", dir, i);
    unlink(path);
  }
  printf("{\"n\":%ld,\"seconds\":%.4f,\"per_s\":%.0f}\n", n, t, n / t);
  return 0;
}
static int pumps(long writers, uint64_t total, size_t block, const char *dir) {
  struct pollfd *polled = calloc(writers, sizeof *polled);
  int *files = calloc(writers, sizeof *files);
  uint64_t each = total / writers / block * block;
  char path[4096];
  for (long i = 0; i < writers; i++) {
    int p[2];
    if (pipe2(p, O_CLOEXEC)) return 3;
    if (!fork()) {
      char *b = malloc(block);
      memset(b, 'x', block);
      close(p[0]);
      for (uint64_t d = 0; d < each;) { ssize_t w = write(p[1], b, block); if (w <= 0) _exit(1); d += w; }
      _exit(0);
    }
    close(p[1]);
    polled[i] = (struct pollfd){p[0], POLLIN, 0};
    snprintf(path, sizeof path, "%s/%ld.log", dir, i);
    if ((files[i] = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600)) < 0) return 4;
  }
  static char b[65536];
  uint64_t got = 0;
  double t = now();
  for (long open_now = writers; open_now > 0;) {
    if (poll(polled, writers, -1) < 0) return 5;
    for (long i = 0; i < writers; i++) {
      if (!polled[i].revents) continue;
      ssize_t r = read(polled[i].fd, b, sizeof b);
      if (r <= 0) { close(polled[i].fd); polled[i].fd = -1; open_now--; continue; }
      if (write(files[i], b, r) != r) return 5;
      got += r;
    }
  }
  t = now() - t;
  printf("{\"bytes\":%llu,\"MBps\":%.0f,\"cpu_s_per_GiB\":%.3f}\n", (unsigned long long)got, got / t / 1e6,
         cpu() / (got / 1073741824.0));
  for (long i = 0; i < writers; i++) {
    snprintf(path, sizeof path, "%s/%ld.log", dir, i);
    unlink(path);
    wait(0);
  }
  return 0;
}
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "pause")) for (;;) pause();
  if (argc < 3) return argc > 1 && !strcmp(argv[1], "exit") ? 0 : 2;
  if (argc > 3 && !strcmp(argv[1], "spawnlike")) return spawnlike(atol(argv[2]), argv[3], argv[0]);
  if (argc > 5 && !strcmp(argv[1], "pumps"))
    return pumps(atol(argv[2]), strtoull(argv[3], 0, 10), strtoull(argv[4], 0, 10), argv[5]);
  long n = atol(argv[2]);
  char *self = argv[0];
  char *av[] = {self, "exit", 0};
  if (!strcmp(argv[1], "spawn") || !strcmp(argv[1], "vfork") || !strcmp(argv[1], "fork")) {
    double t = now();
    for (long i = 0; i < n; i++) {
      pid_t p;
      if (argv[1][0] == 's') {
        if (posix_spawn(&p, self, 0, 0, av, environ)) return 3;
      } else {
        p = argv[1][0] == 'v' ? vfork() : fork();
        if (!p) { execv(self, av); _exit(127); }
      }
      int st;
      waitpid(p, &st, 0);
    }
    t = now() - t;
    printf("{\"n\":%ld,\"per_s\":%.0f}\n", n, n / t);
  } else if (!strcmp(argv[1], "pipe")) {
    uint64_t total = strtoull(argv[3], 0, 10);
    int sp = !strcmp(argv[2], "splice"), p[2];
    if (pipe(p)) return 3;
    pid_t c = fork();
    if (!c) {
      static char b[65536];
      memset(b, 'x', sizeof b);
      close(p[0]);
      for (uint64_t d = 0; d < total;) { ssize_t w = write(p[1], b, sizeof b); if (w <= 0) _exit(1); d += w; }
      _exit(0);
    }
    close(p[1]);
    int f = open(argv[4], O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (f < 0) return 4;
    static char b[65536];
    double t = now();
    uint64_t got = 0;
    for (;;) {
      ssize_t r = sp ? splice(p[0], 0, f, 0, 1 << 20, SPLICE_F_MOVE) : read(p[0], b, sizeof b);
      if (r <= 0) break;
      if (!sp && write(f, b, r) != r) return 5;
      got += r;
    }
    t = now() - t;
    printf("{\"bytes\":%llu,\"MBps\":%.0f,\"cpu_s_per_GiB\":%.3f}\n", (unsigned long long)got, got / t / 1e6,
           cpu() / (got / 1073741824.0));
    unlink(argv[4]);
    waitpid(c, 0, 0);
  } else if (!strcmp(argv[1], "fsync") && argc > 3) {
    int f = open(argv[3], O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (f < 0) return 4;
    char b[512] = {1};
    double t = now();
    for (long i = 0; i < n; i++) { if (write(f, b, sizeof b) < 0 || fdatasync(f)) return 5; }
    t = now() - t;
    printf("{\"n\":%ld,\"per_s\":%.0f}\n", n, n / t);
    unlink(argv[3]);
  } else return 2;
  return 0;
}

/* The event listener of events.py, and what makes the events.
 *
 *   benchlistener listen FILE         answer every event, and note what came
 *   benchlistener make FILE COUNT     wait for the word, then make COUNT events
 *
 * FILE is made by events.py: u64 go, u64 answered, u64 sum of the numbers of the
 * events, u64 first_ns, u64 last_ns. An event is a block between communication
 * tags whose data is its number; text stands between the blocks, since the
 * original takes a chunk of output apart by recursion.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void listen_on(uint64_t *m) {
  static char buf[1 << 16];
  static const char ready[] = "READY\n", answer[] = "RESULT 2\nOKREADY\n";
  size_t have = 0;
  if (write(1, ready, sizeof ready - 1) < 0) exit(6);
  for (;;) {
    ssize_t n = read(0, buf + have, sizeof buf - 1 - have);
    if (n <= 0) exit(0);
    have += n;
    buf[have] = 0;
    char *end = memchr(buf, '\n', have);
    if (!end) continue;
    char *len = strstr(buf, " len:");
    if (!len || len > end) exit(7);
    size_t all = end + 1 - buf + strtoul(len + 5, 0, 10);
    if (have < all) continue;
    buf[all] = 0;
    uint64_t number = strtoull(strrchr(end, '\n') + 1, 0, 10);
    __atomic_add_fetch(m + 2, number, __ATOMIC_SEQ_CST);
    m[4] = now();
    __atomic_add_fetch(m + 1, 1, __ATOMIC_SEQ_CST);
    memmove(buf, buf + all, have - all);
    have -= all;
    if (write(1, answer, sizeof answer - 1) < 0) exit(6);
  }
}

static void make(volatile uint64_t *m, uint64_t count) {
  static char filler[400];
  memset(filler, '.', sizeof filler - 1);
  while (!*m) usleep(500);
  m[3] = now();
  for (uint64_t i = 0; i < count; i++)
    printf("<!--XSUPERVISOR:BEGIN-->%llu<!--XSUPERVISOR:END-->%s\n", (unsigned long long)i, filler);
  fflush(stdout);
  for (;;) pause();
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int fd = open(argv[2], O_RDWR | O_CLOEXEC);
  if (fd < 0) return 3;
  uint64_t *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (m == MAP_FAILED) return 5;
  if (argc > 3 && !strcmp(argv[1], "make")) make(m, strtoull(argv[3], 0, 10));
  listen_on(m);
}

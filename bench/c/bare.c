/* bare FILE   the least that a supervisor can be: a floor to measure others against, with the same children.
 *
 * FILE has a line for each program: LOG MAXBYTES BACKUPS ARGV...  Each is started once with vfork and exec,
 * three pipes (the third is standard error's; the harness redirects it in others) and one new log file. Then
 * one loop of poll, read (64 KiB) and write moves output to the logs; a log of MAXBYTES is renamed to LOG.1,
 * LOG.1 to LOG.2 and so on. SIGTERM ends the children, then the loop. It restarts nothing and answers nobody. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct program { pid_t pid; int log; long long size, max; int backups; char *path; };

static volatile sig_atomic_t stopping;
static void stop(int sig) { (void)sig; stopping = 1; }

static int open_log(struct program *p) {
  p->size = 0;
  p->log = open(p->path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0666);
  return p->log;
}

static int start(struct program *p, char **argv, struct pollfd *out) {
  int in[2], o[2], e[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(o, O_CLOEXEC) || pipe2(e, O_CLOEXEC) || open_log(p) < 0) return -1;
  p->pid = vfork();
  if (!p->pid) {
    dup2(in[0], 0);
    dup2(o[1], 1);
    dup2(e[1], 2);
    execv(argv[0], argv);
    _exit(127);
  }
  close(in[0]);
  close(o[1]);
  close(e[1]);
  *out = (struct pollfd){o[0], POLLIN, 0};
  return p->pid < 0 ? -1 : 0;
}

static int rotate(struct program *p) {
  char from[4096], to[4096];
  for (int i = p->backups - 1; i >= 0; i--) {
    snprintf(from, sizeof from, i ? "%s.%d" : "%s", p->path, i);
    snprintf(to, sizeof to, "%s.%d", p->path, i + 1);
    if (rename(from, to) && errno != ENOENT) return -1;
  }
  close(p->log);
  return open_log(p) < 0 ? -1 : 0;
}

static int move(struct program *p, struct pollfd *out) {
  static char buffer[65536];
  ssize_t n = read(out->fd, buffer, sizeof buffer);
  if (n <= 0) { close(out->fd); out->fd = -1; return 0; }
  if (write(p->log, buffer, n) != n) return -1;
  p->size += n;
  return p->max > 0 && p->size >= p->max ? rotate(p) : 0;
}

int main(int argc, char **argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  FILE *list = argc > 1 ? fopen(argv[1], "r") : 0;
  if (!list) return 2;
  struct sigaction ends = {.sa_handler = stop}; /* no SA_RESTART: poll is to return */
  sigaction(SIGTERM, &ends, 0);
  enum { most = 4096, words = 64 };
  struct program *programs = calloc(most, sizeof *programs);
  struct pollfd *outs = calloc(most, sizeof *outs);
  char *line = 0;
  size_t room = 0, n = 0;
  while (n < most && getline(&line, &room, list) > 0) {
    char *word[words + 1];
    size_t k = 0;
    for (char *w = strtok(line, " \n"); w && k < words; w = strtok(0, " \n")) word[k++] = w;
    if (k < 4) continue;
    word[k] = 0;
    programs[n] = (struct program){.max = atoll(word[1]), .backups = atoi(word[2]), .path = strdup(word[0])};
    if (start(&programs[n], word + 3, &outs[n])) return 3;
    n++;
  }
  while (!stopping) {
    if (poll(outs, n, -1) < 0) continue;
    for (size_t i = 0; i < n; i++)
      if (outs[i].revents && move(&programs[i], &outs[i])) return 4;
  }
  for (size_t i = 0; i < n; i++) kill(programs[i].pid, SIGTERM);
  while (wait(0) > 0) {}
  return 0;
}

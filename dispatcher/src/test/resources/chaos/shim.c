/* Preloaded into redis-server and replicas: steps their wall clock and slows their fsync, while
 * they run. The file that CHAOS_SHIM names holds two 64-bit numbers, which the tests write: the
 * clock's offset in ms, and the ms that each fsync takes in addition. CLOCK_MONOTONIC is left
 * alone, as it is when an operator or NTP steps a clock. (libfaketime crashes redis-server.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *control;

__attribute__((constructor)) static void attach(void) {
  const char *name = getenv("CHAOS_SHIM");
  int fd = name ? open(name, O_RDONLY) : -1;
  if (fd >= 0) {
    void *at = mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED) control = at;
  }
}

/* System calls and not the C library's functions: dlsym() allocates, and an allocator may ask for the time. */
int clock_gettime(clockid_t id, struct timespec *now) {
  long failed = syscall(SYS_clock_gettime, id, now);
  if (!failed && control && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    int64_t ns = now->tv_sec * 1000000000LL + now->tv_nsec + control[0] * 1000000LL;
    now->tv_sec = ns / 1000000000LL;
    now->tv_nsec = ns % 1000000000LL;
  }
  return (int)failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (out) *out = exact.tv_sec;
  return exact.tv_sec;
}

static void linger(void) {
  if (control && control[1] > 0) {
    struct timespec pause = {control[1] / 1000, (control[1] % 1000) * 1000000L};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) {
    }
  }
}

int fsync(int fd) {
  linger();
  return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  linger();
  return (int)syscall(SYS_fdatasync, fd);
}

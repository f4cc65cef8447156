/*
 * What a loss of power does to Redis, for LD_PRELOAD: bytes written to an append-only file stay in this process until it asks
 * for fsync or fdatasync. A SIGKILL takes them along, as a dead machine takes its page cache.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FDS 65536

struct held {
  int watched;
  char *bytes;
  size_t length, capacity;
};

static struct held files[MOST_FDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_append_only_file(const char *path) {
  size_t length = strlen(path);
  return length > 4 && strcmp(path + length - 4, ".aof") == 0;
}

static int watch(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= MOST_FDS) return fd;
  pthread_mutex_lock(&lock);
  files[fd].watched = is_append_only_file(path) && (flags & O_ACCMODE) != O_RDONLY;
  files[fd].length = 0;
  pthread_mutex_unlock(&lock);
  return fd;
}

#define MODE_OF(flags)                          \
  mode_t mode = 0;                              \
  if ((flags) & (O_CREAT | O_TMPFILE)) {        \
    va_list list;                               \
    va_start(list, flags);                      \
    mode = (mode_t)va_arg(list, int);           \
    va_end(list);                               \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return watch(REAL(open)(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return watch(REAL(open64)(path, flags, mode), path, flags);
}

int openat(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return watch(REAL(openat)(directory, path, flags, mode), path, flags);
}

int openat64(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return watch(REAL(openat64)(directory, path, flags, mode), path, flags);
}

static int is_watched(int fd) { return fd >= 0 && fd < MOST_FDS && files[fd].watched; }

static void hold(int fd, const void *bytes, size_t length) {
  struct held *file = &files[fd];
  if (file->length + length > file->capacity) {
    file->capacity = 2 * (file->length + length);
    file->bytes = realloc(file->bytes, file->capacity);
    if (!file->bytes) abort();
  }
  memcpy(file->bytes + file->length, bytes, length);
  file->length += length;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!is_watched(fd)) return REAL(write)(fd, bytes, length);
  pthread_mutex_lock(&lock);
  hold(fd, bytes, length);
  pthread_mutex_unlock(&lock);
  return (ssize_t)length;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!is_watched(fd)) return REAL(writev)(fd, parts, count);
  size_t total = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < count; i++) {
    hold(fd, parts[i].iov_base, parts[i].iov_len);
    total += parts[i].iov_len;
  }
  pthread_mutex_unlock(&lock);
  return (ssize_t)total;
}

/* To the kernel, in order. */
static int let_go(int fd) {
  if (!is_watched(fd)) return 0;
  int failed = 0;
  pthread_mutex_lock(&lock);
  struct held *file = &files[fd];
  size_t done = 0;
  while (done < file->length) {
    ssize_t wrote = REAL(write)(fd, file->bytes + done, file->length - done);
    if (wrote < 0) {
      failed = -1;
      break;
    }
    done += (size_t)wrote;
  }
  memmove(file->bytes, file->bytes + done, file->length - done);
  file->length -= done;
  pthread_mutex_unlock(&lock);
  return failed;
}

int fsync(int fd) { return let_go(fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return let_go(fd) ? -1 : REAL(fdatasync)(fd); }

/* Not known to be on disk, but no longer ours to hold: Redis closes only what it has synced. */
int close(int fd) {
  let_go(fd);
  if (fd >= 0 && fd < MOST_FDS) {
    pthread_mutex_lock(&lock);
    files[fd].watched = 0;
    pthread_mutex_unlock(&lock);
  }
  return REAL(close)(fd);
}

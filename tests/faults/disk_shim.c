/* A preloaded library that stands between a program and the disk, for tests only. It watches the
 * calls that change files below one folder, in all processes that inherit its environment:
 *
 *   DISK_SHIM_FOLDER   absolute path of that folder
 *   DISK_SHIM_COUNTER  file of 8 bytes, zero at first: the number of calls so far, of all processes
 *   DISK_SHIM_LOG      file to which each call is appended once it is done, as a line of text
 *   DISK_SHIM_FAIL     "<n> <errno> <how>": the n-th call from 0 fails with this errno; how is
 *                      "once", "on" (and all later ones) or "short" (a write writes half first)
 *   DISK_SHIM_KINDS    only calls of these kinds count and fail: letters of create, write, sync,
 *                      link, rename, mkdir, unlink, truncate, close as in "cws"; all by default
 *   DISK_SHIM_KILL     n: the process group's program is killed at the n-th call, before it
 *   DISK_SHIM_SLOW_MS  each sync takes so long
 *
 * Calls and their lines are one step for all processes (a lock), so the log is in true order. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
  const char* folder;
  size_t folder_length;
  const char* kinds;
  volatile uint64_t* counter;
  int log;
  uint64_t fail_at;
  int fail_errno;
  char fail_how[8];
  uint64_t kill_at;
  long slow_ms;
} shim = {.log = -1, .fail_at = UINT64_MAX, .kill_at = UINT64_MAX};

/* Descriptors far away from those the program uses, so that it cannot close them by chance. */
static int far_open(const char* path, int flags) {
  const int low = (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
  if (low < 0) return -1;
  const int high = (int)syscall(SYS_fcntl, low, F_DUPFD_CLOEXEC, 700);
  syscall(SYS_close, low);
  return high;
}

__attribute__((constructor)) static void begin(void) {
  const char* counter = getenv("DISK_SHIM_COUNTER");
  const char* log = getenv("DISK_SHIM_LOG");
  const char* fail = getenv("DISK_SHIM_FAIL");
  const char* kill_at = getenv("DISK_SHIM_KILL");
  const char* slow = getenv("DISK_SHIM_SLOW_MS");
  if (counter != NULL) {
    const int file = far_open(counter, O_RDWR);
    void* page = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || page == MAP_FAILED) abort();
    shim.counter = page;
    shim.log = file; /* the lock is taken on it if there is no log */
  }
  if (log != NULL) shim.log = far_open(log, O_WRONLY | O_APPEND | O_CREAT);
  if (fail != NULL &&
      sscanf(fail, "%lu %d %7s", &shim.fail_at, &shim.fail_errno, shim.fail_how) != 3)
    abort();
  if (kill_at != NULL) shim.kill_at = strtoull(kill_at, NULL, 10);
  if (slow != NULL) shim.slow_ms = strtol(slow, NULL, 10);
  shim.kinds = getenv("DISK_SHIM_KINDS");
  shim.folder = getenv("DISK_SHIM_FOLDER");
  shim.folder_length = shim.folder == NULL ? 0 : strlen(shim.folder);
}

/* `path` relative to the watched folder, or NULL if it is not below it. */
static const char* below(const char* path) {
  if (shim.folder == NULL || strncmp(path, shim.folder, shim.folder_length) != 0) return NULL;
  if (path[shim.folder_length] == '\0') return ".";
  return path[shim.folder_length] == '/' ? path + shim.folder_length + 1 : NULL;
}

static const char* name_of(int descriptor, char* buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = syscall(SYS_readlink, link, buffer, PATH_MAX - 1);
  if (length < 0) return NULL;
  buffer[length] = '\0';
  return below(buffer);
}

static const char* name_at(int folder, const char* name, char* buffer) {
  if (shim.folder == NULL) return NULL;
  if (name[0] == '/') return below(name);
  size_t length = 0;
  if (folder == AT_FDCWD) {
    if (syscall(SYS_getcwd, buffer, PATH_MAX) < 0) return NULL;
    length = strlen(buffer);
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    const ssize_t count = syscall(SYS_readlink, link, buffer, PATH_MAX - 1);
    if (count < 0) return NULL;
    length = (size_t)count;
  }
  snprintf(buffer + length, PATH_MAX - length, "/%s", name);
  return below(buffer);
}

/* A lock of the process, not of the open file: a killed program leaves it although its keeper has
 * the file open, too. */
static void lock_file(short type) {
  struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
  if (shim.log >= 0)
    while (syscall(SYS_fcntl, shim.log, F_SETLKW, &whole) != 0 && errno == EINTR) continue;
}

static void lock(void) {
  pthread_mutex_lock(&mutex);
  lock_file(F_WRLCK);
}

static void unlock(void) {
  const int kept = errno;
  lock_file(F_UNLCK);
  pthread_mutex_unlock(&mutex);
  errno = kept;
}

/* Counts a call of this kind. 0: let it happen; else the errno it fails with. */
static int count(char kind) {
  if (shim.kinds != NULL && strchr(shim.kinds, kind) == NULL) return 0;
  const uint64_t number = shim.counter == NULL ? 0 : (*shim.counter)++;
  if (number >= shim.kill_at) kill(getpid(), SIGKILL);
  if (number < shim.fail_at) return 0;
  return number == shim.fail_at || strcmp(shim.fail_how, "on") == 0 ? shim.fail_errno : 0;
}

static void note(const char* format, ...) {
  if (getenv("DISK_SHIM_LOG") == NULL) return;
  const int kept = errno;
  char line[3 * PATH_MAX];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (syscall(SYS_write, shim.log, line, (size_t)length) != length) abort();
  errno = kept;
}

static void note_bytes(const unsigned char* bytes, size_t size) {
  if (getenv("DISK_SHIM_LOG") == NULL) return;
  const int kept = errno;
  char* text = malloc(2 * size + 1);
  if (text == NULL) abort();
  for (size_t i = 0; i < size; ++i) {
    text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
  }
  text[2 * size] = '\n';
  if (syscall(SYS_write, shim.log, text, 2 * size + 1) != (long)(2 * size + 1)) abort();
  free(text);
  errno = kept;
}

static int refuse(int error_number) {
  unlock();
  errno = error_number;
  return -1;
}

/* ---- files --------------------------------------------------------------------------------- */

static int open_watched(int folder, const char* path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char* name = (flags & O_CREAT) != 0 ? name_at(folder, path, buffer) : NULL;
  if (name == NULL) return (int)syscall(SYS_openat, folder, path, flags, mode);
  lock();
  const int error_number = count('c');
  if (error_number != 0) return refuse(error_number);
  const int file = (int)syscall(SYS_openat, folder, path, flags, mode);
  if (file >= 0) note("create %s\n", name);
  if (file >= 0 && (flags & O_TRUNC) != 0) note("truncate 0 %s\n", name);
  unlock();
  return file;
}

int openat(int folder, const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return open_watched(folder, path, flags, mode);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return open_watched(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) __attribute__((alias("open")));
int openat64(int folder, const char* path, int flags, ...) __attribute__((alias("openat")));

/* `offset` -1: at the file's own position. */
static ssize_t write_watched(int file, const void* bytes, size_t size, off_t offset) {
  char buffer[PATH_MAX];
  const char* name = name_of(file, buffer);
  const int at_position = offset < 0;
  if (name == NULL)
    return at_position ? syscall(SYS_write, file, bytes, size)
                       : syscall(SYS_pwrite64, file, bytes, size, offset);
  lock();
  const int error_number = count('w');
  if (error_number != 0 && strcmp(shim.fail_how, "short") != 0) return refuse(error_number);
  if (error_number != 0 && size > 1) size /= 2; /* the rest of it is another call */
  if (at_position) offset = syscall(SYS_lseek, file, 0, SEEK_CUR);
  const ssize_t written = at_position ? syscall(SYS_write, file, bytes, size)
                                      : syscall(SYS_pwrite64, file, bytes, size, offset);
  if (written > 0) {
    note("write %ld %s ", (long)offset, name);
    note_bytes(bytes, (size_t)written);
  }
  unlock();
  return written;
}

ssize_t write(int file, const void* bytes, size_t size) {
  return write_watched(file, bytes, size, -1);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  return write_watched(file, bytes, size, offset);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off_t offset)
    __attribute__((alias("pwrite")));

int ftruncate(int file, off_t size) {
  char buffer[PATH_MAX];
  const char* name = name_of(file, buffer);
  if (name == NULL) return (int)syscall(SYS_ftruncate, file, size);
  lock();
  const int error_number = count('t');
  if (error_number != 0) return refuse(error_number);
  const int result = (int)syscall(SYS_ftruncate, file, size);
  if (result == 0) note("truncate %ld %s\n", (long)size, name);
  unlock();
  return result;
}
int ftruncate64(int file, off_t size) __attribute__((alias("ftruncate")));

static int sync_watched(int file, long call) {
  char buffer[PATH_MAX];
  const char* name = name_of(file, buffer);
  if (name == NULL) return (int)syscall(call, file);
  if (shim.slow_ms > 0) {
    const struct timespec span = {shim.slow_ms / 1000, shim.slow_ms % 1000 * 1000000};
    nanosleep(&span, NULL);
  }
  lock();
  const int error_number = count('s');
  if (error_number != 0) return refuse(error_number);
  const int result = (int)syscall(call, file);
  if (result == 0) note("sync %s\n", name);
  unlock();
  return result;
}
int fsync(int file) { return sync_watched(file, SYS_fsync); }
int fdatasync(int file) { return sync_watched(file, SYS_fdatasync); }

int close(int file) {
  char buffer[PATH_MAX];
  const int writes = ((int)syscall(SYS_fcntl, file, F_GETFL) & O_ACCMODE) != O_RDONLY;
  const char* name = writes ? name_of(file, buffer) : NULL;
  if (name == NULL) return (int)syscall(SYS_close, file);
  lock();
  const int error_number = count('x');
  const int result = (int)syscall(SYS_close, file); /* closed even if it fails, as on Linux */
  if (error_number != 0) return refuse(error_number);
  note("close %s\n", name);
  unlock();
  return result;
}

/* ---- names --------------------------------------------------------------------------------- */

int faccessat(int folder, const char* path, int mode, int flags) {
  char buffer[PATH_MAX];
  const char* name = name_at(folder, path, buffer);
  struct stat status;
  (void)mode; /* only asked about the existence of a file, or of root */
  if (name == NULL || mode != F_OK) return (int)syscall(SYS_faccessat2, folder, path, mode, flags);
  lock();
  const int result = (int)syscall(SYS_newfstatat, folder, path, &status, AT_SYMLINK_NOFOLLOW);
  note("look %d %s\n", result == 0, name);
  unlock();
  return result;
}

static int two_names(char kind, const char* verb, long call, int from_folder, const char* from,
                     int to_folder, const char* to, int flags) {
  char from_buffer[PATH_MAX];
  char to_buffer[PATH_MAX];
  const char* from_name = name_at(from_folder, from, from_buffer);
  const char* to_name = name_at(to_folder, to, to_buffer);
  if (from_name == NULL || to_name == NULL)
    return (int)syscall(call, from_folder, from, to_folder, to, flags);
  lock();
  const int error_number = count(kind);
  if (error_number != 0) return refuse(error_number);
  const int result = (int)syscall(call, from_folder, from, to_folder, to, flags);
  if (result == 0) note("%s %s %s\n", verb, from_name, to_name);
  unlock();
  return result;
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return two_names('l', "link", SYS_linkat, from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return two_names('r', "rename", SYS_renameat2, from_folder, from, to_folder, to, 0);
}
int rename(const char* from, const char* to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int folder, const char* path, int flags) {
  char buffer[PATH_MAX];
  const char* name = name_at(folder, path, buffer);
  if (name == NULL) return (int)syscall(SYS_unlinkat, folder, path, flags);
  lock();
  const int error_number = count('u');
  if (error_number != 0) return refuse(error_number);
  const int result = (int)syscall(SYS_unlinkat, folder, path, flags);
  if (result == 0) note("unlink %s\n", name);
  unlock();
  return result;
}
int unlink(const char* path) { return unlinkat(AT_FDCWD, path, 0); }

int mkdirat(int folder, const char* path, mode_t mode) {
  char buffer[PATH_MAX];
  const char* name = name_at(folder, path, buffer);
  if (name == NULL) return (int)syscall(SYS_mkdirat, folder, path, mode);
  lock();
  const int error_number = count('m');
  if (error_number != 0) return refuse(error_number);
  const int result = (int)syscall(SYS_mkdirat, folder, path, mode);
  if (result == 0) note("mkdir %s\n", name);
  unlock();
  return result;
}
int mkdir(const char* path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* Preloaded: the n-th call of one kind that would change something below FAULT_ROOT, or read it, fails once.

   FAULT_CALL    write | fsync | rename | open | mkdir | read | open to read
   FAULT_NUMBER  which of them, from 1; forked children go on counting
   FAULT_ERRNO   the number of the error
   FAULT_MARK    a file that is made when it has failed */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int seen;

static int below(const char *path) {
    const char *root = getenv("FAULT_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static int descriptor_below(int descriptor) {
    char link[64], path[4096];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static int fails(const char *call, int concerns) {
    const char *wanted = getenv("FAULT_CALL"), *number = getenv("FAULT_NUMBER"), *mark = getenv("FAULT_MARK");
    if (!concerns || !wanted || !number || strcmp(wanted, call) != 0 || ++seen != atoi(number)) return 0;
    if (mark) {
        int made = syscall(SYS_openat, AT_FDCWD, mark, O_CREAT | O_WRONLY, 0600);
        if (made >= 0) syscall(SYS_close, made);
    }
    errno = atoi(getenv("FAULT_ERRNO"));
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define CHANGES(flags) ((flags) & (O_CREAT | O_WRONLY | O_RDWR))

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if (fails(CHANGES(flags) ? "open" : "open to read", below(path))) return -1; \
        return REAL(name)(path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        int concerns = below(path) || (path[0] != '/' && descriptor_below(folder)); \
        if (fails(CHANGES(flags) ? "open" : "open to read", concerns)) return -1; \
        return REAL(name)(folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int descriptor, const void *data, size_t size) {
    return fails("write", descriptor_below(descriptor)) ? -1 : REAL(write)(descriptor, data, size);
}
ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t offset) {
    return fails("write", descriptor_below(descriptor)) ? -1 : REAL(pwrite64)(descriptor, data, size, offset);
}
ssize_t read(int descriptor, void *data, size_t size) {
    return fails("read", descriptor_below(descriptor)) ? -1 : REAL(read)(descriptor, data, size);
}
ssize_t readv(int descriptor, const struct iovec *parts, int count) {
    return fails("read", descriptor_below(descriptor)) ? -1 : REAL(readv)(descriptor, parts, count);
}
ssize_t pread64(int descriptor, void *data, size_t size, off64_t offset) {
    return fails("read", descriptor_below(descriptor)) ? -1 : REAL(pread64)(descriptor, data, size, offset);
}
int fsync(int descriptor) { return fails("fsync", descriptor_below(descriptor)) ? -1 : REAL(fsync)(descriptor); }
int fdatasync(int descriptor) {
    return fails("fsync", descriptor_below(descriptor)) ? -1 : REAL(fdatasync)(descriptor);
}
int rename(const char *from, const char *to) { return fails("rename", below(to)) ? -1 : REAL(rename)(from, to); }
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    int concerns = below(to) || descriptor_below(to_folder);
    return fails("rename", concerns) ? -1 : REAL(renameat)(from_folder, from, to_folder, to);
}
int mkdir(const char *path, mode_t mode) { return fails("mkdir", below(path)) ? -1 : REAL(mkdir)(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) {
    return fails("mkdir", below(path) || descriptor_below(folder)) ? -1 : REAL(mkdirat)(folder, path, mode);
}

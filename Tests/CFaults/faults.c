#define _GNU_SOURCE
#include "CFaults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct fault {
    int is_used, call, after, times, reason, count;
    char part[256], end[256];
};

static struct fault faults[64];
static atomic_int used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int sluice_fault_add(enum sluice_call call, const char *part, const char *end, int after, int times, int reason) {
    int found = -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 64 && found < 0; i++) {
        if (faults[i].is_used) continue;
        faults[i] = (struct fault){.is_used = 1, .call = call, .after = after, .times = times, .reason = reason};
        snprintf(faults[i].part, sizeof faults[i].part, "%s", part);
        snprintf(faults[i].end, sizeof faults[i].end, "%s", end);
        found = i;
        atomic_fetch_add(&used, 1);
    }
    pthread_mutex_unlock(&lock);
    return found;
}

int sluice_fault_count(int fault) {
    pthread_mutex_lock(&lock);
    int count = faults[fault].count;
    pthread_mutex_unlock(&lock);
    return count;
}

void sluice_fault_remove(int fault) {
    pthread_mutex_lock(&lock);
    faults[fault].is_used = 0;
    atomic_fetch_sub(&used, 1);
    pthread_mutex_unlock(&lock);
}

static int ends_in(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && memcmp(text + length - tail, end, tail) == 0;
}

// The reason to fail with; 0 for none.
static int failing(int call, const char *path) {
    int reason = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 64; i++) {
        struct fault *fault = &faults[i];
        if (!fault->is_used || fault->call != call || !strstr(path, fault->part) || !ends_in(path, fault->end)) continue;
        fault->count++;
        if (fault->reason && fault->count > fault->after && fault->times > 0) {
            fault->times--;
            reason = fault->reason;
        }
    }
    pthread_mutex_unlock(&lock);
    return reason;
}

static int failing_at(int call, int descriptor) {
    if (atomic_load(&used) == 0) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return failing(call, path);
}

#define FAIL_IF(reason_of)                     \
    do {                                       \
        int reason = reason_of;                \
        if (reason) {                          \
            errno = reason;                    \
            return -1;                         \
        }                                      \
    } while (0)

int fsync(int descriptor) {
    FAIL_IF(failing_at(SLUICE_CALL_SYNC, descriptor));
    return (int)syscall(SYS_fsync, descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    int reason = failing_at(SLUICE_CALL_WRITE, descriptor);
    if (reason) {
        // Part of it arrives, as on a disk that fills up.
        if (count > 1) syscall(SYS_write, descriptor, bytes, count / 2);
        errno = reason;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

int ftruncate(int descriptor, off_t size) {
    FAIL_IF(failing_at(SLUICE_CALL_TRUNCATE, descriptor));
    return (int)syscall(SYS_ftruncate, descriptor, size);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags) {
    if (atomic_load(&used) != 0) FAIL_IF(failing(SLUICE_CALL_RENAME, to));
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) {
    if (atomic_load(&used) != 0) FAIL_IF(failing(SLUICE_CALL_LINK, to));
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int opened(const char *path, int flags, mode_t mode) {
    if (atomic_load(&used) != 0) FAIL_IF(failing(SLUICE_CALL_OPEN, path));
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

extern struct dirent *readdir64_next(DIR *stream) __asm__("readdir64");

struct dirent *readdir(DIR *stream) {
    int reason = failing_at(SLUICE_CALL_READ_DIRECTORY, dirfd(stream));
    if (reason) {
        errno = reason;
        return NULL;
    }
    return readdir64_next(stream);
}

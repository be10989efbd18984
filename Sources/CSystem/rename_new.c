#define _GNU_SOURCE
#include "rename_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

// Whether both names are links to one file.
static int is_same(const char *from, const char *to) {
    struct stat one, other;
    return lstat(from, &one) == 0 && lstat(to, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino
        && one.st_nlink > 1;
}

// A file system without links, as FAT: whoever makes the empty file has the name.
static int rename_onto_claim(const char *from, const char *to) {
    int claim = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (claim < 0) return -1;
    close(claim);
    if (rename(from, to) == 0) return 0;
    int reason = errno;
    unlink(to);
    errno = reason;
    return -1;
}

static int link_then_unlink(const char *from, const char *to) {
    // A link is made only where no file has the name. An answer that was lost, or a crash before the unlink, leaves it made.
    if (link(from, to) != 0 && !(errno == EEXIST && is_same(from, to))) {
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) return -1;
        return rename_onto_claim(from, to);
    }
    // With both names left, the file would be given a second one later.
    return unlink(from);
}

int sluice_rename_new(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno == EEXIST && is_same(from, to)) return unlink(from);
    // Where that flag is not known, as on NFS.
    if (errno != EINVAL && errno != ENOSYS) return -1;
    return link_then_unlink(from, to);
}

#include "file_watch.h"

#include <sys/vfs.h>

int sluice_tells_changes(const char *folder) {
    static const unsigned long silent[] = {
        0x6969,      // NFS
        0x517B,      // SMB
        0xFE534D42,  // SMB 2
        0xFF534D42,  // CIFS
        0x65735546,  // FUSE
        0x01021997,  // 9P
        0x00C36400,  // Ceph
        0x5346414F,  // AFS
        0x73757245,  // Coda
        0x0BD00BD0,  // Lustre
        0x47504653,  // GPFS
        0x01161970,  // GFS2
        0x7461636F,  // OCFS2
        0x9FA0,      // proc
        0x62656572,  // sysfs
    };
    struct statfs info;
    if (statfs(folder, &info) != 0) return -1;
    for (unsigned i = 0; i < sizeof silent / sizeof *silent; i++) {
        if (((unsigned long)info.f_type & 0xFFFFFFFF) == silent[i]) return 0;
    }
    return 1;
}

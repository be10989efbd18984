#include "thread_name.h"

#include <sys/prctl.h>

void sluice_name_thread(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }

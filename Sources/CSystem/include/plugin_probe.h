#pragma once
#include <stddef.h>

// How far a plugin came in the process that tries it out. A step is set before it begins, so that the step of a child
// that died says what killed it.
enum sluice_probe_step {
    SLUICE_PROBE_STARTING = 0,
    SLUICE_PROBE_LOADING,
    SLUICE_PROBE_LOAD_FAILED,
    SLUICE_PROBE_NO_ABI,
    SLUICE_PROBE_CALLING_ABI,
    SLUICE_PROBE_OTHER_ABI,
    SLUICE_PROBE_NO_ENTRY,
    SLUICE_PROBE_CALLING_ENTRY,
    SLUICE_PROBE_NO_MANIFEST,
    SLUICE_PROBE_DONE,
};

// How the child ended.
enum sluice_probe_end {
    SLUICE_PROBE_EXITED = 0,
    SLUICE_PROBE_SIGNALLED,
    SLUICE_PROBE_TIMED_OUT,
};

struct sluice_probe {
    int step;
    int end;
    int code;  // exit status or signal number
    char text[1024];  // what dlopen said, or the plugin's ABI text
};

// Loads a plugin and calls its entry in a child process, for at most timeout_ms. Returns 0, or errno when no child could
// be made.
int sluice_probe_plugin(
    const char *_Nonnull path, const char *_Nonnull abi, int timeout_ms, struct sluice_probe *_Nonnull result);

// The name of a signal, such as SIGABRT; NULL when there is none.
const char *_Nullable sluice_signal_name(int number);

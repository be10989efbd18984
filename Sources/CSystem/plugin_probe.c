#define _GNU_SOURCE
#include "plugin_probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void note(volatile struct sluice_probe *probe, const char *text) {
    size_t last = sizeof probe->text - 1;
    strncpy((char *)probe->text, text ? text : "", last);
}

// A crash must end the child at once and in silence: no handler of the parent's, no core file, no output.
static void isolate(void) {
    static const int signals[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP, SIGINT, SIGTERM, SIGQUIT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDWR);
    for (int descriptor = 0; null >= 0 && descriptor <= 2; descriptor++) dup2(null, descriptor);
}

static void try_out(const char *path, const char *abi, volatile struct sluice_probe *probe) {
    probe->step = SLUICE_PROBE_LOADING;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        note(probe, dlerror());
        probe->step = SLUICE_PROBE_LOAD_FAILED;
        return;
    }
    const char *(*text)(void) = (const char *(*)(void))dlsym(library, "sluice_plugin_abi");
    probe->step = text ? SLUICE_PROBE_CALLING_ABI : SLUICE_PROBE_NO_ABI;
    if (!text) return;
    const char *built_with = text();
    if (!built_with || strcmp(built_with, abi) != 0) {
        note(probe, built_with);
        probe->step = SLUICE_PROBE_OTHER_ABI;
        return;
    }
    void *(*entry)(void) = (void *(*)(void))dlsym(library, "sluice_plugin");
    probe->step = entry ? SLUICE_PROBE_CALLING_ENTRY : SLUICE_PROBE_NO_ENTRY;
    if (!entry) return;
    probe->step = entry() ? SLUICE_PROBE_DONE : SLUICE_PROBE_NO_MANIFEST;
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// The child holds the other end of the pipe, which closes when it ends.
static void wait_for_end(int ended, long deadline) {
    struct pollfd waiting = {.fd = ended, .events = POLLIN};
    while (milliseconds() < deadline) {
        int count = poll(&waiting, 1, (int)(deadline - milliseconds()));
        if (count > 0 || (count < 0 && errno != EINTR)) return;
    }
}

static void reap(pid_t child, long deadline, struct sluice_probe *result) {
    int status = 0;
    pid_t reaped;
    // The pipe closes a moment before the child can be waited for.
    while ((reaped = waitpid(child, &status, WNOHANG)) == 0 && milliseconds() < deadline) usleep(200);
    if (reaped == 0) {
        kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        result->end = SLUICE_PROBE_TIMED_OUT;
        return;
    }
    result->end = WIFSIGNALED(status) ? SLUICE_PROBE_SIGNALLED : SLUICE_PROBE_EXITED;
    result->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int probe_in_child(
    const char *path, const char *abi, long deadline, volatile struct sluice_probe *shared,
    struct sluice_probe *result) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    pid_t child = fork();
    if (child == 0) {
        isolate();
        try_out(path, abi, shared);
        _exit(0);
    }
    int failure = child < 0 ? errno : 0;
    close(ends[1]);
    if (child > 0) {
        wait_for_end(ends[0], deadline);
        reap(child, deadline, result);
        result->step = shared->step;
        memcpy(result->text, (const void *)shared->text, sizeof result->text - 1);
    }
    close(ends[0]);
    return failure;
}

int sluice_probe_plugin(const char *path, const char *abi, int timeout_ms, struct sluice_probe *result) {
    memset(result, 0, sizeof *result);
    volatile struct sluice_probe *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return errno;
    int failure = probe_in_child(path, abi, milliseconds() + timeout_ms, shared, result);
    munmap((void *)shared, sizeof *shared);
    return failure;
}

const char *sluice_signal_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
        {SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].number == number) return names[i].name;
    }
    return NULL;
}

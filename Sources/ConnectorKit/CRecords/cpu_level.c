#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "CRecords.h"

sluice_index sluice_index_portable(const uint8_t *text, size_t length, uint32_t *out);
#if defined(__x86_64__)
sluice_index sluice_index_sse2(const uint8_t *text, size_t length, uint32_t *out);
sluice_index sluice_index_avx2(const uint8_t *text, size_t length, uint32_t *out);
sluice_index sluice_index_avx512(const uint8_t *text, size_t length, uint32_t *out);
#endif

static _Atomic int chosen = -1;

int sluice_best_cpu_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("bmi2")) return SLUICE_CPU_SSE2;
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi2"))
        return SLUICE_CPU_AVX512;
    return __builtin_cpu_supports("avx2") ? SLUICE_CPU_AVX2 : SLUICE_CPU_SSE2;
#else
    return SLUICE_CPU_PORTABLE;
#endif
}

static int wanted_level(void) {
    static const char *const names[] = {"portable", "sse2", "avx2", "avx512"};
    const char *name = getenv("SLUICE_JSON_CPU");
    for (int level = 0; name && level <= SLUICE_CPU_AVX512; level++)
        if (strcmp(name, names[level]) == 0) return level;
    return SLUICE_CPU_AVX512;
}

int sluice_set_cpu_level(int level) {
    int best = sluice_best_cpu_level();
    int next = level < SLUICE_CPU_PORTABLE ? SLUICE_CPU_PORTABLE : level > best ? best : level;
    atomic_store_explicit(&chosen, next, memory_order_relaxed);
    return next;
}

int sluice_cpu_level(void) {
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    return level >= 0 ? level : sluice_set_cpu_level(wanted_level());
}

sluice_index sluice_index_json(const uint8_t *text, size_t length, uint32_t *out) {
    switch (sluice_cpu_level()) {
#if defined(__x86_64__)
    case SLUICE_CPU_AVX512: return sluice_index_avx512(text, length, out);
    case SLUICE_CPU_AVX2: return sluice_index_avx2(text, length, out);
    case SLUICE_CPU_SSE2: return sluice_index_sse2(text, length, out);
#endif
    default: return sluice_index_portable(text, length, out);
    }
}

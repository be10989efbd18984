#pragma once
#include <stdint.h>

/// Which of 64 bytes are what, the first in the lowest bit.
typedef struct {
    uint64_t backslash;
    uint64_t quote;
    /// Brackets, commas and colons.
    uint64_t punctuation;
    /// White space, newlines included.
    uint64_t space;
    uint64_t newline;
    uint64_t control;
    /// Not ASCII.
    uint64_t high;
} masks;

static inline __attribute__((always_inline)) uint64_t prefix_xor_by_shifts(uint64_t bits) {
    for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

static inline __attribute__((always_inline)) void write_tokens_one_by_one(uint32_t *out, uint32_t base, uint64_t bits) {
    while (bits) {
        *out++ = base + (uint32_t)__builtin_ctzll(bits);
        bits &= bits - 1;
    }
}

#if defined(__x86_64__)
#include "index_masks.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,pclmul,bmi,bmi2,popcnt,lzcnt"))), apply_to = function)

static inline uint64_t join(__m256i low, __m256i high) {
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline __m256i is(__m256i bytes, char byte) { return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte)); }

static inline __m256i any(__m256i a, __m256i b, __m256i c, __m256i d) {
    return _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
}

static inline __m256i is_punctuation(__m256i bytes) {
    __m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    return any(is(lower, '{'), is(lower, '}'), is(bytes, ','), is(bytes, ':'));
}

static inline __m256i is_space(__m256i bytes) {
    return any(is(bytes, ' '), is(bytes, '\n'), is(bytes, '\t'), is(bytes, '\r'));
}

static inline __m256i is_control(__m256i bytes) {
    return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
}

static inline masks masks_of(const uint8_t *text) {
    __m256i a = _mm256_loadu_si256((const __m256i *)text), b = _mm256_loadu_si256((const __m256i *)(text + 32));
    return (masks){
        .backslash = join(is(a, '\\'), is(b, '\\')),
        .quote = join(is(a, '"'), is(b, '"')),
        .punctuation = join(is_punctuation(a), is_punctuation(b)),
        .space = join(is_space(a), is_space(b)),
        .newline = join(is(a, '\n'), is(b, '\n')),
        .control = join(is_control(a), is_control(b)),
        .high = join(a, b),
    };
}

static inline uint64_t prefix_xor(uint64_t bits) {
    __m128i ones = _mm_set1_epi8((char)0xff);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), ones, 0));
}

static inline uint64_t write_eight(uint32_t *out, uint32_t base, uint64_t bits) {
    for (int i = 0; i < 8; i++) {
        out[i] = base + (uint32_t)_tzcnt_u64(bits);
        bits = _blsr_u64(bits);
    }
    return bits;
}

static inline void write_tokens(uint32_t *out, uint32_t base, uint64_t bits, unsigned count) {
    bits = write_eight(out, base, bits);
    if (__builtin_expect(count > 8, 0)) bits = write_eight(out + 8, base, bits);
    for (unsigned done = 16; __builtin_expect(done < count, 0); done += 8) bits = write_eight(out + done, base, bits);
}

#define INDEX_NAME sluice_index_avx2
#include "index_loop.h"

#pragma clang attribute pop
#endif

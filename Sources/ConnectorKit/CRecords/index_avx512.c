#if defined(__x86_64__)
#include "index_masks.h"

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,pclmul,bmi,bmi2,popcnt,lzcnt,evex512"))), \
    apply_to = function)

static inline uint64_t is(__m512i bytes, char byte) { return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte)); }

static inline masks masks_of(const uint8_t *text) {
    __m512i bytes = _mm512_loadu_si512((const void *)text);
    __m512i lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    uint64_t newline = is(bytes, '\n');
    return (masks){
        .backslash = is(bytes, '\\'),
        .quote = is(bytes, '"'),
        .punctuation = is(lower, '{') | is(lower, '}') | is(bytes, ',') | is(bytes, ':'),
        .space = is(bytes, ' ') | is(bytes, '\t') | is(bytes, '\r') | newline,
        .newline = newline,
        .control = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
        .high = _mm512_movepi8_mask(bytes),
    };
}

static inline uint64_t prefix_xor(uint64_t bits) {
    __m128i ones = _mm_set1_epi8((char)0xff);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), ones, 0));
}

static inline void write_sixteen(uint32_t *out, uint32_t base, __m128i places) {
    _mm512_storeu_si512(out, _mm512_add_epi32(_mm512_cvtepu8_epi32(places), _mm512_set1_epi32((int)base)));
}

static inline void write_tokens(uint32_t *out, uint32_t base, uint64_t bits, unsigned count) {
    const __m512i each = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36,
        35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7,
        6, 5, 4, 3, 2, 1, 0);
    __m512i places = _mm512_maskz_compress_epi8(bits, each);
    write_sixteen(out, base, _mm512_castsi512_si128(places));
    if (__builtin_expect(count <= 16, 1)) return;
    write_sixteen(out + 16, base, _mm512_extracti32x4_epi32(places, 1));
    if (__builtin_expect(count <= 32, 1)) return;
    write_sixteen(out + 32, base, _mm512_extracti32x4_epi32(places, 2));
    if (count > 48) write_sixteen(out + 48, base, _mm512_extracti32x4_epi32(places, 3));
}

#define INDEX_NAME sluice_index_avx512
#include "index_loop.h"

#pragma clang attribute pop
#endif

#if defined(__x86_64__)
#include "index_masks.h"

#include <emmintrin.h>


static inline uint64_t join(__m128i a, __m128i b, __m128i c, __m128i d) {
    uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
    return low | high << 32;
}

static inline __m128i is(__m128i bytes, char byte) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)); }

static inline __m128i is_punctuation(__m128i bytes) {
    __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i brackets = _mm_or_si128(is(lower, '{'), is(lower, '}'));
    return _mm_or_si128(brackets, _mm_or_si128(is(bytes, ','), is(bytes, ':')));
}

static inline __m128i is_space(__m128i bytes) {
    return _mm_or_si128(_mm_or_si128(is(bytes, ' '), is(bytes, '\n')), _mm_or_si128(is(bytes, '\t'), is(bytes, '\r')));
}

static inline __m128i is_control(__m128i bytes) {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
}

static inline masks masks_of(const uint8_t *text) {
    const __m128i *from = (const __m128i *)text;
    __m128i a = _mm_loadu_si128(from), b = _mm_loadu_si128(from + 1);
    __m128i c = _mm_loadu_si128(from + 2), d = _mm_loadu_si128(from + 3);
    return (masks){
        .backslash = join(is(a, '\\'), is(b, '\\'), is(c, '\\'), is(d, '\\')),
        .quote = join(is(a, '"'), is(b, '"'), is(c, '"'), is(d, '"')),
        .punctuation = join(is_punctuation(a), is_punctuation(b), is_punctuation(c), is_punctuation(d)),
        .space = join(is_space(a), is_space(b), is_space(c), is_space(d)),
        .newline = join(is(a, '\n'), is(b, '\n'), is(c, '\n'), is(d, '\n')),
        .control = join(is_control(a), is_control(b), is_control(c), is_control(d)),
        .high = join(a, b, c, d),
    };
}

static inline uint64_t prefix_xor(uint64_t bits) { return prefix_xor_by_shifts(bits); }

static inline void write_tokens(uint32_t *out, uint32_t base, uint64_t bits, unsigned count) {
    (void)count;
    write_tokens_one_by_one(out, base, bits);
}

#define INDEX_NAME sluice_index_sse2
#include "index_loop.h"
#endif

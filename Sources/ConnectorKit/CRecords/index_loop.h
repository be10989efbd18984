// The structural index, once per instruction set. The file that includes this defines, for 64 bytes at a time:
//   masks_of(text)                     which bytes are what
//   prefix_xor(bits)                   each bit: the parity of the bits up to it
//   write_tokens(out, base, bits, n)   the positions of n bits; may write up to 64
//   INDEX_NAME                         the function's name
#include <string.h>

#include "CRecords.h"

#include "index_masks.h"

/// What one block tells the next.
typedef struct {
    uint64_t escapes_next;
    uint64_t in_string;
    uint64_t in_scalar;
} carry;

/// The bytes that an odd run of backslashes stands before.
static inline __attribute__((always_inline)) uint64_t escaped_by(uint64_t backslash, carry *state) {
    const uint64_t even = 0x5555555555555555ull;
    backslash &= ~state->escapes_next;
    uint64_t follows = backslash << 1 | state->escapes_next;
    uint64_t odd_starts = backslash & ~even & ~follows;
    unsigned long long sequences;
    state->escapes_next = __builtin_uaddll_overflow(odd_starts, backslash, &sequences);
    return (even ^ (sequences << 1)) & follows;
}

static inline __attribute__((always_inline)) void cut(masks *block, size_t length) {
    uint64_t keep = (1ull << length) - 1;
    block->backslash &= keep;
    block->quote &= keep;
    block->punctuation &= keep;
    block->space |= ~keep;
    block->newline &= keep;
    block->control &= keep;
    block->high &= keep;
}

sluice_index INDEX_NAME(const uint8_t *text, size_t length, uint32_t *out) {
    sluice_index index = {0, 0, PTRDIFF_MAX, false, false};
    carry state = {0, 0, 0};
    uint32_t *end = out;
    uint64_t any_high = 0, any_backslash = 0, any_control = 0;
    for (size_t at = 0; at < length; at += 64) {
        masks block = masks_of(text + at);
        if (__builtin_expect(length - at < 64, 0)) cut(&block, length - at);
        uint64_t escaped = 0;
        if (block.backslash | state.escapes_next) {
            any_backslash |= block.backslash;
            escaped = escaped_by(block.backslash, &state);
        }
        uint64_t quote = block.quote & ~escaped;
        uint64_t string = prefix_xor(quote) ^ state.in_string;
        state.in_string = (uint64_t)((int64_t)string >> 63);
        uint64_t scalar = ~(block.punctuation | block.space);
        uint64_t unquoted = scalar & ~quote;
        uint64_t continues = unquoted << 1 | state.in_scalar;
        state.in_scalar = unquoted >> 63;
        uint64_t tokens = (block.punctuation | (scalar & ~continues)) & ~(string ^ quote);
        any_high |= block.high;
        any_control |= block.control & ~block.newline;
        index.newlines += (size_t)__builtin_popcountll(block.newline);
        unsigned count = (unsigned)__builtin_popcountll(tokens);
        write_tokens(end, (uint32_t)at, tokens, count);
        end += count;
        if (__builtin_expect((block.control & string) != 0, 0)) {
            index.fault = at + (size_t)__builtin_ctzll(block.control & string);
            break;
        }
    }
    index.count = (size_t)(end - out);
    index.has_backslash = any_backslash != 0;
    index.has_return = any_control && memchr(text, '\r', length);
    size_t bad;
    if (any_high && !sluice_is_utf8(text, length, &bad) && bad < index.fault) index.fault = bad;
    return index;
}

#include "index_masks.h"

enum { BACKSLASH = 1, QUOTE = 2, PUNCTUATION = 4, SPACE = 8, NEWLINE = 16, CONTROL = 32 };

static const uint8_t classes[256] = {
    CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL,
    CONTROL, CONTROL | SPACE, CONTROL | SPACE | NEWLINE, CONTROL, CONTROL, CONTROL | SPACE, CONTROL, CONTROL,
    CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL,
    CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL,
    [' '] = SPACE, ['"'] = QUOTE, ['\\'] = BACKSLASH, [','] = PUNCTUATION, [':'] = PUNCTUATION,
    ['['] = PUNCTUATION, [']'] = PUNCTUATION, ['{'] = PUNCTUATION, ['}'] = PUNCTUATION,
};

static inline masks masks_of(const uint8_t *text) {
    masks block = {0, 0, 0, 0, 0, 0, 0};
    for (int i = 0; i < 64; i++) {
        uint64_t class = classes[text[i]];
        block.backslash |= (class & 1) << i;
        block.quote |= (class >> 1 & 1) << i;
        block.punctuation |= (class >> 2 & 1) << i;
        block.space |= (class >> 3 & 1) << i;
        block.newline |= (class >> 4 & 1) << i;
        block.control |= (class >> 5 & 1) << i;
        block.high |= (uint64_t)(text[i] >> 7) << i;
    }
    return block;
}

static inline uint64_t prefix_xor(uint64_t bits) { return prefix_xor_by_shifts(bits); }

static inline void write_tokens(uint32_t *out, uint32_t base, uint64_t bits, unsigned count) {
    (void)count;
    write_tokens_one_by_one(out, base, bits);
}

#define INDEX_NAME sluice_index_portable
#include "index_loop.h"

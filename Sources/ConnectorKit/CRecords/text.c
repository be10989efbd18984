#include <string.h>

#include "CRecords.h"

static inline bool all_ascii(const uint8_t *text) {
    uint64_t any = 0;
    for (int i = 0; i < 64; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, 8);
        any |= word;
    }
    return (any & 0x8080808080808080ull) == 0;
}

static inline bool ascii_word(const uint8_t *text) {
    uint64_t word;
    memcpy(&word, text, 8);
    return (word & 0x8080808080808080ull) == 0;
}

static inline bool continues(const uint8_t *text, size_t left, size_t length) {
    if (left < length) return false;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80) return false;
    return true;
}

/// The length of the character here, 0 when it is none (Unicode 16, table 3-7).
static inline size_t character(const uint8_t *text, size_t left) {
    uint8_t lead = text[0];
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return continues(text, left, 2) ? 2 : 0;
    if (lead < 0xf0) {
        if (!continues(text, left, 3) || (lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f)) return 0;
        return 3;
    }
    if (lead > 0xf4 || !continues(text, left, 4)) return 0;
    return (lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] > 0x8f) ? 0 : 4;
}

bool sluice_is_utf8(const uint8_t *text, size_t length, size_t *fault) {
    size_t at = 0;
    while (at < length) {
        while (length - at >= 64 && all_ascii(text + at)) at += 64;
        size_t stop = length - at < 64 ? length : at + 64;
        while (at < stop) {
            size_t step = length - at >= 8 && ascii_word(text + at) ? 8 : character(text + at, length - at);
            if (step == 0) {
                *fault = at;
                return false;
            }
            at += step;
        }
    }
    return true;
}

static inline uint64_t zero_bytes(uint64_t word) {
    const uint64_t low = 0x7f7f7f7f7f7f7f7full;
    return ~(((word & low) + low) | word | low);
}

/// The high bit of each byte that is a quote, a backslash or a control character.
static inline uint64_t to_escape(uint64_t word) {
    const uint64_t ones = 0x0101010101010101ull;
    return zero_bytes(word ^ ones * '"') | zero_bytes(word ^ ones * '\\') | zero_bytes(word & ones * 0xe0);
}

bool sluice_needs_escape(const uint8_t *text, size_t length) {
    for (size_t at = 0; at < length; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        uint64_t hits = to_escape(word);
        size_t left = length - at;
        if (left < 8) hits &= (1ull << left * 8) - 1;
        if (hits) return true;
    }
    return false;
}

size_t sluice_count_newlines(const uint8_t *text, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at < length; at++) count += text[at] == '\n';
    return count;
}

bool sluice_has_line_break(const uint8_t *text, size_t length) {
    return memchr(text, '\n', length) || memchr(text, '\r', length);
}

static const uint8_t *find(const uint8_t *from, const uint8_t *end, char byte) {
    const uint8_t *found = memchr(from, byte, (size_t)(end - from));
    return found ? found : end;
}

size_t sluice_copy_unbroken(uint8_t *to, const uint8_t *from, size_t length) {
    const uint8_t *end = from + length;
    const uint8_t *feed = find(from, end, '\n'), *back = find(from, end, '\r');
    uint8_t *out = to;
    while (true) {
        const uint8_t *stop = feed < back ? feed : back;
        memcpy(out, from, (size_t)(stop - from));
        out += stop - from;
        if (stop == end) return (size_t)(out - to);
        from = stop + 1;
        if (stop == feed) feed = find(from, end, '\n');
        else back = find(from, end, '\r');
    }
}

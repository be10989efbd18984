#pragma once
#include "plugin_abi.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Every function here may read up to 64 bytes after the text it is given.

/// Which instructions read JSON, from the least to the most.
enum {
    SLUICE_CPU_PORTABLE,
    SLUICE_CPU_SSE2,
    SLUICE_CPU_AVX2,
    SLUICE_CPU_AVX512,
};

/// The best level the machine has.
int sluice_best_cpu_level(void);

/// The level in use: the best the machine has, or a lower one that SLUICE_JSON_CPU names.
int sluice_cpu_level(void);

/// Chooses a level for the whole process, the machine's best when `level` is over it; answers the level in use.
int sluice_set_cpu_level(int level);

typedef struct {
    /// How many token positions were written.
    size_t count;
    /// Newlines in the text.
    size_t newlines;
    /// The first control character inside a string or byte that is no UTF-8; PTRDIFF_MAX when there is none.
    size_t fault;
    bool has_backslash;
    /// Whether there is a carriage return in the text.
    bool has_return;
} sluice_index;

/// Writes the position of every token: brackets, commas, colons, opening quotes and first bytes of other scalars.
///
/// `out` has room for `length` + 64 entries. After a fault the index ends at some token after it.
sluice_index sluice_index_json(const uint8_t *text, size_t length, uint32_t *out);

/// Whether the bytes are UTF-8; if not, `*fault` gets the place of the first that is not.
bool sluice_is_utf8(const uint8_t *text, size_t length, size_t *fault);

/// Whether any byte must be escaped in a JSON string.
bool sluice_needs_escape(const uint8_t *text, size_t length);

/// The number of newlines.
size_t sluice_count_newlines(const uint8_t *text, size_t length);

/// Whether any of the bytes is a newline or a carriage return.
bool sluice_has_line_break(const uint8_t *text, size_t length);

/// Copies `length` bytes without the newlines and carriage returns among them; answers how many were written.
size_t sluice_copy_unbroken(uint8_t *to, const uint8_t *from, size_t length);

/// Copies `length` bytes and perhaps up to 64 more: both sides have that room.
static inline __attribute__((always_inline)) void sluice_copy(uint8_t *to, const uint8_t *from, size_t length) {
    if (length <= 32) {
        __builtin_memcpy(to, from, 32);
    } else if (length <= 64) {
        __builtin_memcpy(to, from, 64);
    } else {
        __builtin_memcpy(to, from, length);
    }
}

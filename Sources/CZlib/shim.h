#pragma once
#define ZLIB_CONST
#include <zlib.h>

// inflateInit2 and deflateInit2 are macros, which Swift does not see. 15 is the largest window; 16 asks for gzip framing.
static inline int sluice_gzip_inflate_init(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}

static inline int sluice_gzip_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

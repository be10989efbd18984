#pragma once

#include <stdio.h>

// SLUICE_SDK_LAYOUT names everything that ConnectorKit declares; scripts/abi writes it, and a test says when that is due.
#define SLUICE_SDK_VERSION "0.1.0"
#define SLUICE_SDK_LAYOUT "9a05b6de10d1"

// The text holds constants of whoever includes this header, which is what makes it say how that side was compiled.
static inline const char *_Nonnull sluice_plugin_abi_text(const char *_Nonnull swift) {
    static char text[256];
    snprintf(
        text, sizeof text, "sluice-sdk=%s;layout=%s;swift=%s;toolchain=%s", SLUICE_SDK_VERSION, SLUICE_SDK_LAYOUT, swift,
        __VERSION__);
    return text;
}

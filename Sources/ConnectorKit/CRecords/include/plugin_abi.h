#pragma once

// The text is a constant of whoever includes this header, which is what makes it say how that side was compiled.
// SLUICE_SDK_LAYOUT counts the changes of any type or protocol a plugin can see: raise it with each of them.
#define SLUICE_SDK_VERSION "0.1.0"
#define SLUICE_SDK_LAYOUT "10"

static inline const char *_Nonnull sluice_plugin_abi_text(void) {
    return "sluice-sdk=" SLUICE_SDK_VERSION ";layout=" SLUICE_SDK_LAYOUT ";compiler=" __VERSION__;
}

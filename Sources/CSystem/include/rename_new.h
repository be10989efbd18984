#pragma once

/// Renames a file, failing with EEXIST instead of replacing another.
///
/// On a file system that cannot do that in one step, it looks first and then renames.
int sluice_rename_new(const char *_Nonnull from, const char *_Nonnull to);

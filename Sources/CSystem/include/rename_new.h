#pragma once

/// Renames a file, failing with EEXIST instead of replacing another.
///
/// On a file system that cannot do that in one step a link takes the new name and the old one is removed; where there are
/// no links, an empty file takes the name first. When both names are the file's already, the old one is removed.
int sluice_rename_new(const char *_Nonnull from, const char *_Nonnull to);

#pragma once

/// Whether the system tells a watcher of every change in this folder: 1, or 0 where others may write without its knowledge,
/// as on network file systems and those of user programs; -1 when it cannot be said.
int sluice_tells_changes(const char *_Nonnull folder);

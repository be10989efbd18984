#pragma once

/// Names the calling thread for debuggers and `top -H`; cut to 15 bytes.
void sluice_name_thread(const char *_Nonnull name);

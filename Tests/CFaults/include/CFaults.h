#pragma once

/// Calls of this process that a test can count, or let fail: the test program's own definitions stand before the C library's.
enum sluice_call {
    SLUICE_CALL_OPEN,
    SLUICE_CALL_WRITE,
    SLUICE_CALL_TRUNCATE,
    SLUICE_CALL_SYNC,
    SLUICE_CALL_RENAME,
    SLUICE_CALL_LINK,
    SLUICE_CALL_READ_DIRECTORY,
};

/// Watches calls on files whose path holds `part` and ends in `end`.
///
/// Those after the first `after` fail with `reason`, at most `times` of them; none when it is 0. Answers a number for the
/// other functions; -1 when too many are watched.
int sluice_fault_add(
    enum sluice_call call, const char *_Nonnull part, const char *_Nonnull end, int after, int times, int reason);

/// How many calls were made so far.
int sluice_fault_count(int fault);

void sluice_fault_remove(int fault);

/* SPDX-License-Identifier: Apache-2.0 */
/* The exit statuses of netguru, for the manual and for `netguru help exit-status`. The statuses of
 * errors are in base/error.h; docs/command-line.md has the same table. */
#pragma once

typedef struct {
    int status;
    const char *meaning;
} ExitStatus;

enum { EXIT_STATUS_MISUSE = 2, EXIT_STATUS_BROKEN_PIPE = 141 };

/* Returns the rows in ascending order; the meaning of the one after the last is NULL. */
const ExitStatus *exit_statuses(void);

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/shell/exit_status.h"

#include <stddef.h>

static const ExitStatus statuses[] = {
    {0, "done"},
    {1, "failed: a read or write error, an internal error, or a check that found something"},
    {EXIT_STATUS_MISUSE, "wrong arguments, or input that cannot be used"},
    {3, "not logged in, or no right to do it"},
    {4, "not found"},
    {5, "refused: it conflicts with what is there, or a name is ambiguous"},
    {6, "a limit or a quota is used up"},
    {7, "a server, a database or a disk is unavailable, or took too long: try again"},
    {130, "interrupted"},
    {EXIT_STATUS_BROKEN_PIPE, "the reader of the output has gone, as in netguru files | head -1"},
    {0, NULL},
};

const ExitStatus *exit_statuses(void)
{
    return statuses;
}

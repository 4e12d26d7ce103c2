/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page netguru(1), made from the table of commands, the settings and the exit statuses,
 * in the man macros of roff (groff_man(7)). Characters other than ASCII are written as escapes. */
#pragma once

#include "app/command.h"
#include "base/strbuf.h"

void manual_write(const CommandRow *rows, const char *version, StrBuf *out);

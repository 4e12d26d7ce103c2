/* SPDX-License-Identifier: Apache-2.0 */
/* The command analyze on a log. */
#pragma once

#include "app/command.h"
#include "base/strbuf.h"

/*
 * Writes the analysis of the log at path. The other files of the command that are configurations
 * give the findings the descriptions of their interfaces, and the owners of addresses.
 */
bool local_analyze_log(Command *command, const char *path, bool as_json, StrBuf *out,
                       Error *error) MUST_USE;

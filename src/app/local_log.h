/* SPDX-License-Identifier: Apache-2.0 */
/* The command analyze on a log. */
#pragma once

#include "app/inputs.h"
#include "base/strbuf.h"

/*
 * Writes the analysis of a log, as text and as JSON, to those of the two that are not NULL. The
 * inputs of the command that are configurations give the findings the descriptions of their
 * interfaces, and the owners of addresses.
 */
bool local_analyze_log(Arena *arena, const Inputs *inputs, Str bytes, StrBuf *text, StrBuf *json,
                       Error *error) MUST_USE;

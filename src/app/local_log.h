/* SPDX-License-Identifier: Apache-2.0 */
/* The command analyze on a log. */
#pragma once

#include "app/inputs.h"
#include "engines/log/report.h"

/*
 * Reads a log to its end. The inputs of the command that are configurations give the findings the
 * descriptions of their interfaces, and the owners of addresses. Returns NULL on failure.
 */
LogReport *local_read_log(Arena *arena, const Inputs *inputs, Str bytes, Error *error) MUST_USE;

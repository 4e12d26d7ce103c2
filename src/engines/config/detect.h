/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detects which network operating system a configuration belongs to, and by which line.
 *
 * Signatures are weighed: a header that names the system decides at once ("! device: x (vEOS,
 * EOS-4.30)", "# TiMOS-", a RANCID content type); otherwise every line adds to the systems whose
 * syntax it shows.
 */
#pragma once

#include "base/arena.h"
#include "engines/network/system.h"
#include "engines/text/lines.h"

/* Returns false (and SYSTEM_UNKNOWN) when nothing in the lines looks like a known configuration. */
bool config_detect(Arena *arena, const ConfigLines *lines, VendorMatch *out_match);

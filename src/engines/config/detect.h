/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detects which network operating system a configuration belongs to, and by which line.
 *
 * The signatures of all dialects are weighed: a header that names the system decides at once
 * ("! device: x (vEOS, EOS-4.30)", "# TiMOS-", a RANCID content type); otherwise every line adds to
 * the systems whose syntax it shows.
 */
#pragma once

#include "base/arena.h"
#include "engines/config/dialect.h"

/* Returns the dialect, and how it was recognised. Returns NULL, and a match of &system_unknown,
 * when nothing in the lines looks like a known configuration. */
const Dialect *config_detect(Arena *arena, const ConfigLines *lines, VendorMatch *out_match);

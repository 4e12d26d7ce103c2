/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child: the process that analyses a hostile file, "netguru parse VERB" started by sandbox/. It
 * locks itself in before it reads the first byte, holds nothing worth stealing, and writes what
 * wire.h describes to standard output.
 *
 *     document    the file of a WireRequest
 *     packets     some packets of the capture of a WireRequest
 *     members     an archive, whose files are sent as they are (member_wire.h)
 *     topology    a bundle of configurations
 *     pdftotext   becomes pdftotext, between the file and a second child
 */
#pragma once

#include "base/arena.h"

/* Ends the process: exit status 0, or one of sandbox.h with the reason on standard error. */
_Noreturn void analysis_child_main(Arena *arena, Str verb);

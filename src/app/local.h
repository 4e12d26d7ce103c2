/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local files for the commands that need no server: read as they are, and analysed in this process.
 *
 *     Str bytes;
 *     if (local_map_file("core1.cfg", &bytes, &error))
 *         …
 */
#pragma once

#include "app/command.h"
#include "app/inputs.h"
#include "base/error.h"
#include "engines/network/device.h"

/* Maps the file for the life of the process. Fails for an empty file, or one that is not regular.
 */
bool local_map_file(const char *path, Str *out_bytes, Error *error) MUST_USE;
/* Adds the inputs that the arguments of a command name. */
bool local_add_inputs(Command *command, Inputs *out_inputs, Error *error) MUST_USE;
/* Analyses the file as a configuration. */
bool local_load_device(Arena *arena, const char *path, Device *out_device, Error *error) MUST_USE;

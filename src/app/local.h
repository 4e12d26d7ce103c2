/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local files for the commands that need no server: read as they are, and analysed in this process.
 *
 *     Inputs inputs, files = {.arena = arena};
 *     if (local_add_inputs(command, &inputs, &error))
 *         for (size_t i = 0; i < inputs.files.count; i++)
 *             if (local_add_unpacked(&files, &inputs.files.items[i], &error))
 *                 … local_read(&files.files.items[j], &bytes, &error) …
 */
#pragma once

#include "app/command.h"
#include "app/inputs.h"
#include "app/local_unpack.h"
#include "base/error.h"
#include "engines/network/device.h"

/* Maps the file for the life of the process. Fails for an empty file, or one that is not regular.
 */
bool local_map_file(const char *path, Str *out_bytes, Error *error) MUST_USE;
/* Adds the inputs that the arguments of a command name. */
bool local_add_inputs(Command *command, Inputs *out_inputs, Error *error) MUST_USE;
/* Adds the input to files; of an archive or a compressed file, the files in it, whose bytes are
 * kept in memory. Fails where it cannot be unpacked; what came before is added. */
bool local_add_unpacked(Inputs *files, const Input *input, Error *error) MUST_USE;
/* Returns the path of what is being unpacked: that of the archive and the name of the member, or
 * the path of the compressed file without its last ending. */
const char *local_member_path(Arena *arena, const char *path, const LocalUnpack *unpack);
/* Returns the bytes of the input, for the life of the process. */
bool local_read(const Input *input, Str *out_bytes, Error *error) MUST_USE;
/* Analyses the input as a configuration. */
bool local_load_device(Arena *arena, const Input *input, Device *out_device, Error *error) MUST_USE;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the text of a device configuration into a Device (engines/network/device.h): the vendor and
 * how it was recognised, everything the model holds, and every line that was not understood. Pure:
 * bytes in, structures out. The time is linear in the size of the text.
 *
 *     Device device;
 *     if (!config_read(arena, text, STR("core1.cfg"), &device, error))
 *         return false;
 *     device_write_text(&device, &out);
 */
#pragma once

#include "base/error.h"
#include "engines/network/device.h"

/* The limits of a line are in lines.h, and that of a Junos statement in junos.h. */
enum {
    CONFIG_MAX_BYTES = 32 << 20, /* of one file */
    CONFIG_MAX_DEPTH = 64,       /* of blocks; deeper blocks are not understood */
};

/*
 * Reads one configuration. Fails with ERR_FILE_TOO_LARGE above CONFIG_MAX_BYTES, and with
 * ERR_VALIDATION for binary content, and text in which no configuration is recognised. A
 * recognised vendor that cannot be parsed yet (its System is not `parsed`) is no error:
 * only vendor, line counts and, where it is simple, hostname are filled in.
 */
bool config_read(Arena *arena, Str text, Str file, Device *out_device, Error *error) MUST_USE;

/* Reads a device that device_write_json has written (device_read_json). Fails also for a system
 * that this version does not know. */
bool config_read_stored(Arena *arena, Str json, Device *out_device, Error *error) MUST_USE;

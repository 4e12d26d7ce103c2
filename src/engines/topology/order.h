/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the devices in a topology. It depends on what the devices are, never on the order
 * in which their files were given, so the same files always give the same bytes.
 */
#pragma once

#include "engines/network/device.h"

/* Returns the host name, or the name of the file without its folder and ending. */
Str order_device_label(const Device *device);

/* Compares as people count: "leaf2" comes before "leaf10". Returns 0 for names that differ in case
 * or leading zeros only. */
int order_compare_names(Str a, Str b);

/* Returns the devices by label, then by file, then by content. Devices that are still equal are
 * interchangeable. */
const Device **order_devices(Arena *arena, const Device *devices, size_t count);

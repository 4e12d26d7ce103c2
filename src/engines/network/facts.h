/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a configuration in words that an engineer would ask with, each with the line that it
 * belongs to: what the words of the line do not say ("router bgp 65101" is the local AS), what was
 * inherited (the AS of a peer group), and what stands elsewhere (where an access list is applied).
 * Search finds a line by its facts.
 *
 *     DeviceFactVec facts = {0};
 *     device_list_facts(&device, arena, &facts);
 */
#pragma once

#include "engines/network/device.h"

typedef struct {
    uint32_t line;
    Str text;
} DeviceFact;

typedef VEC(DeviceFact) DeviceFactVec;

/* Appends the facts of a device, by line. No more than a few for each line of the file. */
void device_list_facts(const Device *device, Arena *arena, DeviceFactVec *facts);

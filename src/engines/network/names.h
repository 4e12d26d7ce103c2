/* SPDX-License-Identifier: Apache-2.0 */
/* Interface names: converts any abbreviation to the full name, and the full name to the short
 * label. */
#pragma once

#include "engines/network/interface.h"
#include "engines/network/system.h"

/* Returns the full name: "GigabitEthernet0/1" for "Gi0/1" and "gigabitethernet 0/1". EOS writes
 * Port-Channel where IOS writes Port-channel. Junos names and unknown names are unchanged. */
Str interface_canonical(Arena *arena, Str name, const System *system);
/* Returns the short label: "Gi0/1", "Et1", "Po10"; Junos names without their unit 0. */
Str interface_short(Arena *arena, Str canonical);
InterfaceKind interface_kind(Str canonical);
/* Returns whether the bytes could be an interface name at all: letters, then something with a
 * digit. */
bool interface_name_plausible(Str name);

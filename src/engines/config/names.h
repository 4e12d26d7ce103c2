/* SPDX-License-Identifier: Apache-2.0 */
/* Interface names: from any abbreviation to the full name, and from that to the short label. */
#pragma once

#include "engines/config/device.h"

/* "Gi0/1", "gigabitethernet 0/1" give "GigabitEthernet0/1"; EOS writes Port-Channel where IOS
 * writes Port-channel. Names of Junos and unknown names stay as they are. */
Str interface_canonical(Arena *arena, Str name, System system);
/* "Gi0/1", "Et1", "Po10"; Junos names without their unit 0. */
Str interface_short(Arena *arena, Str canonical);
InterfaceKind interface_kind(Str canonical);
/* Whether the bytes could be an interface name at all: letters, then something with a digit. */
bool interface_name_plausible(Str name);

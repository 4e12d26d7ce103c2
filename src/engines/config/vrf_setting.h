/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What configurations state about a VRF in the same words on several systems: its route targets,
 * and the policies that select what it imports and exports.
 */
#pragma once

#include "engines/config/reader.h"

/* Adds the value for routes of the family, or takes it back where the line says "no". Returns false
 * if it is empty, or too much was taken back. */
bool vrf_rule_store(Reader *reader, VrfRuleVec *rules, Str value, Str family);
/* Returns the family that the words from word i on name: "ipv4" for "ipv4 unicast". */
Str vrf_family_named(Reader *reader, size_t i);
/* Reads "import 65000:1 [evpn]", "both auto", "export evpn 65000:1" at word i; without a direction
 * it is both. Several targets may follow one another. Other words become part of the family. */
bool vrf_targets_read(Reader *reader, size_t i, size_t vrf, Str family);

/* SPDX-License-Identifier: Apache-2.0 */
/* A set of VLAN ids 1-4094 and the range syntax of IOS, EOS and Junos: "1-10,20,30-40". */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"

enum { VLAN_MAX = 4094 };

typedef struct {
    uint64_t bits[64];
} VlanSet;

void vlans_add_range(VlanSet *set, uint32_t first, uint32_t last);
/* Adds all VLANs of other. */
void vlans_add(VlanSet *set, const VlanSet *other);
bool vlans_has(const VlanSet *set, uint32_t id);
/* Returns the first VLAN of the set from id on, or 0. */
uint32_t vlans_next(const VlanSet *set, uint32_t id);
size_t vlans_count(const VlanSet *set);
/* Adds (or removes) every range of the text, and understands "all" and "none". At the first invalid
 * part it returns false; the ranges before it are already done. */
bool vlans_parse(Str text, bool remove, VlanSet *set) MUST_USE;
/* Writes the set as "1-10,20". */
void vlans_write(const VlanSet *set, StrBuf *out);
bool vlans_equal(const VlanSet *a, const VlanSet *b);

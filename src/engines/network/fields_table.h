/* SPDX-License-Identifier: Apache-2.0 */
/* How the files with the fields of the model write their tables, and the structures that one of
 * them has and another one uses. */
#pragma once

#include "engines/network/fields.h"

#include <stddef.h>

#define AT(structure, member) offsetof(structure, member)
#define FIELDS(structure, list, ...)                                                               \
    {                                                                                              \
        .fields = (list), .count = COUNT_OF(list), .size = sizeof(structure), __VA_ARGS__          \
    }
#define NAMES(list)                                                                                \
    {                                                                                              \
        (list), COUNT_OF(list)                                                                     \
    }

/* The family of a list, "family": 4 or 6. */
extern const FieldCodec field_family_codec;

extern const Structure acl_structure, object_group_structure, nat_rule_structure,
    interface_vxlan_structure, mlag_structure, zone_structure, zone_policy_structure,
    nat_pool_structure, prefix_list_structure, route_map_structure;

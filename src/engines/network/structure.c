/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/structure.h"

const char *structure_kind_name(StructureKind kind)
{
    static const char *const names[STRUCTURE_COUNT] = {
        [STRUCTURE_ACL] = "access list",
        [STRUCTURE_ACL6] = "IPv6 access list",
        [STRUCTURE_PREFIX_LIST] = "prefix list",
        [STRUCTURE_PREFIX_LIST6] = "IPv6 prefix list",
        [STRUCTURE_ROUTE_MAP] = "route map",
        [STRUCTURE_COMMUNITY_LIST] = "community list",
        [STRUCTURE_AS_PATH_LIST] = "AS path list",
        [STRUCTURE_VRF] = "VRF",
        [STRUCTURE_PEER_GROUP] = "peer group",
        [STRUCTURE_CLASS_MAP] = "class map",
        [STRUCTURE_POLICY_MAP] = "policy map",
        [STRUCTURE_OBJECT_GROUP] = "object group",
        [STRUCTURE_KEY_CHAIN] = "key chain",
        [STRUCTURE_CRYPTO_MAP] = "crypto map",
        [STRUCTURE_TRANSFORM_SET] = "transform set",
        [STRUCTURE_NAT_POOL] = "NAT pool",
        [STRUCTURE_ZONE] = "zone",
        [STRUCTURE_POLICER] = "policer",
        [STRUCTURE_TIME_RANGE] = "time range",
        [STRUCTURE_TRACKED_OBJECT] = "tracked object",
        [STRUCTURE_ADDRESS] = "address",
        [STRUCTURE_APPLICATION] = "application",
    };
    return names[kind];
}

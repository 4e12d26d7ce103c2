/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named structures of a configuration: where they are defined, and where a line refers to one
 * by its name. What the model holds as an object of its own (access lists, prefix lists, route
 * maps, VRFs) is defined there; the rest is defined here.
 *
 * Practices are lines that say how the device is operated: who may log in, by which protocol, what
 * is logged.
 */
#pragma once

#include "base/str.h"
#include "base/vec.h"

typedef enum {
    STRUCTURE_ACL,
    STRUCTURE_ACL6,
    STRUCTURE_PREFIX_LIST,
    STRUCTURE_PREFIX_LIST6,
    STRUCTURE_ROUTE_MAP,
    STRUCTURE_COMMUNITY_LIST,
    STRUCTURE_AS_PATH_LIST,
    STRUCTURE_VRF,
    STRUCTURE_PEER_GROUP,
    STRUCTURE_CLASS_MAP,
    STRUCTURE_POLICY_MAP,
    STRUCTURE_OBJECT_GROUP,
    STRUCTURE_KEY_CHAIN,
    STRUCTURE_CRYPTO_MAP,
    STRUCTURE_TRANSFORM_SET,
    STRUCTURE_NAT_POOL,
    STRUCTURE_ZONE,
    STRUCTURE_POLICER,
    STRUCTURE_TIME_RANGE,
    STRUCTURE_TRACKED_OBJECT,
    STRUCTURE_ADDRESS,     /* of an address book */
    STRUCTURE_APPLICATION, /* protocols and ports with a name (Junos) */
    STRUCTURE_COUNT,
} StructureKind;

typedef struct {
    StructureKind kind;
    Str name;
    uint32_t line;
} NamedStructure;

typedef enum {
    PRACTICE_CLEAR_PASSWORD,
    PRACTICE_WEAK_PASSWORD, /* type 7, or a digest that is quick to guess */
    PRACTICE_TELNET,
    PRACTICE_HTTP,
    PRACTICE_SSH_VERSION_1,
    PRACTICE_SNMP_COMMUNITY, /* of SNMP version 1 or 2c */
    PRACTICE_SNMP_FILTER,    /* an access list of a community */
    PRACTICE_SNMP_DEFAULT,   /* the community is "public" or "private" */
    PRACTICE_SOURCE_ROUTE,
    PRACTICE_VTY,
    PRACTICE_VTY_FILTER,
    PRACTICE_VTY_CLOSED, /* "transport input none" */
    PRACTICE_AAA,
    PRACTICE_TIME,
    PRACTICE_LOG,
    PRACTICE_COUNT,
} PracticeKind;

typedef struct {
    PracticeKind kind;
    uint32_t line;
    uint32_t block; /* the line of the block around it; line where there is none */
} Practice;

/* Returns "route map", "access list", … */
const char *structure_kind_name(StructureKind kind);

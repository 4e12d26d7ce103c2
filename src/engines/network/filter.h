/* SPDX-License-Identifier: Apache-2.0 */
/* Packet filters: access lists, and the filters of Junos. */
#pragma once

#include "base/ip.h"
#include "base/vec.h"

typedef enum { ACL_PERMIT, ACL_DENY, ACL_REJECT, ACL_REMARK, ACL_OTHER } AclAction;

/* Endpoints are texts: a host is "10.0.0.1/32", everything is "any", an object group is "group
 * NAME". */
typedef struct {
    uint32_t line;
    uint32_t sequence; /* 0: not stated */
    AclAction action;
    Str term;     /* Junos: name of the term */
    Str protocol; /* "ip", "tcp", "6", …; empty in standard lists */
    Str source, source_port, destination, destination_port;
    Str address, port; /* Junos: of either side */
    Str options;       /* "established log", … */
    Str text;          /* the line */
} AclEntry;

typedef struct {
    Str name;
    bool extended;
    IpFamily family;
    VEC(AclEntry) entries;
    uint32_t line, last_line;
} Acl;

typedef enum {
    OBJECT_GROUP_ADDRESSES,
    OBJECT_GROUP_PORTS,
    OBJECT_GROUP_SERVICES, /* protocols, with ports */
} ObjectGroupKind;

/* A member states what the kind of its group says, or the name of another group. The texts are
 * those of an entry; a range of addresses is "10.0.0.1-10.0.0.9". */
typedef struct {
    Str group;
    Str address;
    Str protocol, source_port, destination_port; /* ports are destination ports */
    uint32_t line;
} ObjectGroupMember;

typedef struct {
    Str name;
    Str book; /* Junos: the address book that it is part of: "global", "zone trust"; or empty */
    ObjectGroupKind kind;
    IpFamily family;
    bool is_partial; /* it has members that were not understood */
    VEC(ObjectGroupMember) members;
    uint32_t line, last_line;
} ObjectGroup;

const char *acl_action_name(AclAction action);

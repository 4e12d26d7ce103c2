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
    Str options; /* "established log", … */
    Str text;    /* the line */
} AclEntry;

typedef struct {
    Str name;
    bool extended;
    IpFamily family;
    VEC(AclEntry) entries;
    uint32_t line, last_line;
} Acl;

const char *acl_action_name(AclAction action);

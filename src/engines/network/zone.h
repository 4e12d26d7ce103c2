/* SPDX-License-Identifier: Apache-2.0 */
/* Security zones, and the policies between them: zones of Junos, and of the zone-based firewall of
 * IOS. */
#pragma once

#include "base/vec.h"
#include "engines/network/sourced.h"

typedef struct {
    Str name;
    SourcedVec interfaces; /* Junos: names with their units, or "all" */
    SourcedVec inbound;    /* Junos: what the device itself accepts: "system-services ssh",
                              "ge-0/0/0.0 protocols ospf" */
    SourcedVec options;    /* other settings as written: "screen S", "tcp-rst" */
    uint32_t line, last_line;
} Zone;

typedef struct {
    Str from, to; /* empty: a policy for all zones */
    Str name;
    SourcedVec match;   /* "source-address any", "application junos-http" */
    Sourced action;     /* "permit", "deny", "reject"; IOS: "inspect PM", the policy map */
    SourcedVec options; /* other settings as written: "log session-init" */
    uint32_t line, last_line;
} ZonePolicy;

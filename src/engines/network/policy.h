/* SPDX-License-Identifier: Apache-2.0 */
/* Routing policy: prefix lists, and route maps or policy statements. */
#pragma once

#include "base/ip.h"
#include "base/vec.h"
#include "engines/network/sourced.h"

typedef struct {
    uint32_t line, sequence;
    bool permit;
    IpPrefix prefix;
    uint32_t ge, le; /* 0: not stated */
} PrefixListEntry;

typedef struct {
    Str name;
    IpFamily family;
    VEC(PrefixListEntry) entries;
    uint32_t line;
} PrefixList;

typedef struct {
    Str term;
    uint32_t sequence; /* 0: the order of the file counts */
    bool permit;
    bool ends; /* what matches goes no further, unless next says so */
    Sourced description;
    SourcedVec match, set; /* the clauses as written, without those words (Junos: from, then) */
    SourcedVec next;       /* what may come after the entry: "continue 20", "call RM" */
    uint32_t line, last_line;
} RouteMapEntry;

/* The entries of a route map or policy statement, each with its sequence number or the name of its
 * term. The clauses of route policies (IOS-XR), which are a program, are not part of the model. */
typedef struct {
    Str name;
    VEC(RouteMapEntry) entries;
    uint32_t line, last_line;
} RouteMap;

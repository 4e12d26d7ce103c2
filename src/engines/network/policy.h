/* SPDX-License-Identifier: Apache-2.0 */
/* Routing policy: prefix lists, and route maps or policy statements. */
#pragma once

#include "base/ip.h"
#include "base/vec.h"

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
    bool permit;
    uint32_t line, last_line;
} RouteMapEntry;

/* The entries of a route map or policy statement: sequence number or name of the term, with its
 * lines. */
typedef struct {
    Str name;
    VEC(RouteMapEntry) entries;
    uint32_t line, last_line;
} RouteMap;

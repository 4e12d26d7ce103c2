/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of IOS, IOS-XE, EOS and NX-OS configurations: blocks by indentation, commands by
 * table.
 *
 * Each context (top level, interface, router bgp, …) has a table of commands. The first entry whose
 * words start the line decides. Its handler stores the line in the Device; without a handler the
 * line is known and ignored. A line is not understood if no entry matches it or its handler returns
 * false.
 */
#pragma once

#include "engines/config/read.h"
#include "engines/network/build.h"

typedef enum {
    IOS_TOP,
    IOS_INTERFACE,
    IOS_VRRP,
    IOS_OSPF,
    IOS_BGP,
    IOS_BGP_FAMILY,
    IOS_BGP_PEER, /* below a template, or a neighbour of NX-OS */
    IOS_ACL,
    IOS_PREFIX_LIST,
    IOS_ROUTE_MAP,
    IOS_VLAN,
    IOS_VRF,
    IOS_LINE,
    IOS_KNOWN,   /* all lines below are known */
    IOS_UNKNOWN, /* all lines below are not understood */
    IOS_CONTEXTS,
} IosContext;

typedef struct IosParser IosParser;
typedef bool (*IosHandler)(IosParser *parser);

typedef struct {
    const char *pattern; /* words; a trailing '*' matches the rest of a word */
    IosHandler handler;  /* NULL: known */
    bool handles_no;     /* otherwise a line that starts with "no" is known, and the handler is not
                            called */
    IosContext opens;    /* context of the lines below */
    StanzaKind stanza;   /* at top level */
} IosCommand;

typedef struct IosTable IosTable;
struct IosTable {
    const IosCommand *commands;
    size_t count;
    const IosTable *next; /* searched when nothing matches, or NULL */
};

typedef struct {
    IosContext context;
    uint32_t indent;
    Str bgp_vrf;         /* the VRF of the lines below inside router bgp */
    uint32_t bgp_family; /* 0: outside of any */
    size_t ospf;         /* the process that the lines below belong to */
} IosFrame;

struct IosParser {
    Builder builder;
    Arena *arena;
    Device *device;
    bool eos, nxos;
    const ConfigLine *line;
    size_t at; /* of line in builder.lines */
    Words words;
    size_t arg;   /* first word after the pattern */
    bool negated; /* the line starts with "no" or "default" */
    IosFrame stack[CONFIG_MAX_DEPTH];
    size_t depth;
    bool flat_file;  /* its blocks are not indented */
    IosContext flat; /* context of the last block, for files that lost their indentation */
    IosContext flat_parent;
    size_t interface, ospf, acl, prefix_list, vlan, route_map, vrf, bgp_peer;
    VEC(size_t) range; /* the interfaces of "interface range", whose lines count for each */
    size_t range_work;
    Str bgp_vrf;
    uint32_t bgp_family;
    uint32_t delimiter_missing[256]; /* line from which on this banner delimiter is not found */
};

void ios_parse(Builder *builder);

extern const IosTable ios_top_table;
extern const IosTable ios_vrrp_table, ios_bgp_peer_table;
extern const IosTable ios_interface_table, ios_interface_ospf_table, ios_interface_known_table,
    ios_ospf_table, ios_bgp_table, ios_bgp_family_table, ios_acl_table, ios_prefix_list_table,
    ios_vlan_table, ios_vrf_table;

/* Returns the interface of the current lines, and notes that it extends to the current line. */
Interface *ios_current_interface(IosParser *parser);

/* Stores the canonical names of the interfaces in "Gi0/1 - 3 , Gi0/5". Returns false when the text
 * names none. */
bool ios_interface_names(IosParser *parser, Str text, StrVec *out) MUST_USE;
/* Makes "Gi0/1 - 3 , Gi0/5" the range that the lines below apply to. Returns false for any other
 * text. */
bool ios_interface_range(IosParser *parser, Str text);
/* Calls the handler of a line for each interface of the range. */
bool ios_run_in_range(IosParser *parser, IosHandler handler);

/* Handlers of top-level commands, by file. */
bool ios_interface(IosParser *parser);
bool ios_router_ospf(IosParser *parser);
bool ios_router_ospf6(IosParser *parser);
bool ios_router_bgp(IosParser *parser);
bool ios_ip_route(IosParser *parser);
bool ios_ipv6_route(IosParser *parser);
/* Handles "ip route" inside "vrf context X" (NX-OS). */
bool ios_vrf_ip_route(IosParser *parser);
bool ios_vrf_ipv6_route(IosParser *parser);
bool ios_access_list(IosParser *parser);
bool ios_ip_access_list(IosParser *parser);
bool ios_ipv6_access_list(IosParser *parser);
bool ios_prefix_list(IosParser *parser);
bool ios_ipv6_prefix_list(IosParser *parser);

/* Returns the full name of the interface that the words from i on name ("Gi0/1", "Gi 0/1"), and
 * stores how many words that takes. */
Str ios_interface_name(IosParser *parser, size_t i, size_t *out_used);
/* Reads "10.0.0.1 255.255.255.0" or "10.0.0.1/24" at word i. Returns how many words that takes, or
 * 0 if it is neither. */
size_t ios_prefix(IosParser *parser, size_t i, IpPrefix *out_prefix);

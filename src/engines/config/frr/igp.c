/* SPDX-License-Identifier: Apache-2.0 */
/* IS-IS and EIGRP of FRRouting. The lines of the processes are those of IOS, as far as they are
 * part of the model. */
#include "engines/config/frr/frr.h"

bool frr_router_isis(Reader *reader)
{
    return ios_router_isis(reader);
}

bool frr_router_eigrp(Reader *reader)
{
    return ios_router_eigrp(reader);
}

static bool run_as_isis(Reader *reader)
{
    return reader_run_as(reader, &ios_isis_table);
}

static bool run_as_eigrp(Reader *reader)
{
    return reader_run_as(reader, &ios_eigrp_table);
}

/* Handles "redistribute ipv4 static level-2". */
static bool parse_redistribute(Reader *reader)
{
    size_t at = reader->arg + (words_is(&reader->words, reader->arg, "ipv4") ||
                               words_is(&reader->words, reader->arg, "ipv6"));
    build_sourced(&reader->builder, &ios_igp_process(reader)->redistribute,
                  words_rest(&reader->words, at), reader->line->number);
    return at < reader->words.count;
}

#define EXITS                                                                                      \
    {"exit", .ends_block = true},                                                                  \
    {                                                                                              \
        "quit", .ends_block = true                                                                 \
    }

static const Command isis_commands[] = {
    {"net", run_as_isis, true},
    {"is-type", run_as_isis, true},
    {"redistribute", parse_redistribute},
    {"advertise-high-metrics"},
    {"advertise-passive-only"},
    {"area-password"},
    {"attached-bit"},
    {"default-information"},
    {"domain-password"},
    {"dynamic-hostname"},
    {"fast-reroute"},
    {"flex-algo", NULL, false, &commands_known},
    {"hostname dynamic"},
    {"log-adjacency-changes"},
    {"log-pdu-drops"},
    {"lsp-*"},
    {"max-lsp-lifetime"},
    {"metric-style"},
    {"mpls-te"},
    {"mpls ldp-sync"},
    {"purge-originator"},
    {"segment-routing"},
    {"set-attached-bit"},
    {"set-overload-bit"},
    {"spf-*"},
    {"spf prefix-priority"},
    {"topology"},
    EXITS,
};
const CommandTable frr_isis_table = {isis_commands, COUNT_OF(isis_commands), .lasts = true};

static const Command eigrp_commands[] = {
    {"eigrp router-id", run_as_eigrp, true},
    {"network", run_as_eigrp, true},
    {"passive-interface", run_as_eigrp, true},
    {"redistribute", run_as_eigrp, true},
    {"metric weights", run_as_eigrp, true},
    {"distribute-list"},
    {"maximum-paths"},
    {"neighbor"},
    {"timers"},
    {"variance"},
    EXITS,
};
const CommandTable frr_eigrp_table = {eigrp_commands, COUNT_OF(eigrp_commands), .lasts = true};

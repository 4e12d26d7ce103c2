/* SPDX-License-Identifier: Apache-2.0 */
/* The options of BGP neighbours, peer groups and templates. */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

/* Handles a subcommand of "neighbor X". reader->arg is the index of the word after X. */
typedef bool (*NeighborHandler)(Reader *reader, BgpNeighbor *neighbor);

static bool neighbor_remote_as(Reader *reader, BgpNeighbor *neighbor)
{
    Str as = words_get(&reader->words, reader->arg + 1);
    neighbor->remote_as_line = reader->negated ? 0 : reader->line->number;
    if (reader->negated) {
        neighbor->remote_as = 0;
        neighbor->type = BGP_TYPE_UNSET;
        /* A neighbour without an AS and a group is none. */
        if (!neighbor->is_group && neighbor->group.size == 0)
            undo_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_peer);
        return true;
    }
    /* NX-OS: the route map selects the AS of dynamic neighbours. */
    if (str_equal(as, STR("route-map")))
        return reader->arg + 2 < reader->words.count;
    bool internal = reader_keyword(reader, reader->arg + 1, "internal");
    if (internal || reader_keyword(reader, reader->arg + 1, "external")) {
        neighbor->type = internal ? BGP_TYPE_INTERNAL : BGP_TYPE_EXTERNAL;
        return true;
    }
    return build_parse_asn(as, &neighbor->remote_as);
}

static bool neighbor_group(Reader *reader, BgpNeighbor *neighbor)
{
    bool two_words = words_is(&reader->words, reader->arg, "peer") &&
                     words_is(&reader->words, reader->arg + 1, "group");
    Str group = words_get(&reader->words, reader->arg + 1 + two_words);
    if (reader->negated) {
        neighbor->group = STR("");
        if (group.size == 0 && neighbor->is_group)
            undo_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_peer);
        return true;
    }
    if (group.size)
        neighbor->group = group;
    else
        neighbor->is_group = true;
    return true;
}

Str ios_bgp_template_name(Reader *reader, size_t kind)
{
    return arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(words_get(&reader->words, kind)),
                        STR_ARGS(words_get(&reader->words, kind + 1)));
}

static bool neighbor_inherit(Reader *reader, BgpNeighbor *neighbor)
{
    size_t kind = reader->arg + 1;
    if (reader->negated) {
        *(reader_keyword(reader, kind, "peer-policy") ? &neighbor->policy : &neighbor->group) =
            STR("");
        return true;
    }
    if (words_get(&reader->words, kind + 1).size == 0)
        return false;
    if (reader_keyword(reader, kind, "peer-session") || reader_keyword(reader, kind, "peer"))
        neighbor->group = ios_bgp_template_name(reader, kind);
    else if (reader_keyword(reader, kind, "peer-policy"))
        neighbor->policy = ios_bgp_template_name(reader, kind);
    else
        return false;
    return true;
}

static bool neighbor_description(Reader *reader, BgpNeighbor *neighbor)
{
    neighbor->description = reader->negated ? (Sourced){{"", 0}, 0}
                                            : (Sourced){words_rest(&reader->words, reader->arg + 1),
                                                        reader->line->number};
    return true;
}

static bool neighbor_update_source(Reader *reader, BgpNeighbor *neighbor)
{
    size_t used = 0;
    Str source = words_get(&reader->words, reader->arg + 1);
    neighbor->local_line = reader->negated ? 0 : reader->line->number;
    if (reader->negated) {
        neighbor->local_address = (IpAddress){0};
        neighbor->update_source = STR("");
        return true;
    }
    if (ip_parse(source, &neighbor->local_address))
        return true;
    neighbor->update_source = ios_interface_name(reader, reader->arg + 1, &used);
    return source.size > 0;
}

static bool neighbor_local_as(Reader *reader, BgpNeighbor *neighbor)
{
    if (reader->negated)
        neighbor->local_as = 0;
    return reader->negated ||
           build_parse_asn(words_get(&reader->words, reader->arg + 1), &neighbor->local_as);
}

static bool neighbor_route_map(Reader *reader, BgpNeighbor *neighbor)
{
    Sourced policy = {words_get(&reader->words, reader->arg + 1), reader->line->number};
    if (reader->negated)
        policy = (Sourced){{"", 0}, 0};
    if (reader_keyword(reader, reader->arg + 2, "in"))
        neighbor->import = policy;
    else if (reader_keyword(reader, reader->arg + 2, "out"))
        neighbor->export = policy;
    else
        return false;
    return true;
}

static bool neighbor_activate(Reader *reader, BgpNeighbor *neighbor)
{
    uint32_t bit = reader->now.bgp_family ? reader->now.bgp_family : BGP_IPV4;
    bool active = !reader->negated, refused = words_is(&reader->words, 0, "no");
    neighbor->families = (neighbor->families & ~bit) | (active ? bit : 0);
    neighbor->inactive = (neighbor->inactive & ~bit) | (refused ? bit : 0);
    return true;
}

static bool neighbor_shutdown(Reader *reader, BgpNeighbor *neighbor)
{
    neighbor->shutdown = !reader->negated;
    return true;
}

static bool neighbor_password(Reader *reader, BgpNeighbor *neighbor)
{
    neighbor->has_password = !reader->negated;
    return true;
}

static bool neighbor_reflector(Reader *reader, BgpNeighbor *neighbor)
{
    neighbor->reflector_client = !reader->negated;
    return true;
}

static bool neighbor_multihop(Reader *reader, BgpNeighbor *neighbor)
{
    if (reader->negated)
        neighbor->multihop = 0;
    else if (reader->arg + 1 >= reader->words.count)
        neighbor->multihop = 255;
    else if (!words_u32(&reader->words, reader->arg + 1, &neighbor->multihop))
        return false;
    return true;
}

static bool neighbor_passive(Reader *reader, BgpNeighbor *neighbor)
{
    if (reader_keyword(reader, reader->arg + 1, "connection-mode"))
        neighbor->passive = !reader->negated;
    return true;
}

typedef struct {
    const char *word;
    NeighborHandler handler; /* NULL: known */
} NeighborCommand;

static const NeighborCommand neighbor_commands[] = {
    {"remote-as", neighbor_remote_as},
    {"peer-group", neighbor_group},
    {"peer", neighbor_group},
    {"description", neighbor_description},
    {"update-source", neighbor_update_source},
    {"local-as", neighbor_local_as},
    {"route-map", neighbor_route_map},
    {"activate", neighbor_activate},
    {"shutdown", neighbor_shutdown},
    {"password", neighbor_password},
    {"route-reflector-client", neighbor_reflector},
    {"ebgp-multihop", neighbor_multihop},
    {"transport", neighbor_passive},
    {"ttl-security"},
    {"ttl"},
    {"disable-connected-check"},
    {"send-community"},
    {"send-label"},
    {"next-hop-self"},
    {"next-hop-unchanged"},
    {"next-hop-peer"},
    {"next-hop"},
    {"next-hop-v6-address"},
    {"soft-reconfiguration"},
    {"maximum-prefix"},
    {"maximum-routes"},
    {"maximum-accepted-routes"},
    {"prefix-list"},
    {"filter-list"},
    {"distribute-list"},
    {"unsuppress-map"},
    {"advertise-map"},
    {"advertisement-interval"},
    {"additional-paths"},
    {"advertise"},
    {"allowas-in"},
    {"as-override"},
    {"bfd"},
    {"capability"},
    {"cluster-id"},
    {"default-originate"},
    {"dmzlink-bw"},
    {"fall-over"},
    {"graceful-restart"},
    {"graceful-restart-helper"},
    {"graceful-shutdown"},
    {"ha-mode"},
    {"inherit", neighbor_inherit},
    {"link-bandwidth"},
    {"log-neighbor-changes"},
    {"metric-out"},
    {"auto-local-addr"},
    {"encapsulation"},
    {"domain"},
    {"route-server-client"},
    {"enforce-first-as"},
    {"idle-restart-timer"},
    {"import-localpref"},
    {"export-localpref"},
    {"local-v6-addr"},
    {"missing-policy"},
    {"out-delay"},
    {"path-attribute"},
    {"rib-in"},
    {"remove-private-as"},
    {"remote-access"},
    {"route-to-peer"},
    {"slow-peer"},
    {"soo"},
    {"default"},
    {"timers"},
    {"translate-update"},
    {"version"},
    {"weight"},
    {"dont-capability-negotiate"},
    {"internal-vpn-client"},
    {"use"},
    {"disable-peer-as-check"},
    {"low-memory"},
    {"peer-type"},
    {"rewrite-evpn-rt-asn"},
    {"suppress-inactive"},
};

/* Returns the command that the word is, or that it abbreviates. Of several, the ones of the model
 * count; NULL if there are several of those. */
static const NeighborCommand *find_neighbor_command(const Reader *reader)
{
    Str word = words_get(&reader->words, reader->arg);
    const NeighborCommand *found = NULL;
    bool several = false;
    for (size_t i = 0; i < COUNT_OF(neighbor_commands) && word.size; i++) {
        const NeighborCommand *command = &neighbor_commands[i];
        if (str_equal(word, str_of(command->word)))
            return command;
        if (!reader_keyword(reader, reader->arg, command->word))
            continue;
        several = found && (several || (found->handler && command->handler)) &&
                  !(command->handler && !found->handler);
        if (!found || (command->handler && !found->handler))
            found = command;
    }
    return several ? NULL : found;
}

bool ios_bgp_neighbor_option(Reader *reader, BgpNeighbor *neighbor)
{
    neighbor->last_line = reader->line->number;
    if (reader->arg >= reader->words.count && reader->negated) {
        undo_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_peer);
        return true;
    }
    if (reader->arg >= reader->words.count)
        return reader->dialect->neighbors_are_addresses;
    const NeighborCommand *command = find_neighbor_command(reader);
    if (!command || !command->handler)
        return command != NULL;
    return command->handler(reader, neighbor);
}

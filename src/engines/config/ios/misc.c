/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/misc.h"

#include "engines/network/undo.h"

/* Stores the text with its line, or nothing where the line takes it back. */
static void store(Reader *reader, Sourced *field, Str text)
{
    *field = reader->negated ? (Sourced){{"", 0}, 0} : (Sourced){text, reader->line->number};
}

bool ios_hostname(Reader *reader)
{
    store(reader, &reader->device->hostname, words_get(&reader->words, reader->arg));
    return reader->negated || reader->arg < reader->words.count;
}

bool ios_version(Reader *reader)
{
    Str version = words_rest(&reader->words, reader->arg);
    /* NX-OS: "version 9.2(3) Bios:version 07.69" */
    if (str_starts_with(words_get(&reader->words, reader->arg + 1), STR("Bios:")))
        version = words_get(&reader->words, reader->arg);
    /* In a file without indentation, "version 2" may belong to RIP. */
    if (reader->device->version.line == 0)
        reader->device->version = (Sourced){version, reader->line->number};
    return version.size > 0;
}

bool ios_domain(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (str_equal(name, STR("vrf")))
        return true;
    store(reader, &reader->device->domain, name);
    return reader->negated || name.size > 0;
}

/* Handles "license udi pid CSR1000V sn 9ABC": stores the model but not the serial number. */
bool ios_license(Reader *reader)
{
    if (!reader->negated && reader_keyword(reader, reader->arg, "udi") &&
        reader_keyword(reader, reader->arg + 1, "pid"))
        reader->device->model =
            (Sourced){words_get(&reader->words, reader->arg + 2), reader->line->number};
    return true;
}

static bool remove_named(Reader *reader, SourcedVec *list, Str name)
{
    if (name.size == 0 || !reader_may_search(reader, list->count))
        return false;
    VEC_KEEP(list, item, !str_equal(item->text, name));
    return true;
}

/* Adds the addresses of "ntp server [vrf X] A", "logging host A" and "ip name-server [vrf X] A B".
 */
static bool add_hosts(Reader *reader, SourcedVec *list)
{
    size_t at = reader->arg;
    bool any = false;
    if (reader_keyword(reader, at, "vrf"))
        at += 2;
    for (; at < reader->words.count; at++) {
        Str word = words_get(&reader->words, at);
        IpAddress address;
        if (any && !ip_parse(word, &address))
            break;
        if (reader->negated && !remove_named(reader, list, word))
            return false;
        if (!reader->negated)
            build_sourced(&reader->builder, list, word, reader->line->number);
        any = true;
    }
    return any;
}

bool ios_ntp_server(Reader *reader)
{
    return add_hosts(reader, &reader->device->ntp_servers);
}

bool ios_log_host(Reader *reader)
{
    return add_hosts(reader, &reader->device->log_hosts);
}

/* Handles "logging 192.0.2.1" of old releases, which also takes a name. */
bool ios_log_address(Reader *reader)
{
    Str host = words_get(&reader->words, reader->arg);
    IpAddress address;
    bool is_host = ip_parse(host, &address) || str_find_byte(host, '.') != STR_NOT_FOUND;
    return reader->arg >= reader->words.count || (is_host && ios_log_host(reader));
}

bool ios_name_server(Reader *reader)
{
    return add_hosts(reader, &reader->device->name_servers);
}

/* Stores only the name. */
bool ios_username(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (reader->negated)
        return remove_named(reader, &reader->device->users, name);
    build_sourced(&reader->builder, &reader->device->users, name, reader->line->number);
    return name.size > 0;
}

/* Handles "vlan 10,20-22" at the top level, which opens all of them. A name belongs to the first.
 */
bool ios_vlan(Reader *reader)
{
    VlanSet set = {0};
    Str list = words_rest(&reader->words, reader->arg);
    if (list.size == 0 || list.data[0] < '0' || list.data[0] > '9' ||
        !vlans_parse(list, false, &set))
        return false;
    size_t first = SIZE_MAX;
    for (uint32_t id = vlans_next(&set, 1); id; id = vlans_next(&set, id + 1)) {
        size_t index = build_vlan(&reader->builder, id, reader->line->number);
        first = first == SIZE_MAX ? index : first;
        if (reader->negated)
            undo_vlan(&reader->builder, index);
    }
    reader->now.vlan = first;
    return first != SIZE_MAX;
}

/* Handles "no route-map NAME" and "no route-map NAME permit 10". */
static bool undo_map(Reader *reader)
{
    RouteMap *map = &reader->device->route_maps.items[reader->now.route_map];
    Str term = words_get(&reader->words, reader->arg + 2);
    if (!reader_may_search(reader, map->entries.count))
        return false;
    VEC_KEEP(&map->entries, entry, term.size && !str_equal(entry->term, term));
    if (map->entries.count == 0)
        undo_route_map(&reader->builder, reader->now.route_map);
    return true;
}

/* Handles "route-map NAME permit 10". EOS may omit the words after the name. */
bool ios_route_map(Reader *reader)
{
    enum { FIRST_SEQUENCE = 10 }; /* of an entry without a number */
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    reader->now.route_map = build_route_map(&reader->builder, name, reader->line->number);
    if (reader->negated)
        return undo_map(reader);
    RouteMap *map = &reader->device->route_maps.items[reader->now.route_map];
    RouteMapEntry *entry = VEC_PUSH(reader->arena, &map->entries);
    entry->permit = !reader_keyword(reader, reader->arg + 1, "deny");
    entry->term = words_get(&reader->words, reader->arg + 2);
    entry->ends = true;
    if (!str_parse_u32(entry->term, &entry->sequence))
        entry->sequence = FIRST_SEQUENCE;
    entry->line = entry->last_line = map->last_line = reader->line->number;
    return true;
}

static SourcedVec *clauses_of(RouteMapEntry *entry, Str word)
{
    return str_equal(word, STR("match")) ? &entry->match
           : str_equal(word, STR("set")) ? &entry->set
                                         : &entry->next;
}

bool ios_route_map_clause(Reader *reader)
{
    RouteMap *map = &reader->device->route_maps.items[reader->now.route_map];
    Str word = words_get(&reader->words, reader->arg - 1);
    if (map->entries.count == 0)
        return false;
    RouteMapEntry *entry = &map->entries.items[map->entries.count - 1];
    entry->last_line = map->last_line = reader->line->number;
    Str text = words_rest(&reader->words, reader->arg);
    if (str_equal(word, STR("description"))) {
        entry->description = reader->negated ? (Sourced){0} : (Sourced){text, reader->line->number};
        return true;
    }
    SourcedVec *clauses = clauses_of(entry, word);
    if (clauses == &entry->next)
        text = words_rest(&reader->words, reader->arg - 1);
    if (!reader->negated)
        build_sourced(&reader->builder, clauses, text, reader->line->number);
    else if (reader_may_search(reader, clauses->count))
        VEC_KEEP(clauses, item, !str_equal(item->text, text));
    return true;
}

static bool parse_vlan_name(Reader *reader)
{
    reader->device->vlans.items[reader->now.vlan].name =
        reader->negated ? STR("") : words_rest(&reader->words, reader->arg);
    return reader->negated || reader->arg < reader->words.count;
}

static const Command route_map_commands[] = {
    {"match", ios_route_map_clause, true},         {"set", ios_route_map_clause, true},
    {"continue", ios_route_map_clause, true},      {"description", ios_route_map_clause, true},
    {"sub-route-map", ios_route_map_clause, true},
};

static const Command vlan_commands[] = {
    {"name", parse_vlan_name, true},
    {"state"},
    {"trunk group"},
    {"mtu"},
    {"private-vlan"},
    {"remote-span"},
    {"shutdown"},
    {"mode"},
    {"exit"},
    {"vn-segment", ios_vlan_segment, true},
    {"fabric"},
    {"mac"},
};

static const Command line_commands[] = {
    {"exec-timeout"},
    {"exec"},
    {"login"},
    {"password"},
    {"transport"},
    {"logging"},
    {"stopbits"},
    {"privilege"},
    {"access-class"},
    {"ipv6 access-class"},
    {"session-timeout"},
    {"absolute-timeout"},
    {"length"},
    {"width"},
    {"speed"},
    {"modem"},
    {"flowcontrol"},
    {"history"},
    {"authorization"},
    {"accounting"},
    {"rotary"},
    {"session-limit"},
    {"escape-character"},
    {"autocommand"},
    {"terminal-type"},
    {"terminal"},
    {"databits"},
    {"parity"},
    {"location"},
    {"notify"},
    {"activation-character"},
    {"vacant-message"},
    {"motd-banner"},
    {"exec-banner"},
    {"secret"},
    {"media-type"},
    {"txspeed"},
    {"rxspeed"},
    {"refuse-message"},
    {"exec-character-bits"},
    {"autoselect"},
};

/* An applet of the event manager. The commands that it would run are words of its actions. */
static const Command applet_commands[] = {
    {"action"}, {"attribute"}, {"correlate"}, {"description"}, {"event"},
    {"exit"},   {"set"},       {"tag"},       {"trigger"},
};

const CommandTable ios_applet_table = {applet_commands, COUNT_OF(applet_commands), NULL, true};
const CommandTable ios_route_map_table = {route_map_commands, COUNT_OF(route_map_commands), NULL,
                                          true};
const CommandTable ios_line_table = {line_commands, COUNT_OF(line_commands), NULL, true};
const CommandTable ios_vlan_table = {vlan_commands, COUNT_OF(vlan_commands), NULL, true};

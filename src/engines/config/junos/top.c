/* SPDX-License-Identifier: Apache-2.0 */
/* The top level of a Junos configuration, and "system". */
#include "engines/config/junos/junos.h"

bool junos_is_stored(Reader *reader)
{
    (void)reader;
    return true;
}

bool junos_not_understood(Reader *reader)
{
    (void)reader;
    return false;
}

static bool parse_version(Reader *reader)
{
    if (reader->words.count != reader->arg + 1)
        return false;
    reader->device->version = (Sourced){junos_value(reader), reader->line->number};
    return true;
}

static bool parse_host_name(Reader *reader)
{
    reader->device->hostname = (Sourced){junos_value(reader), reader->line->number};
    return junos_has_more(reader);
}

static bool parse_domain_name(Reader *reader)
{
    reader->device->domain = (Sourced){junos_value(reader), reader->line->number};
    return junos_has_more(reader);
}

/* Adds the name of the command, unless the statement before it has added it. */
static bool add_new(Reader *reader, SourcedVec *list)
{
    Str name = reader_name(reader, 0);
    if (list->count == 0 || !str_equal(list->items[list->count - 1].text, name))
        build_sourced(&reader->builder, list, name, reader->line->number);
    return true;
}

static bool parse_name_server(Reader *reader)
{
    build_sourced(&reader->builder, &reader->device->name_servers, reader_name(reader, 0),
                  reader->line->number);
    return true;
}

static bool parse_ntp_server(Reader *reader)
{
    return add_new(reader, &reader->device->ntp_servers);
}

static bool parse_syslog_host(Reader *reader)
{
    return add_new(reader, &reader->device->log_hosts);
}

static bool parse_user(Reader *reader)
{
    return add_new(reader, &reader->device->users);
}

static const Command system_commands[] = {
    {"host-name", parse_host_name},
    {"domain-name", parse_domain_name},
    {"name-server *", parse_name_server},
    {"ntp server *", parse_ntp_server},
    {"syslog host *", parse_syslog_host},
    {"login user *", parse_user},
    {"*"},
};

static const CommandTable system_table = {system_commands, COUNT_OF(system_commands)};

static bool note_security_zones(Reader *reader)
{
    reader->device->has_security_zones = true;
    return true;
}

static const Command security_commands[] = {
    {"address-book", NULL, false, &junos_books_table},
    {"nat", NULL, false, &junos_nat_table},
    {"zones", note_security_zones, false, &junos_zones_table, .only_known = true},
    {"policies", note_security_zones, false, &junos_zone_policies_table, .only_known = true},
    {"*"},
};

static const CommandTable security_table = {security_commands, COUNT_OF(security_commands)};

static const Command services_commands[] = {
    {"nat", NULL, false, &junos_service_nat_table},
    {"*"},
};

static const CommandTable services_table = {services_commands, COUNT_OF(services_commands)};

static const Command top_commands[] = {
    {"version", parse_version},
    {"interfaces", NULL, false, &junos_interfaces_table},
    {"system", NULL, false, &system_table},
    {"protocols", NULL, false, &junos_protocols_table},
    {"routing-options", NULL, false, &junos_routing_options_table},
    {"routing-instances", NULL, false, &junos_instances_table},
    {"policy-options", NULL, false, &junos_policy_table},
    {"firewall", NULL, false, &junos_firewall_table},
    {"vlans", NULL, false, &junos_vlans_table},
    {"security", NULL, false, &security_table},
    {"applications", NULL, false, &junos_applications_table},
    {"access"},
    {"access-profile"},
    {"accounting-options"},
    {"apply-groups"},
    {"bridge-domains", NULL, false, &junos_domains_table},
    {"chassis"},
    {"class-of-service"},
    {"dynamic-profiles"},
    {"ethernet-switching-options"},
    {"event-options"},
    {"forwarding-options"},
    {"groups"},
    {"layer2-control"},
    {"multi-chassis"},
    {"poe"},
    {"services", NULL, false, &services_table},
    {"smtp"},
    {"snmp"},
    {"switch-options", NULL, false, &junos_switch_options_table},
    {"virtual-chassis"},
    {"wlan"},
};

const CommandTable junos_top_table = {top_commands, COUNT_OF(top_commands)};

LineOutcome junos_apply(Reader *reader, const JunosStatement *statement)
{
    NotedLine noted = {
        .words = statement->words, .count = statement->count, .line = statement->line};
    config_notes_take(&reader->builder, &noted);
    for (size_t i = 1; i < statement->count; i++) {
        if (str_equal(statement->words[i], STR("apply-groups")))
            return LINE_KNOWN;
    }
    reader_set_path(reader, statement->words, statement->count, statement->line);
    return reader_run_path(reader);
}

uint64_t junos_heads(Reader *reader, const JunosStatement *statement)
{
    reader_set_path(reader, statement->words, statement->count, statement->line);
    return reader_path_heads(reader);
}

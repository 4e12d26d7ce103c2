/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "applications": protocols with their ports, which are object groups of services. Each term of an
 * application is a member of its group, and so is what the application states without a term.
 */
#include "engines/config/junos/junos.h"

static ObjectGroup *current(Reader *reader)
{
    return &reader->device->object_groups.items[reader->now.object_group];
}

static bool parse_application(Reader *reader)
{
    reader->now.object_group = build_object_group(&reader->builder, (Str){"", 0},
                                                  reader_name(reader, 0), reader->line->number);
    ObjectGroup *group = current(reader);
    group->kind = OBJECT_GROUP_SERVICES;
    group->last_line = MAX_OF(group->last_line, reader->line->number);
    reader->now.term = (Str){"", 0};
    return true;
}

static bool parse_term(Reader *reader)
{
    reader->now.term = reader_name(reader, 0);
    return true;
}

/* Returns the member of the group that the term is. */
static ObjectGroupMember *member_of(Reader *reader)
{
    ObjectGroup *group = current(reader);
    Str key = arena_printf(reader->arena, "application\n%zu\n%.*s", reader->now.object_group,
                           STR_ARGS(reader->now.term));
    size_t index = map_get_index(&reader->builder.terms, key);
    if (index != MAP_NO_INDEX)
        return &group->members.items[index];
    map_put_index(reader->arena, &reader->builder.terms, key, group->members.count);
    ObjectGroupMember *member = VEC_PUSH(reader->arena, &group->members);
    *member = (ObjectGroupMember){.line = reader->line->number};
    return member;
}

static bool parse_protocol(Reader *reader)
{
    member_of(reader)->protocol = reader_name(reader, 0);
    return true;
}

static bool parse_source_port(Reader *reader)
{
    member_of(reader)->source_port = reader_name(reader, 0);
    return true;
}

static bool parse_destination_port(Reader *reader)
{
    member_of(reader)->destination_port = reader_name(reader, 0);
    return true;
}

/* Handles a type of ICMP or a program of RPC, which is no part of the model. */
static bool parse_other_match(Reader *reader)
{
    current(reader)->is_partial = true;
    return true;
}

static bool parse_member(Reader *reader)
{
    Str name = reader_name(reader, 0);
    *VEC_PUSH(reader->arena, &current(reader)->members) =
        (ObjectGroupMember){.group = name, .line = reader->line->number};
    return junos_use_application(reader, name);
}

static const CommandTable match_table;

/* One statement may have them all: "term T protocol tcp destination-port 80". */
static const Command match_commands[] = {
    {"protocol *", parse_protocol, false, &match_table},
    {"source-port *", parse_source_port, false, &match_table},
    {"destination-port *", parse_destination_port, false, &match_table},
    {"icmp-type *", parse_other_match, false, &match_table, .only_known = true},
    {"icmp-code *", parse_other_match, false, &match_table, .only_known = true},
    {"icmp6-type *", parse_other_match, false, &match_table, .only_known = true},
    {"icmp6-code *", parse_other_match, false, &match_table, .only_known = true},
    {"rpc-program-number *", parse_other_match, false, &match_table, .only_known = true},
    {"uuid *", parse_other_match, false, &match_table, .only_known = true},
    {"ether-type *", parse_other_match, false, &match_table, .only_known = true},
    {"alg *", NULL, false, &match_table},
    {"application-protocol *", NULL, false, &match_table},
    {"inactivity-timeout *", NULL, false, &match_table},
};

static const CommandTable match_table = {match_commands, COUNT_OF(match_commands)};

static const Command application_commands[] = {
    {"term *", parse_term, false, &match_table, .only_known = true},
    {"description"},
    {"do-not-translate-A-query-to-AAAA-query"},
    {"do-not-translate-AAAA-query-to-A-query"},
};

static const CommandTable application_table = {application_commands, COUNT_OF(application_commands),
                                               &match_table};

static const Command set_commands[] = {
    {"application *", parse_member},
    {"application-set *", parse_member},
    {"description"},
};

static const CommandTable set_table = {set_commands, COUNT_OF(set_commands)};

static const Command applications_commands[] = {
    {"application *", parse_application, false, &application_table, .head_counts = true},
    {"application-set *", parse_application, false, &set_table, .head_counts = true},
};

const CommandTable junos_applications_table = {applications_commands,
                                               COUNT_OF(applications_commands)};

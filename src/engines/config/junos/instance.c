/* SPDX-License-Identifier: Apache-2.0 */
/* "routing-instances". */
#include "engines/config/junos/junos.h"
#include "engines/config/vrf_setting.h"

static Vrf *current(Reader *reader)
{
    return &reader->device->vrfs.items[reader->now.vrf];
}

static bool parse_instance(Reader *reader)
{
    reader->now.instance = reader_name(reader, 0);
    reader->now.vrf = build_vrf(&reader->builder, reader->now.instance, reader->line->number);
    return true;
}

static bool parse_interface(Reader *reader)
{
    size_t index = build_interface(&reader->builder, reader_name(reader, 0), reader->line->number);
    reader->device->interfaces.items[index].vrf =
        (Sourced){reader->now.instance, reader->line->number};
    return true;
}

static bool parse_type(Reader *reader)
{
    current(reader)->type = reader_name(reader, 0);
    return true;
}

static bool parse_distinguisher(Reader *reader)
{
    current(reader)->route_distinguisher = junos_value(reader);
    return true;
}

/* Stores the name of the command, a policy or a target such as "target:65000:1". */
static bool store(Reader *reader, VrfRuleVec *rules)
{
    static const Str start = STR_INIT("target:");
    Str value = reader_name(reader, 0);
    if (str_starts_with(value, start))
        value = str_from(value, start.size);
    return vrf_rule_store(reader, rules, value, (Str){"", 0});
}

static bool parse_import_policy(Reader *reader)
{
    return store(reader, &current(reader)->import_policies);
}

static bool parse_export_policy(Reader *reader)
{
    return store(reader, &current(reader)->export_policies);
}

static bool parse_import(Reader *reader)
{
    return store(reader, &current(reader)->imports);
}

static bool parse_export(Reader *reader)
{
    return store(reader, &current(reader)->exports);
}

static bool parse_target(Reader *reader)
{
    return store(reader, &current(reader)->imports) && store(reader, &current(reader)->exports);
}

static const Command instance_commands[] = {
    {"interface *", parse_interface},
    {"instance-type *", parse_type},
    {"route-distinguisher", parse_distinguisher},
    {"protocols", NULL, false, &junos_protocols_table},
    {"routing-options", NULL, false, &junos_instance_options_table},
    {"vrf-import *", parse_import_policy},
    {"vrf-export *", parse_export_policy},
    {"vrf-target import *", parse_import},
    {"vrf-target export *", parse_export},
    {"vrf-target import", junos_not_understood},
    {"vrf-target export", junos_not_understood},
    {"vrf-target *", parse_target},
    {"vrf-table-label"},
    {"description"},
    {"vlan-id *", junos_instance_vlan_id, .only_known = true},
    {"vxlan", junos_instance_vxlan, false, &junos_vni_table, .only_known = true},
    {"bridge-domains", NULL, false, &junos_domains_table},
    {"forwarding-options"},
    {"switch-options", NULL, false, &junos_switch_options_table},
    {"vtep-source-interface *", junos_vxlan_source},
    {"no-vrf-propagate-ttl"},
    {"vlans", NULL, false, &junos_vlans_table},
    {"service-type"},
    {"access"},
    {"system"},
    {"provider-tunnel"},
    {"route-target"},
    {"no-local-switching"},
    {"multicast-snooping-options"},
};

static const CommandTable instance_table = {instance_commands, COUNT_OF(instance_commands)};

static const Command instances_commands[] = {
    {"*", parse_instance, false, &instance_table, .head_counts = true},
};

const CommandTable junos_instances_table = {instances_commands, COUNT_OF(instances_commands)};

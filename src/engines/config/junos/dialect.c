/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/dialects.h"
#include "engines/config/junos/junos.h"

static const Signature brace_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "CONTENT-TYPE: juniper"},
    {SIGNATURE_LINE, 200, "# JUNOS Software Release"},
    {SIGNATURE_LINE, 30, "## Last commit"},
    {SIGNATURE_LINE, 30, "## Last changed"},
    {SIGNATURE_ANY, 10, "host-name "},
    {SIGNATURE_LINE, 5, "system {"},
    {SIGNATURE_LINE, 5, "interfaces {"},
    {SIGNATURE_LINE, 5, "protocols {"},
    {SIGNATURE_LINE, 10, "routing-options {"},
    {SIGNATURE_LINE, 10, "policy-options {"},
    {SIGNATURE_LINE, 10, "routing-instances {"},
    {SIGNATURE_LINE, 5, "firewall {"},
    {SIGNATURE_LINE, 5, "groups {"},
    {SIGNATURE_LINE, 5, "chassis {"},
    {SIGNATURE_ANY, 5, "family inet {"},
    {SIGNATURE_ANY, 3, "unit 0 {"},
};

const Dialect junos_dialect = {
    .system =
        {
            .id = "juniper_junos",
            .name = "Juniper Junos",
            .vendor = "juniper",
            .parsed = true,
            .verbatim_names = "",
            .filters_name_prefix_lists = true,
            .vnis_need_no_vlan = true,
            .mtu_counts_header = true,
        },
    .signatures = brace_signatures,
    .signature_count = COUNT_OF(brace_signatures),
    .commands = &junos_top_table,
    .read = junos_read_braces,
    .notes = junos_notes,
};

static const Signature set_signatures[] = {
    {SIGNATURE_LINE, 10, "set system host-name "},
    {SIGNATURE_LINE, 5, "set version "},
    {SIGNATURE_LINE, 5, "set system services "},
    {SIGNATURE_LINE, 5, "set system root-authentication"},
    {SIGNATURE_LINE, 5, "set interfaces ge-"},
    {SIGNATURE_LINE, 5, "set interfaces xe-"},
    {SIGNATURE_LINE, 5, "set interfaces et-"},
    {SIGNATURE_LINE, 5, "set interfaces ae"},
    {SIGNATURE_LINE, 5, "set interfaces lo0"},
    {SIGNATURE_LINE, 3, "set interfaces irb"},
    {SIGNATURE_LINE, 10, "set routing-options "},
    {SIGNATURE_LINE, 10, "set policy-options "},
    {SIGNATURE_LINE, 10, "set routing-instances "},
    {SIGNATURE_LINE, 4, "set protocols "},
    {SIGNATURE_LINE, 3, "set firewall "},
    {SIGNATURE_LINE, 3, "set security "},
    {SIGNATURE_LINE, 3, "set groups "},
    {SIGNATURE_LINE, 3, "set vlans "},
};

const Dialect junos_set_dialect = {
    .system =
        {
            .id = "juniper_junos_set",
            .name = "Juniper Junos (set commands)",
            .vendor = "juniper",
            .parsed = true,
            .verbatim_names = "",
            .filters_name_prefix_lists = true,
            .vnis_need_no_vlan = true,
            .mtu_counts_header = true,
        },
    .signatures = set_signatures,
    .signature_count = COUNT_OF(set_signatures),
    .commands = &junos_top_table,
    .read = junos_read_set,
    .notes = junos_notes,
};

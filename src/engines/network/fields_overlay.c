/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of VXLAN and of pairs of switches. */
#include "engines/network/fields_table.h"

static const Field vni_fields[] = {
    {"id", FIELD_U32, FIELD_ALWAYS, AT(Vni, id), NULL},
    {"vlan", FIELD_U32, FIELD_IF_SET, AT(Vni, vlan), NULL},
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(Vni, vrf), NULL},
    {"layer3", FIELD_BOOL, FIELD_IF_SET, AT(Vni, is_layer3), NULL},
    {"multicast_group", FIELD_STR, FIELD_IF_SET, AT(Vni, multicast_group), NULL},
    {"replication", FIELD_STR, FIELD_IF_SET, AT(Vni, replication), NULL},
    {"peers", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(Vni, peers), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(Vni, line), NULL},
};
static const Structure vni_structure = FIELDS(Vni, vni_fields, );

static bool has_vxlan(const void *structure)
{
    return ((const InterfaceVxlan *)structure)->line > 0;
}

static const Field vxlan_fields[] = {
    {"source", FIELD_SOURCED, FIELD_IF_SET, AT(InterfaceVxlan, source), NULL},
    {"mlag_source", FIELD_SOURCED, FIELD_IF_SET, AT(InterfaceVxlan, mlag_source), NULL},
    {"udp_port", FIELD_U32, FIELD_IF_SET, AT(InterfaceVxlan, udp_port), NULL},
    {"bgp", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceVxlan, bgp), NULL},
    {"multicast_group", FIELD_STR, FIELD_IF_SET, AT(InterfaceVxlan, multicast_group), NULL},
    {"peers", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(InterfaceVxlan, peers), NULL},
    {"vnis", FIELD_LIST, FIELD_ALWAYS, AT(InterfaceVxlan, vnis), &vni_structure},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(InterfaceVxlan, line), NULL},
};
const Structure interface_vxlan_structure =
    FIELDS(InterfaceVxlan, vxlan_fields, .is_present = has_vxlan);

static const Field mlag_fields[] = {
    {"kind", FIELD_STR, FIELD_ALWAYS, AT(MlagDomain, kind), NULL},
    {"domain", FIELD_STR, FIELD_IF_SET, AT(MlagDomain, domain), NULL},
    {"peer_link", FIELD_SOURCED, FIELD_IF_SET, AT(MlagDomain, peer_link), NULL},
    {"local_interface", FIELD_SOURCED, FIELD_IF_SET, AT(MlagDomain, local_interface), NULL},
    {"peer_address", FIELD_IP, FIELD_IF_SET, AT(MlagDomain, peer_address), NULL},
    {"keepalive", FIELD_IP, FIELD_IF_SET, AT(MlagDomain, keepalive), NULL},
    {"keepalive_source", FIELD_IP, FIELD_IF_SET, AT(MlagDomain, keepalive_source), NULL},
    {"keepalive_vrf", FIELD_STR, FIELD_IF_SET, AT(MlagDomain, keepalive_vrf), NULL},
    {"options", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(MlagDomain, options), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(MlagDomain, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(MlagDomain, last_line), NULL},
};
const Structure mlag_structure = FIELDS(MlagDomain, mlag_fields, );

/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of filters, policies and address translation. */
#include "engines/network/fields_table.h"

static const char *const group_kinds[] = {"addresses", "ports", "services"};
static const char *const acl_actions[] = {"permit", "deny", "reject", "remark", "other"};

static const FieldNames group_kind_names = NAMES(group_kinds);
static const FieldNames acl_action_names = NAMES(acl_actions);

/* The family of a list, "family": 4 or 6. */
static void write_family(JsonWriter *json, const char *key, const void *field)
{
    json_field_u64(json, key, *(const IpFamily *)field);
}

static bool read_family(JsonPull *pull, void *field)
{
    uint64_t family = 0;
    if (!json_pull_u64(pull, IP_V6, &family))
        return false;
    if (family != IP_NONE && family != IP_V4 && family != IP_V6)
        return json_pull_fail(pull, "expected the family 4 or 6");
    *(IpFamily *)field = (IpFamily)family;
    return true;
}

const FieldCodec field_family_codec = {write_family, read_family};

static const Field acl_entry_fields[] = {
    {"line", FIELD_U32, FIELD_ALWAYS, AT(AclEntry, line), NULL},
    {"sequence", FIELD_U32, FIELD_IF_SET, AT(AclEntry, sequence), NULL},
    {"term", FIELD_STR, FIELD_IF_SET, AT(AclEntry, term), NULL},
    {"action", FIELD_ENUM, FIELD_ALWAYS, AT(AclEntry, action), &acl_action_names},
    {"protocol", FIELD_STR, FIELD_IF_SET, AT(AclEntry, protocol), NULL},
    {"source", FIELD_STR, FIELD_IF_SET, AT(AclEntry, source), NULL},
    {"source_port", FIELD_STR, FIELD_IF_SET, AT(AclEntry, source_port), NULL},
    {"destination", FIELD_STR, FIELD_IF_SET, AT(AclEntry, destination), NULL},
    {"destination_port", FIELD_STR, FIELD_IF_SET, AT(AclEntry, destination_port), NULL},
    {"address", FIELD_STR, FIELD_IF_SET, AT(AclEntry, address), NULL},
    {"port", FIELD_STR, FIELD_IF_SET, AT(AclEntry, port), NULL},
    {"options", FIELD_STR, FIELD_IF_SET, AT(AclEntry, options), NULL},
    {"text", FIELD_STR, FIELD_ALWAYS, AT(AclEntry, text), NULL},
};
static const Structure acl_entry_structure = FIELDS(AclEntry, acl_entry_fields, );

static const Field acl_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(Acl, name), NULL},
    {"family", FIELD_CODEC, FIELD_ALWAYS, AT(Acl, family), &field_family_codec},
    {"extended", FIELD_BOOL, FIELD_ALWAYS, AT(Acl, extended), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(Acl, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(Acl, last_line), NULL},
    {"entries", FIELD_LIST, FIELD_ALWAYS, AT(Acl, entries), &acl_entry_structure},
};
const Structure acl_structure = FIELDS(Acl, acl_fields, );

static const Field group_member_fields[] = {
    {"group", FIELD_STR, FIELD_IF_SET, AT(ObjectGroupMember, group), NULL},
    {"address", FIELD_STR, FIELD_IF_SET, AT(ObjectGroupMember, address), NULL},
    {"protocol", FIELD_STR, FIELD_IF_SET, AT(ObjectGroupMember, protocol), NULL},
    {"source_port", FIELD_STR, FIELD_IF_SET, AT(ObjectGroupMember, source_port), NULL},
    {"destination_port", FIELD_STR, FIELD_IF_SET, AT(ObjectGroupMember, destination_port), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(ObjectGroupMember, line), NULL},
};
static const Structure group_member_structure = FIELDS(ObjectGroupMember, group_member_fields, );

static const Field object_group_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(ObjectGroup, name), NULL},
    {"book", FIELD_STR, FIELD_IF_SET, AT(ObjectGroup, book), NULL},
    {"kind", FIELD_ENUM, FIELD_ALWAYS, AT(ObjectGroup, kind), &group_kind_names},
    {"family", FIELD_CODEC, FIELD_ALWAYS, AT(ObjectGroup, family), &field_family_codec},
    {"partial", FIELD_BOOL, FIELD_IF_SET, AT(ObjectGroup, is_partial), NULL},
    {"members", FIELD_LIST, FIELD_ALWAYS, AT(ObjectGroup, members), &group_member_structure},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(ObjectGroup, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(ObjectGroup, last_line), NULL},
};
const Structure object_group_structure = FIELDS(ObjectGroup, object_group_fields, );

static const Field nat_rule_fields[] = {
    {"kind", FIELD_STR, FIELD_ALWAYS, AT(NatRule, kind), NULL},
    {"set", FIELD_STR, FIELD_IF_SET, AT(NatRule, set), NULL},
    {"rule", FIELD_STR, FIELD_IF_SET, AT(NatRule, rule), NULL},
    {"interface", FIELD_STR, FIELD_IF_SET, AT(NatRule, interface), NULL},
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(NatRule, vrf), NULL},
    {"match", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(NatRule, match), NULL},
    {"translation", FIELD_SOURCED, FIELD_IF_SET, AT(NatRule, translation), NULL},
    {"overload", FIELD_BOOL, FIELD_IF_SET, AT(NatRule, overload), NULL},
    {"options", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(NatRule, options), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(NatRule, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(NatRule, last_line), NULL},
};
const Structure nat_rule_structure = FIELDS(NatRule, nat_rule_fields, );

static const Field nat_pool_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(NatPool, name), NULL},
    {"kind", FIELD_STR, FIELD_IF_SET, AT(NatPool, kind), NULL},
    {"addresses", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(NatPool, addresses), NULL},
    {"prefix_length", FIELD_U32, FIELD_IF_SET, AT(NatPool, prefix_length), NULL},
    {"rotary", FIELD_BOOL, FIELD_IF_SET, AT(NatPool, rotary), NULL},
    {"options", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(NatPool, options), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(NatPool, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(NatPool, last_line), NULL},
};
const Structure nat_pool_structure = FIELDS(NatPool, nat_pool_fields, );

static const Field zone_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(Zone, name), NULL},
    {"interfaces", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(Zone, interfaces), NULL},
    {"inbound", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(Zone, inbound), NULL},
    {"options", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(Zone, options), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(Zone, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(Zone, last_line), NULL},
};
const Structure zone_structure = FIELDS(Zone, zone_fields, );

static const Field zone_policy_fields[] = {
    {"from", FIELD_STR, FIELD_IF_SET, AT(ZonePolicy, from), NULL},
    {"to", FIELD_STR, FIELD_IF_SET, AT(ZonePolicy, to), NULL},
    {"name", FIELD_STR, FIELD_ALWAYS, AT(ZonePolicy, name), NULL},
    {"match", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(ZonePolicy, match), NULL},
    {"action", FIELD_SOURCED, FIELD_IF_SET, AT(ZonePolicy, action), NULL},
    {"options", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(ZonePolicy, options), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(ZonePolicy, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(ZonePolicy, last_line), NULL},
};
const Structure zone_policy_structure = FIELDS(ZonePolicy, zone_policy_fields, );

static const Field prefix_entry_fields[] = {
    {"sequence", FIELD_U32, FIELD_IF_SET, AT(PrefixListEntry, sequence), NULL},
    {"permit", FIELD_BOOL, FIELD_ALWAYS, AT(PrefixListEntry, permit), NULL},
    {"prefix", FIELD_PREFIX, FIELD_ALWAYS, AT(PrefixListEntry, prefix), NULL},
    {"ge", FIELD_U32, FIELD_IF_SET, AT(PrefixListEntry, ge), NULL},
    {"le", FIELD_U32, FIELD_IF_SET, AT(PrefixListEntry, le), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(PrefixListEntry, line), NULL},
};
static const Structure prefix_entry_structure = FIELDS(PrefixListEntry, prefix_entry_fields, );

static const Field prefix_list_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(PrefixList, name), NULL},
    {"family", FIELD_CODEC, FIELD_ALWAYS, AT(PrefixList, family), &field_family_codec},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(PrefixList, line), NULL},
    {"entries", FIELD_LIST, FIELD_ALWAYS, AT(PrefixList, entries), &prefix_entry_structure},
};
const Structure prefix_list_structure = FIELDS(PrefixList, prefix_list_fields, );

static const Field route_map_entry_fields[] = {
    {"term", FIELD_STR, FIELD_ALWAYS, AT(RouteMapEntry, term), NULL},
    {"sequence", FIELD_U32, FIELD_IF_SET, AT(RouteMapEntry, sequence), NULL},
    {"permit", FIELD_BOOL, FIELD_ALWAYS, AT(RouteMapEntry, permit), NULL},
    {"ends", FIELD_BOOL, FIELD_ALWAYS, AT(RouteMapEntry, ends), NULL},
    {"description", FIELD_SOURCED, FIELD_IF_SET, AT(RouteMapEntry, description), NULL},
    {"match", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(RouteMapEntry, match), NULL},
    {"set", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(RouteMapEntry, set), NULL},
    {"next", FIELD_SOURCED_LIST, FIELD_IF_SET, AT(RouteMapEntry, next), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(RouteMapEntry, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(RouteMapEntry, last_line), NULL},
};
static const Structure route_map_entry_structure = FIELDS(RouteMapEntry, route_map_entry_fields, );

static const Field route_map_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(RouteMap, name), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(RouteMap, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(RouteMap, last_line), NULL},
    {"entries", FIELD_LIST, FIELD_ALWAYS, AT(RouteMap, entries), &route_map_entry_structure},
};
const Structure route_map_structure = FIELDS(RouteMap, route_map_fields, );

const char *acl_action_name(AclAction action)
{
    return acl_actions[action];
}

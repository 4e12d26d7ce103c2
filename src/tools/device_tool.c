/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/names.h"
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"

enum { ROWS_AT_ONCE = 150 };

/*
 * $3 a part of the name or NULL, $4 the same as the full name of an interface, $5 how many rows to
 * skip, $6 how many to give. rows selects from facts: place (orders the rows), fact, and name, the
 * text in which $3 is looked for.
 */
#define SECTION_SQL(rows)                                                                          \
    "WITH " FACTS_SQL ", found AS (" rows "), kept AS (SELECT * FROM found WHERE $3::text IS NULL" \
    "  OR position(lower($3) IN lower(name)) > 0 OR position(lower($4) IN lower(name)) > 0),"      \
    " page AS (SELECT * FROM kept ORDER BY place OFFSET $5::bigint LIMIT $6::bigint)"              \
    " SELECT (SELECT count(*) FROM kept),"                                                         \
    "  (SELECT coalesce(jsonb_agg(fact ORDER BY place), '[]') FROM page) FROM facts"

#define ITEMS(key) "jsonb_array_elements(result -> '" key "') WITH ORDINALITY AS i (item, n)"
/* The items of a list that each item of another list has. */
#define SUB_ITEMS(key) "jsonb_array_elements(i.item -> '" key "') WITH ORDINALITY AS s (part, m)"
#define PLACE "ARRAY[i.n, s.m] AS place"

/* Items of a list, each as it is; name is an expression over item. */
#define LIST_SQL(key, name)                                                                        \
    SECTION_SQL("SELECT i.n AS place, i.item AS fact, " name " AS name FROM facts, " ITEMS(key))
/* The entries of a list of lists, each with the name of its list. */
#define ENTRIES_SQL(key, member)                                                                   \
    SECTION_SQL("SELECT " PLACE ", jsonb_build_object('" member "', i.item -> 'name') || s.part"   \
                " AS fact, concat_ws(' ', i.item ->> 'name', s.part::text) AS name"                \
                " FROM facts, " ITEMS(key) ", " SUB_ITEMS("entries"))

/* The processes of a protocol, then the interfaces that take part. */
#define IGP_SQL(key)                                                                               \
    SECTION_SQL("SELECT ARRAY[0, i.n] AS place, '{\"row\": \"process\"}' || i.item AS fact,"       \
                "  i.item::text AS name FROM facts, " ITEMS(                                       \
                    key) " UNION ALL"                                                              \
                         " SELECT ARRAY[1, i.n], jsonb_build_object('row', 'interface',"           \
                         "  'interface', i.item -> 'canonical') || (i.item -> '" key "'),"         \
                         "  i.item ->> 'canonical' FROM facts, " ITEMS(                            \
                             "interfaces") " WHERE i.item -> '" key "' ->> 'enabled' = 'true'")

/* The items of two lists, each with what it is. */
#define PAIR_SQL(key, row, other_key, other_row)                                                   \
    SECTION_SQL("SELECT ARRAY[k.n, i.n] AS place, jsonb_build_object('row', k.row) || i.item"      \
                " AS fact, i.item::text AS name FROM facts, (VALUES (1, '" key "', '" row "'),"    \
                "  (2, '" other_key "', '" other_row "')) AS k (n, key, row),"                     \
                "  jsonb_array_elements(result -> k.key) WITH ORDINALITY AS i (item, n)")

#define SECTION_PREFIX "tool_facts_"

/* Named by the prefix and the section. One part of a statement a line. */
/* clang-format off */
DB_STATEMENT sections[] = {
    {SECTION_PREFIX "summary",
     SECTION_SQL("SELECT 1 AS place, jsonb_strip_nulls(jsonb_build_object("
                 "  'hostname', result -> 'hostname', 'domain', result -> 'domain',"
                 "  'version', result -> 'version', 'model', result -> 'model',"
                 "  'vendor', result -> 'vendor', 'mlag', result -> 'mlag',"
                 "  'lines', result -> 'lines',"
                 "  'counts', (SELECT jsonb_object_agg(key, jsonb_array_length(result -> key))"
                 "   FROM unnest('{interfaces,vlans,vrfs,ospf,isis,eigrp,bgp,static_routes,acls,"
                 "prefix_lists,route_maps,nat_rules,nat_pools,zones,zone_policies,"
                 "not_understood}'::text[]) AS k (key)))) AS fact,"
                 " result ->> 'hostname' AS name FROM facts")},
    {SECTION_PREFIX "interfaces",
     LIST_SQL("interfaces", "concat_ws(' ', item ->> 'name', item ->> 'canonical',"
                            " item -> 'description' ->> 'value', item ->> 'addresses')")},
    {SECTION_PREFIX "vlans",
     LIST_SQL("vlans", "concat_ws(' ', item ->> 'id', item ->> 'name', item ->> 'interface')")},
    {SECTION_PREFIX "vrfs", LIST_SQL("vrfs", "item ->> 'name'")},
    {SECTION_PREFIX "ospf",
     SECTION_SQL("SELECT ARRAY[0, i.n, 0] AS place, '{\"row\": \"process\"}' || i.item AS fact,"
                 "  i.item::text AS name FROM facts, " ITEMS("ospf")
                 " UNION ALL"
                 " SELECT ARRAY[1, i.n, v.n], jsonb_build_object('row', 'interface',"
                 "  'interface', i.item -> 'canonical', 'version', v.version,"
                 "  'line', i.item -> 'line') || (i.item -> v.key), i.item ->> 'canonical'"
                 " FROM facts, " ITEMS("interfaces") ","
                 "  (VALUES (1, 'ospf', 2), (2, 'ospfv3', 3)) AS v (n, key, version)"
                 " WHERE i.item -> v.key ->> 'enabled' = 'true'")},
    {SECTION_PREFIX "isis", IGP_SQL("isis")},
    {SECTION_PREFIX "eigrp", IGP_SQL("eigrp")},
    {SECTION_PREFIX "bgp",
     SECTION_SQL("SELECT ARRAY[i.n, 0, 0] AS place, '{\"row\": \"process\"}'"
                 "  || (i.item - 'neighbors' - 'groups') AS fact, i.item ->> 'asn' AS name"
                 " FROM facts, " ITEMS("bgp")
                 " UNION ALL"
                 " SELECT ARRAY[i.n, k.n, s.m], jsonb_build_object('row', k.row, 'asn',"
                 "  i.item -> 'asn') || s.part, s.part::text FROM facts, " ITEMS("bgp") ","
                 "  (VALUES (1, 'neighbors', 'neighbor'), (2, 'groups', 'group'))"
                 "   AS k (n, key, row),"
                 "  jsonb_array_elements(i.item -> k.key) WITH ORDINALITY AS s (part, m)")},
    {SECTION_PREFIX "static_routes", LIST_SQL("static_routes", "item::text")},
    {SECTION_PREFIX "acls", ENTRIES_SQL("acls", "acl")},
    {SECTION_PREFIX "prefix_lists", ENTRIES_SQL("prefix_lists", "prefix_list")},
    {SECTION_PREFIX "route_maps", ENTRIES_SQL("route_maps", "route_map")},
    {SECTION_PREFIX "nat", PAIR_SQL("nat_rules", "rule", "nat_pools", "pool")},
    {SECTION_PREFIX "zones", PAIR_SQL("zones", "zone", "zone_policies", "policy")},
    {SECTION_PREFIX "not_understood",
     LIST_SQL("not_understood", "concat_ws(' ', item ->> 'text', item ->> 'stanza')")},
};
/* clang-format on */

static const DbStatement *find_section(Str name)
{
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        if (str_equal(name, str_of(sections[i].name + strlen(SECTION_PREFIX))))
            return &sections[i];
    }
    check(false); /* the schema names them all */
}

bool tool_device_facts(Task *task, const Services *services, const JsonValue *arguments,
                       JsonWriter *answer)
{
    ToolDocument document;
    const DbRows *found = NULL;
    Str section = argument_str(arguments, "section");
    Str name = argument_str(arguments, "name");
    int64_t skipped = argument_i64(arguments, "more", 0);
    if (!tool_document_of_type(task, services, arguments, "config", &document))
        return false;
    Str full_name = interface_canonical(task->arena, name, &system_unknown);
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(&document.id),
                                db_text_or_null(!str_empty(name), name), db_text(full_name),
                                db_i64(skipped), db_i64(ROWS_AT_ONCE));
    if (!tool_facts(task, services, find_section(section), params, &found))
        return false;
    const JsonValue *facts = json_parse(task->arena, db_str(found, 0, 1), &task->error);
    if (!facts)
        return false;
    tool_document_members(task->arena, answer, &document);
    json_field_str(answer, "section", section);
    json_field_i64(answer, "total", db_read_i64(found, 0, 0));
    Rows rows = rows_begin(task->arena, answer, "rows", skipped);
    size_t at = 0;
    while (at < facts->count && rows_add_value(&rows, &facts->items[at]))
        at++;
    rows_end(&rows, facts->count > 0 && rows.next < db_read_i64(found, 0, 0));
    return true;
}

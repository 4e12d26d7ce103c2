/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/search_filter.h"

#include "base/vec.h"
#include "engines/config/dialects.h"
#include "engines/text/kind.h"

enum { LIST_MAX_BYTES = 2048 };

DB_STATEMENT list_vendors = {
    "knowledge_list_vendors",
    "SELECT DISTINCT vendor FROM knowledge_sources WHERE vendor IS NOT NULL ORDER BY 1 LIMIT 100",
};

/* Stores the value as the list writes it. */
static bool find_value(const StrVec *allowed, Str *value)
{
    for (size_t i = 0; i < allowed->count; i++) {
        if (!str_equal_ignore_case(allowed->items[i], *value))
            continue;
        *value = allowed->items[i];
        return true;
    }
    return false;
}

static bool fail_value(Task *task, const char *field, Str value, const StrVec *allowed)
{
    auto_strbuf StrBuf list = {0};
    strbuf_init(&list, LIST_MAX_BYTES);
    for (size_t i = 0; i < allowed->count; i++)
        strbuf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARGS(allowed->items[i]));
    Str words = strbuf_str(&list);
    error_set(&task->error, ERR_VALIDATION, "%s: there is no \"%.*s\"; it must be one of: %.*s",
              field, STR_ARGS(value), STR_ARGS(words));
    return error_set_field(&task->error, field);
}

static bool check_type(Task *task, SearchQuery *query)
{
    StrVec allowed = {0};
    if (str_empty(query->document_type))
        return true;
    for (TextKind kind = 0; kind < TEXT_BINARY; kind++)
        *VEC_PUSH(task->arena, &allowed) = str_of(text_kind_name(kind));
    *VEC_PUSH(task->arena, &allowed) = STR("pcap");
    return find_value(&allowed, &query->document_type) ||
           fail_value(task, "document_type", query->document_type, &allowed);
}

static void add_recognised(Arena *arena, StrVec *allowed)
{
    *VEC_PUSH(arena, allowed) = str_of(system_unknown.vendor);
    for (size_t i = 0; i < dialect_count; i++) {
        Str vendor = str_of(dialects[i]->system.vendor);
        if (!find_value(allowed, &vendor))
            *VEC_PUSH(arena, allowed) = vendor;
    }
}

static bool check_vendor(Task *task, const Services *services, SearchQuery *query)
{
    StrVec allowed = {0};
    const DbRows *rows = NULL;
    if (str_empty(query->vendor))
        return true;
    add_recognised(task->arena, &allowed);
    if (find_value(&allowed, &query->vendor))
        return true;
    if (!db_query(task, services->db, &list_vendors, DB_NO_PARAMS, &rows))
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        Str vendor = db_str(rows, row, 0);
        if (!find_value(&allowed, &vendor))
            *VEC_PUSH(task->arena, &allowed) = vendor;
    }
    return find_value(&allowed, &query->vendor) ||
           fail_value(task, "vendor", query->vendor, &allowed);
}

bool search_filter_check(Task *task, const Services *services, SearchQuery *query)
{
    return check_type(task, query) && check_vendor(task, services, query);
}

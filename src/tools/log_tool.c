/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"

enum { SEVERITY_DEFAULT = 5, EVENTS_AT_ONCE = 150 };

/* $3 severity, $4 host or NULL, $5 how many events to skip, $6 how many to give. A message that
 * states no severity counts as notice (engines/log). */
DB_STATEMENT timeline = {
    "tool_log_timeline",
    "WITH " FACTS_SQL ", found AS ("
    "  SELECT i.item, i.n FROM facts, jsonb_array_elements(result -> 'events')"
    "   WITH ORDINALITY AS i (item, n)"
    "  WHERE coalesce((item ->> 'severity')::integer, 5) <= $3::integer"
    "   AND ($4::text IS NULL OR lower($4) = lower(item ->> 'host'))),"
    " page AS (SELECT * FROM found ORDER BY n OFFSET $5::bigint LIMIT $6::bigint)"
    " SELECT (SELECT count(*) FROM found),"
    "  (SELECT coalesce(jsonb_agg(item ORDER BY n), '[]') FROM page),"
    "  result - 'events' - 'events_left_out' - 'text' - 'timeline'"
    "   || CASE WHEN result ? 'findings' THEN jsonb_build_object('findings',"
    "      jsonb_path_query_array(result, '$.findings[0 to 29]')) ELSE '{}'::jsonb END,"
    "  (SELECT sum(l.count::bigint) FROM jsonb_array_elements_text(result -> 'events_left_out')"
    "   WITH ORDINALITY AS l (count, n) WHERE n - 1 <= $3::integer),"
    "  result ? 'events' FROM facts",
};

/* The counts of the whole log come once. */
static void write_counts(Arena *arena, JsonWriter *answer, const JsonValue *counts)
{
    for (size_t i = 0; i < counts->count; i++) {
        json_key_str(answer, counts->keys[i]);
        answer_value(arena, answer, &counts->items[i]);
    }
}

static void write_timeline(Arena *arena, JsonWriter *answer, const DbRows *found,
                           const JsonValue *events, int64_t skipped)
{
    size_t at = 0;
    int64_t total = db_read_i64(found, 0, 0);
    int64_t left_out = db_read_i64(found, 0, 3);
    json_field_i64(answer, "total", total);
    if (left_out)
        json_field_i64(answer, "events_left_out", left_out);
    Rows rows = rows_begin(arena, answer, "events", skipped);
    while (at < events->count && rows_add_value(&rows, &events->items[at]))
        at++;
    rows_end(&rows, events->count > 0 && rows.next < total);
}

bool tool_log_timeline(Task *task, const Services *services, const JsonValue *arguments,
                       JsonWriter *answer)
{
    ToolDocument document;
    const DbRows *found = NULL;
    Str host = argument_str(arguments, "host");
    int64_t skipped = argument_i64(arguments, "more", 0);
    if (!tool_document_of_type(task, services, arguments, "log", &document))
        return false;
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_uuid(&document.id),
                  db_i64(argument_i64(arguments, "severity", SEVERITY_DEFAULT)),
                  db_text_or_null(!str_empty(host), host), db_i64(skipped), db_i64(EVENTS_AT_ONCE));
    if (!tool_facts(task, services, &timeline, params, &found))
        return false;
    if (!db_read_bool(found, 0, 4)) {
        return task_fail(task, ERR_CONFLICT,
                         "%.*s was analysed before timelines were stored: delete it and upload it "
                         "again, or use read_lines",
                         STR_ARGS(document.name));
    }
    const JsonValue *events = json_parse(task->arena, db_str(found, 0, 1), &task->error);
    const JsonValue *counts = json_parse(task->arena, db_str(found, 0, 2), &task->error);
    if (!events || !counts)
        return false;
    tool_document_members(task->arena, answer, &document);
    if (!skipped)
        write_counts(task->arena, answer, counts);
    write_timeline(task->arena, answer, found, events, skipped);
    return true;
}

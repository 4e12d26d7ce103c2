/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"

DB_STATEMENT summary = {
    "tool_capture_summary",
    "WITH " FACTS_SQL " SELECT 1,"
    " (result - '{text,interfaces,timeline,protocols,hosts,conversations}'::text[])"
    " || jsonb_build_object("
    "  'protocols', jsonb_path_query_array(result, '$.protocols.rows[0 to 19]'),"
    "  'hosts', jsonb_path_query_array(result, '$.hosts.rows[0 to 9]'),"
    "  'host_count', result -> 'hosts' -> 'count',"
    "  'conversation_count', result -> 'conversations' -> 'count') FROM facts",
};

/* $3 address, $4 port, $5 transport, each or NULL; $6 order, $7 how many rows to skip. */
DB_STATEMENT conversations = {
    "tool_capture_conversations",
    "WITH " FACTS_SQL ", found AS ("
    "  SELECT i.item, i.n, CASE $6::text"
    "   WHEN 'packets'"
    "    THEN (item -> 'packets_a_to_b')::numeric + (item -> 'packets_b_to_a')::numeric"
    "   WHEN 'duration' THEN (item -> 'duration_s')::numeric"
    "   WHEN 'retransmissions' THEN coalesce((item -> 'tcp' -> 'retransmission')::numeric, 0)"
    "   WHEN 'rtt' THEN coalesce((item -> 'tcp' -> 'initial_rtt_s')::numeric, 0)"
    "   ELSE (item -> 'bytes_a_to_b')::numeric + (item -> 'bytes_b_to_a')::numeric END AS amount"
    "  FROM facts, jsonb_array_elements(result -> 'conversations' -> 'rows')"
    "   WITH ORDINALITY AS i (item, n)"
    "  WHERE ($3::text IS NULL OR $3 IN (item ->> 'address_a', item ->> 'address_b'))"
    "   AND ($4::text IS NULL OR $4 IN (item ->> 'port_a', item ->> 'port_b'))"
    "   AND ($5::text IS NULL OR $5 = item ->> 'transport')),"
    " page AS (SELECT * FROM found ORDER BY amount DESC, n OFFSET $7::bigint)"
    " SELECT (SELECT count(*) FROM found), (SELECT coalesce(jsonb_agg(item"
    "   ORDER BY amount DESC, n), '[]') FROM page),"
    "  (result -> 'conversations' -> 'count')::bigint FROM facts",
};

bool tool_capture_summary(Task *task, const Services *services, const JsonValue *arguments,
                          JsonWriter *answer)
{
    ToolDocument document;
    const DbRows *found = NULL;
    if (!tool_document_of_type(task, services, arguments, "pcap", &document) ||
        !tool_facts(task, services, &summary,
                    DB_PARAMS(db_uuid(&task->user_id), db_uuid(&document.id)), &found))
        return false;
    const JsonValue *facts = json_parse(task->arena, db_str(found, 0, 1), &task->error);
    if (!facts)
        return false;
    tool_document_members(task->arena, answer, &document);
    for (size_t i = 0; i < facts->count; i++) {
        json_key_str(answer, facts->keys[i]);
        answer_value(task->arena, answer, &facts->items[i]);
    }
    return true;
}

/* Addresses are stored in their canonical form. */
static bool read_address(Task *task, const JsonValue *arguments, Str *out_address)
{
    IpText text;
    IpAddress address;
    Str given = argument_str(arguments, "address");
    if (str_empty(given)) {
        *out_address = given;
        return true;
    }
    if (!ip_parse(given, &address))
        return task_fail(task, ERR_VALIDATION,
                         "capture_conversations: \"address\" must be an IP address");
    *out_address = arena_copy(task->arena, ip_format(address, &text));
    return true;
}

bool tool_capture_conversations(Task *task, const Services *services, const JsonValue *arguments,
                                JsonWriter *answer)
{
    Str address = STR("");
    ToolDocument document;
    const DbRows *found = NULL;
    int64_t port = argument_i64(arguments, "port", -1);
    Str transport = argument_str(arguments, "transport");
    int64_t skipped = argument_i64(arguments, "more", 0);
    if (!read_address(task, arguments, &address) ||
        !tool_document_of_type(task, services, arguments, "pcap", &document))
        return false;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(&document.id),
                                db_text_or_null(!str_empty(address), address),
                                port < 0 ? db_null() : db_i64(port),
                                db_text_or_null(!str_empty(transport), transport),
                                db_text(argument_str(arguments, "order")), db_i64(skipped));
    if (!tool_facts(task, services, &conversations, params, &found))
        return false;
    const JsonValue *facts = json_parse(task->arena, db_str(found, 0, 1), &task->error);
    if (!facts)
        return false;
    tool_document_members(task->arena, answer, &document);
    json_field_i64(answer, "conversations_in_capture", db_read_i64(found, 0, 2));
    json_field_i64(answer, "total", db_read_i64(found, 0, 0));
    Rows rows = rows_begin(task->arena, answer, "conversations", skipped);
    size_t at = 0;
    while (at < facts->count && rows_add_value(&rows, &facts->items[at]))
        at++;
    rows_end(&rows, false);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include "audit/audit_store.h"
#include "base/json.h"

enum { CONTEXT_MAX_BYTES = 8 * 1024 };

static void write_if_given(JsonWriter *json, const char *key, Str value, size_t max_bytes)
{
    if (!str_empty(value))
        json_field_str(json, key, str_slice(value, 0, max_bytes));
}

DbParam audit_param(Task *task, const AuditContext *by)
{
    static const Uuid no_trace;
    Str text;
    JsonWriter *json = json_writer_new(task->arena, CONTEXT_MAX_BYTES);
    json_begin_object(json);
    write_if_given(json, "reason", by->reason, AUDIT_REASON_MAX_BYTES);
    write_if_given(json, "address", by->address, 64);
    write_if_given(json, "operator", by->operator, 64);
    write_if_given(json, "user_agent", by->user_agent, AUDIT_USER_AGENT_MAX_BYTES);
    if (!uuid_equal(&task->trace_id, &no_trace))
        json_field_str(json, "trace", uuid_str(task->arena, &task->trace_id));
    json_end(json);
    check(json_writer_text(json, &text));
    return db_text(text);
}

/* Takes the entries of one page. *out_going is false at the end, or when the chain is broken. */
static bool walk_page(Task *task, Db *db, AuditWalk *walk, int64_t last, bool *out_going)
{
    size_t count = 0;
    const AuditEntry *entries = NULL;
    const AuditPage page = {.after = walk->verdict.head.sequence, .last = last};
    if (!audit_store_load(task, db, &page, &entries, &count))
        return false;
    *out_going = count > 0;
    for (size_t i = 0; i < count && *out_going; i++)
        *out_going = audit_walk_take(walk, task->arena, &entries[i]);
    return true;
}

bool audit_verify(Task *task, Db *db, const AuditHead *kept, AuditVerdict *out_verdict)
{
    AuditHead head;
    AuditWalk walk;
    int64_t last = 0;
    bool going = true;
    audit_walk_begin(&walk, kept);
    /* Entries that are appended during the walk are left for the next one. */
    if (!audit_store_load_head(task, db, &head, &last))
        return false;
    while (going) {
        ArenaMark mark = arena_mark(task->arena);
        if (!walk_page(task, db, &walk, MAX_OF(last, head.sequence), &going))
            return false;
        arena_reset(task->arena, mark);
    }
    audit_walk_end(&walk, &head);
    walk.verdict.problem = arena_copy(task->arena, walk.verdict.problem);
    *out_verdict = walk.verdict;
    return true;
}

bool audit_load_head(Task *task, Db *db, AuditHead *out_head)
{
    int64_t last = 0;
    return audit_store_load_head(task, db, out_head, &last);
}

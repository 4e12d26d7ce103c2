/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/conversation_store.h"

#define CONVERSATION_JSON                                                                          \
    "json_build_object('id', t.id, 'title', t.title, 'model_used', t.model_used,"                  \
    " 'message_count', t.message_count, 'head_id', t.head_id, 'is_private', t.is_private,"         \
    " 'created_at', t.created_at, 'updated_at', t.updated_at,"                                     \
    " 'running', (SELECT r.message_id FROM conversation_turns AS r"                                \
    "  WHERE r.conversation_id = t.id))"

/* Calls of tools are told by name and outcome; their answers are read one by one. */
#define MESSAGE_JSON                                                                               \
    "json_build_object('id', m.id, 'conversation_id', m.conversation_id,"                          \
    " 'parent_id', m.parent_id, 'role', m.role, 'content', m.content, 'state', m.state,"           \
    " 'reason', m.reason, 'tokens_used', m.tokens_used,"                                           \
    " 'metadata', coalesce(m.metadata, '{}'), 'feedback', m.feedback,"                             \
    " 'feedback_note', m.feedback_note, 'created_at', m.created_at,"                               \
    " 'siblings', CASE WHEN m.parent_id IS NULL THEN"                                              \
    "  (SELECT json_agg(s.id ORDER BY s.sequence) FROM messages AS s"                              \
    "   WHERE s.conversation_id = m.conversation_id AND s.parent_id IS NULL) ELSE"                 \
    "  (SELECT json_agg(s.id ORDER BY s.sequence) FROM messages AS s"                              \
    "   WHERE s.parent_id = m.parent_id) END)"

/* The branch that ends with the message "start", newest first; $1 is the user, $2 the
 * conversation. The recursion keeps ids alone: with whole messages it would write temporary files.
 * Row-level security lets no sub-select into the condition of an index, so the start is found
 * first. */
#define WALK_SQL(start, limit, select)                                                             \
    "WITH RECURSIVE conversation AS ("                                                             \
    " SELECT id, title, head_id FROM conversations WHERE user_id = $1 AND id = $2),"               \
    " start AS MATERIALIZED ("                                                                     \
    " SELECT c.id AS conversation_id, " start " AS message_id FROM conversation AS c),"            \
    " walk AS ("                                                                                   \
    " SELECT m.id, m.parent_id, 1 AS depth FROM start AS s"                                        \
    "  JOIN messages AS m ON m.id = s.message_id AND m.conversation_id = s.conversation_id"        \
    " UNION ALL SELECT m.id, m.parent_id, w.depth + 1 FROM walk AS w"                              \
    "  JOIN messages AS m ON m.id = w.parent_id WHERE w.depth < " limit ")" select

#define BRANCH_SQL(start, limit, select)                                                           \
    WALK_SQL(start, limit,                                                                         \
             ", branch AS (SELECT m.*, w.depth FROM walk AS w JOIN messages AS m"                  \
             "  ON m.id = w.id) " select)

/* The messages of a walk, oldest first, one after the other: sorting them whole would write
 * temporary files, and OFFSET 0 keeps the order of the ids. */
#define WALKED_SQL                                                                                 \
    "(SELECT array_agg(w.id ORDER BY w.depth DESC) AS ids FROM walk AS w) AS walked"               \
    " CROSS JOIN LATERAL unnest(walked.ids) WITH ORDINALITY AS o (id, place)"                      \
    " CROSS JOIN LATERAL (SELECT * FROM messages AS x WHERE x.id = o.id OFFSET 0) AS m"

DB_STATEMENT insert_conversation = {
    "conversation_insert",
    "WITH t AS (INSERT INTO conversations (user_id, title, title_source, is_private)"
    " VALUES ($1, coalesce($2, 'Nova Conversa'),"
    "  CASE WHEN $2::text IS NULL THEN 'default' ELSE 'person' END, $3) RETURNING *)"
    " SELECT " CONVERSATION_JSON " FROM t",
    "conversation",
};

DB_STATEMENT list_conversations = {
    "conversation_list",
    PAGE_SQL_BY("updated_at", CONVERSATION_JSON, "conversations", ""),
};

DB_STATEMENT load_conversation = {
    "conversation_load",
    "SELECT " CONVERSATION_JSON " FROM conversations AS t WHERE t.user_id = $1 AND t.id = $2",
    "conversation",
};

DB_STATEMENT update_conversation = {
    "conversation_update",
    "WITH t AS (UPDATE conversations AS c SET title = coalesce($3, c.title),"
    "  title_source = CASE WHEN $3::text IS NULL THEN c.title_source ELSE 'person' END,"
    "  head_id = coalesce($4::uuid, c.head_id), is_private = coalesce($5, c.is_private)"
    " WHERE c.user_id = $1 AND c.id = $2 AND ($4::uuid IS NULL OR EXISTS"
    "  (SELECT FROM messages AS m WHERE m.id = $4 AND m.conversation_id = c.id)) RETURNING c.*)"
    " SELECT " CONVERSATION_JSON " FROM t",
    "conversation, or no such message in it",
};

DB_STATEMENT delete_conversation = {
    "conversation_delete",
    "SELECT conversation_delete($1)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_messages = {
    "message_list",
    BRANCH_SQL("CASE WHEN $3::uuid IS NOT NULL THEN"
               " (SELECT p.parent_id FROM messages AS p WHERE p.id = $3 AND p.conversation_id = $2)"
               " ELSE coalesce($4::uuid, c.head_id) END",
               "$5::int + 1",
               "SELECT coalesce((SELECT json_agg(" MESSAGE_JSON " ORDER BY m.depth DESC)"
               "  FROM branch AS m WHERE m.depth <= $5::int), '[]'),"
               " (SELECT m.id FROM branch AS m WHERE m.depth = $5::int"
               "  AND EXISTS (SELECT FROM branch AS o WHERE o.depth > $5::int))"
               " FROM conversation"),
    "conversation",
};

DB_STATEMENT load_message = {
    "message_load",
    "SELECT (" MESSAGE_JSON ")::jsonb || jsonb_build_object('steps', coalesce(m.steps, '[]'))"
    " FROM messages AS m WHERE m.user_id = $1 AND m.id = $2",
    "message",
};

DB_STATEMENT load_sent = {
    "message_load_sent",
    "SELECT json_build_object('id', m.id, 'sent', m.sent) FROM messages AS m"
    " WHERE m.user_id = $1 AND m.id = $2 AND m.role = 'assistant'",
    "answer",
};

DB_STATEMENT search_messages = {
    "message_search",
    "SELECT coalesce(json_agg(json_build_object('id', s.id, 'conversation_id', s.conversation_id,"
    " 'title', s.title, 'role', s.role, 'content', left(s.content, 1000),"
    " 'created_at', s.created_at)), '[]') FROM message_search($1, $2::int) AS s",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT set_feedback = {
    "message_set_feedback",
    "UPDATE messages SET feedback = nullif($3::int, 0), feedback_note = $4"
    " WHERE user_id = $1 AND id = $2 AND role = 'assistant' RETURNING id",
    "answer",
};

DB_STATEMENT export_json = {
    "conversation_export_json",
    WALK_SQL("c.head_id", "10000",
             " SELECT json_build_object('id', c.id, 'title', c.title, 'messages',"
             "  coalesce((SELECT json_agg(json_build_object('id', m.id, 'role', m.role,"
             "   'content', m.content, 'state', m.state, 'metadata', m.metadata,"
             "   'created_at', m.created_at)) FROM " WALKED_SQL "), '[]')) FROM conversation AS c"),
    "conversation",
};

DB_STATEMENT export_markdown = {
    "conversation_export_markdown",
    WALK_SQL("c.head_id", "10000",
             " SELECT '# ' || c.title || E'\\n' || coalesce((SELECT string_agg("
             "  E'\\n## ' || CASE m.role WHEN 'user' THEN 'Question' ELSE 'Answer' END ||"
             "  ', ' ||"
             "  to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || E' UTC\\n\\n' ||"
             "  m.content || E'\\n' || coalesce((SELECT E'\\n' ||"
             "   string_agg('[' || (x ->> 'n') || '] ' ||"
             "   coalesce(x ->> 'document', '') || coalesce(', line ' || (x ->> 'line_start'), ''),"
             "   E'  \\n' ORDER BY (x ->> 'n')::int) || E'\\n'"
             "   FROM jsonb_array_elements(m.metadata -> 'citations') AS x"
             "   WHERE jsonb_typeof(x -> 'n') = 'number'), ''), '')"
             "  FROM " WALKED_SQL "), '') FROM conversation AS c"),
    "conversation",
};

DB_STATEMENT load_question = {
    "message_load_question",
    "SELECT q.conversation_id, q.id, q.content,"
    " ARRAY(SELECT jsonb_array_elements_text(q.metadata -> 'document_ids')"
    "  WHERE jsonb_typeof(q.metadata -> 'document_ids') = 'array')::text[]"
    " FROM messages AS m JOIN messages AS q"
    "  ON q.id = CASE m.role WHEN 'user' THEN m.id ELSE m.parent_id END"
    " WHERE m.user_id = $1 AND m.id = $2 AND q.role = 'user'",
    "message",
};

DB_STATEMENT check_documents = {
    "message_check_documents",
    "SELECT count(*) = (SELECT count(DISTINCT g.id) FROM unnest($2::uuid[]) AS g (id))"
    " FROM documents AS d WHERE d.user_id = $1 AND d.id = ANY ($2::uuid[])",
};

static bool load_cell(Task *task, Db *db, const DbStatement *statement, DbParams params, Str *out)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, statement, params, &rows))
        return false;
    *out = db_str(rows, 0, 0);
    return true;
}

bool conversation_insert(Task *task, Db *db, Str title, bool is_private, Str *out_json)
{
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_text_or_null(!str_empty(title), title),
                                db_bool(is_private));
    return load_cell(task, db, &insert_conversation, params, out_json);
}

bool conversation_list_json(Task *task, Db *db, const Page *page, Str *out_json)
{
    return page_load_json(task, db, &list_conversations, DB_PARAMS(PAGE_PARAMS(task, page)),
                          out_json);
}

bool conversation_load_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    return load_cell(task, db, &load_conversation, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                     out_json);
}

bool conversation_update(Task *task, Db *db, const Uuid *id, const ConversationChange *change,
                         Str *out_json)
{
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(id),
                                db_text_or_null(change->has_title, change->title),
                                change->has_head ? db_uuid(&change->head_id) : db_null(),
                                change->has_privacy ? db_bool(change->is_private) : db_null());
    return load_cell(task, db, &update_conversation, params, out_json);
}

bool conversation_delete(Task *task, Db *db, const Uuid *id)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &delete_conversation, DB_PARAMS(db_uuid(id)), &rows))
        return false;
    return db_read_bool(rows, 0, 0) || task_fail(task, ERR_NOT_FOUND, "no such conversation");
}

bool message_list_json(Task *task, Db *db, const Uuid *conversation_id, const MessagePage *page,
                       Str *out_json)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_uuid(conversation_id),
                  page->has_before ? db_uuid(&page->before) : db_null(),
                  page->has_head ? db_uuid(&page->head) : db_null(), db_i64(page->limit));
    if (!db_query_one(task, db, &list_messages, params, &rows))
        return false;
    Str next = db_is_null(rows, 0, 1)
                   ? STR("null")
                   : arena_printf(task->arena, "\"%.*s\"", STR_ARGS(db_str(rows, 0, 1)));
    *out_json = arena_printf(task->arena, "{\"items\":%.*s,\"next_cursor\":%.*s}",
                             STR_ARGS(db_str(rows, 0, 0)), STR_ARGS(next));
    return true;
}

bool message_load_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    return load_cell(task, db, &load_message, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                     out_json);
}

bool message_load_sent(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    return load_cell(task, db, &load_sent, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                     out_json);
}

bool message_search_json(Task *task, Db *db, Str query, int64_t limit, Str *out_json)
{
    return load_cell(task, db, &search_messages, DB_PARAMS(db_text(query), db_i64(limit)),
                     out_json);
}

bool message_set_feedback(Task *task, Db *db, const Uuid *id, int64_t value, Str note)
{
    Str ignored;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(id), db_i64(value),
                                db_text_or_null(!str_empty(note), note));
    return load_cell(task, db, &set_feedback, params, &ignored);
}

bool conversation_export_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    return load_cell(task, db, &export_json, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                     out_json);
}

bool conversation_export_markdown(Task *task, Db *db, const Uuid *id, Str *out_text)
{
    return load_cell(task, db, &export_markdown, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                     out_text);
}

/* Reads the text of an array of UUIDs: {a,b}. */
static bool read_ids(Arena *arena, Str text, StoredQuestion *question)
{
    Uuid *ids = ARENA_ARRAY(arena, Uuid, MESSAGE_MAX_DOCUMENTS);
    Str rest = str_slice(text, 1, text.size - 2);
    Str field;
    question->document_count = 0;
    question->document_ids = ids;
    while (!str_empty(rest) && str_next_field(&rest, ',', &field)) {
        if (question->document_count == MESSAGE_MAX_DOCUMENTS ||
            !uuid_parse(field, &ids[question->document_count]))
            return false;
        question->document_count++;
    }
    return true;
}

bool message_load_question(Task *task, Db *db, const Uuid *id, StoredQuestion *out_question)
{
    const DbRows *rows = NULL;
    StoredQuestion question = {0};
    if (!db_query_one(task, db, &load_question, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                      &rows))
        return false;
    question.conversation_id = db_read_uuid(rows, 0, 0);
    question.question_id = db_read_uuid(rows, 0, 1);
    question.content = db_str(rows, 0, 2);
    if (!read_ids(task->arena, db_str(rows, 0, 3), &question))
        return task_fail(task, ERR_INTERNAL, "the documents of a message are malformed");
    *out_question = question;
    return true;
}

bool message_check_documents(Task *task, Db *db, const Uuid *ids, size_t count)
{
    StrBuf text;
    const DbRows *rows = NULL;
    char id[UUID_TEXT_SIZE];
    if (count == 0)
        return true;
    strbuf_init(&text, MESSAGE_MAX_DOCUMENTS * (UUID_TEXT_SIZE + 1));
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "%c%s", i == 0 ? '{' : ',', uuid_write(&ids[i], id));
    strbuf_append_byte(&text, '}');
    Str array = arena_copy(task->arena, strbuf_str(&text));
    strbuf_done(&text);
    if (!db_query_one(task, db, &check_documents,
                      DB_PARAMS(db_uuid(&task->user_id), db_text(array)), &rows))
        return false;
    if (db_read_bool(rows, 0, 0))
        return true;
    task_fail(task, ERR_NOT_FOUND, "document_ids: no such document");
    return error_set_field(&task->error, "document_ids");
}

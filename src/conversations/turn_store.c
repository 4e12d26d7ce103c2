/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/turn_store.h"

#include "engines/text/words.h"

enum { EXPIRED_AT_ONCE = 100 };

DB_STATEMENT begin_turn = {
    "turn_begin",
    "SELECT outcome, user_message_id, message_id, fencing_token, title, parent_id"
    " FROM turn_begin($1, $2, $3, $4::jsonb, $5, $6, $7, $8::bigint * interval '1 ms',"
    " $9::tsvector)",
    "conversation",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT finish_turn = {
    "turn_finish",
    "SELECT turn_finish($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::int, $9, $10::jsonb,"
    " $11::tsvector)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT find_state = {
    "turn_find_state",
    "SELECT state FROM messages WHERE id = $1",
};

DB_STATEMENT checkpoint_turns = {
    "turn_checkpoint",
    "SELECT message_id, outcome FROM turn_checkpoint($1::jsonb, $2::bigint * interval '1 ms')",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT cancel_turn = {
    "turn_cancel",
    "SELECT message_id, owner FROM turn_cancel($1)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT reserve_tokens = {
    "turn_reserve",
    "SELECT turn_reserve($1, $2, $3::int, $4::bigint,"
    " date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT bill_turn = {
    "turn_bill",
    "SELECT turn_bill($1, $2, $3::int, $4::jsonb, $5::jsonb)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT note_title = {
    "turn_note_title",
    "SELECT turn_note_title($1, $2, $3::jsonb, $4::int, $5::jsonb)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT load_settings = {
    "turn_load_settings",
    "SELECT c.is_private, c.title_source, s.map FROM conversations AS c"
    " LEFT JOIN conversation_standins AS s ON s.conversation_id = c.id"
    " WHERE c.user_id = $1 AND c.id = $2",
    "conversation",
    .runner = DB_BY_SERVE,
};

/* Only the process that has the turn may, so that two processes do not overwrite each other. */
DB_STATEMENT put_standins = {
    "turn_put_standins",
    "INSERT INTO conversation_standins (conversation_id, user_id, map, encryption_key_id)"
    " SELECT t.conversation_id, t.user_id, $4, $5 FROM conversation_turns AS t"
    " WHERE t.user_id = $1 AND t.message_id = $2 AND t.fencing_token = $3"
    " ON CONFLICT (conversation_id) DO UPDATE"
    "  SET map = excluded.map, encryption_key_id = excluded.encryption_key_id"
    " RETURNING conversation_id",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT used_today = {
    "turn_used_today",
    "SELECT usage_since(date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT find_expired = {
    "turn_find_expired",
    "SELECT conversation_id, message_id, fencing_token FROM turn_find_expired($1::int)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT interrupt_turn = {
    "turn_interrupt",
    "SELECT turn_interrupt($1, $2, $3::int, $4)",
    .runner = DB_BY_SERVE,
};

/* Sets the outcome by its name in SQL. Returns false, with the reason, for the others. */
static bool read_outcome(Task *task, Str name, TurnOutcome *out_outcome)
{
    static const char *const names[] = {"begun", "repeated", "busy", "expired"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_equal(name, str_of(names[i]))) {
            *out_outcome = (TurnOutcome)i;
            return true;
        }
    }
    if (str_equal(name, STR("absent")))
        return task_fail(task, ERR_NOT_FOUND, "no such conversation");
    check(str_equal(name, STR("misplaced")));
    return request_fail_field(task, "parent_id",
                              "not a message of this conversation that this can follow");
}

static DbParam question_words(Arena *arena, const TurnQuestion *question)
{
    return question->is_again ? db_null() : db_text(words_of_text(arena, question->content));
}

bool turn_store_begin(Task *task, Db *db, const TurnQuestion *question, Str owner,
                      uint32_t lease_ms, TurnBeginning *out_beginning)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(&question->conversation_id),
                  db_text_or_null(!question->is_again, question->content),
                  db_text_or_null(!str_empty(question->client_id), question->client_id),
                  db_text(question->metadata), db_bool(question->has_parent),
                  question->has_parent && !question->parent_is_null ? db_uuid(&question->parent_id)
                                                                    : db_null(),
                  db_text(owner), db_i64(lease_ms), question_words(task->arena, question));
    TurnBeginning beginning = {0};
    if (!db_query_one(task, db, &begin_turn, params, &rows) ||
        !read_outcome(task, db_str(rows, 0, 0), &beginning.outcome))
        return false;
    if (!db_is_null(rows, 0, 1))
        beginning.question_id = db_read_uuid(rows, 0, 1);
    if (!db_is_null(rows, 0, 2))
        beginning.message_id = db_read_uuid(rows, 0, 2);
    beginning.fencing_token = db_read_i64(rows, 0, 3);
    beginning.title = db_str(rows, 0, 4);
    beginning.has_parent = !db_is_null(rows, 0, 5);
    if (beginning.has_parent)
        beginning.parent_id = db_read_uuid(rows, 0, 5);
    *out_beginning = beginning;
    return true;
}

bool turn_store_finish(Task *task, Db *db, const Uuid *message_id, int64_t fencing_token,
                       const TurnEnd *end, bool *out_held)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(message_id), db_i64(fencing_token), db_text(str_of(end->state)),
                  db_text_or_null(!str_empty(end->reason), end->reason), db_text(end->content),
                  db_text_or_null(!str_empty(end->steps), end->steps), db_text(end->metadata),
                  end->has_tokens ? db_i64(end->tokens) : db_null(),
                  db_text_or_null(!str_empty(end->model), end->model),
                  db_text_or_null(!str_empty(end->sent), end->sent),
                  db_text_or_null(!str_empty(end->words), end->words));
    if (!db_query_one(task, db, &finish_turn, params, &rows))
        return false;
    *out_held = db_read_bool(rows, 0, 0);
    return true;
}

bool turn_store_find_state(Task *task, Db *db, const Uuid *message_id, Str *out_state)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_state, DB_PARAMS(db_uuid(message_id)), &rows))
        return false;
    *out_state = rows->count > 0 ? db_str(rows, 0, 0) : STR("");
    return true;
}

bool turn_store_checkpoint(Task *task, Db *db, Str turns, uint32_t lease_ms,
                           const DbRows **out_rows)
{
    return db_query(task, db, &checkpoint_turns, DB_PARAMS(db_text(turns), db_i64(lease_ms)),
                    out_rows);
}

bool turn_store_cancel(Task *task, Db *db, const Uuid *conversation_id, const DbRows **out_rows)
{
    return db_query(task, db, &cancel_turn, DB_PARAMS(db_uuid(conversation_id)), out_rows);
}

bool turn_store_reserve(Task *task, Db *db, const TokenReservation *reservation, bool *out_granted)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&reservation->message_id),
                                db_i64(reservation->fencing_token), db_i64(reservation->tokens),
                                reservation->quota > 0 ? db_i64(reservation->quota) : db_null());
    if (!db_query_one(task, db, &reserve_tokens, params, &rows))
        return false;
    if (db_is_null(rows, 0, 0))
        return task_fail(task, ERR_CONFLICT, "another process has ended this answer");
    *out_granted = db_read_bool(rows, 0, 0);
    return true;
}

bool turn_store_bill(Task *task, Db *db, const TurnBill *bill, bool *out_billed)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(&bill->conversation_id), db_uuid(&bill->message_id), db_i64(bill->tokens),
                  db_text(bill->metadata), db_text_or_null(!str_empty(bill->sent), bill->sent));
    if (!db_query_one(task, db, &bill_turn, params, &rows))
        return false;
    *out_billed = db_read_bool(rows, 0, 0);
    return true;
}

bool turn_store_title(Task *task, Db *db, const TurnBill *bill, Str title, Str *out_taken)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(
        db_uuid(&bill->message_id), db_text_or_null(!str_empty(title), title), db_text(bill->sent),
        bill->has_tokens ? db_i64(bill->tokens) : db_null(), db_text(bill->metadata));
    if (!db_query_one(task, db, &note_title, params, &rows))
        return false;
    *out_taken = db_is_null(rows, 0, 0) ? STR("") : db_str(rows, 0, 0);
    return true;
}

bool turn_store_load_settings(Task *task, Db *db, const Uuid *conversation_id,
                              const DbRows **out_rows)
{
    return db_query_one(task, db, &load_settings,
                        DB_PARAMS(db_uuid(&task->user_id), db_uuid(conversation_id)), out_rows);
}

bool turn_store_put_standins(Task *task, Db *db, const SealedStandins *sealed)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_uuid(&sealed->message_id),
                  db_i64(sealed->fencing_token), db_text(sealed->token), db_text(sealed->key_id));
    if (!db_query(task, db, &put_standins, params, &rows))
        return false;
    return rows->count > 0 ||
           task_fail(task, ERR_CONFLICT, "another process has ended this answer");
}

bool turn_store_used_today(Task *task, Db *db, int64_t *out_tokens)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &used_today, (DbParams){0}, &rows))
        return false;
    *out_tokens = db_read_i64(rows, 0, 0);
    return true;
}

bool turn_store_find_expired(Task *task, Db *db, ExpiredTurn **out_turns, size_t *out_count)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_expired, DB_PARAMS(db_i64(EXPIRED_AT_ONCE)), &rows))
        return false;
    ExpiredTurn *turns = ARENA_ARRAY(task->arena, ExpiredTurn, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        turns[i] = (ExpiredTurn){db_read_uuid(rows, i, 0), db_read_uuid(rows, i, 1),
                                 db_read_i64(rows, i, 2)};
    *out_turns = turns;
    *out_count = rows->count;
    return true;
}

bool turn_store_interrupt(Task *task, Db *db, const ExpiredTurn *turn, uint32_t offset, Str text,
                          bool *out_ended)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&turn->message_id), db_i64(turn->fencing_token),
                                db_i64(offset), db_text(text));
    if (!db_query_one(task, db, &interrupt_turn, params, &rows))
        return false;
    *out_ended = db_read_bool(rows, 0, 0);
    return true;
}

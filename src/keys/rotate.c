/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/rotate.h"

#include "services/encryption.h"

enum { BATCH_ROWS = 100 };

/* Of each encrypted column: how many are left of the key $1; the next of them after the row $2, at
 * most $3, as id, user_id and token; and the change of row $1 from token $2 to token $3 of key $4.
 */
DB_STATEMENT count_api_keys = {"rotate_api_keys_count",
                               "SELECT count(*) FROM api_keys WHERE encryption_key_id <> $1",
                               .runner = DB_BY_OPERATOR};

DB_STATEMENT next_api_keys = {"rotate_api_keys_next",
                              "SELECT id, user_id, encrypted_key FROM api_keys"
                              " WHERE encryption_key_id <> $1 AND id > $2 ORDER BY id LIMIT $3",
                              .runner = DB_BY_OPERATOR};

DB_STATEMENT update_api_key = {"rotate_api_keys_update",
                               "UPDATE api_keys SET encrypted_key = $3, encryption_key_id = $4"
                               " WHERE id = $1 AND encrypted_key = $2",
                               .runner = DB_BY_OPERATOR};

DB_STATEMENT count_standins = {
    "rotate_standins_count",
    "SELECT count(*) FROM conversation_standins WHERE encryption_key_id <> $1",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT next_standins = {
    "rotate_standins_next",
    "SELECT conversation_id, user_id, map FROM conversation_standins"
    " WHERE encryption_key_id <> $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT update_standins = {"rotate_standins_update",
                                "UPDATE conversation_standins SET map = $3, encryption_key_id = $4"
                                " WHERE conversation_id = $1 AND map = $2",
                                .runner = DB_BY_OPERATOR};

/* An encrypted column. A further one is a further row of the table. */
typedef struct {
    const char *column;
    const DbStatement *count;
    const DbStatement *next;
    const DbStatement *update;
} RotatedColumn;

static const RotatedColumn columns[] = {
    {"api_keys.encrypted_key", &count_api_keys, &next_api_keys, &update_api_key},
    {"conversation_standins.map", &count_standins, &next_standins, &update_standins},
};

typedef struct {
    DbSession *session;
    const Keyring *keyring;
    const RotateReport *report;
    RotateProgress *progress;
} Rotation;

static bool count_rows(const Rotation *rotation, Error *error)
{
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        const DbRows *rows =
            db_session_query(rotation->session, arena, columns[i].count,
                             DB_PARAMS(db_text(keyring_id(rotation->keyring, 0))), error);
        if (!rows)
            return false;
        rotation->progress->total += (uint64_t)db_read_i64(rows, 0, 0);
    }
    return true;
}

/* Rotates one row. A row that cannot be decrypted is reported and is no failure. */
static bool rotate_row(const Rotation *rotation, const RotatedColumn *column, const DbRows *rows,
                       size_t row, Error *error)
{
    Str text;
    Error reason = {0};
    auto_arena Arena *arena = arena_new();
    Uuid id = db_read_uuid(rows, row, 0);
    Str token = db_str(rows, row, 2);
    const RowCipher cipher = {{column->column, db_read_uuid(rows, row, 1), id}, token};
    if (!decrypt_from_row(arena, rotation->keyring, &cipher, &text, &reason)) {
        rotation->progress->failed++;
        rotation->report->on_failure(str_of(column->column), db_str(rows, row, 0), reason.message);
        return true;
    }
    Str renewed = encrypt_for_row(arena, rotation->keyring, &cipher.place, text);
    const DbRows *result =
        db_session_query(rotation->session, arena, column->update,
                         DB_PARAMS(db_uuid(&id), db_text(token), db_text(renewed),
                                   db_text(keyring_id(rotation->keyring, 0))),
                         error);
    if (!result)
        return false;
    if (result->affected)
        rotation->progress->done++;
    else
        rotation->progress->changed++;
    return true;
}

/* Rotates the next rows after *last, and moves it. Stores how many there were. */
static bool rotate_batch(const Rotation *rotation, const RotatedColumn *column, Uuid *last,
                         size_t *out_count, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(
        rotation->session, arena, column->next,
        DB_PARAMS(db_text(keyring_id(rotation->keyring, 0)), db_uuid(last), db_i64(BATCH_ROWS)),
        error);
    if (!rows)
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        *last = db_read_uuid(rows, row, 0);
        if (!rotate_row(rotation, column, rows, row, error))
            return false;
    }
    *out_count = rows->count;
    if (rows->count)
        rotation->report->on_progress(rotation->progress);
    return true;
}

static bool rotate_column(const Rotation *rotation, const RotatedColumn *column, Error *error)
{
    Uuid last = {0};
    size_t count = 0;
    do {
        if (!rotate_batch(rotation, column, &last, &count, error))
            return false;
    } while (count > 0);
    return true;
}

bool keys_rotate(DbSession *session, const Keyring *keyring, const RotateReport *report,
                 RotateProgress *out_progress, Error *error)
{
    RotateProgress progress = {0};
    const Rotation rotation = {session, keyring, report, &progress};
    /* The canary comes first: from then on no process starts without the new key. */
    if (!encryption_check_canary(session, keyring, error) ||
        !encryption_renew_canary(session, keyring, error) || !count_rows(&rotation, error))
        return false;
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        if (!rotate_column(&rotation, &columns[i], error))
            return false;
    }
    *out_progress = progress;
    return true;
}

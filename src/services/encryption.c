/* SPDX-License-Identifier: Apache-2.0 */
#include "services/encryption.h"

#include "base/time.h"
#include "services/key_command.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CANARY_TEXT "the encryption keys are right"

static const RowPlace canary_place = {.column = "encryption_canary.token"};

static int64_t now_s(void)
{
    return time_now_us() / 1000000;
}

static Str head_of(Arena *arena, const RowPlace *place)
{
    char user[UUID_TEXT_SIZE];
    char row[UUID_TEXT_SIZE];
    return arena_printf(arena, "%s\n%s\n%s\n", place->column, uuid_write(&place->user_id, user),
                        uuid_write(&place->row_id, row));
}

Str encrypt_for_row(Arena *arena, const Keyring *keyring, const RowPlace *place, Str text)
{
    check(text.size <= ENCRYPTED_TEXT_MAX_BYTES);
    auto_arena Arena *scratch = arena_new();
    arena_keep_secret(scratch);
    Str head = head_of(scratch, place);
    char *whole = arena_alloc(scratch, head.size + text.size);
    memcpy(whole, head.data, head.size);
    if (text.size)
        memcpy(whole + head.size, text.data, text.size);
    Str token = keyring_encrypt(scratch, keyring, (Str){whole, head.size + text.size}, now_s());
    return arena_copy(arena, token);
}

void encryption_forget(Str text)
{
    if (text.size)
        explicit_bzero((void *)(uintptr_t)text.data, text.size);
}

static void forget(void *argument)
{
    const Str *text = argument;
    encryption_forget(*text);
}

/* Copies the text so that it does not outlive the arena as freed memory. */
static Str copy_secret(Arena *arena, Str text)
{
    Str *copy = ARENA_NEW(arena, Str);
    *copy = arena_copy(arena, text);
    arena_on_free(arena, forget, copy);
    return *copy;
}

bool decrypt_from_row(Arena *arena, const Keyring *keyring, const RowCipher *cipher, Str *out_text,
                      Error *error)
{
    Str whole;
    const char *column = cipher->place.column;
    const FernetToken token = {.text = cipher->token, .now_s = now_s()};
    auto_arena Arena *scratch = arena_new();
    arena_keep_secret(scratch);
    Str head = head_of(scratch, &cipher->place);
    if (!keyring_decrypt(scratch, keyring, &token, &whole, error)) {
        error->code = ERR_INTERNAL;
        return error_prefix(error, "%s cannot be decrypted: ", column);
    }
    if (!str_starts_with(whole, head))
        return error_set(error, ERR_INTERNAL,
                         "%s cannot be decrypted: it was encrypted for another row", column);
    *out_text = copy_secret(arena, str_from(whole, head.size));
    return true;
}

/* Reads at most KEYRING_TEXT_MAX_BYTES and one more, by which the keyring sees that it is too long.
 */
static bool read_keys(Arena *arena, int file, Str *out_text)
{
    size_t size = 0;
    ssize_t got = 1;
    char *text = arena_alloc(arena, KEYRING_TEXT_MAX_BYTES + 1);
    while (got > 0 && size <= KEYRING_TEXT_MAX_BYTES) {
        got = read(file, text + size, KEYRING_TEXT_MAX_BYTES + 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    *out_text = (Str){text, size};
    return got >= 0;
}

static bool text_of_variable(Arena *arena, Str value, Str *out_text, Error *error)
{
    (void)arena;
    (void)error;
    *out_text = value;
    return true;
}

static bool text_of_file(Arena *arena, Str path, Str *out_text, Error *error)
{
    int file = open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return error_set_errno(error, errno, path.data);
    bool done = read_keys(arena, file, out_text);
    int problem = errno;
    close(file);
    return done || error_set_errno(error, problem, path.data);
}

static const struct {
    const char *setting;
    bool (*read)(Arena *arena, Str value, Str *out_text, Error *error);
} sources[] = {
    {"NETGURU_ENCRYPTION_KEYS", text_of_variable},
    {"NETGURU_ENCRYPTION_KEY_FILE", text_of_file},
    {"NETGURU_ENCRYPTION_KEY_COMMAND", key_command_read},
};

/* Finds the source that is set. Stores COUNT_OF(sources) when none is. */
static bool find_source(const Config *settings, size_t *out_index, Error *error)
{
    size_t found = COUNT_OF(sources);
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (str_empty(config_str(settings, sources[i].setting)))
            continue;
        if (found < COUNT_OF(sources))
            return error_set(error, ERR_VALIDATION, "%s and %s exclude each other",
                             sources[found].setting, sources[i].setting);
        found = i;
    }
    *out_index = found;
    return true;
}

bool encryption_load_named(const Config *settings, Keyring **out_keyring, Error *error)
{
    Str text;
    size_t index = 0;
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    if (!find_source(settings, &index, error))
        return false;
    if (index == COUNT_OF(sources)) {
        *out_keyring = NULL;
        return true;
    }
    const char *setting = sources[index].setting;
    if (!sources[index].read(arena, config_str(settings, setting), &text, error))
        return error_prefix(error, "%s: ", setting);
    Keyring *keyring = keyring_parse(text, error);
    if (!keyring)
        return error_prefix(error, "%s: ", setting);
    *out_keyring = keyring;
    return true;
}

DB_STATEMENT find_canary = {"encryption_canary_find",
                            "SELECT token, encryption_key_id FROM encryption_canary",
                            .runner = DB_BY_OPERATOR};

DB_STATEMENT insert_canary = {
    "encryption_canary_insert",
    "INSERT INTO encryption_canary (token, encryption_key_id) VALUES ($1, $2)"
    " ON CONFLICT DO NOTHING",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT update_canary = {"encryption_canary_update",
                              "UPDATE encryption_canary SET token = $1, encryption_key_id = $2",
                              .runner = DB_BY_OPERATOR};

static bool write_canary(DbSession *session, const DbStatement *statement, const Keyring *keyring,
                         Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str token = encrypt_for_row(arena, keyring, &canary_place, STR(CANARY_TEXT));
    return db_session_query(session, arena, statement,
                            DB_PARAMS(db_text(token), db_text(keyring_id(keyring, 0))), error);
}

static Str ids_of(Arena *arena, const Keyring *keyring)
{
    Str ids = keyring_id(keyring, 0);
    for (size_t i = 1; i < keyring_count(keyring); i++)
        ids = arena_printf(arena, "%.*s, %.*s", STR_ARGS(ids), STR_ARGS(keyring_id(keyring, i)));
    return ids;
}

static bool open_canary(Arena *arena, const Keyring *keyring, const DbRows *rows, Error *error)
{
    Str text;
    Error reason = {0};
    const RowCipher cipher = {canary_place, db_str(rows, 0, 0)};
    if (decrypt_from_row(arena, keyring, &cipher, &text, &reason) &&
        str_equal(text, STR(CANARY_TEXT)))
        return true;
    Str wanted = db_str(rows, 0, 1);
    if (keyring_has(keyring, wanted))
        return error_set(error, ERR_CONFLICT, "the canary of the encryption keys does not open: %s",
                         reason.message);
    return error_set(
        error, ERR_CONFLICT,
        "wrong encryption keys: this database is encrypted with the key %.*s, but given "
        "are %.*s (docs/api-keys.md)",
        STR_ARGS(wanted), STR_ARGS(ids_of(arena, keyring)));
}

bool encryption_check_canary(DbSession *session, const Keyring *keyring, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(session, arena, &find_canary, DB_NO_PARAMS, error);
    if (rows && rows->count == 0) {
        if (!write_canary(session, &insert_canary, keyring, error))
            return false;
        rows = db_session_query(session, arena, &find_canary, DB_NO_PARAMS, error);
    }
    if (!rows)
        return false;
    if (rows->count == 0)
        return error_set(error, ERR_INTERNAL, "the canary of the encryption keys was not stored");
    return open_canary(arena, keyring, rows, error);
}

bool encryption_has_canary(DbSession *session, bool *out_has, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(session, arena, &find_canary, DB_NO_PARAMS, error);
    if (rows)
        *out_has = rows->count > 0;
    return rows != NULL;
}

bool encryption_renew_canary(DbSession *session, const Keyring *keyring, Error *error)
{
    return write_canary(session, &update_canary, keyring, error);
}

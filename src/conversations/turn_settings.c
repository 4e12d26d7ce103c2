/* SPDX-License-Identifier: Apache-2.0 */
/* What a conversation says about how it is answered, and the stand-ins that it keeps. */
#include "conversations/internal.h"

#include "services/encryption.h"

static RowPlace standins_place(const Turn *turn)
{
    return (RowPlace){"conversation_standins.map", turn->user_id, turn->request.conversation_id};
}

static bool fail_without_keys(Task *task)
{
    return task_fail(task, ERR_INTERNAL, "there is no encryption key for the stand-ins");
}

bool turn_load_settings(Task *task, Turn *turn, TurnSettings *out_settings)
{
    const DbRows *rows = NULL;
    const Services *services = turn_services(turn);
    if (!turn_store_load_settings(task, services->db, &turn->request.conversation_id, &rows))
        return false;
    TurnSettings settings = {
        .is_private = db_read_bool(rows, 0, 0),
        .wants_title = str_equal(db_str(rows, 0, 1), STR("message")),
    };
    if (!db_is_null(rows, 0, 2)) {
        const RowCipher cipher = {standins_place(turn), db_str(rows, 0, 2)};
        if (!services->keyring)
            return fail_without_keys(task);
        if (!decrypt_from_row(task->arena, services->keyring, &cipher, &settings.standins,
                              &task->error))
            return false;
    }
    *out_settings = settings;
    return true;
}

bool turn_store_standins(Task *task, Turn *turn, Str standins)
{
    const Services *services = turn_services(turn);
    const RowPlace place = standins_place(turn);
    if (!services->keyring)
        return fail_without_keys(task);
    if (standins.size > ENCRYPTED_TEXT_MAX_BYTES)
        return task_fail(task, ERR_FILE_TOO_LARGE,
                         "this conversation has too many addresses and names for stand-ins: begin "
                         "another one");
    SealedStandins sealed = {
        .message_id = turn->request.message_id,
        .fencing_token = turn->fencing_token,
        .token = encrypt_for_row(task->arena, services->keyring, &place, standins),
        .key_id = keyring_id(services->keyring, 0),
    };
    return turn_store_put_standins(task, services->db, &sealed);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/key.h"

#include "keys/key_store.h"
#include "keys/key_values.h"
#include "keys/origin.h"
#include "services/encryption.h"

static bool explain_absence(Task *task, const Services *services, const KeyChoice *choice)
{
    KeyState state;
    if (!choice->has_id)
        return task_fail(task, ERR_NOT_FOUND, "there is no active API key%s%.*s",
                         str_empty(choice->provider) ? "" : " for ", STR_ARGS(choice->provider));
    if (!key_find_state(task, services->db, &choice->id, &state))
        return false;
    const char *reason = !state.exists      ? "no such API key"
                         : !state.is_active ? "the API key is disabled"
                         : state.is_expired ? "the API key has expired"
                                            : "the API key cannot be used for this request";
    return task_fail(task, ERR_NOT_FOUND, "%s", reason);
}

static UserKey user_key_of(const StoredKey *stored, Str secret)
{
    bool is_azure = str_equal(stored->provider, STR("azure"));
    return (UserKey){
        .id = stored->id,
        .provider = stored->provider,
        .key_name = stored->fields[KEY_FIELD_NAME],
        .last_four = stored->last_four,
        .secret = secret,
        .base_url = stored->fields[is_azure ? KEY_FIELD_ENDPOINT : KEY_FIELD_BASE_URL],
        .deployment = stored->fields[KEY_FIELD_DEPLOYMENT],
        .api_version = stored->fields[KEY_FIELD_API_VERSION],
        .model = stored->fields[KEY_FIELD_MODEL],
    };
}

bool key_pick(Task *task, const Services *services, const KeyChoice *choice, UserKey *out_key)
{
    Str secret;
    StoredKey stored;
    bool found = false;
    Str origins = origin_allowed_array(task->arena, services->settings);
    if (!key_take(task, services->db, choice, origins, &found, &stored))
        return false;
    if (!found)
        return explain_absence(task, services, choice);
    RowPlace place = key_place(&task->user_id, &stored.id);
    if (!decrypt_from_row(task->arena, services->keyring, &place, stored.encrypted_key, &secret,
                          &task->error))
        return false;
    *out_key = user_key_of(&stored, secret);
    return true;
}

void key_forget(UserKey *key)
{
    encryption_forget(key->secret);
    key->secret = STR("");
}

bool key_check_settings(const Config *settings, Error *error)
{
    return origin_check_settings(settings, error);
}

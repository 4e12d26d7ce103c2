/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/key.h"

#include "keys/key_store.h"
#include "keys/key_values.h"
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

/* Returns the local servers that the operator allows, as an array of PostgreSQL. */
static Str local_servers(Arena *arena, const Services *services)
{
    Str url;
    Str address;
    Str array = STR("{");
    Str rest = config_str(services->settings, "NETGURU_LLM_LOCAL_URLS");
    while (str_next_field(&rest, ',', &url)) {
        Error ignored = {0};
        LlmAccount account = {.provider = LLM_LOCAL, .base_url = str_trim(url)};
        if (str_empty(account.base_url) ||
            !llm_account_address(arena, services, &account, &address, &ignored) ||
            str_find_byte(address, '"') != STR_NOT_FOUND)
            continue;
        array = arena_printf(arena, "%.*s%s\"%.*s\"", STR_ARGS(array), array.size > 1 ? "," : "",
                             STR_ARGS(address));
    }
    return arena_printf(arena, "%.*s}", STR_ARGS(array));
}

bool key_pick(Task *task, const Services *services, const KeyChoice *choice, UserKey *out_key)
{
    Str secret;
    StoredKey stored;
    bool found = false;
    arena_keep_secret(task->arena); /* the call to the provider copies the key into a header */
    Str servers = local_servers(task->arena, services);
    if (!key_take(task, services->db, choice, servers, &found, &stored))
        return false;
    if (!found)
        return explain_absence(task, services, choice);
    const RowCipher cipher = {key_place(&task->user_id, &stored.id), stored.encrypted_key};
    if (!decrypt_from_row(task->arena, services->keyring, &cipher, &secret, &task->error))
        return false;
    *out_key = user_key_of(&stored, secret);
    return true;
}

bool key_find_usable(Task *task, const Services *services, bool *out_exists)
{
    return key_exists(task, services->db, out_exists);
}

void key_forget(UserKey *key)
{
    encryption_forget(key->secret);
    key->secret = STR("");
}

LlmAccount key_account(const UserKey *key, Str model)
{
    LlmAccount account = {
        .key = key->secret,
        .base_url = key->base_url,
        .deployment = key->deployment,
        .api_version = key->api_version,
        .model = str_empty(model) ? key->model : model,
    };
    check(llm_provider_find(key->provider, &account.provider));
    return account;
}

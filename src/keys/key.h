/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: the API keys of a user for the providers of language models. A key is stored encrypted for
 * its row (services/encryption.h); only its last four characters are ever shown.
 *
 *     UserKey key;
 *     if (!key_pick(task, services, &(KeyChoice){.provider = STR("openai")}, &key))
 *         return false;
 *     … ask the provider; when it refuses the key, pick again with key.id in skip …
 *     key_forget(&key);
 *
 * Which key is used: the one that the request names, else the most recently created of the
 * provider. Either must be active and not expired at that moment, which the statement that picks
 * checks. When the provider answers 401, 402 or 429, the next one of the same provider is picked by
 * skip.
 */
#pragma once

#include "llm/llm.h"
#include "web/router.h"

enum {
    KEY_SECRET_MAX_BYTES = 1024,
    KEY_NAME_MAX_CHARACTERS = 100,
    KEY_MAX_PER_USER = 50,
    KEY_MAX_SKIPPED = KEY_MAX_PER_USER,
};

/* The texts live in the task's arena. */
typedef struct {
    Uuid id;
    Str provider; /* "openai", "anthropic", "azure" or "local" */
    Str key_name; /* may be empty */
    Str last_four;
    Str secret;                  /* empty for a local server without a key */
    Str base_url;                /* azure: its endpoint; local: one of the operator's origins */
    Str deployment, api_version; /* azure */
    Str model;                   /* local */
} UserKey;

typedef struct {
    bool has_id; /* the request names a key */
    Uuid id;
    Str provider;     /* empty: any */
    const Uuid *skip; /* keys that were refused already; at most KEY_MAX_SKIPPED */
    size_t skip_count;
} KeyChoice;

/*
 * Picks a key of the task's user, notes in last_used_at that it is used, and decrypts it. From then
 * on, the task's arena overwrites its memory before it frees it. Fails with ERR_NOT_FOUND, saying
 * why, when there is none that can be used, and with ERR_INTERNAL when it cannot be decrypted.
 */
bool key_pick(Task *task, const Services *services, const KeyChoice *choice,
              UserKey *out_key) MUST_USE;
/* Stores whether the task's user has a key that may be picked. Notes nothing. */
bool key_find_usable(Task *task, const Services *services, bool *out_exists) MUST_USE;
/* Overwrites the secret. The end of the task's arena does so at the latest. */
void key_forget(UserKey *key);

/* Returns whom to ask with the key. An empty model takes that of the key. The views live as long as
 * the key. */
LlmAccount key_account(const UserKey *key, Str model);

extern const Route keys_routes[];

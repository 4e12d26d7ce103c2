/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of API keys: the SQL of this feature. All functions act for the task's user, and know
 * ciphertexts only.
 */
#pragma once

#include "audit/audit.h"
#include "keys/key.h"
#include "web/page.h"

/* A value of a PATCH: absent, or given, perhaps as NULL. */
typedef struct {
    bool is_given;
    bool is_null;
    Str text;
} KeyField;

typedef enum {
    KEY_FIELD_NAME,
    KEY_FIELD_EXPIRES_AT, /* RFC 3339 */
    KEY_FIELD_ENDPOINT,
    KEY_FIELD_DEPLOYMENT,
    KEY_FIELD_API_VERSION,
    KEY_FIELD_BASE_URL,
    KEY_FIELD_MODEL,
    KEY_FIELD_COUNT,
} KeyFieldName;

typedef struct {
    Str encrypted_key; /* empty: unchanged */
    Str encryption_key_id;
    Str last_four;
    bool sets_active;
    bool is_active;
    KeyField fields[KEY_FIELD_COUNT];
} KeyValues;

typedef struct {
    Uuid id;
    Str provider;
    const KeyValues *values;
} NewKey;

typedef struct {
    Uuid id;
    Str encrypted_key;
    Str provider;
    Str fields[KEY_FIELD_COUNT];
    Str last_four;
} StoredKey;

/* Fails with ERR_CONFLICT when the user has KEY_MAX_PER_USER keys, or one of this name for the
 * provider. Inserting, changing and deleting write the audit log, in the transaction of the act. */
bool key_insert(Task *task, Db *db, const AuditContext *by, const NewKey *key) MUST_USE;
/* Load and change one key; ERR_NOT_FOUND when the user has none of this id. */
bool key_load_provider(Task *task, Db *db, const Uuid *id, Str *out_provider) MUST_USE;
bool key_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
bool key_update(Task *task, Db *db, const AuditContext *by, const Uuid *id,
                const KeyValues *values) MUST_USE;
bool key_delete(Task *task, Db *db, const AuditContext *by, const Uuid *id) MUST_USE;
bool key_list_json(Task *task, Db *db, const Page *page, Str provider, Str *out_json) MUST_USE;

/* Picks the row that key_pick describes. local_servers is an array of PostgreSQL. */
bool key_take(Task *task, Db *db, const KeyChoice *choice, Str local_servers, bool *out_found,
              StoredKey *out_key) MUST_USE;

typedef struct {
    bool exists;
    bool is_active;
    bool is_expired;
} KeyState;

bool key_find_state(Task *task, Db *db, const Uuid *id, KeyState *out_state) MUST_USE;
/* Stores whether the task's user has an active key that has not expired. */
bool key_exists(Task *task, Db *db, bool *out_exists) MUST_USE;

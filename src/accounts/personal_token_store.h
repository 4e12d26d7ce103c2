/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of personal access tokens: their SQL. A digest is in hexadecimal here and binary in the
 * table. All functions but personal_token_use and personal_token_find_alive act for the task's
 * user.
 */
#pragma once

#include "accounts/personal_token.h"
#include "audit/audit.h"
#include "web/page.h"

typedef struct {
    Uuid id;
    Uuid user_id;
    uint32_t scopes; /* of RouteScope */
    Str plan_tier;
} PersonalTokenUse;

/* Finds a token that counts, before a user is known, and notes its use. */
bool personal_token_use(Task *task, Db *db, Str digest, bool *out_found,
                        PersonalTokenUse *out_use) MUST_USE;

typedef struct {
    Uuid id;
    Str name;
    Str digest;
    Str last_four;
    Str scopes;     /* an array of PostgreSQL */
    Str expires_at; /* RFC 3339; empty: never */
} NewPersonalToken;

/* Fails with ERR_CONFLICT when the user has PERSONAL_TOKEN_MAX_PER_USER tokens, or one of this
 * name. The JSON is that of the list. */
bool personal_token_insert(Task *task, Db *db, const AuditContext *by,
                           const NewPersonalToken *token, Str *out_json) MUST_USE;
bool personal_token_list_json(Task *task, Db *db, const Page *page, Str *out_json) MUST_USE;
/* ERR_NOT_FOUND when the user has none of this id. Both are entries of the audit log. */
bool personal_token_delete(Task *task, Db *db, const AuditContext *by, const Uuid *id) MUST_USE;
/* Tells of each id whether it is a token that counts. */
bool personal_token_find_alive(Task *task, Db *db, const Uuid *ids, size_t count,
                               bool *out_alive) MUST_USE;

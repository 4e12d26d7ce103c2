/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of API keys share: the servers, once for a binary, accounts for ana and bob, and
 * calls on behalf of them.
 */
#pragma once

#include "accounts/account.h"
#include "crypto/keyring.h"
#include "harness/services.h"
#include "keys/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define KEYS "/api/v1/users/me/api-keys"
#define OPENAI_SECRET "sk-proj-0123456789abcdefWXYZ"

extern TestServices *all;
extern TestServer *server;
extern Str ana; /* access tokens */
extern Str bob;
extern Uuid ana_id;
extern Uuid bob_id;

int fixture_start(void **state);
int fixture_stop(void **state);
/* Deletes all keys. */
int fixture_clear(void **state);

/* From a client's thread: a request with a JSON body. */
TestAnswer send_json(Arena *arena, Str token, const char *method, const char *path, Str json);
/* Creates a key from the members of its body and returns its id. */
Str add_key(Arena *arena, Str token, const char *members);
/* Returns "/api/v1/users/me/api-keys/<id>". */
const char *key_path(Arena *arena, Str id);
/* Fails unless the answer is 400 and names the field. */
void expect_field(const TestAnswer *answer, const char *field);
/* Returns the first column of the first row of a statement run as the superuser, or empty. */
Str ask_database(Arena *arena, const char *sql);

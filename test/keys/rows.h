/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests without a server share: the databases, once for a binary, the users ana and bob,
 * and API keys as rows.
 */
#pragma once

#include "crypto/keyring.h"
#include "db/session.h"
#include "harness/expect.h"
#include "harness/services.h"
#include "harness/tasks.h"
#include "keys/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern TestServices *all;
extern Uuid ana_id;
extern Uuid bob_id;

int rows_start(void **state);
int rows_stop(void **state);
/* Deletes the keys and the canary. */
int rows_clear(void **state);

typedef struct {
    const Uuid *user; /* NULL: ana */
    const char *provider;
    const char *secret;
    const char *name;       /* may be NULL */
    int minute;             /* when it was created, in minutes after an hour ago */
    const char *set;        /* further columns, "is_active = false, …"; may be NULL */
    const Keyring *keyring; /* NULL: that of the services */
} TestKey;

/* Inserts the row with its ciphertext; returns its id. */
Uuid add_row(const TestKey *key);
/* Runs a statement as the superuser and returns the first column of its first row, or empty. */
Str ask(Arena *arena, const char *sql);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the documents' API share: servers, routes, two accounts, and uploads. */
#pragma once

#include "accounts/account.h"
#include "documents/document.h"
#include "harness/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern TestServices *all;
extern TestServer *server;
/* Access tokens, which live in `all`. */
extern Str ana;
extern Str bob;

/* With accounts for ana and bob, and limits of requests out of the way. */
int fixture_start(void **state);
int fixture_stop(void **state);
/* Removes all documents, rows and files. */
int fixture_clear(void **state);

/* From a client's thread. */
Str form(Arena *arena, const char *file_name, Str bytes);
/* A whole request. */
Str upload_text(Arena *arena, Str token, const char *file_name, Str bytes);
TestAnswer upload(Arena *arena, Str token, const char *file_name, Str bytes);
TestAnswer get_file(Arena *arena, Str token, const char *id_and_rest);
TestAnswer delete_file(Arena *arena, Str token, const char *id);

/* Regular files in the store, the unfinished ones too. */
int count_files(void);
int64_t count_rows(const char *from);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of accounts share: the servers, once for a binary, and the routes of accounts with
 * two of the test's own: /limited (counted as "upload") and /paid (as "chat").
 */
#pragma once

#include "accounts/account_store.h"
#include "accounts/personal_token.h"
#include "harness/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern TestServices *all;
extern TestServer *server;

int fixture_start(void **state);
int fixture_stop(void **state);
/* Empties Redis and the users. */
int fixture_clear(void **state);
/* Runs a client against the server. */
void fixture_serve(void (*client)(void *argument));

/* From a client's thread. */
TestAnswer post(Arena *arena, const char *target, Str headers, Str json);
TestAnswer me(Arena *arena, Str access_token);
TestAnswer login(Arena *arena, const char *email, const char *password);
TestAnswer refresh(Arena *arena, Str refresh_token);
void check_refused(const TestAnswer *answer);
/* Forgets how often this address has asked for a login, and all failed logins. */
void forget_logins(void);
/* As TestAnswer login(), with the marker of a device. */
TestAnswer login_from(Arena *arena, const char *email, const char *password, Str device_token);

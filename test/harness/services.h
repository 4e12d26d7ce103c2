/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a feature needs from its process, for one test binary: a migrated PostgreSQL, a Redis,
 * a loop, the pool of the application's role, settings for quick tests, and a directory for files.
 *
 *     TestServices *all = test_services_start();
 *     TestServer *server = test_server_start(&all->services, tables, accounts_gate);
 */
#pragma once

#include "harness/process.h"
#include "harness/schema.h"
#include "harness/servers.h"
#include "harness/web_server.h"

typedef struct {
    TestPostgres *postgres;
    TestRedis *redis;
    TestDirectory files;
    Arena *arena;
    Config *settings;
    Services services;
} TestServices;

TestServices *test_services_start(void);
void test_services_stop(TestServices *all);
/* Deletes sessions, rate limits and queues. */
void test_services_flush(const TestServices *all);
/* For use as `afterwards`: waits a little, and fails if anything is still leased, in flight or
 * waiting. */
void test_services_check_quiet(Task *task, const TestServices *all);

/* Registers an account with the password "correct horse" and returns its access token. Call it on a
 * client's thread. */
Str test_register(Arena *arena, uint16_t port, const char *email);
Str test_login_body(Arena *arena, const char *email, const char *password);

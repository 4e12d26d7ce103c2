/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All a feature needs of its process, for one test binary: a migrated PostgreSQL, a Redis, a loop,
 * the pool of the application's role, settings that make tests quick, and a directory for files.
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
/* Forgets sessions, limits and queues. */
void test_services_flush(const TestServices *all);
/* As an `afterwards`: fails unless nothing is leased, in flight or waiting; waits a little. */
void test_services_check_quiet(Task *task, const TestServices *all);

/* Registers an account with the password "correct horse"; the access token. From a client's thread.
 */
Str test_register(Arena *arena, uint16_t port, const char *email);
Str test_login_body(Arena *arena, const char *email, const char *password);

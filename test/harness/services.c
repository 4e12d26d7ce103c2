/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/services.h"

#include "base/log.h"
#include "base/mem.h"
#include "crypto/keyring.h"
#include "crypto/password.h"
#include "harness/expect.h"
#include "harness/tasks.h"
#include "net/outgoing/outgoing.h"
#include "services/embedding_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Operations in progress get a minute to end. */
enum { QUIET_MS = 10, QUIET_TURNS = 6000 };

static void set(TestServices *all, const char *name, const char *value)
{
    Error error = {0};
    check(config_set(all->settings, name, str_of(value), &error));
}

static void open_drivers(TestServices *all)
{
    Error error = {0};
    Services *services = &all->services;
    DbOptions options = {
        .url = str_of(test_postgres_app_url(all->postgres)),
        .pool_size = 6,
        .max_overflow = 2,
        .application_name = "netguru test",
    };
    services->loop = loop_new(&(LoopOptions){0});
    services->db = db_new(services->loop, &options, &error);
    services->redis = redis_new(services->loop, str_of(test_redis_url(all->redis)), &error);
    services->outgoing = outgoing_new(services->loop, &(OutgoingOptions){0}, &error);
    check(services->db && services->redis && services->outgoing);
    services->hashing = password_workers_new(services->loop, 1, 4);
}

TestServices *test_services_start(void)
{
    Error error = {0};
    TestServices *all = MEM_NEW(TestServices);
    log_setup(getenv("NETGURU_TEST_LOG") ? LOG_DEBUG : LOG_ERROR + 1, LOG_AS_TEXT);
    all->arena = arena_new();
    all->settings = config_load(all->arena, &error);
    check(all->settings);
    set(all, "NETGURU_BCRYPT_COST", "4");
    all->postgres = test_postgres_start(NULL);
    test_postgres_migrate(all->postgres);
    all->redis = test_redis_start(NULL);
    test_directory_make(&all->files, "nobody");
    open_drivers(all);
    all->services.settings = all->settings;
    all->services.token_secret = STR("0123456789abcdef0123456789abcdef");
    all->services.keyring =
        keyring_parse(STR("a2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZy4="), &error);
    check(all->services.keyring);
    all->services.store_dir = str_of(all->files.path);
    all->services.embedder_missing = STR("not wanted here");
    all->services.embedding_gate = embedding_gate_new();
    return all;
}

static void close_drivers(Task *task, void *argument)
{
    const Services *services = argument;
    outgoing_free(services->outgoing);
    db_close(task, services->db);
    redis_close(task, services->redis);
}

void test_services_stop(TestServices *all)
{
    test_run(all->services.loop, close_drivers, &all->services);
    embedding_gate_free(all->services.embedding_gate);
    db_free(all->services.db);
    redis_free(all->services.redis);
    workers_free(all->services.hashing);
    keyring_free(all->services.keyring);
    loop_free(all->services.loop);
    test_directory_remove(&all->files);
    test_redis_free(all->redis);
    test_postgres_free(all->postgres);
    arena_free(all->arena);
    mem_free(all);
}

void test_services_flush(const TestServices *all)
{
    test_redis_run(all->redis, (const char *const[]){"FLUSHALL", NULL});
}

void test_services_check_quiet(Task *task, const TestServices *all)
{
    DbStats db = db_stats(all->services.db);
    RedisStats redis = redis_stats(all->services.redis);
    for (int i = 0; i < QUIET_TURNS && (db.leased || db.in_flight || db.waiters || redis.in_flight);
         i++) {
        EXPECT(task, task_sleep(task, QUIET_MS));
        db = db_stats(all->services.db);
        redis = redis_stats(all->services.redis);
    }
    EXPECT_INT(task, db.leased, 0);
    EXPECT_INT(task, db.in_flight, 0);
    EXPECT_INT(task, db.waiters, 0);
    EXPECT_INT(task, redis.in_flight, 0);
}

Str test_login_body(Arena *arena, const char *email, const char *password)
{
    return arena_printf(arena, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
}

Str test_register(Arena *arena, uint16_t port, const char *email)
{
    TestAnswer answer = test_post_json(arena, port, "/api/v1/auth/register", STR(""),
                                       test_login_body(arena, email, "correct horse"));
    test_expect(&answer, 201);
    return test_json_str(&answer, "access_token");
}

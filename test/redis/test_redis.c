/* SPDX-License-Identifier: Apache-2.0 */
#include "redis/redis.h"

#include "base/log.h"
#include "harness/servers.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    Loop *loop;
    Redis *redis;
} Fixture;

static TestRedis *server;

static int start_server(void **state)
{
    (void)state;
    log_setup(LOG_ERROR, LOG_AS_TEXT);
    server = test_redis_start(NULL);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    test_redis_free(server);
    return 0;
}

static void close_redis(Task *task, void *argument)
{
    redis_close(task, argument);
}

static int set_up(void **state)
{
    Error error = {0};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->loop = loop_new(&(LoopOptions){.max_tasks = 4096});
    fixture->redis = redis_new(fixture->loop, str_of(test_redis_url(server)), &error);
    check(fixture->redis);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, close_redis, fixture->redis);
    redis_free(fixture->redis);
    loop_free(fixture->loop);
    test_free(fixture);
    return 0;
}

static void sets_and_gets(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisReply reply;
    Str value = str_make("a\0b\r\n", 5);
    check(redis_command(task, fixture->redis, REDIS_ARGS(STR("SET"), STR("key"), value), &reply));
    check(reply.type == REDIS_STATUS && str_equal(reply.str, STR("OK")));
    check(redis_command(task, fixture->redis, REDIS_ARGS(STR("GET"), STR("key")), &reply));
    check(reply.type == REDIS_STRING && str_equal(reply.str, value));
    check(redis_command(task, fixture->redis, REDIS_ARGS(STR("GET"), STR("none")), &reply));
    check(reply.type == REDIS_NIL);
}

static void test_values_travel_both_ways(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, sets_and_gets, fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_travel_both_ways, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}

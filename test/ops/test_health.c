/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of /health/ready, with real servers that stop and go on. */
#include "base/time.h"
#include "harness/services.h"
#include "ops/health_api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { CLIENTS = 64 };

typedef struct {
    TestServices *all;
    TestServer *server;
} Fixture;

static bool gate(Task *task, const Route *route, Request *request, Response *response)
{
    (void)task;
    (void)route;
    (void)request;
    (void)response;
    return true;
}

static int set_up(void **state)
{
    static const Route *const tables[] = {health_routes, NULL};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->all = test_services_start();
    fixture->all->services.health = health_new();
    fixture->server = test_server_start(&fixture->all->services, tables, gate);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_server_free(fixture->server);
    health_free(fixture->all->services.health);
    test_services_stop(fixture->all);
    test_free(fixture);
    return 0;
}

static int status_of(const Fixture *fixture, const char *path)
{
    auto_arena Arena *arena = arena_new();
    return test_get(arena, fixture->server->port, path, STR("")).status;
}

/* Until the verdict is that: one that is remembered is a second old at most. */
static void await_status(const Fixture *fixture, int status)
{
    uint64_t end = time_monotonic_ms() + TEST_LONGEST_WAIT_MS;
    while (status_of(fixture, "/health/ready") != status) {
        assert_int(status_of(fixture, "/health/live"), 200);
        assert_that(time_monotonic_ms() < end);
    }
}

static void client_beside_a_frozen_server(void *argument)
{
    const Fixture *fixture = argument;
    await_status(fixture, 200);
    test_postgres_freeze(fixture->all->postgres, true);
    await_status(fixture, 503);
    test_postgres_freeze(fixture->all->postgres, false);
    await_status(fixture, 200);
    test_redis_freeze(fixture->all->redis, true);
    await_status(fixture, 503);
    test_redis_freeze(fixture->all->redis, false);
    await_status(fixture, 200);
}

static void test_the_verdict_follows_the_servers(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_beside_a_frozen_server, *state);
}

/* While the first probe hangs a few wait for it, and the others are refused at once. */
static void client_of_many(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    int clients[CLIENTS];
    test_postgres_freeze(fixture->all->postgres, true);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = test_connect(fixture->server->port);
        test_send(clients[i], test_request_text(arena, "GET", "/health/ready", STR(""), STR("")));
    }
    for (int i = 0; i < CLIENTS; i++) {
        TestAnswer answer = test_receive(arena, clients[i], false);
        test_expect_error(&answer, 503, "UNAVAILABLE");
        test_close(clients[i]);
    }
    assert_int(status_of(fixture, "/health/live"), 200);
    test_postgres_freeze(fixture->all->postgres, false);
    await_status(fixture, 200);
}

static void test_many_who_ask_wait_for_one_probe(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_of_many, *state);
}

/* The client that began the probe leaves; another one that waits for it gets a verdict. */
static void client_that_leaves(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    test_postgres_freeze(fixture->all->postgres, true);
    int first = test_connect(fixture->server->port);
    test_send(first, test_request_text(arena, "GET", "/health/ready", STR(""), STR("")));
    int second = test_connect(fixture->server->port);
    test_send(second, test_request_text(arena, "GET", "/health/ready", STR(""), STR("")));
    test_close(first);
    test_postgres_freeze(fixture->all->postgres, false);
    TestAnswer answer = test_receive(arena, second, false);
    assert_that(answer.status == 200 || answer.status == 503);
    test_close(second);
    await_status(fixture, 200);
}

static void nothing_is_left(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    test_services_check_quiet(task, fixture->all);
}

static void test_a_client_that_leaves_takes_no_verdict_with_it(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_that_leaves, *state);
    test_server_run_task(fixture->server, nothing_is_left, *state);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_the_verdict_follows_the_servers),
        WITH_SERVER(test_many_who_ask_wait_for_one_probe),
        WITH_SERVER(test_a_client_that_leaves_takes_no_verdict_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

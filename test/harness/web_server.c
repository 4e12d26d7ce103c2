/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/web_server.h"

#include "base/mem.h"
#include "harness/expect.h"

/* The requests of a client get a minute to end. */
enum { MOST_WAITS = 1000, GRACE_MS = 2000, SETTLE_MS = 5, SETTLE_TURNS = 12000 };

TestServer *test_server_start(const Services *services, const Route *const *tables, RouteGate *gate)
{
    Error error = {0};
    TestServer *server = MEM_NEW(TestServer);
    server->loop = services->loop;
    server->router = router_new(services, tables, gate);
    HttpServerOptions options = {
        .address = STR("127.0.0.1:0"),
        .handler = router_handle,
        .admit = router_admit,
        .context = server->router,
        .header_timeout_ms = 30000,
        .body_timeout_ms = 30000,
    };
    server->http = http_server_start(server->loop, &options, &error);
    check(server->http);
    server->port = http_server_port(server->http);
    return server;
}

typedef struct {
    TestServer *server;
    void (*client)(void *argument);
    TaskMain *body;
    void *argument;
} Run;

/* Runs on the client's thread, where a failed assertion ends only the client. */
static void guard_client(void *argument)
{
    const Run *run = argument;
    test_guard(run->client, run->argument);
}

static void run_client(Task *task, void *argument)
{
    if (!task_offload(task, guard_client, argument))
        test_failure_record(__FILE__, __LINE__, "the client was cancelled");
    loop_stop(task->loop);
}

static void run_body(Task *task, void *argument)
{
    const Run *run = argument;
    run->body(task, run->argument);
    loop_stop(task->loop);
}

void test_server_run(TestServer *server, void (*client)(void *argument), void *argument)
{
    Run run = {.client = client, .argument = argument};
    task_spawn_background(server->loop, "client", run_client, &run);
    loop_run(server->loop);
    test_failure_raise();
}

void test_server_run_task(TestServer *server, TaskMain *body, void *argument)
{
    Run run = {.body = body, .argument = argument};
    task_spawn_background(server->loop, "body", run_body, &run);
    loop_run(server->loop);
    test_failure_raise();
}

static void stop(Task *task, void *argument)
{
    TestServer *server = argument;
    http_server_stop(task, server->http, GRACE_MS);
}

void test_server_free(TestServer *server)
{
    test_server_run_task(server, stop, server);
    http_server_free(server->http);
    router_free(server->router);
    mem_free(server);
}

static void settle(Task *task, void *argument)
{
    const Run *run = argument;
    for (int i = 0; i < SETTLE_TURNS && loop_stats(task->loop).tasks > 0; i++)
        EXPECT(task, task_sleep(task, SETTLE_MS));
    EXPECT_INT(task, loop_stats(task->loop).tasks, 0);
    if (run->body)
        run->body(task, run->argument);
}

uint32_t test_server_cancel_everywhere(TestServer *server, void (*client)(void *argument),
                                       TaskMain *afterwards, void *argument)
{
    Run run = {.body = afterwards, .argument = argument};
    for (uint32_t nth = 1;; nth++) {
        task_cancel_next_at(server->loop, nth);
        test_server_run(server, client, argument);
        bool reached = task_cancel_point_reached(server->loop);
        task_cancel_next_at(server->loop, 0);
        test_server_run_task(server, settle, &run);
        if (!reached)
            return nth - 1;
        assert_that(nth < MOST_WAITS);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/fixture.h"

#include "harness/expect.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MAX_TASKS = 4096, GRACE_MS = 5000, BODY_MAX_BYTES = 64 * 1024 * 1024 };

void fixture_open(Fixture *fixture)
{
    Error error = {0};
    fixture->loop = loop_new(&(LoopOptions){.max_tasks = MAX_TASKS});
    fixture->outgoing = outgoing_new(fixture->loop, &fixture->options, &error);
    if (!fixture->outgoing)
        fail_msg("%s", error.message);
    if (fixture->serve) {
        fixture->raw = raw_server_start(fixture->serve, fixture);
        fixture->port = raw_server_port(fixture->raw);
    }
    if (!fixture->handler)
        return;
    HttpServerOptions options = {
        .address = STR("127.0.0.1:0"), .handler = fixture->handler, .context = fixture};
    options.max_body_bytes = BODY_MAX_BYTES;
    fixture->server = http_server_start(fixture->loop, &options, &error);
    assert_non_null(fixture->server);
    fixture->port = http_server_port(fixture->server);
}

void fixture_close(Fixture *fixture)
{
    fixture->stats = outgoing_stats(fixture->outgoing);
    assert_int_equal(fixture->stats.in_flight, 0);
    assert_int_equal(fixture->stats.waiting, 0);
    outgoing_free(fixture->outgoing);
    loop_run(fixture->loop);
    if (fixture->raw)
        raw_server_stop(fixture->raw);
    loop_free(fixture->loop);
}

static void run_body(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->body(task, fixture);
    fixture->ended = true;
    if (!fixture->server)
        return;
    http_server_stop(task, fixture->server, GRACE_MS);
    http_server_free(fixture->server);
}

void fixture_run(Fixture *fixture, TaskMain *body)
{
    fixture_open(fixture);
    fixture->body = body;
    task_spawn_background(fixture->loop, "body", run_body, fixture);
    test_run_spawned(fixture->loop);
    assert_true(fixture->ended);
    fixture_close(fixture);
}

Str fixture_url(Task *task, const Fixture *fixture, const char *path)
{
    return arena_printf(task->arena, "http://127.0.0.1:%u%s", fixture->port, path);
}

OutgoingRequest fixture_request(Task *task, const Fixture *fixture, const char *method,
                                const char *path)
{
    return (OutgoingRequest){
        .method = method, .url = fixture_url(task, fixture, path), .reach = OUTGOING_ANY};
}

OutgoingAnswer fixture_fetch(Task *task, const Fixture *fixture, const OutgoingRequest *request)
{
    OutgoingAnswer answer = {0};
    if (!outgoing_fetch(task, fixture->outgoing, request, BODY_MAX_BYTES, &answer)) {
        test_failure_record(__FILE__, __LINE__, "%s %.*s: %s", request->method,
                            STR_ARGS(request->url), task->error.message);
    }
    return answer;
}

const char *fixture_fail(Task *task, const Fixture *fixture, const OutgoingRequest *request,
                         ErrorCode code)
{
    OutgoingAnswer answer = {0};
    bool done = outgoing_fetch(task, fixture->outgoing, request, BODY_MAX_BYTES, &answer);
    if (done || task->error.code != code) {
        test_failure_record(__FILE__, __LINE__, "%s %.*s: %s (%d %s)", request->method,
                            STR_ARGS(request->url), done ? "answered" : "failed otherwise",
                            (int)task->error.code, task->error.message);
    }
    const char *message = arena_cstring(task->arena, str_of(task->error.message));
    task->error = (Error){0};
    return message;
}

bool expect_contains_at(Task *task, const char *text, const char *part, const char *file, int line)
{
    if (str_find(str_of(text), str_of(part)) != STR_NOT_FOUND)
        return true;
    test_failure_record(file, line, "\"%s\" does not contain \"%s\"", text, part);
    return task_fail(task, ERR_INTERNAL, "%s:%d: not found: %s", file, line, part);
}

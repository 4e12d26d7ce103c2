/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_api.h"

#include "harness/expect.h"
#include "jobs/job_fixture.h"
#include "jobs/job_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const Route *find_route(HttpMethod method, const char *path)
{
    const Route *route = jobs_routes;
    while (route->path && (route->method != method || strcmp(route->path, path) != 0))
        route++;
    check(route->path);
    return route;
}

static bool call(Task *task, JobFixture *fixture, const char *path, const Uuid *id)
{
    char text[UUID_TEXT_SIZE];
    HttpMethod method = strstr(path, "/cancel") ? HTTP_POST : HTTP_GET;
    Response *response = ARENA_NEW(task->arena, Response);
    Request request = {.services = &fixture->services, .path_count = 1};
    request.path[0].name = STR("id");
    request.path[0].value = str_of(uuid_write(id, text));
    if (!find_route(method, path)->handle(task, &request, response))
        return false;
    EXPECT_INT(task, response->status, 200, false);
    /* What was answered is kept where the test looks for it. */
    task->error.code = ERR_NONE;
    str_copy_to(response->body, task->error.message, sizeof(task->error.message));
    return true;
}

static const JsonValue *answer_of(Task *task, JobFixture *fixture, const char *path, const Uuid *id)
{
    EXPECT(task, call(task, fixture, path, id), NULL);
    Str body = arena_copy(task->arena, str_of(task->error.message));
    const JsonValue *answer = json_parse(task->arena, body, &task->error);
    EXPECT(task, answer, NULL);
    return answer;
}

static bool fails(Task *task, JobFixture *fixture, const char *path, const Uuid *id, ErrorCode code)
{
    bool failed = !call(task, fixture, path, id) && task->error.code == code;
    task->error = (Error){0};
    return failed;
}

static bool has_str(const JsonValue *object, const char *key, const char *wanted)
{
    Str found;
    return json_get_str(object, key, &found) && str_equal(found, str_of(wanted));
}

static void act_as(Task *task, const Uuid *user)
{
    task->has_user = true;
    task->user_id = *user;
}

#define SHOW "/api/v1/analysis/tasks/{id}"
#define CANCEL "/api/v1/analysis/tasks/{id}/cancel"

static void show_and_cancel(Task *task, JobFixture *fixture)
{
    static const char *const keys[] = {
        "id",         "task_type",  "status",        "progress",     "stage",
        "restarts",   "result",     "error_message", "failure_kind", "attempts",
        "created_at", "started_at", "completed_at",  "document_id",
    };
    Uuid id = fixture_enqueue(task, fixture, "empty", "");
    Uuid nobody = uuid_new();
    act_as(task, &fixture->alice);
    const JsonValue *answer = answer_of(task, fixture, SHOW, &id);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        EXPECT(task, json_get(answer, keys[i]));
    EXPECT_INT(task, answer->count, COUNT_OF(keys));
    EXPECT(task, has_str(answer, "status", "pending"));
    EXPECT(task, has_str(answer, "task_type", "empty"));
    EXPECT(task, fails(task, fixture, SHOW, &nobody, ERR_NOT_FOUND));
    EXPECT(task, fails(task, fixture, CANCEL, &nobody, ERR_NOT_FOUND));
    act_as(task, &fixture->bob);
    EXPECT(task, fails(task, fixture, SHOW, &id, ERR_NOT_FOUND));
    EXPECT(task, fails(task, fixture, CANCEL, &id, ERR_NOT_FOUND));
    act_as(task, &fixture->alice);
    answer = answer_of(task, fixture, CANCEL, &id);
    EXPECT(task, has_str(answer, "status", "failed"));
    EXPECT(task, has_str(answer, "failure_kind", "cancelled"));
    EXPECT(task, fails(task, fixture, CANCEL, &id, ERR_CONFLICT));
    task->has_user = false;
}

FIXTURE_TEST(test_a_job_is_shown_and_cancelled, show_and_cancel)

static void cancel_running(Task *task, JobFixture *fixture)
{
    Uuid id = fixture_enqueue(task, fixture, "slow", "");
    WorkerOptions options = {.kinds = fixture_kinds};
    Worker *worker = worker_start(&fixture->services, &options);
    fixture_wait_for_status(task, fixture, &id, "running");
    act_as(task, &fixture->alice);
    const JsonValue *answer = answer_of(task, fixture, CANCEL, &id);
    EXPECT(task,
           has_str(answer, "status", "running") || has_str(answer, "failure_kind", "cancelled"));
    task->has_user = false;
    fixture_wait_for_status(task, fixture, &id, "failed");
    EXPECT_SOON(task, worker_stats(worker).cancelled == 1);
    worker_stop(task, worker, 1000);
    worker_free(worker);
}

FIXTURE_TEST(test_a_running_job_is_cancelled, cancel_running)

/* Six jobs of alice, as the API shows them; test/documents/test_list.c turns pages. */
static void list_jobs(Task *task, JobFixture *fixture)
{
    Str json;
    JobFilter filter = {.page.limit = 5};
    for (int i = 0; i < 6; i++)
        fixture_enqueue(task, fixture, "empty", "");
    act_as(task, &fixture->alice);
    EXPECT(task, job_store_list_json(task, fixture->services.db, &filter, &json));
    const JsonValue *answer = json_parse(task->arena, json, &task->error);
    const JsonValue *items = json_get(answer, "items");
    EXPECT(task, items);
    EXPECT_INT(task, items->count, 5);
    EXPECT_INT(task, json_get(answer, "next_cursor")->type, JSON_IS_STRING);
    for (size_t i = 0; i < items->count; i++) {
        EXPECT(task, has_str(&items->items[i], "status", "pending"));
        EXPECT(task, !json_get(&items->items[i], "result"));
    }
    filter.status = STR("completed");
    EXPECT(task, job_store_list_json(task, fixture->services.db, &filter, &json));
    EXPECT_STR(task, json, STR("{\"items\":[],\"next_cursor\":null}"));
    filter.status = STR("");
    act_as(task, &fixture->bob);
    EXPECT(task, job_store_list_json(task, fixture->services.db, &filter, &json));
    EXPECT_STR(task, json, STR("{\"items\":[],\"next_cursor\":null}"));
    task->has_user = false;
}

FIXTURE_TEST(test_jobs_are_listed_by_page, list_jobs)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_job_is_shown_and_cancelled),
        cmocka_unit_test(test_a_running_job_is_cancelled),
        cmocka_unit_test(test_jobs_are_listed_by_page),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_api.h"

#include "jobs/job_fixture.h"
#include "jobs/job_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static JobFixture shared;

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
    check(response->status == 200);
    /* What was answered is kept where the test looks for it. */
    task->error.code = ERR_NONE;
    str_copy_to(response->body, task->error.message, sizeof(task->error.message));
    return true;
}

static const JsonValue *answer_of(Task *task, JobFixture *fixture, const char *path, const Uuid *id)
{
    check(call(task, fixture, path, id));
    Str body = arena_copy(task->arena, str_of(task->error.message));
    const JsonValue *answer = json_parse(task->arena, body, &task->error);
    check(answer);
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
        "id",         "task_type",     "status",       "progress", "stage",
        "result",     "error_message", "failure_kind", "attempts", "created_at",
        "started_at", "completed_at",  "document_id",
    };
    Uuid id = fixture_enqueue(task, fixture, "empty", "");
    Uuid nobody = uuid_new();
    act_as(task, &fixture->alice);
    const JsonValue *answer = answer_of(task, fixture, SHOW, &id);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        check(json_get(answer, keys[i]));
    check(answer->count == COUNT_OF(keys));
    check(has_str(answer, "status", "pending") && has_str(answer, "task_type", "empty"));
    check(fails(task, fixture, SHOW, &nobody, ERR_NOT_FOUND));
    check(fails(task, fixture, CANCEL, &nobody, ERR_NOT_FOUND));
    act_as(task, &fixture->bob);
    check(fails(task, fixture, SHOW, &id, ERR_NOT_FOUND));
    check(fails(task, fixture, CANCEL, &id, ERR_NOT_FOUND));
    act_as(task, &fixture->alice);
    answer = answer_of(task, fixture, CANCEL, &id);
    check(has_str(answer, "status", "failed") && has_str(answer, "failure_kind", "cancelled"));
    check(fails(task, fixture, CANCEL, &id, ERR_CONFLICT));
    task->has_user = false;
}

static void test_show_and_cancel(void **state)
{
    (void)state;
    fixture_clear(&shared);
    fixture_run(&shared, show_and_cancel);
}

static void cancel_running(Task *task, JobFixture *fixture)
{
    Uuid id = fixture_enqueue(task, fixture, "slow", "");
    WorkerOptions options = {.kinds = fixture_kinds};
    Worker *worker = worker_start(&fixture->services, &options);
    fixture_wait_for_status(task, fixture, &id, "running");
    act_as(task, &fixture->alice);
    const JsonValue *answer = answer_of(task, fixture, CANCEL, &id);
    check(has_str(answer, "status", "running") || has_str(answer, "failure_kind", "cancelled"));
    task->has_user = false;
    fixture_wait_for_status(task, fixture, &id, "failed");
    worker_stop(task, worker, 1000);
    check(worker_stats(worker).cancelled == 1);
    worker_free(worker);
}

static void test_cancel_running(void **state)
{
    (void)state;
    fixture_clear(&shared);
    fixture_run(&shared, cancel_running);
}

/* Pages of three of ten jobs, four of which came at the same time: each exactly once. */
static void list_pages(Task *task, JobFixture *fixture)
{
    Str json;
    size_t seen = 0;
    JobFilter filter = {.limit = 3};
    for (int i = 0; i < 10; i++)
        fixture_enqueue(task, fixture, "empty", "");
    test_postgres_run(
        fixture->postgres,
        "UPDATE analysis_tasks SET created_at = '2026-01-01 00:00:00.5+00' WHERE id IN "
        "(SELECT id FROM analysis_tasks ORDER BY id LIMIT 4)");
    act_as(task, &fixture->alice);
    Str ids[10];
    for (int page = 0; page < 4; page++) {
        check(job_store_list_json(task, fixture->services.db, &filter, &json));
        const JsonValue *answer = json_parse(task->arena, json, &task->error);
        check(answer);
        const JsonValue *items = json_get(answer, "items");
        check(items->count == (page < 3 ? 3u : 1u));
        for (size_t i = 0; i < items->count; i++) {
            check(json_get_str(&items->items[i], "id", &ids[seen]));
            check(!json_get(&items->items[i], "result"));
            for (size_t earlier = 0; earlier < seen; earlier++)
                check(!str_equal(ids[earlier], ids[seen]));
            seen++;
        }
        check(json_get_str(answer, "next_cursor", &filter.cursor) == (page < 3));
    }
    check(seen == 10);
    act_as(task, &fixture->bob);
    filter.cursor = STR("");
    check(job_store_list_json(task, fixture->services.db, &filter, &json));
    check(str_equal(json, STR("{\"items\":[],\"next_cursor\":null}")));
    task->has_user = false;
}

static void list_with_bad_cursors(Task *task, JobFixture *fixture)
{
    static const char *const cursors[] = {
        "x",
        "!!",
        "fHw",
        "MjAyNi0wMS0wMVQwMDowMDowMC41MDAwMDBafHg",
        "OTk5OS05OS05OVQ5OTo5OTo5OS45OTk5OTlafDFmMGM0YzFlLThmMWItNGI1OS05YzUzLTBiNmY3YTJmMGE1NQ",
    };
    act_as(task, &fixture->alice);
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        Str json;
        JobFilter filter = {.limit = 3, .cursor = str_of(cursors[i])};
        check(!job_store_list_json(task, fixture->services.db, &filter, &json));
        check(task->error.code == ERR_VALIDATION);
    }
    JobFilter filter = {.limit = 3, .status = STR("completed")};
    Str json;
    task->error = (Error){0};
    check(job_store_list_json(task, fixture->services.db, &filter, &json));
    check(str_equal(json, STR("{\"items\":[],\"next_cursor\":null}")));
    task->has_user = false;
}

static void test_list(void **state)
{
    (void)state;
    fixture_clear(&shared);
    fixture_run(&shared, list_pages);
    fixture_run(&shared, list_with_bad_cursors);
}

static int set_up(void **state)
{
    (void)state;
    fixture_start(&shared);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_end(&shared);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_show_and_cancel),
        cmocka_unit_test(test_cancel_running),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of metrics, with real servers, and a process that shows itself on a unix socket. */
#include "harness/expect.h"
#include "harness/services.h"
#include "metrics/internal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    TestServices *all;
    TestServer *server;
    HttpServer *on_socket; /* shows the same registry as "serve-1" */
    Router *router;
} Fixture;

#define FORWARDED "X-Forwarded-For: 192.0.2.1\r\n"

static bool gate(Task *task, const Route *route, Request *request, Response *response)
{
    (void)task;
    (void)route;
    (void)request;
    (void)response;
    return true;
}

static void collect_one(MetricWriter *writer, const void *source)
{
    (void)source;
    metric_gauge(writer, "test_answer", "The answer.", 42);
}

static void listen_on_socket(Fixture *fixture)
{
    static const Route *const tables[] = {metrics_own_routes, NULL};
    Error error = {0};
    const TestServices *all = fixture->all;
    Str path = metrics_socket_path(all->arena, all->files.path, STR("serve-1"));
    fixture->router = router_new(&all->services, tables, gate);
    HttpServerOptions options = {.address = arena_printf(all->arena, "unix:%s", path.data),
                                 .handler = router_handle,
                                 .admit = router_admit,
                                 .context = fixture->router};
    fixture->on_socket = http_server_start(all->services.loop, &options, &error);
    assert_that(fixture->on_socket != NULL);
}

static int set_up(void **state)
{
    static const Route *const tables[] = {metrics_routes, NULL};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    TestServices *all = test_services_start();
    fixture->all = all;
    all->services.metrics = metrics_new(all->files.path, all->files.path);
    metric_register(metrics_registry(all->services.metrics), collect_one, NULL);
    listen_on_socket(fixture);
    fixture->server = test_server_start(&all->services, tables, gate);
    *state = fixture;
    return 0;
}

static void stop_socket(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    http_server_stop(task, fixture->on_socket, 1000);
    http_server_free(fixture->on_socket);
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_server_run_task(fixture->server, stop_socket, fixture);
    test_server_free(fixture->server);
    router_free(fixture->router);
    metrics_free(fixture->all->services.metrics);
    test_services_stop(fixture->all);
    test_free(fixture);
    return 0;
}

static TestAnswer get(Arena *arena, const Fixture *fixture, const char *path, const char *headers)
{
    return test_get(arena, fixture->server->port, path, str_of(headers));
}

static bool holds(const TestAnswer *answer, const char *text)
{
    return str_find(answer->body, str_of(text)) != STR_NOT_FOUND;
}

static void client_of_processes(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    static const char *const strange[] = {
        "/metrics/serve",      "/metrics/-1",         "/metrics/serve-",
        "/metrics/serve-1x",   "/metrics/..%2fserve", "/metrics/SERVE-1",
        "/metrics/serve-1%00", "/metrics/%2e%2e-1",   "/metrics/serve-99999999999",
        "/metrics/serve1-1",   "/metrics/serve%2f-1"};
    TestAnswer own = get(arena, fixture, "/metrics", "");
    test_expect(&own, 200);
    assert_str(own.body, "# HELP test_answer The answer.\n# TYPE test_answer gauge\n"
                         "test_answer 42\n");
    TestAnswer sibling = get(arena, fixture, "/metrics/serve-1", "");
    test_expect(&sibling, 200);
    assert_str(sibling.body, own.body);
    assert_str(test_header(&sibling, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    TestAnswer open =
        get(arena, fixture, "/metrics/serve-1", "Accept: application/openmetrics-text\r\n");
    assert_that(str_ends_with(open.body, STR("# EOF\n")));
    TestAnswer absent = get(arena, fixture, "/metrics/work-7", "");
    test_expect_error(&absent, 503, "UNAVAILABLE");
    assert_that(!holds(&absent, fixture->all->files.path));
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        TestAnswer answer = get(arena, fixture, strange[i], "");
        assert_that(answer.status == 404 || answer.status == 400);
    }
}

static void test_process_is_reached_through_its_socket(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_of_processes, *state);
}

static void plant(const Fixture *fixture, const char *name)
{
    char path[1200];
    snprintf(path, sizeof(path), "%s/%s", fixture->all->files.path, name);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_that(file >= 0);
    close(file);
}

static void client_of_targets(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    static const char *const wrong[] = {
        ".metrics",     "x y-1.metrics",   "serve-2.metric",         "work-\"1.metrics",
        "serve-3.lock", "work--3.metrics", "serve-1.metrics.metrics"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        plant(fixture, wrong[i]);
    plant(fixture, "work-12.metrics");
    TestAnswer answer = get(arena, fixture, "/metrics/targets", "");
    test_expect(&answer, 200);
    assert_int(answer.json->count, 3);
    assert_that(holds(&answer, "{\"__metrics_path__\":\"/metrics/data\",\"process\":\"data\"}"));
    assert_that(holds(&answer, "\"/metrics/serve-1\",\"process\":\"serve-1\""));
    assert_that(holds(&answer, "\"/metrics/work-12\",\"process\":\"work-12\""));
}

static void test_targets_are_the_sockets_of_processes(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_of_targets, *state);
}

static void client_of_access(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    static const char *const paths[] = {"/metrics", "/metrics/data", "/metrics/targets",
                                        "/metrics/serve-1"};
    Error error = {0};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int(get(arena, fixture, paths[i], "").status, 200);
        assert_int(get(arena, fixture, paths[i], FORWARDED).status, 403);
        assert_int(get(arena, fixture, paths[i], "Via: 1.1 proxy\r\n").status, 403);
        assert_int(get(arena, fixture, paths[i], "Forwarded:\r\n").status, 403);
        assert_int(get(arena, fixture, paths[i], FORWARDED "Authorization: Bearer \r\n").status,
                   403);
    }
    assert_that(
        config_set(fixture->all->settings, "NETGURU_METRICS_TOKEN", STR("the token"), &error));
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int(get(arena, fixture, paths[i], FORWARDED).status, 401);
        assert_int(
            get(arena, fixture, paths[i], FORWARDED "Authorization: Bearer the tokem\r\n").status,
            401);
        assert_int(
            get(arena, fixture, paths[i], FORWARDED "Authorization: Bearer the token\r\n").status,
            200);
    }
}

static void test_others_need_the_token(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_of_access, *state);
}

/* A part that hangs costs its own values only, and the answer still comes. */
static void client_beside_a_frozen_database(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    test_postgres_freeze(fixture->all->postgres, true);
    TestAnswer answer = get(arena, fixture, "/metrics/data", "");
    test_postgres_freeze(fixture->all->postgres, false);
    test_expect(&answer, 200);
    assert_that(holds(&answer, "netguru_data_up{part=\"postgres\"} 0\n"));
    assert_that(holds(&answer, "netguru_data_up{part=\"redis\"} 1\n"));
    assert_that(holds(&answer, "netguru_data_up{part=\"files\"} 1\n"));
    assert_that(holds(&answer, "\nnetguru_redis_memory_used_bytes "));
    assert_that(!holds(&answer, "\nnetguru_postgres_connections{"));
    assert_that(holds(&answer, "# TYPE netguru_postgres_connections gauge\n"));
}

static void test_data_without_postgres_says_so(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_beside_a_frozen_database, *state);
}

static void client_of_backups(void *argument)
{
    const Fixture *fixture = argument;
    auto_arena Arena *arena = arena_new();
    static const char text[] = "{\"created_s\":1000,\"size_bytes\":123,\"backups\":\"x\","
                               "\"proved_s\":-5,\"failed_s\":0,\"duration_s\":1.5,\"unknown\":[]}";
    char path[1200];
    snprintf(path, sizeof(path), "%s/status", fixture->all->files.path);
    assert_int(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/status/backup.json", fixture->all->files.path);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int(write(file, text, sizeof(text) - 1), sizeof(text) - 1);
    close(file);
    TestAnswer answer = get(arena, fixture, "/metrics/data", "");
    assert_that(holds(&answer, "netguru_backup_known 1\n"));
    assert_that(holds(&answer, "netguru_backup_size_bytes 123\n"));
    assert_that(holds(&answer, "netguru_backup_duration_seconds 1.5\n"));
    assert_that(holds(&answer, "\nnetguru_backup_age_seconds "));
    assert_that(!holds(&answer, "\nnetguru_backup_proof_age_seconds "));
    assert_that(!holds(&answer, "\nnetguru_backup_failure_age_seconds "));
    assert_that(!holds(&answer, "\nnetguru_backups "));
}

static void test_backups_are_read_from_their_state(void **state)
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client_of_backups, *state);
}

typedef struct {
    const Fixture *fixture;
    bool is_done;
    bool is_right;
} Questions;

/* Asks what the routes ask. Those are answered by background tasks, which are not cancelled at a
 * wait of theirs. */
static void ask_everything(Task *task, void *argument)
{
    Questions *questions = argument;
    const Services *services = &questions->fixture->all->services;
    Request request = {.services = services};
    Response response = {0};
    StrVec names = {0};
    const TargetRequest wanted = {STR("serve-1"), STR("/metrics"), STR("")};
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 20);
    services->metrics->data.known_ms = 0;
    questions->is_done = targets_fetch(task, services, &wanted, &response) &&
                         targets_list(task, services->metrics, &names) &&
                         data_write(task, &request, METRIC_FORMAT_TEXT, &text);
    if (questions->is_done)
        questions->is_right = str_ends_with(response.body, STR("test_answer 42\n")) &&
                              names.count == 1 &&
                              str_find(strbuf_str(&text), STR("redis_keys ")) != STR_NOT_FOUND;
    else
        questions->is_right = task->error.code == ERR_CANCELLED;
}

static void cancel_everywhere(Task *task, void *argument)
{
    uint32_t waits = 0;
    Questions questions = {.fixture = argument};
    const TestServices *all = questions.fixture->all;
    while (!questions.is_done) {
        task_cancel_next_at(task->loop, ++waits);
        TaskId asked = task_spawn(task->loop, "questions", ask_everything, &questions);
        while (task_is_alive(task->loop, asked))
            EXPECT(task, task_sleep(task, 1));
        EXPECT(task, questions.is_right);
        EXPECT(task, !all->services.metrics->data.is_collecting);
        test_services_check_quiet(task, all);
    }
    EXPECT(task, waits > 3);
}

static void test_questions_are_cancelled_at_every_wait(void **state)
{
    const Fixture *fixture = *state;
    test_server_run_task(fixture->server, cancel_everywhere, *state);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_process_is_reached_through_its_socket),
        WITH_SERVER(test_targets_are_the_sockets_of_processes),
        WITH_SERVER(test_others_need_the_token),
        WITH_SERVER(test_data_without_postgres_says_so),
        WITH_SERVER(test_backups_are_read_from_their_state),
        WITH_SERVER(test_questions_are_cancelled_at_every_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "harness/expect.h"

#define CONFIG STR("hostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n")

static void check_refused(const TestAnswer *answer, const char *part)
{
    test_expect_error(answer, 400, "VALIDATION_ERROR");
    assert_that(str_find(answer->body, str_of(part)) != STR_NOT_FOUND);
    assert_int(count_files(), 0);
    assert_int(count_rows("documents"), 0);
}

static void client_life(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = upload(arena, ana, "../../etc/caf\xC3\xA9 \\\"r1\\\".cfg", CONFIG);
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "original_filename"), STR("caf\xC3\xA9 \"r1\".cfg"));
    assert_str(test_json_str(&answer, "status"), STR("uploaded"));
    assert_str(test_json_str(&answer, "file_type"), STR("config"));
    assert_str(test_json_str(&answer, "task.status"), STR("pending"));
    assert_str(test_json_str(&answer, "task.task_type"), STR("document_processing"));
    assert_int(test_json_str(&answer, "sha256").size, 64);
    assert_that(str_find(answer.body, STR("storage_path")) == STR_NOT_FOUND);
    assert_that(str_find(answer.body, STR("/tmp")) == STR_NOT_FOUND);
    assert_int(
        test_redis_number(all->redis, (const char *const[]){"LLEN", "celery:queue:rag", NULL}), 1);
    const char *id = arena_cstring(arena, test_json_str(&answer, "id"));
    answer = get_file(arena, ana, id);
    test_expect(&answer, 200);
    const char *content = arena_printf(arena, "%s/download", id).data;
    answer = get_file(arena, ana, content);
    test_expect(&answer, 200);
    assert_str(answer.body, CONFIG);
    assert_str(test_header(&answer, "content-disposition"),
               STR("attachment; filename*=UTF-8''caf%C3%A9%20%22r1%22.cfg"));
    assert_str(test_header(&answer, "content-type"), STR("application/octet-stream"));
    assert_str(test_header(&answer, "x-content-type-options"), STR("nosniff"));
    answer =
        test_call(arena, server->port, "HEAD",
                  arena_printf(arena, "/api/v1/files/%s", content).data, test_bearer(arena, ana));
    test_expect(&answer, 200);
    assert_str(test_header(&answer, "content-length"), arena_printf(arena, "%zu", CONFIG.size));
    answer = delete_file(arena, ana, id);
    test_expect(&answer, 204);
    assert_int(count_files(), 0);
    assert_int(count_rows("documents"), 0);
    answer = get_file(arena, ana, id);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = get_file(arena, ana, content);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = delete_file(arena, ana, id);
    test_expect_error(&answer, 404, "NOT_FOUND");
}

static void test_a_document_lives_and_goes(void **state)
{
    (void)state;
    test_server_run(server, client_life, NULL);
}

static void client_digests(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer first = upload(arena, ana, "a.cfg", CONFIG);
    test_expect(&first, 201);
    TestAnswer again = upload(arena, ana, "b.cfg", CONFIG);
    test_expect(&again, 200);
    assert_str(test_header(&again, "x-duplicate"), STR("true"));
    assert_str(test_json_str(&first, "id"), test_json_str(&again, "id"));
    assert_str(test_json_str(&again, "original_filename"), STR("a.cfg"));
    assert_int(count_files(), 1);
    assert_int(count_rows("documents"), 1);
    assert_int(count_rows("analysis_tasks"), 1);
    TestAnswer other = upload(arena, bob, "a.cfg", CONFIG);
    test_expect(&other, 201);
    assert_that(!str_equal(test_json_str(&first, "id"), test_json_str(&other, "id")));
    assert_int(count_files(), 2);
    assert_int(count_rows("documents"), 2);
    TestAnswer answer = delete_file(arena, ana, test_json_str(&first, "id").data);
    test_expect(&answer, 204);
    answer =
        get_file(arena, bob,
                 arena_printf(arena, "%.*s/download", STR_ARGS(test_json_str(&other, "id"))).data);
    assert_str(answer.body, CONFIG);
    answer = upload(arena, ana, "c.cfg", CONFIG);
    test_expect(&answer, 201);
}

static void test_the_same_bytes_are_one_document_a_user(void **state)
{
    (void)state;
    test_server_run(server, client_digests, NULL);
}

static void client_refused(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *name;
        Str bytes;
        const char *part;
    } bad[] = {
        {"a.exe", STR_INIT("x"), "must end in"},
        {"", STR_INIT("x"), "must end in"},
        {"cfg", STR_INIT("x"), "must end in"},
        {"a.cfg", STR_INIT(""), "is empty"},
        {"a.cfg", STR_INIT("a\0b"), "binary"},
        {"a.cfg",
         STR_INIT("\x7F"
                  "ELF\2\1\1"),
         "a program"},
        {"a.pdf", STR_INIT("PK\3\4 and more"), "zip"},
        {"a.pdf", STR_INIT("plain text"), "something else"},
        {"a.pcap", STR_INIT("plain text"), "something else"},
        {"a.txt", STR_INIT("\xD4\xC3\xB2\xA1\2\0\4\0"), "a capture"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        TestAnswer answer = upload(arena, ana, bad[i].name, bad[i].bytes);
        check_refused(&answer, bad[i].part);
        assert_str(test_json_str(&answer, "error.details.field"), STR("file"));
    }
    static const char *const forms[] = {
        "--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno name\r\n--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=x; filename=a.cfg\r\n\r\nx\r\n--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=file; filename=a.cfg\r\n\r\nno end",
        "no form",
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        int client = test_connect(server->port);
        Str headers = arena_printf(arena, "Content-Type: multipart/form-data; boundary=b\r\n%.*s",
                                   STR_ARGS(test_bearer(arena, ana)));
        test_send(client, test_request_text(arena, "POST", "/api/v1/files/upload", headers,
                                            str_of(forms[i])));
        TestAnswer answer = test_receive(arena, client, false);
        check_refused(&answer, "");
        test_close(client);
    }
    TestAnswer answer = test_post_json(arena, server->port, "/api/v1/files/upload",
                                       test_bearer(arena, ana), STR("{}"));
    test_expect_error(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
    answer = upload(arena, STR("x"), "a.cfg", CONFIG);
    test_expect_error(&answer, 401, "AUTH_ERROR");
}

static void test_what_is_not_wanted_is_refused(void **state)
{
    (void)state;
    test_server_run(server, client_refused, NULL);
}

/* The head announces that much; the body may not follow. */
static int send_head(Arena *arena, Str token, uint64_t size)
{
    int client = test_connect(server->port);
    test_send(client, arena_printf(arena,
                                   "POST /api/v1/files/upload HTTP/1.1\r\nHost: x\r\n"
                                   "Content-Type: multipart/form-data; boundary=b\r\n"
                                   "Content-Length: %llu\r\n%.*s\r\n--b\r\n",
                                   (unsigned long long)size, STR_ARGS(test_bearer(arena, token))));
    return client;
}

static void client_plans(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *plan;
        uint64_t limit_mb;
    } plans[] = {{"team", 100}, {"enterprise", 500}, {"solo", 50}};
    for (size_t i = 0; i < COUNT_OF(plans); i++) {
        test_postgres_run(
            all->postgres,
            arena_printf(arena, "UPDATE users SET plan_tier = '%s'", plans[i].plan).data);
        TestAnswer answer =
            test_post_json(arena, server->port, "/api/v1/auth/login", STR(""),
                           test_login_body(arena, "ana@example.net", "correct horse"));
        Str token = test_json_str(&answer, "access_token");
        int client = send_head(arena, token, (plans[i].limit_mb << 20) + (1 << 20));
        answer = test_receive(arena, client, false);
        test_expect_error(&answer, 413, "FILE_TOO_LARGE");
        Str message =
            arena_printf(arena, "larger than %llu MB", (unsigned long long)plans[i].limit_mb);
        assert_that(str_find(answer.body, message) != STR_NOT_FOUND);
        test_close(client);
        client = send_head(arena, token, (plans[i].limit_mb << 20) - 1);
        test_close(client);
    }
}

static void client_too_large(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    char *bytes = arena_alloc(arena, 2 << 20);
    memset(bytes, '!', 2 << 20);
    TestAnswer answer = upload(arena, ana, "a.cfg", str_make(bytes, (1 << 20) + 1));
    test_expect_error(&answer, 413, "FILE_TOO_LARGE");
    assert_str(test_json_str(&answer, "error.details.field"), STR("file"));
    answer = upload(arena, ana, "a.cfg", str_make(bytes, 2 << 20));
    test_expect_error(&answer, 413, "FILE_TOO_LARGE");
    /* In chunks, nobody knows before. */
    int client = test_connect(server->port);
    test_send(client, arena_printf(arena,
                                   "POST /api/v1/files/upload HTTP/1.1\r\nHost: x\r\n"
                                   "Content-Type: multipart/form-data; boundary=b\r\n"
                                   "Transfer-Encoding: chunked\r\n%.*s\r\n",
                                   STR_ARGS(test_bearer(arena, ana))));
    Str body = form(arena, "a.cfg", str_make(bytes, 2 << 20));
    test_send(client, arena_printf(arena, "%zx\r\n", body.size));
    test_send(client, body);
    answer = test_receive(arena, client, false);
    test_expect_error(&answer, 413, "FILE_TOO_LARGE");
    test_close(client);
    assert_int(count_files(), 0);
    assert_int(count_rows("documents"), 0);
    answer = upload(arena, ana, "a.cfg", str_make(bytes, 1 << 20));
    test_expect(&answer, 201);
}

static void wait_for_nothing(Task *task, void *argument)
{
    (void)argument;
    EXPECT_SOON(task, count_files() == 0 && loop_stats(task->loop).tasks == 0);
    EXPECT_INT(task, count_rows("documents"), 0);
    test_services_check_quiet(task, all);
}

static void test_size_is_limited_by_plan(void **state)
{
    (void)state;
    Error error = {0};
    test_server_run(server, client_plans, NULL);
    test_server_run_task(server, wait_for_nothing, NULL);
    assert_true(config_set(all->settings, "NETGURU_UPLOAD_MAX_MB", STR("1"), &error));
    test_server_run(server, client_too_large, NULL);
    assert_true(config_set(all->settings, "NETGURU_UPLOAD_MAX_MB", STR("0"), &error));
}

static void client_aborts(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    char *bytes = arena_alloc(arena, 1 << 20);
    memset(bytes, '!', 1 << 20);
    Str text = upload_text(arena, ana, "a.cfg", str_make(bytes, 1 << 20));
    for (size_t part = 0; part < 10; part++) {
        int client = test_connect(server->port);
        test_send(client, str_slice(text, 0, text.size * part / 10 + 300));
        if (part % 2)
            uv_sleep(5);
        test_close(client);
    }
    int client = test_connect(server->port);
    test_send(client, str_slice(text, 0, text.size - 1));
    test_close(client);
}

static void test_an_aborted_upload_leaves_nothing(void **state)
{
    (void)state;
    test_server_run(server, client_aborts, NULL);
    test_server_run_task(server, wait_for_nothing, NULL);
}

static void client_pair(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (int round = 0; round < 10; round++) {
        int clients[4];
        int created = 0;
        Str id = STR("");
        Str bytes = arena_printf(arena, "hostname r%d\n%*d\n", round, 70000, 1);
        Str text = upload_text(arena, ana, "a.cfg", bytes);
        for (size_t i = 0; i < COUNT_OF(clients); i++) {
            clients[i] = test_connect(server->port);
            test_send(clients[i], str_slice(text, 0, text.size - 20));
        }
        for (size_t i = 0; i < COUNT_OF(clients); i++)
            test_send(clients[i], str_from(text, text.size - 20));
        for (size_t i = 0; i < COUNT_OF(clients); i++) {
            TestAnswer answer = test_receive(arena, clients[i], false);
            test_close(clients[i]);
            assert_that(answer.status == 201 || answer.status == 200);
            created += answer.status == 201;
            assert_that(i == 0 || str_equal(id, test_json_str(&answer, "id")));
            id = test_json_str(&answer, "id");
        }
        assert_int(created, 1);
        assert_int(count_rows("documents"), round + 1);
        assert_int(count_files(), round + 1);
    }
}

static void test_uploads_at_the_same_time_make_one_document(void **state)
{
    (void)state;
    test_server_run(server, client_pair, NULL);
}

/* As many files as rows, and each where its row says. */
static void check_consistent(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
    EXPECT_SOON(task, count_files() == count_rows("documents") &&
                          loop_stats(task->loop).background_tasks <= 1);
    test_services_check_quiet(task, all);
}

static void client_next(void *argument)
{
    auto_arena Arena *arena = arena_new();
    int *serial = argument;
    upload(arena, ana, "a.cfg", arena_printf(arena, "hostname r%d\n", ++*serial));
}

static void client_same(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    upload(arena, ana, "a.cfg", CONFIG);
}

static void test_an_upload_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    int serial = 0;
    uint32_t waits = test_server_cancel_everywhere(server, client_next, check_consistent, &serial);
    assert_true(waits >= 10);
    test_server_run(server, client_same, NULL);
    waits = test_server_cancel_everywhere(server, client_same, check_consistent, NULL);
    assert_true(waits >= 8);
}

typedef struct {
    Str ids[64];
    size_t next;
} Deletions;

static void client_prepare(void *argument)
{
    Deletions *deletions = argument;
    for (size_t i = 0; i < COUNT_OF(deletions->ids); i++) {
        TestAnswer answer =
            upload(all->arena, ana, "a.cfg", arena_printf(all->arena, "hostname r%d\n", (int)i));
        deletions->ids[i] = test_json_str(&answer, "id");
    }
}

static void client_delete(void *argument)
{
    Deletions *deletions = argument;
    auto_arena Arena *arena = arena_new();
    assert_that(deletions->next < COUNT_OF(deletions->ids));
    delete_file(arena, ana, deletions->ids[deletions->next++].data);
}

static void test_a_deletion_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    static Deletions deletions;
    deletions = (Deletions){.next = 0};
    test_server_run(server, client_prepare, &deletions);
    uint32_t waits =
        test_server_cancel_everywhere(server, client_delete, check_consistent, &deletions);
    assert_true(waits >= 4);
}

static void client_at_commit(void *argument)
{
    int *status = argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = upload(arena, ana, "a.cfg", CONFIG);
    *status = answer.status;
}

static void at_commit(const char *deed)
{
    auto_arena Arena *arena = arena_new();
    test_postgres_run(
        all->postgres,
        arena_printf(arena,
                     "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY "
                     "DEFINER AS $$ BEGIN %s; RETURN NULL; END $$;"
                     "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON documents DEFERRABLE "
                     "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()",
                     deed)
            .data);
}

static void test_a_commit_that_fails_leaves_nothing(void **state)
{
    (void)state;
    static const char *const deeds[] = {
        "RAISE EXCEPTION 'not today'",
        "PERFORM pg_terminate_backend(pg_backend_pid())",
    };
    for (size_t i = 0; i < COUNT_OF(deeds); i++) {
        int status = 0;
        at_commit(deeds[i]);
        test_server_run(server, client_at_commit, &status);
        test_server_run_task(server, check_consistent, NULL);
        test_postgres_run(all->postgres, "DROP FUNCTION at_commit CASCADE");
        assert_true(status == 500 || status == 503);
        assert_int_equal(count_rows("documents"), 0);
    }
}

static void client_isolated(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = upload(arena, ana, "a.cfg", CONFIG);
    const char *id = arena_cstring(arena, test_json_str(&answer, "id"));
    TestAnswer unknown = get_file(arena, bob, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    test_expect_error(&unknown, 404, "NOT_FOUND");
    answer = get_file(arena, bob, id);
    test_expect_error(&answer, 404, "NOT_FOUND");
    assert_str(answer.body, unknown.body);
    answer = get_file(arena, bob, arena_printf(arena, "%s/download", id).data);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = delete_file(arena, bob, id);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = get_file(arena, bob, "not-an-id");
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    answer = get_file(arena, ana, arena_printf(arena, "%s/download", id).data);
    assert_str(answer.body, CONFIG);
    /* A file that the disk has lost. */
    test_postgres_run(all->postgres,
                      "UPDATE documents SET storage_path = 'local:' || user_id || '/' || user_id");
    answer = get_file(arena, ana, arena_printf(arena, "%s/download", id).data);
    test_expect_error(&answer, 404, "NOT_FOUND");
}

static void test_another_tenants_ids_are_unknown(void **state)
{
    (void)state;
    test_server_run(server, client_isolated, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_document_lives_and_goes, fixture_clear),
        cmocka_unit_test_setup(test_the_same_bytes_are_one_document_a_user, fixture_clear),
        cmocka_unit_test_setup(test_what_is_not_wanted_is_refused, fixture_clear),
        cmocka_unit_test_setup(test_size_is_limited_by_plan, fixture_clear),
        cmocka_unit_test_setup(test_an_aborted_upload_leaves_nothing, fixture_clear),
        cmocka_unit_test_setup(test_uploads_at_the_same_time_make_one_document, fixture_clear),
        cmocka_unit_test_setup(test_an_upload_is_cancelled_at_every_wait, fixture_clear),
        cmocka_unit_test_setup(test_a_deletion_is_cancelled_at_every_wait, fixture_clear),
        cmocka_unit_test_setup(test_a_commit_that_fails_leaves_nothing, fixture_clear),
        cmocka_unit_test_setup(test_another_tenants_ids_are_unknown, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The router, requests and responses behind the real server, seen from a raw socket. */
#include "harness/web_server.h"

#include "base/log.h"
#include "harness/asserts.h"
#include "web/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool echo_path(Task *task, const Request *request, Response *response)
{
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    for (size_t i = 0; i < request->path_count; i++) {
        json_key_str(json, request->path[i].name);
        json_str(json, request->path[i].value);
    }
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static bool need_uuid(Task *task, const Request *request, Response *response)
{
    Uuid id;
    return request_path_uuid(task, request, "id", &id) && respond_nothing(response);
}

static bool echo_query(Task *task, const Request *request, Response *response)
{
    Str text = STR("none");
    int64_t number = -1;
    bool flag = false;
    if (!request_query_str(task, request, "text", 16, &text) ||
        !request_query_i64(task, request, "number", 0, 100, &number) ||
        !request_query_bool(task, request, "flag", &flag))
        return false;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_str(json, "text", text);
    json_field_i64(json, "number", number);
    json_field_bool(json, "flag", flag);
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static bool echo_body(Task *task, const Request *request, Response *response)
{
    Str text;
    Str option = STR("none");
    int64_t number = -1;
    Uuid *ids = NULL;
    size_t count = 0;
    if (!request_body_str(task, request, "text", 2, 8, &text) ||
        !request_body_optional_str(task, request, "option", 8, &option) ||
        !request_body_optional_i64(task, request, "number", 0, 100, &number) ||
        !request_body_optional_uuids(task, request, "ids", 2, &ids, &count))
        return false;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_str(json, "text", text);
    json_field_str(json, "option", option);
    json_field_i64(json, "number", number);
    json_field_u64(json, "ids", count);
    json_end(json);
    return response_json_end(task, response, 201, json);
}

static bool fail_as_asked(Task *task, const Request *request, Response *response)
{
    int64_t code = 0;
    (void)response;
    if (!request_query_i64(task, request, "code", 1, ERR_COUNT - 1, &code))
        return false;
    task_fail(task, (ErrorCode)code, "because \"\xFF\n\" of %s", "this");
    task->error.retry_after_s = code == ERR_RATE_LIMIT_EXCEEDED ? 7 : 0;
    return false;
}

static bool upload(Task *task, const Request *request, Response *response)
{
    Str bytes;
    bool found = true;
    uint64_t total = 0;
    int64_t parts = 0;
    MultipartPart part;
    request_set_max_body(request, 8 << 20);
    Multipart *multipart = multipart_begin(task, request);
    if (!multipart)
        return false;
    while (found) {
        if (!multipart_next_part(task, multipart, &found, &part))
            return false;
        parts += found;
        do {
            if (!multipart_read(task, multipart, &bytes))
                return false;
            total += bytes.size;
        } while (bytes.size);
    }
    return respond_json(task, response, 200,
                        arena_printf(task->arena, "{\"parts\":%lld,\"bytes\":%llu}",
                                     (long long)parts, (unsigned long long)total));
}

static bool sleep_long(Task *task, const Request *request, Response *response)
{
    (void)request;
    return task_sleep(task, 60000) && respond_nothing(response);
}

static const Route routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/echo/{name}/of/{thing}", echo_path},
    {HTTP_GET, ROUTE_PUBLIC, "/things/{id}", need_uuid},
    {HTTP_POST, ROUTE_PUBLIC, "/things/new", need_uuid},
    {HTTP_DELETE, ROUTE_PUBLIC, "/things/{id}", need_uuid},
    {HTTP_GET, ROUTE_PUBLIC, "/query", echo_query},
    {HTTP_POST, ROUTE_PUBLIC, "/body", echo_body, .takes_json = true},
    {HTTP_POST, ROUTE_PUBLIC, "/upload", upload},
    {HTTP_GET, ROUTE_PUBLIC, "/fail", fail_as_asked},
    {HTTP_GET, ROUTE_PUBLIC, "/slow", sleep_long, .timeout_ms = 50},
    {HTTP_GET, ROUTE_USER, "/private", need_uuid},
    {HTTP_POST, ROUTE_USER, "/private", need_uuid, .takes_json = true},
    {0},
};

static bool gate(Task *task, const Route *route, Request *request, Response *response)
{
    (void)request;
    response_add_header(response, STR("X-Gate"), STR("passed"));
    return route->access == ROUTE_PUBLIC || task_fail(task, ERR_AUTH, "who are you?");
}

typedef struct {
    Services services;
    TestServer *server;
} Fixture;

static uint16_t port;

static int set_up(void **state)
{
    static const Route *const tables[] = {routes, NULL};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    log_setup(LOG_ERROR + 1, LOG_AS_TEXT);
    fixture->services.loop = loop_new(&(LoopOptions){0});
    fixture->server = test_server_start(&fixture->services, tables, gate);
    port = fixture->server->port;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_server_free(fixture->server);
    loop_free(fixture->services.loop);
    test_free(fixture);
    return 0;
}

static void serve(void **state, void (*client)(void *argument))
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client, NULL);
}

static TestAnswer get(Arena *arena, const char *target)
{
    return test_get(arena, port, target, STR(""));
}

static TestAnswer post(Arena *arena, Str json)
{
    return test_post_json(arena, port, "/body", STR(""), json);
}

static void check_field(const TestAnswer *answer, const char *field)
{
    test_expect_error(answer, 400, "VALIDATION_ERROR");
    assert_str(test_json_str(answer, "error.details.field"), field);
}

static void client_paths(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = get(arena, "/echo/a%2Fb+c/of/%C3%A9%25");
    test_expect(&answer, 200);
    assert_str(test_json_str(&answer, "name"), "a/b+c");
    assert_str(test_json_str(&answer, "thing"), "\xC3\xA9%");
    assert_str(test_header(&answer, "x-gate"), "passed");
    assert_str(test_header(&answer, "x-content-type-options"), "nosniff");
    assert_int(test_header(&answer, "x-request-id").size, 36);
    static const char *const absent[] = {
        "/",      "/nothing",      "/query/",  "//query",  "/echo//of/b",  "/echo/a/of/", "/echo/a",
        "/Query", "/echo/a/of/b/", "/things/", "/%71uery", "/echo/a/Of/b", "/things"};
    for (size_t i = 0; i < COUNT_OF(absent); i++) {
        answer = get(arena, absent[i]);
        test_expect_error(&answer, 404, "NOT_FOUND");
    }
    static const char *const malformed[] = {"/echo/%00/of/b", "/echo/%/of/b", "/echo/%FF/of/b",
                                            "/echo/a/of/%C3", "/echo/%zz/of/b"};
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        answer = get(arena, malformed[i]);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    answer = get(arena, "/things/1");
    check_field(&answer, "id");
    answer = get(arena, "/things/6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    test_expect(&answer, 204);
    assert_int(answer.body.size, 0);
}

static void test_paths_are_decoded_and_matched_whole(void **state)
{
    serve(state, client_paths);
}

static void client_methods(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = test_call(arena, port, "HEAD", "/query", STR(""));
    test_expect(&answer, 200);
    assert_that(!str_empty(test_header(&answer, "content-length")));
    assert_that(!str_equal(test_header(&answer, "content-length"), STR("0")));
    answer = test_call(arena, port, "HEAD", "/nothing", STR(""));
    test_expect(&answer, 404);
    answer = test_call(arena, port, "PUT", "/things/1", STR(""));
    test_expect_error(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_str(test_header(&answer, "allow"), "GET, HEAD, DELETE");
    answer = test_call(arena, port, "GET", "/things/new", STR(""));
    test_expect_error(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_str(test_header(&answer, "allow"), "POST");
    answer = test_call(arena, port, "GET", "/body", STR(""));
    test_expect_error(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_str(test_header(&answer, "allow"), "POST");
    static const char *const others[] = {"OPTIONS", "TRACE", "QUERY"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        answer = test_call(arena, port, others[i], "/query", STR(""));
        test_expect_error(&answer, 405, "METHOD_NOT_ALLOWED");
    }
    answer = test_call(arena, port, "HEAD", "/body", STR(""));
    test_expect(&answer, 405);
    answer = get(arena, "/private");
    test_expect_error(&answer, 401, "AUTH_ERROR");
    assert_str(test_header(&answer, "www-authenticate"), "Bearer");
    answer = test_post_json(arena, port, "/private", STR(""), STR("not even JSON"));
    test_expect_error(&answer, 401, "AUTH_ERROR");
}

static void test_wrong_methods_are_answered_with_the_allowed_ones(void **state)
{
    serve(state, client_methods);
}

static void client_queries(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = get(arena, "/query?text=a+b%26c%3D&number=100&flag=true&text=second");
    test_expect(&answer, 200);
    assert_str(test_json_str(&answer, "text"), "a b&c=");
    answer = get(arena, "/query?text");
    assert_that(str_empty(test_json_str(&answer, "text")));
    answer = get(arena, "/query?textual=1&&=&x");
    assert_str(test_json_str(&answer, "text"), "none");
    static const char *const texts[] = {"text=%00", "text=%ff", "text=%", "text=12345678901234567"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        answer = get(arena, arena_printf(arena, "/query?%s", texts[i]).data);
        check_field(&answer, "text");
    }
    static const char *const numbers[] = {"101", "-1",  "", "1.5", "0x1", "9223372036854775808",
                                          "%31", "1%20"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        answer = get(arena, arena_printf(arena, "/query?number=%s", numbers[i]).data);
        check_field(&answer, "number");
    }
    answer = get(arena, "/query?flag=maybe");
    check_field(&answer, "flag");
}

static void test_query_parameters_are_decoded_and_checked(void **state)
{
    serve(state, client_queries);
}

static Str nested(Arena *arena, size_t depth)
{
    StrBuf text;
    strbuf_init(&text, 65536);
    strbuf_append(&text, STR("{\"text\":\"ab\",\"x\":"));
    for (size_t i = 0; i < depth; i++)
        strbuf_append_byte(&text, '[');
    for (size_t i = 0; i < depth; i++)
        strbuf_append_byte(&text, ']');
    strbuf_append_byte(&text, '}');
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}

static void client_bodies(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer =
        post(arena, STR(" {\"text\":\"\\u00e9x\",\"option\":null,\"number\":7,\"ids\":"
                        "[\"6BA7B810-9dad-11d1-80b4-00c04fd430c8\"],\"unknown\":{}} "));
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "text"), "\xC3\xA9x");
    assert_str(test_json_str(&answer, "option"), "none");
    static const Str malformed[] = {
        STR_INIT(""),
        STR_INIT("{"),
        STR_INIT("null"),
        STR_INIT("[]"),
        STR_INIT("\"text\""),
        STR_INIT("{\"text\":\"ab\",\"text\":\"cd\"}"),
        STR_INIT("{\"text\":\"ab\"} {}"),
        STR_INIT("{\"text\":\"a\\u0000b\"}"),
        STR_INIT("{\"text\":\"a\0b\"}"),
        STR_INIT("{\"text\":\"a\xFF\"}"),
        STR_INIT("{\"text\":\"\\ud800\"}"),
        STR_INIT("{\"text\":\"ab\",}"),
        STR_INIT("{\"text\":\"ab\",\"number\":1e999}"),
        STR_INIT("{'text':'ab'}"),
    };
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        answer = post(arena, malformed[i]);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    answer = post(arena, nested(arena, 40));
    test_expect(&answer, 201);
    answer = post(arena, nested(arena, 60));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    answer = post(arena, nested(arena, 30000));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
}

static void client_fields(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *json;
        const char *field;
    } wrong[] = {
        {"{}", "text"},
        {"{\"text\":null}", "text"},
        {"{\"text\":1}", "text"},
        {"{\"text\":\"a\"}", "text"},
        {"{\"text\":\"123456789\"}", "text"},
        {"{\"text\":\"ab\",\"option\":[]}", "option"},
        {"{\"text\":\"ab\",\"option\":\"123456789\"}", "option"},
        {"{\"text\":\"ab\",\"number\":101}", "number"},
        {"{\"text\":\"ab\",\"number\":1.0}", "number"},
        {"{\"text\":\"ab\",\"number\":\"1\"}", "number"},
        {"{\"text\":\"ab\",\"ids\":\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"}", "ids"},
        {"{\"text\":\"ab\",\"ids\":[1]}", "ids"},
        {"{\"text\":\"ab\",\"ids\":[\"x\"]}", "ids"},
        {"{\"text\":\"ab\",\"ids\":[1,2,3]}", "ids"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        TestAnswer answer = post(arena, str_of(wrong[i].json));
        check_field(&answer, wrong[i].field);
    }
}

static void client_body_types(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str json = STR("{\"text\":\"ab\"}");
    static const char *const types[] = {"", "Content-Type: text/plain\r\n",
                                        "Content-Type: application/jsonx\r\n",
                                        "Content-Type: application/x-www-form-urlencoded\r\n"};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        int client = test_connect(port);
        test_send(client, test_request_text(arena, "POST", "/body", str_of(types[i]), json));
        TestAnswer answer = test_receive(arena, client, false);
        test_expect_error(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
        test_close(client);
    }
    int client = test_connect(port);
    test_send_slowly(client,
                     test_request_text(arena, "POST", "/body",
                                       STR("Content-Type: Application/JSON ; charset=utf-8\r\n"),
                                       json),
                     1);
    TestAnswer answer = test_receive(arena, client, false);
    test_expect(&answer, 201);
    /* The connection goes on after each. */
    test_send(client, STR("POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n6\r\n{\"text\r\n7\r\n\":\"ab\"}\r\n0"
                          "\r\n\r\nGET /query HTTP/1.1\r\nHost: x\r\n\r\n"));
    answer = test_receive(arena, client, false);
    test_expect(&answer, 201);
    test_close(client);
    char *large = arena_alloc(arena, 70 * 1024);
    memset(large, ' ', 70 * 1024);
    answer = post(arena, str_make(large, 65 * 1024));
    test_expect_error(&answer, 413, "FILE_TOO_LARGE");
    memcpy(large, json.data, json.size);
    answer = post(arena, str_make(large, 64 * 1024));
    test_expect(&answer, 201);
}

static void test_json_bodies_are_limited_and_checked(void **state)
{
    serve(state, client_bodies);
    serve(state, client_fields);
    serve(state, client_body_types);
}

static void client_errors(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (int code = 1; code < ERR_COUNT; code++) {
        if (code == ERR_CANCELLED)
            continue;
        const ErrorTraits *traits = error_traits((ErrorCode)code);
        TestAnswer answer = get(arena, arena_printf(arena, "/fail?code=%d", code).data);
        test_expect_error(&answer, traits->http_status, traits->name);
        Str message = test_json_str(&answer, "error.message");
        bool hidden = code == ERR_INTERNAL || code == ERR_IO;
        assert_str(message,
                   hidden ? STR("internal error") : STR("because \"\xEF\xBF\xBD\n\" of this"));
        bool later = code == ERR_RATE_LIMIT_EXCEEDED || code == ERR_UNAVAILABLE;
        assert_that(str_empty(test_header(&answer, "retry-after")) == !later);
        if (code == ERR_RATE_LIMIT_EXCEEDED)
            assert_str(test_header(&answer, "retry-after"), "7");
    }
    TestAnswer answer = get(arena, "/slow");
    test_expect_error(&answer, 504, "TIMEOUT");
    /* Cancelled, and the client is still there. */
    answer = get(arena, arena_printf(arena, "/fail?code=%d", ERR_CANCELLED).data);
    test_expect_error(&answer, 503, "UNAVAILABLE");
    assert_that(!str_empty(test_header(&answer, "retry-after")));
}

static void test_errors_become_status_code_and_message(void **state)
{
    serve(state, client_errors);
}

static Str form(Arena *arena, size_t size)
{
    Str head = STR("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n");
    Str tail = STR("\r\n--b--");
    char *text = arena_alloc(arena, head.size + size + tail.size);
    memcpy(text, head.data, head.size);
    for (size_t i = 0; i < size; i++)
        text[head.size + i] = (char)(i % 251);
    memcpy(text + head.size + size, tail.data, tail.size);
    return str_make(text, head.size + size + tail.size);
}

#define FORM STR("Content-Type: multipart/form-data; boundary=b\r\n")

static void client_uploads(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const size_t sizes[] = {0, 1, 700, 65536, 3 << 20};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        Str text = test_request_text(arena, "POST", "/upload", FORM, form(arena, sizes[i]));
        int client = test_connect(port);
        test_send_slowly(client, text, sizes[i] > 1000 ? 70001 : 1);
        TestAnswer answer = test_receive(arena, client, false);
        test_expect(&answer, 200);
        assert_str(answer.body, arena_printf(arena, "{\"parts\":1,\"bytes\":%zu}", sizes[i]));
        test_close(client);
    }
    int client = test_connect(port);
    test_send(client, test_request_text(arena, "POST", "/upload", FORM, form(arena, 9 << 20)));
    TestAnswer answer = test_receive(arena, client, false);
    test_expect_error(&answer, 413, "FILE_TOO_LARGE");
    test_close(client);
    client = test_connect(port);
    test_send(client, test_request_text(arena, "POST", "/upload", FORM, STR("--b\r\n\r\nno end")));
    answer = test_receive(arena, client, false);
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    test_close(client);
}

static void test_uploads_of_any_size_are_read_and_limited(void **state)
{
    serve(state, client_uploads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_paths_are_decoded_and_matched_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_methods_are_answered_with_the_allowed_ones,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_query_parameters_are_decoded_and_checked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_json_bodies_are_limited_and_checked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_errors_become_status_code_and_message, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_uploads_of_any_size_are_read_and_limited, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a page and the routes that match the rest of a path, behind the real server. */
#include "web/static_files.h"

#include "base/log.h"
#include "harness/web_server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static StaticFiles *files;
static uint16_t port;

static bool show_file(Task *task, const Request *request, Response *response)
{
    return static_files_respond(task, files, request, request_path_str(request, "path"), response);
}

static bool show_rest(Task *task, const Request *request, Response *response)
{
    JsonWriter *json = response_json_begin(task);
    json_str(json, request_path_str(request, "rest"));
    return response_json_end(task, response, 200, json);
}

static bool show_exact(Task *task, const Request *request, Response *response)
{
    (void)request;
    return respond_json(task, response, 200, STR("\"exact\""));
}

static const Route routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/{path...}", show_file},
    {HTTP_GET, ROUTE_PUBLIC, "/docs/{rest...}", show_rest},
    {HTTP_GET, ROUTE_PUBLIC, "/api/thing", show_exact},
    {HTTP_POST, ROUTE_PUBLIC, "/api/thing", show_exact},
    {HTTP_POST, ROUTE_PUBLIC, "/api/act", show_exact},
    {0},
};

static bool gate(Task *task, const Route *route, Request *request, Response *response)
{
    (void)task;
    (void)route;
    (void)request;
    (void)response;
    return true;
}

/* "body{color:red}" */
static const char packed_css[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xca"
                                 "\x4f\xa9\xac\x4e\xce\xcf\xc9\x2f\xb2\x2a\x4a\x4d"
                                 "\xa9\x05\x00\xbd\xa4\x4c\x03\x0f\x00\x00\x00";

typedef struct {
    Services services;
    TestServer *server;
    StaticFiles *files;
    char directory[64];
} Fixture;

static void write_file(const Fixture *fixture, const char *name, Str content)
{
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "%s/%s", fixture->directory, name);
    int file = open(path.data, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(file >= 0);
    assert_int_equal(write(file, content.data, content.size), content.size);
    close(file);
}

static void make_directory(const Fixture *fixture, const char *name)
{
    auto_arena Arena *arena = arena_new();
    assert_int_equal(mkdir(arena_printf(arena, "%s/%s", fixture->directory, name).data, 0755), 0);
}

static int set_up(void **state)
{
    static const Route *const tables[] = {routes, NULL};
    Error error = {0};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    log_setup(LOG_ERROR + 1, LOG_AS_TEXT);
    str_copy_to(STR("/tmp/netguru-files-XXXXXX"), fixture->directory, sizeof(fixture->directory));
    assert_non_null(mkdtemp(fixture->directory));
    make_directory(fixture, "assets");
    write_file(fixture, "index.html", STR("<html>"));
    write_file(fixture, "empty.txt", STR(""));
    write_file(fixture, ".hidden", STR("secret"));
    write_file(fixture, "assets/app-1234.js", STR("let plain"));
    write_file(fixture, "assets/app-1234.js.gz", STR("packed"));
    write_file(fixture, "only.css.gz", str_make(packed_css, sizeof(packed_css) - 1));
    write_file(fixture, "cut.css.gz", str_make(packed_css, sizeof(packed_css) - 2));
    write_file(fixture, "long.css.gz", str_make(packed_css, sizeof(packed_css)));
    write_file(fixture, "huge.css.gz", STR("\x1f\x8b\xff\xff\xff\xff"));
    write_file(fixture, "none.css.gz", STR(""));
    auto_arena Arena *arena = arena_new();
    assert_int_equal(
        symlink("/etc/passwd", arena_printf(arena, "%s/link.txt", fixture->directory).data), 0);
    fixture->files = static_files_load(str_of(fixture->directory), &error);
    assert_non_null(fixture->files);
    files = fixture->files;
    fixture->services.loop = loop_new(&(LoopOptions){0});
    fixture->server = test_server_start(&fixture->services, tables, gate);
    port = fixture->server->port;
    *state = fixture;
    return 0;
}

static void remove_tree(const char *directory)
{
    static const char *const names[] = {
        "none.css.gz",        "huge.css.gz", "long.css.gz",
        "cut.css.gz",         "only.css.gz", "assets/app-1234.js.gz",
        "assets/app-1234.js", "link.txt",    ".hidden",
        "empty.txt",          "index.html"};
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unlink(arena_printf(arena, "%s/%s", directory, names[i]).data);
    rmdir(arena_printf(arena, "%s/assets", directory).data);
    rmdir(directory);
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_server_free(fixture->server);
    loop_free(fixture->services.loop);
    static_files_free(fixture->files);
    remove_tree(fixture->directory);
    test_free(fixture);
    return 0;
}

static void serve(void **state, void (*client)(void *argument))
{
    const Fixture *fixture = *state;
    test_server_run(fixture->server, client, NULL);
}

static void expect_file(Arena *arena, const char *path, Str headers, const char *type,
                        const char *body)
{
    TestAnswer answer = test_get(arena, port, path, headers);
    test_expect(&answer, 200);
    check(str_equal(test_header(&answer, "content-type"), str_of(type)));
    check(str_equal(answer.body, str_of(body)));
    check(test_header(&answer, "etag").size == 34);
}

static void client_of_files(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    expect_file(arena, "/", STR(""), "text/html; charset=utf-8", "<html>");
    expect_file(arena, "/index.html", STR(""), "text/html; charset=utf-8", "<html>");
    expect_file(arena, "/empty.txt", STR(""), "text/plain; charset=utf-8", "");
    expect_file(arena, "/assets/app-1234.js", STR(""), "text/javascript; charset=utf-8",
                "let plain");
    expect_file(arena, "/assets%2Fapp-1234.js", STR(""), "text/javascript; charset=utf-8",
                "let plain");
    TestAnswer answer = test_call(arena, port, "HEAD", "/index.html", STR(""));
    test_expect(&answer, 200);
    check(str_equal(test_header(&answer, "content-length"), STR("6")));
}

static void client_that_climbs(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const absent[] = {"/../index.html",
                                         "/assets/../index.html",
                                         "/%2e%2e/etc/passwd",
                                         "//etc/passwd",
                                         "/etc/passwd",
                                         "/assets/..%2f..%2f/index.html",
                                         "/.hidden",
                                         "/link.txt",
                                         "/assets",
                                         "/assets/",
                                         "/index.html/",
                                         "/INDEX.HTML",
                                         "/./index.html",
                                         "/index.html%20",
                                         "/assets//app-1234.js"};
    for (size_t i = 0; i < COUNT_OF(absent); i++) {
        TestAnswer answer = test_get(arena, port, absent[i], STR("Accept: */*\r\n"));
        test_expect_error(&answer, 404, "NOT_FOUND");
    }
    TestAnswer answer = test_get(arena, port, "/index.html%00", STR(""));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
}

static void client_with_a_cache(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer first = test_get(arena, port, "/index.html", STR(""));
    Str etag = test_header(&first, "etag");
    check(str_equal(test_header(&first, "cache-control"), STR("no-cache")));
    Str known[] = {etag, arena_printf(arena, "W/%.*s", STR_ARGS(etag)),
                   arena_printf(arena, "\"other\", %.*s", STR_ARGS(etag)), STR("*")};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        Str headers = arena_printf(arena, "If-None-Match: %.*s\r\n", STR_ARGS(known[i]));
        TestAnswer answer = test_get(arena, port, "/index.html", headers);
        test_expect(&answer, 304);
        check(answer.body.size == 0 && str_equal(test_header(&answer, "etag"), etag));
        check(str_empty(test_header(&answer, "content-length")));
    }
    expect_file(arena, "/index.html", STR("If-None-Match: \"other\"\r\n"),
                "text/html; charset=utf-8", "<html>");
    TestAnswer asset = test_get(arena, port, "/assets/app-1234.js", STR(""));
    check(str_equal(test_header(&asset, "cache-control"),
                    STR("public, max-age=31536000, immutable")));
}

static void client_that_unpacks(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const packed[] = {"gzip", "br, gzip", "GZIP;q=0.5", "gzip ; q=0.001"};
    static const char *const plain[] = {"br", "gzip;q=0", "gzip; q=0.000", "identity", ""};
    for (size_t i = 0; i < COUNT_OF(packed); i++) {
        Str headers = arena_printf(arena, "Accept-Encoding: %s\r\n", packed[i]);
        TestAnswer answer = test_get(arena, port, "/assets/app-1234.js", headers);
        check(str_equal(answer.body, STR("packed")));
        check(str_equal(test_header(&answer, "content-encoding"), STR("gzip")));
        check(str_equal(test_header(&answer, "vary"), STR("Accept-Encoding")));
        check(
            str_equal(test_header(&answer, "content-type"), STR("text/javascript; charset=utf-8")));
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        Str headers = arena_printf(arena, "Accept-Encoding: %s\r\n", plain[i]);
        TestAnswer answer = test_get(arena, port, "/assets/app-1234.js", headers);
        check(str_equal(answer.body, STR("let plain")));
        check(str_empty(test_header(&answer, "content-encoding")));
        check(str_equal(test_header(&answer, "vary"), STR("Accept-Encoding")));
    }
}

static void client_that_cannot_unpack(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const damaged[] = {"/cut.css", "/long.css", "/huge.css", "/none.css"};
    TestAnswer packed =
        test_get(arena, port, "/only.css", STR("Accept-Encoding: gzip, deflate, br\r\n"));
    test_expect(&packed, 200);
    check(str_equal(packed.body, str_make(packed_css, sizeof(packed_css) - 1)));
    for (int i = 0; i < 3; i++) {
        expect_file(arena, "/only.css", STR(""), "text/css; charset=utf-8", "body{color:red}");
        TestAnswer plain = test_get(arena, port, "/only.css", STR("Accept-Encoding: br\r\n"));
        check(str_empty(test_header(&plain, "content-encoding")));
        check(str_equal(test_header(&plain, "vary"), STR("Accept-Encoding")));
        check(!str_equal(test_header(&plain, "etag"), test_header(&packed, "etag")));
    }
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        TestAnswer answer = test_get(arena, port, damaged[i], STR(""));
        test_expect_error(&answer, 500, "INTERNAL");
    }
}

static void client_that_navigates(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str browser = STR("Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n");
    expect_file(arena, "/topology/7", browser, "text/html; charset=utf-8", "<html>");
    TestAnswer answer = test_get(arena, port, "/topology/7", STR("Accept: application/json\r\n"));
    test_expect_error(&answer, 404, "NOT_FOUND");
}

static void client_of_the_rest(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const rests[][2] = {
        {"/docs/", "\"\""}, {"/docs/a", "\"a\""}, {"/docs/a/b%20c//d", "\"a/b c//d\""}};
    for (size_t i = 0; i < COUNT_OF(rests); i++) {
        TestAnswer answer = test_get(arena, port, rests[i][0], STR(""));
        check(str_equal(answer.body, str_of(rests[i][1])));
    }
    TestAnswer answer = test_get(arena, port, "/docs", STR(""));
    test_expect(&answer, 404); /* a file, and there is none */
    answer = test_get(arena, port, "/docs/%zz", STR(""));
    test_expect(&answer, 400);
    answer = test_get(arena, port, "/api/thing", STR(""));
    check(str_equal(answer.body, STR("\"exact\"")));
    answer = test_call(arena, port, "DELETE", "/api/thing", STR(""));
    test_expect(&answer, 405);
    check(str_equal(test_header(&answer, "allow"), STR("GET, HEAD, POST")));
    answer = test_get(arena, port, "/api/act", STR("Accept: text/html\r\n"));
    test_expect(&answer, 405); /* and not the page */
    check(str_equal(test_header(&answer, "allow"), STR("POST")));
    answer = test_call(arena, port, "DELETE", "/index.html", STR(""));
    test_expect(&answer, 404);
}

static void test_files_are_served_by_their_names(void **state)
{
    serve(state, client_of_files);
}

static void test_no_path_leads_elsewhere(void **state)
{
    serve(state, client_that_climbs);
}

static void test_a_cache_asks_with_the_etag(void **state)
{
    serve(state, client_with_a_cache);
}

static void test_the_compressed_variant_goes_to_those_who_accept_it(void **state)
{
    serve(state, client_that_unpacks);
}

static void test_a_file_that_is_only_packed_is_unpacked_for_others(void **state)
{
    serve(state, client_that_cannot_unpack);
}

static void test_a_browser_gets_the_page_for_paths_of_the_page(void **state)
{
    serve(state, client_that_navigates);
}

static void test_a_route_may_match_the_rest_of_a_path(void **state)
{
    serve(state, client_of_the_rest);
}

static void test_what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    Error error = {0};
    assert_null(static_files_load(STR("/nowhere/at/all"), &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nowhere/at/all"));
}

static void test_files_may_be_linked_into_the_program(void **state)
{
    (void)state;
    StaticFiles *linked = static_files_new();
    static_files_add(linked, STR("index.html"), STR("<html>"));
    static_files_free(linked);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_files_are_served_by_their_names),
        WITH_SERVER(test_no_path_leads_elsewhere),
        WITH_SERVER(test_a_cache_asks_with_the_etag),
        WITH_SERVER(test_the_compressed_variant_goes_to_those_who_accept_it),
        WITH_SERVER(test_a_file_that_is_only_packed_is_unpacked_for_others),
        WITH_SERVER(test_a_browser_gets_the_page_for_paths_of_the_page),
        WITH_SERVER(test_a_route_may_match_the_rest_of_a_path),
        cmocka_unit_test(test_what_cannot_be_read_is_refused),
        cmocka_unit_test(test_files_may_be_linked_into_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

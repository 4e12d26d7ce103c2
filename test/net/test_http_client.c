/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking client of the command line. */
#include "net/http_client.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "harness/asserts.h"
#include "net/outgoing/raw_server.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEAD_BYTES = 16 * 1024, FILE_BYTES = 200 * 1000 };

typedef struct {
    const char *answer;
    const char *wanted_end; /* of the request, with its body */
    StrBuf seen;
} Script;

/* Reads until the request ends with wanted_end, then answers. */
static void serve_script(int client, void *argument)
{
    Script *script = argument;
    char *part = mem_alloc(HEAD_BYTES, 1);
    ssize_t got = 0;
    while ((got = read(client, part, HEAD_BYTES)) > 0) {
        strbuf_append(&script->seen, str_make(part, (size_t)got));
        if (str_ends_with(strbuf_str(&script->seen), str_of(script->wanted_end)))
            raw_send(client, script->answer);
    }
    mem_free(part);
}

typedef struct {
    Script script;
    RawServer *server;
    HttpClient *client;
    Arena *arena;
    HttpCall call;
    HttpReply reply;
    Error error;
    bool done;
} Exchange;

static void exchange(Exchange *each, const char *scheme_host)
{
    strbuf_init(&each->script.seen, 1 << 20);
    each->arena = arena_new();
    each->client = http_client_new();
    each->server = raw_server_start(serve_script, &each->script);
    each->call.url =
        arena_printf(each->arena, "%s:%u/path?x=1", scheme_host, raw_server_port(each->server))
            .data;
    each->done =
        http_client_call(each->client, each->arena, &each->call, &each->reply, &each->error);
    http_client_free(each->client);
    raw_server_stop(each->server);
}

static void exchange_done(Exchange *each)
{
    strbuf_done(&each->script.seen);
    arena_free(each->arena);
}

#define HOST "http://127.0.0.1"

static void test_json_with_a_token(void **state)
{
    (void)state;
    Exchange each = {.script = {"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nX:\r\n"
                                "Content-Length: 2\r\n\r\nno",
                                "\r\n\r\n{}",
                                {0}},
                     .call = {.method = "POST", .bearer_token = STR("T"), .json = STR("{}")}};
    exchange(&each, HOST);
    assert_true(each.done);
    assert_int_equal(each.reply.status, 429);
    assert_true(str_equal(each.reply.body, STR("no")));
    assert_true(str_equal(http_reply_header(&each.reply, STR("retry-after")), STR("7")));
    assert_true(str_empty(http_reply_header(&each.reply, STR("x"))));
    assert_true(str_empty(http_reply_header(&each.reply, STR("none"))));
    Str seen = strbuf_str(&each.script.seen);
    assert_true(str_starts_with(seen, STR("POST /path?x=1 HTTP/1.1\r\n")));
    assert_true(str_find(seen, STR("\r\nAuthorization: Bearer T\r\n")) != STR_NOT_FOUND);
    assert_true(str_find(seen, STR("\r\nContent-Type: application/json\r\n")) != STR_NOT_FOUND);
    exchange_done(&each);
}

typedef struct {
    uint64_t sent;
    uint64_t total;
    uint32_t calls;
} Progress;

static void on_progress(void *context, uint64_t sent_bytes, uint64_t total_bytes)
{
    Progress *progress = context;
    if (sent_bytes < progress->sent || sent_bytes > total_bytes)
        test_failure_record(__FILE__, __LINE__, "%llu of %llu bytes were sent after %llu",
                            (unsigned long long)sent_bytes, (unsigned long long)total_bytes,
                            (unsigned long long)progress->sent);
    *progress = (Progress){sent_bytes, total_bytes, progress->calls + 1};
}

static int make_file(char *path, size_t size)
{
    int file = mkstemp(path);
    char *bytes = mem_alloc(size, 1);
    memset(bytes, 'x', size);
    assert_that(file >= 0);
    assert_int(write(file, bytes, size), (ssize_t)size);
    mem_free(bytes);
    return file;
}

static void test_upload_tells_its_progress(void **state)
{
    (void)state;
    Progress progress = {0};
    char path[] = "/tmp/upload-XXXXXX";
    close(make_file(path, FILE_BYTES));
    Exchange each = {
        .script = {"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "--\r\n", {0}},
        .call = {
            .method = "POST", .file_path = path, .on_progress = on_progress, .context = &progress}};
    exchange(&each, HOST);
    test_failure_raise();
    assert_true(each.done);
    assert_int_equal(each.reply.status, 201);
    assert_int_equal(progress.sent, FILE_BYTES);
    assert_int_equal(progress.total, FILE_BYTES);
    Str name = arena_printf(each.arena, "name=\"file\"; filename=\"%s\"\r\n", path + 5);
    assert_true(str_find(strbuf_str(&each.script.seen), name) != STR_NOT_FOUND);
    unlink(path);
    exchange_done(&each);
}

static void test_a_body_goes_to_a_descriptor_unless_it_is_an_error(void **state)
{
    char text[16] = "";
    char path[] = "/tmp/download-XXXXXX";
    (void)state;
    int file = make_file(path, 0);
    Exchange each = {
        .script = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", "\r\n\r\n", {0}},
        .call = {.method = "GET", .output = file}};
    exchange(&each, HOST);
    assert_true(each.done && each.reply.body.size == 0);
    assert_int_equal(pread(file, text, sizeof(text), 0), 4);
    assert_memory_equal(text, "body", 4);
    exchange_done(&each);
    Exchange error = {
        .script = {"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone", "\r\n\r\n", {0}},
        .call = {.method = "GET", .output = file}};
    exchange(&error, HOST);
    assert_true(error.done && str_equal(error.reply.body, STR("gone")));
    assert_int_equal(pread(file, text, sizeof(text), 0), 4);
    exchange_done(&error);
    close(file);
    unlink(path);
}

static void test_failures_are_told_in_words(void **state)
{
    (void)state;
    Exchange each = {.script = {"", "\r\n\r\n", {0}}, .call = {.method = "GET"}};
    exchange(&each, "ftp://127.0.0.1");
    assert_false(each.done);
    assert_int_equal(each.error.code, ERR_VALIDATION);
    exchange_done(&each);
    Exchange missing = {.script = {"", "\r\n\r\n", {0}},
                        .call = {.method = "POST", .file_path = "/nowhere"}};
    exchange(&missing, HOST);
    assert_false(missing.done);
    assert_int_equal(missing.error.code, ERR_NOT_FOUND);
    assert_string_equal(missing.error.message, "/nowhere: No such file or directory");
    exchange_done(&missing);
}

static void interrupt_and_wait(int client, void *argument)
{
    (void)argument;
    kill(getpid(), SIGINT);
    raw_wait_for_close(client);
}

static void test_an_interrupt_aborts_the_call(void **state)
{
    (void)state;
    Error error = {0};
    HttpReply reply;
    struct sigaction now;
    auto_arena Arena *arena = arena_new();
    signal(SIGINT, SIG_DFL); /* a script's shell may have it ignored */
    HttpClient *client = http_client_new();
    RawServer *server = raw_server_start(interrupt_and_wait, NULL);
    Str url = arena_printf(arena, HOST ":%u/", raw_server_port(server));
    HttpCall call = {.method = "GET", .url = url.data};
    assert_false(http_client_call(client, arena, &call, &reply, &error));
    assert_int_equal(error.code, ERR_CANCELLED);
    assert_string_equal(error.message, "interrupted");
    sigaction(SIGINT, NULL, &now);
    assert_true(now.sa_handler == SIG_DFL);
    sigaction(SIGPIPE, NULL, &now);
    assert_true(now.sa_handler == SIG_DFL);
    http_client_free(client);
    raw_server_stop(server);
}

static _Atomic int handled;

static void handle(int signal_number)
{
    (void)signal_number;
    handled++;
}

static void raise_and_answer(int client, void *argument)
{
    char head[HEAD_BYTES];
    (void)argument;
    raw_read_head(client, head, sizeof(head));
    kill(getpid(), SIGINT);
    while (handled == 0)
        usleep(1000);
    raw_send(client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    raw_wait_for_close(client);
}

static void test_a_handler_of_the_program_keeps_the_interrupt(void **state)
{
    (void)state;
    Error error = {0};
    HttpReply reply;
    struct sigaction now;
    auto_arena Arena *arena = arena_new();
    sigaction(SIGINT, &(struct sigaction){.sa_handler = handle}, NULL);
    HttpClient *client = http_client_new();
    RawServer *server = raw_server_start(raise_and_answer, NULL);
    Str url = arena_printf(arena, HOST ":%u/", raw_server_port(server));
    HttpCall call = {.method = "GET", .url = url.data};
    assert_true(http_client_call(client, arena, &call, &reply, &error));
    sigaction(SIGINT, NULL, &now);
    assert_true(now.sa_handler == handle);
    http_client_free(client);
    raw_server_stop(server);
    signal(SIGINT, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_with_a_token),
        cmocka_unit_test(test_upload_tells_its_progress),
        cmocka_unit_test(test_a_body_goes_to_a_descriptor_unless_it_is_an_error),
        cmocka_unit_test(test_failures_are_told_in_words),
        cmocka_unit_test(test_an_interrupt_aborts_the_call),
        cmocka_unit_test(test_a_handler_of_the_program_keeps_the_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

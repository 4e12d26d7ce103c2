/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, answers and bodies of both directions, against our own server on the same loop. */
#include "net/outgoing/body.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "harness/expect.h"
#include "net/outgoing/fixture.h"
#include "task/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    LARGE_BYTES = 8 * 1024 * 1024,
    PIECE_BYTES = 64 * 1024,
    MANY = 500,
    BUFFERED_BYTES = 2 * OUTGOING_BUFFER_BYTES,
};

/* "METHOD path?query\nname: value\n\nbody" of what came. */
static void echo(Task *task, HttpRequest *request, void *context)
{
    static const char *const names[] = {
        "authorization", "content-type", "content-length", "user-agent",     "transfer-encoding",
        "x-empty",       "expect",       "cookie",         "accept-encoding"};
    Str body;
    (void)context;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 2 * LARGE_BYTES);
    if (!http_body_read_all(task, request, LARGE_BYTES, &body))
        return;
    strbuf_printf(&out, "%.*s %.*s?%.*s\n",
                  STR_ARGS(http_method_name(http_request_method(request))),
                  STR_ARGS(http_request_path(request)), STR_ARGS(http_request_query(request)));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str value = http_request_header(request, str_of(names[i]));
        if (value.data)
            strbuf_printf(&out, "%s: %.*s\n", names[i], STR_ARGS(value));
    }
    strbuf_printf(&out, "\n%.*s", STR_ARGS(body));
    const HttpHeader headers[] = {{STR("Retry-After"), STR("7")}, {STR("X-Empty"), STR("")}};
    HttpResponse response = {.status = 200,
                             .content_type = STR("text/plain"),
                             .headers = headers,
                             .header_count = COUNT_OF(headers),
                             .body = strbuf_str(&out)};
    http_respond(task, request, &response);
}

static void check_echo(Task *task, const Fixture *fixture, const OutgoingRequest *request,
                       const char *expected)
{
    OutgoingAnswer answer = fixture_fetch(task, fixture, request);
    EXPECT_INT(task, answer.status, 200);
    EXPECT_STR(task, str_of(arena_cstring(task->arena, answer.body)), expected);
}

static void send_each_method(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const OutgoingHeader headers[] = {{STR("Authorization"), STR("Bearer secret")},
                                      {STR("X-Empty"), STR("")},
                                      {STR("Content-Type"), STR("application/json")}};
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/a/../b%20c?x=1&y=%2F");
    check_echo(task, fixture, &request, "GET /a/../b%20c?x=1&y=%2F\nuser-agent: netguru\n\n");
    request = fixture_request(task, fixture, "POST", "/");
    check_echo(task, fixture, &request, "POST /?\ncontent-length: 0\nuser-agent: netguru\n\n");
    request.body = STR("{\"a\":1}");
    request.headers = headers;
    request.header_count = COUNT_OF(headers);
    check_echo(task, fixture, &request,
               "POST /?\nauthorization: Bearer secret\ncontent-type: application/json\n"
               "content-length: 7\nuser-agent: netguru\nx-empty: \n\n{\"a\":1}");
    request = fixture_request(task, fixture, "PATCH", "/");
    request.body = STR("abc");
    check_echo(task, fixture, &request, "PATCH /?\ncontent-length: 3\nuser-agent: netguru\n\nabc");
    request = fixture_request(task, fixture, "DELETE", "/x");
    check_echo(task, fixture, &request, "DELETE /x?\nuser-agent: netguru\n\n");
    request = fixture_request(task, fixture, "HEAD", "/");
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).body.size, 0);
    EXPECT_INT(task, outgoing_stats(fixture->outgoing).connections, 1);
}

static void test_methods_bodies_and_headers_share_one_connection(void **state)
{
    (void)state;
    Fixture fixture = {.handler = echo};
    fixture_run(&fixture, send_each_method);
    assert_int_equal(fixture.stats.calls, 6);
    assert_int_equal(fixture.stats.answers, 6);
    assert_true(fixture.stats.bytes_sent > 10 && fixture.stats.bytes_received > 600);
}

static void read_headers(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    OutgoingAnswer answer = fixture_fetch(task, fixture, &request);
    Str value = outgoing_header_find(answer.headers, answer.header_count, STR("retry-AFTER"));
    EXPECT_STR(task, value, STR("7"));
    value = outgoing_header_find(answer.headers, answer.header_count, STR("content-type"));
    EXPECT_STR(task, value, STR("text/plain"));
    value = outgoing_header_find(answer.headers, answer.header_count, STR("x-none"));
    EXPECT(task, str_empty(value));
}

static void test_headers_of_the_answer_are_found(void **state)
{
    (void)state;
    Fixture fixture = {.handler = echo};
    fixture_run(&fixture, read_headers);
}

static void stream_body(Task *task, const Fixture *fixture, uint64_t declared, const char *expected)
{
    Str body;
    OutgoingRequest request = fixture_request(task, fixture, "PUT", "/");
    request.streams_body = true;
    request.body_bytes = declared;
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    EXPECT(task, outgoing_call_write(task, call, STR("0123")));
    EXPECT(task, outgoing_call_write(task, call, STR("")));
    EXPECT(task, task_yield(task));
    EXPECT(task, outgoing_call_write(task, call, STR("456789")));
    EXPECT(task, outgoing_call_write_end(task, call));
    EXPECT(task, outgoing_call_answer(task, call));
    EXPECT(task, outgoing_call_read_all(task, call, LARGE_BYTES, &body));
    EXPECT_STR(task, str_of(arena_cstring(task->arena, body)), expected);
    outgoing_call_end(call);
}

static void stream_bodies(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    stream_body(task, fixture, 10, "PUT /?\ncontent-length: 10\nuser-agent: netguru\n\n0123456789");
    stream_body(task, fixture, OUTGOING_SIZE_UNKNOWN,
                "PUT /?\nuser-agent: netguru\ntransfer-encoding: chunked\n\n0123456789");
    OutgoingRequest request = fixture_request(task, fixture, "PUT", "/");
    request.streams_body = true;
    request.body_bytes = 10;
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    EXPECT(task, outgoing_call_write(task, call, STR("0123")));
    EXPECT(task, !outgoing_call_write(task, call, STR("4567890")));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    EXPECT(task, !outgoing_call_write_end(task, call));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    EXPECT(task, !outgoing_call_answer(task, call));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
}

static void test_a_body_is_written_piece_by_piece(void **state)
{
    (void)state;
    Fixture fixture = {.handler = echo};
    fixture_run(&fixture, stream_bodies);
}

static void count_sent(void *context, uint64_t sent_bytes)
{
    uint64_t *sent = context;
    if (sent_bytes < *sent)
        test_failure_record(__FILE__, __LINE__, "the count of sent bytes went back");
    *sent = sent_bytes;
}

static int make_file(size_t size)
{
    char path[] = "/tmp/outgoing-XXXXXX";
    char *bytes = mem_alloc(size, 1);
    int file = mkstemp(path);
    check(file >= 0 && unlink(path) == 0);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)('a' + i % 23);
    check(write(file, bytes, size) == (ssize_t)size);
    mem_free(bytes);
    return file;
}

static void send_form(Task *task, void *argument)
{
    Str body;
    uint64_t sent = 0;
    const Fixture *fixture = argument;
    enum { FILE_BYTES = 300 * 1000 };
    OutgoingRequest request = fixture_request(task, fixture, "POST", "/form");
    const OutgoingHeader fields[] = {{STR("title"), STR("a \"b\"\r\nc")}};
    OutgoingForm form = {.fields = fields,
                         .field_count = 1,
                         .file_field = STR("file"),
                         .file_name = STR("co\"re\r\n1.cfg"),
                         .file = make_file(FILE_BYTES),
                         .file_bytes = FILE_BYTES};
    request.on_sent = count_sent;
    request.context = &sent;
    OutgoingCall *call = outgoing_form_start(task, fixture->outgoing, &request, &form);
    EXPECT(task, call);
    EXPECT(task, outgoing_call_answer(task, call));
    EXPECT(task, outgoing_call_read_all(task, call, LARGE_BYTES, &body));
    const char *text = arena_cstring(task->arena, body);
    EXPECT_CONTAINS(task, text, "content-type: multipart/form-data; boundary=netguru-");
    EXPECT_CONTAINS(task, text, "name=\"title\"\r\n\r\na \"b\"\r\nc\r\n--netguru-");
    EXPECT_CONTAINS(task, text,
                    "name=\"file\"; filename=\"co%22re%0D%0A1.cfg\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\nabcdefghijklmnopqrstuvwab");
    EXPECT(task, sent > FILE_BYTES);
    close(form.file);
    outgoing_call_end(call);
    sent = 0;
    form.file = make_file(1000);
    form.file_bytes = 1001;
    EXPECT(task, outgoing_form_start(task, fixture->outgoing, &request, &form) == NULL);
    EXPECT_CONTAINS(task, task->error.message, "shorter");
    close(form.file);
}

static void test_a_form_carries_a_file(void **state)
{
    (void)state;
    Fixture fixture = {.handler = echo};
    fixture_run(&fixture, send_form);
}

static void refuse_early(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    http_respond(task, request, &(HttpResponse){.status = 413, .body = STR("too large")});
}

static void send_what_is_not_wanted(Task *task, void *argument)
{
    Str body;
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "PUT", "/");
    int file = make_file(LARGE_BYTES);
    request.streams_body = true;
    request.body_bytes = LARGE_BYTES;
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    EXPECT(task, outgoing_call_write_file(task, call, file, 0, LARGE_BYTES));
    EXPECT(task, outgoing_call_is_answered(call));
    EXPECT(task, outgoing_call_write_end(task, call));
    EXPECT(task, outgoing_call_answer(task, call));
    EXPECT_INT(task, outgoing_call_status(call), 413);
    EXPECT(task, outgoing_call_read_all(task, call, 100, &body));
    EXPECT_STR(task, body, STR("too large"));
    outgoing_call_end(call);
    close(file);
}

static void test_an_early_answer_ends_the_upload(void **state)
{
    (void)state;
    Fixture fixture = {.handler = refuse_early};
    fixture_run(&fixture, send_what_is_not_wanted);
}

static void send_much(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    Str piece = {arena_alloc(task->arena, PIECE_BYTES), PIECE_BYTES};
    bool going = http_stream_begin(task, request, &(HttpResponse){.status = 200}, UINT64_MAX);
    for (size_t sent = 0; going && sent < LARGE_BYTES; sent += PIECE_BYTES)
        going = http_stream_write(task, request, piece);
    if (going && !http_stream_end(task, request))
        EXPECT(task, false);
}

static void read_slowly(Task *task, void *argument)
{
    Str part;
    uint64_t read_bytes = 0;
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    EXPECT(task, outgoing_call_answer(task, call));
    do {
        /* As often as it takes until nothing more comes in. */
        uint64_t before = UINT64_MAX;
        while (before != outgoing_stats(fixture->outgoing).bytes_received) {
            before = outgoing_stats(fixture->outgoing).bytes_received;
            for (int i = 0; i < 20; i++)
                EXPECT(task, task_yield(task));
        }
        EXPECT(task, before - read_bytes < BUFFERED_BYTES);
        EXPECT(task, outgoing_call_read(task, call, &part));
        EXPECT(task, part.size <= OUTGOING_BUFFER_BYTES);
        read_bytes += part.size;
    } while (part.size > 0);
    EXPECT_INT(task, read_bytes, LARGE_BYTES);
    outgoing_call_end(call);
}

static void test_a_slow_reader_holds_the_answer_back(void **state)
{
    (void)state;
    Fixture fixture = {.handler = send_much};
    fixture_run(&fixture, read_slowly);
}

typedef struct {
    uint32_t told; /* how many parts the server is to have said, and how many it has */
    uint32_t said;
} Parts;

static void say_when_told(Task *task, HttpRequest *request, void *context)
{
    const Fixture *fixture = context;
    Parts *parts = fixture->context;
    bool going = http_stream_begin(task, request, &(HttpResponse){.status = 200}, UINT64_MAX);
    for (; going && parts->said < 3; parts->said++) {
        while (going && parts->told <= parts->said)
            going = task_yield(task);
        going = going && http_stream_write(task, request, STR("part "));
    }
    if (going && !http_stream_end(task, request))
        EXPECT(task, false);
}

static void wait_until_said(Task *task, Parts *parts, uint32_t count)
{
    enum { TURNS = 20 }; /* of the loop, until it is on its way */
    parts->told = count;
    for (int i = 0; parts->said < count || i < TURNS; i++)
        EXPECT(task, task_yield(task));
}

static void gather(Task *task, void *argument)
{
    enum { GATHER_MS = 5000, LATE_MS = 20 };
    Str part;
    const Fixture *fixture = argument;
    Parts *parts = fixture->context;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    loop_clock_fake(task->loop);
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call && outgoing_call_answer(task, call));
    outgoing_call_gather(call, GATHER_MS);
    parts->told = 1;
    EXPECT(task, outgoing_call_read(task, call, &part));
    EXPECT_STR(task, part, "part ");
    uint64_t received_bytes = outgoing_stats(fixture->outgoing).bytes_received;
    wait_until_said(task, parts, 3);
    EXPECT_INT(task, outgoing_stats(fixture->outgoing).bytes_received, received_bytes);
    loop_clock_advance(task->loop, GATHER_MS + LATE_MS);
    EXPECT(task, outgoing_call_read(task, call, &part));
    EXPECT_STR(task, part, "part part ");
    EXPECT(task, outgoing_call_read(task, call, &part));
    EXPECT_INT(task, part.size, 0);
    outgoing_call_end(call);
}

static void test_parts_are_gathered(void **state)
{
    (void)state;
    Parts parts = {0};
    Fixture fixture = {.handler = say_when_told, .context = &parts};
    fixture_run(&fixture, gather);
}

static void exceed_limits(Task *task, void *argument)
{
    OutgoingAnswer answer;
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    request.max_answer_bytes = LARGE_BYTES - 1;
    fixture_fail(task, fixture, &request, ERR_FILE_TOO_LARGE);
    request.max_answer_bytes = LARGE_BYTES;
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).body.size, LARGE_BYTES);
    EXPECT(task, !outgoing_fetch(task, fixture->outgoing, &request, LARGE_BYTES - 1, &answer));
    EXPECT_INT(task, task->error.code, ERR_FILE_TOO_LARGE);
    EXPECT(task, outgoing_fetch(task, fixture->outgoing, &request, LARGE_BYTES, &answer));
}

static void test_answers_over_a_limit_are_refused(void **state)
{
    (void)state;
    Fixture fixture = {.handler = send_much};
    fixture_run(&fixture, exceed_limits);
    assert_int_equal(fixture.stats.too_large, 2);
}

static void exceed_declared_limit(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "POST", "/");
    OutgoingAnswer answer = fixture_fetch(task, fixture, &request);
    request.max_answer_bytes = answer.body.size - 1;
    fixture_fail(task, fixture, &request, ERR_FILE_TOO_LARGE);
    request.max_answer_bytes = answer.body.size;
    fixture_fetch(task, fixture, &request);
}

static void test_an_answer_that_declares_too_much_is_refused(void **state)
{
    (void)state;
    Fixture fixture = {.handler = echo};
    fixture_run(&fixture, exceed_declared_limit);
}

typedef struct {
    Fixture *fixture;
    uint32_t arrived;
    uint32_t finished;
    uint32_t most_in_flight;
} Crowd;

/* Answers when all are here: only so many at the same time can do it. */
static void answer_all_together(Task *task, HttpRequest *request, void *context)
{
    const Fixture *fixture = context;
    Crowd *crowd = fixture->context;
    crowd->arrived++;
    while (crowd->arrived < MANY) {
        if (!task_sleep(task, 2))
            return;
    }
    http_respond(task, request, &(HttpResponse){.status = 200, .body = STR("together")});
}

static void fetch_one(Task *task, void *argument)
{
    Crowd *crowd = argument;
    OutgoingRequest request = fixture_request(task, crowd->fixture, "GET", "/");
    request.first_byte_timeout_ms = 200 * 1000;
    request.connect_timeout_ms = 200 * 1000;
    OutgoingAnswer answer = fixture_fetch(task, crowd->fixture, &request);
    EXPECT_INT(task, answer.status, 200);
    EXPECT(task, answer.body.size > 0);
    uint32_t in_flight = outgoing_stats(crowd->fixture->outgoing).in_flight;
    crowd->most_in_flight = MAX_OF(crowd->most_in_flight, in_flight);
    crowd->finished++;
}

static void start_many(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    Crowd *crowd = fixture->context;
    for (size_t i = 0; i < MANY; i++)
        task_spawn_background(task->loop, "one", fetch_one, crowd);
    EXPECT_SOON(task, crowd->finished == MANY);
}

static void test_500_calls_run_at_the_same_time(void **state)
{
    (void)state;
    Crowd crowd = {0};
    struct rlimit limit;
    Fixture fixture = {.handler = answer_all_together, .context = &crowd};
    crowd.fixture = &fixture;
    fixture.options.max_calls_per_host = MANY;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(limit.rlim_cur > 2 * MANY + 100);
    fixture_run(&fixture, start_many);
    assert_int_equal(fixture.stats.answers, MANY);
    assert_int_equal(fixture.stats.connections, MANY);
}

static void test_parallel_calls_are_limited(void **state)
{
    (void)state;
    Crowd crowd = {0};
    Fixture fixture = {.handler = echo, .context = &crowd};
    crowd.fixture = &fixture;
    fixture.options.max_calls = 3;
    fixture_run(&fixture, start_many);
    assert_int_equal(fixture.stats.answers, MANY);
    assert_in_range(crowd.most_in_flight, 1, 3);
    assert_in_range(fixture.stats.connections, 1, 3);

    crowd = (Crowd){.fixture = &fixture};
    fixture = (Fixture){.handler = echo, .context = &crowd};
    fixture.options.max_calls_per_host = 2;
    fixture_run(&fixture, start_many);
    assert_int_equal(fixture.stats.answers, MANY);
    assert_in_range(crowd.most_in_flight, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods_bodies_and_headers_share_one_connection),
        cmocka_unit_test(test_headers_of_the_answer_are_found),
        cmocka_unit_test(test_a_body_is_written_piece_by_piece),
        cmocka_unit_test(test_a_form_carries_a_file),
        cmocka_unit_test(test_an_early_answer_ends_the_upload),
        cmocka_unit_test(test_a_slow_reader_holds_the_answer_back),
        cmocka_unit_test(test_parts_are_gathered),
        cmocka_unit_test(test_answers_over_a_limit_are_refused),
        cmocka_unit_test(test_an_answer_that_declares_too_much_is_refused),
        cmocka_unit_test(test_500_calls_run_at_the_same_time),
        cmocka_unit_test(test_parallel_calls_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

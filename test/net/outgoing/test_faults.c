/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that stall, break off or answer nonsense; cancelling at every wait; stopping. */
#include "base/strbuf.h"
#include "base/time.h"
#include "harness/expect.h"
#include "harness/tasks.h"
#include "net/outgoing/body.h"
#include "net/outgoing/fixture.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { HEAD_BYTES = 16 * 1024, SHORT_MS = 60 };

/* Answers each request with fixture->context, a Str, and closes. */
static void answer_bytes(int client, void *argument)
{
    char head[HEAD_BYTES];
    const Fixture *fixture = argument;
    const Str *bytes = fixture->context;
    if (str_empty(raw_read_head(client, head, sizeof(head))))
        return;
    /* Its own copy: the client may be gone, and the task's arena, before all is sent. */
    auto_arena Arena *arena = arena_new();
    raw_send_bytes(client, arena_copy(arena, *bytes));
    shutdown(client, SHUT_WR);
    raw_wait_for_close(client);
}

typedef struct {
    Str answer;
    ErrorCode code;
    const char *message;
} Case;

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static const Case malformed[] = {
    {STR_INIT(""), ERR_UNAVAILABLE, "closed the connection without an answer"},
    {STR_INIT("hello\r\n\r\n"), ERR_UNAVAILABLE, "did not answer in HTTP"},
    {STR_INIT("HTTP/1.1 200"), ERR_UNAVAILABLE, ""},
    {STR_INIT("HTTP/1.1 200 OK\r\nA: b\r\n"), ERR_UNAVAILABLE, ""},
    {STR_INIT("HTTP/9.1 200 OK\r\n\r\n"), ERR_UNAVAILABLE, "did not answer in HTTP"},
    {STR_INIT("HTTP/1.1 2x0 OK\r\n\r\n"), ERR_UNAVAILABLE, ""},
    {STR_INIT(OK_HEAD "no colon\r\n\r\n"), ERR_UNAVAILABLE, "eader"},
    {STR_INIT(OK_HEAD "a b: c\r\n\r\n"), ERR_UNAVAILABLE, "eader"},
    {STR_INIT(OK_HEAD ": c\r\n\r\n"), ERR_UNAVAILABLE, "eader"},
    {STR_INIT(OK_HEAD "a: b\0c\r\n\r\n"), ERR_UNAVAILABLE, ""},
    {STR_INIT(OK_HEAD "a: b\x01\r\n\r\n"), ERR_UNAVAILABLE, "eader"},
    {STR_INIT(OK_HEAD "Content-Length: -1\r\n\r\n"), ERR_UNAVAILABLE, ""},
    {STR_INIT(OK_HEAD "Content-Length: 10\r\n\r\n12345"), ERR_UNAVAILABLE, "broke off"},
    {STR_INIT(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nab"), ERR_UNAVAILABLE, "broke off"},
    {STR_INIT(OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\nab"), ERR_UNAVAILABLE, "broke off"},
    {STR_INIT(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n"), ERR_UNAVAILABLE,
     "broke off"},
    {STR_INIT("HTTP/1.1 100 Continue\r\n\r\n"), ERR_UNAVAILABLE, ""},
};

static void fetch_malformed(Task *task, void *argument)
{
    Fixture *fixture = argument;
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        Str answer = malformed[i].answer;
        fixture->context = &answer;
        OutgoingRequest request = fixture_request(task, fixture, "GET", "/secret?key=hidden");
        const char *message = fixture_fail(task, fixture, &request, malformed[i].code);
        EXPECT_CONTAINS(task, message, malformed[i].message);
        EXPECT_CONTAINS(task, message, "http://127.0.0.1:");
        EXPECT(task, str_find(str_of(message), STR("secret")) == STR_NOT_FOUND);
        EXPECT(task, str_find(str_of(message), STR("hidden")) == STR_NOT_FOUND);
    }
}

static void test_malformed_answers_are_refused(void **state)
{
    (void)state;
    Fixture fixture = {.serve = answer_bytes};
    fixture_run(&fixture, fetch_malformed);
    assert_int_equal(fixture.stats.broken, COUNT_OF(malformed));
}

static void fetch_sound(Task *task, void *argument)
{
    static const char *const answers[] = {
        OK_HEAD "\r\nuntil it closes",
        "HTTP/1.0 200 OK\r\n\r\nuntil it closes",
        "HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" OK_HEAD
        "Content-Length: 15\r\n\r\nuntil it closes",
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nuntil\r\nA\r\n it closes\r\n"
                "0\r\nX-Trailer: 1\r\n\r\n",
        OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\nuntil it closes",
        OK_HEAD "Set-Cookie: a=b\r\nContent-Length: 15\r\n\r\nuntil it closes",
    };
    Fixture *fixture = argument;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        Str bytes = str_of(answers[i]);
        fixture->context = &bytes;
        OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
        OutgoingAnswer answer = fixture_fetch(task, fixture, &request);
        EXPECT_INT(task, answer.status, 200);
        EXPECT_STR(task, answer.body, STR("until it closes"));
        EXPECT(task,
               str_empty(outgoing_header_find(answer.headers, answer.header_count, STR("x"))));
    }
}

static void test_sound_answers_are_read(void **state)
{
    (void)state;
    Fixture fixture = {.serve = answer_bytes};
    fixture_run(&fixture, fetch_sound);
}

/* A head of that many header lines of that many bytes each. */
static Str make_head(Arena *arena, size_t lines, size_t line_bytes)
{
    StrBuf head;
    strbuf_init(&head, 1 << 20);
    strbuf_append(&head, STR("HTTP/1.1 204 No Content\r\n"));
    for (size_t i = 0; i < lines; i++) {
        strbuf_append(&head, STR("a:"));
        for (size_t at = 4; at < line_bytes; at++)
            strbuf_append_byte(&head, 'x');
        strbuf_append(&head, STR("\r\n"));
    }
    strbuf_append(&head, STR("\r\n"));
    Str text = arena_copy(arena, strbuf_str(&head));
    strbuf_done(&head);
    return text;
}

static void fetch_large_heads(Task *task, void *argument)
{
    Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    /* The status line and the blank one are two of the lines, and 27 bytes. */
    Str head = make_head(task->arena, OUTGOING_ANSWER_MAX_HEADERS - 2, 10);
    fixture->context = &head;
    OutgoingAnswer answer = fixture_fetch(task, fixture, &request);
    EXPECT_INT(task, answer.header_count, OUTGOING_ANSWER_MAX_HEADERS - 2);
    head = make_head(task->arena, OUTGOING_ANSWER_MAX_HEADERS - 1, 10);
    fixture_fail(task, fixture, &request, ERR_FILE_TOO_LARGE);
    head = make_head(task->arena, 1, OUTGOING_ANSWER_HEAD_BYTES - 27);
    fixture_fetch(task, fixture, &request);
    head = make_head(task->arena, 1, OUTGOING_ANSWER_HEAD_BYTES - 26);
    fixture_fail(task, fixture, &request, ERR_FILE_TOO_LARGE);
    head = make_head(task->arena, 4, OUTGOING_ANSWER_HEAD_BYTES);
    fixture_fail(task, fixture, &request, ERR_FILE_TOO_LARGE);
}

static void test_heads_are_limited_at_the_byte(void **state)
{
    (void)state;
    Fixture fixture = {.serve = answer_bytes};
    fixture_run(&fixture, fetch_large_heads);
    assert_int_equal(fixture.stats.too_large, 3);
}

static void answer_and_reset(int client, void *argument)
{
    char head[HEAD_BYTES];
    (void)argument;
    if (str_empty(raw_read_head(client, head, sizeof(head))))
        return;
    raw_send(client, OK_HEAD "Content-Length: 10\r\n\r\n123");
    raw_reset(client);
}

static void fetch_reset(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    fixture_fail(task, fixture, &request, ERR_UNAVAILABLE);
}

static void test_a_reset_in_the_middle_is_an_error(void **state)
{
    (void)state;
    Fixture fixture = {.serve = answer_and_reset};
    fixture_run(&fixture, fetch_reset);
}

static void fetch_refused(Task *task, void *argument)
{
    Fixture *fixture = argument;
    RawServer *closed = raw_server_start(answer_bytes, fixture);
    fixture->port = raw_server_port(closed);
    raw_server_stop(closed);
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/path");
    const char *message = fixture_fail(task, fixture, &request, ERR_UNAVAILABLE);
    EXPECT_STR(task, str_of(message),
               arena_printf(task->arena, "cannot reach http://127.0.0.1:%u: connection refused",
                            fixture->port)
                   .data);
    request.url =
        arena_printf(task->arena, "http://user:secret@127.0.0.1:%u/?key=hidden", fixture->port);
    message = fixture_fail(task, fixture, &request, ERR_UNAVAILABLE);
    EXPECT_STR(task, str_of(message),
               arena_printf(task->arena, "cannot reach http://127.0.0.1:%u: connection refused",
                            fixture->port)
                   .data);
    /* A label of more than 63 bytes cannot be a name, so nobody is asked. */
    request.url =
        STR("http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.a/");
    message = fixture_fail(task, fixture, &request, ERR_UNAVAILABLE);
    EXPECT_CONTAINS(task, message, "cannot reach http://aaaa");
}

static void test_servers_that_cannot_be_reached_are_unavailable(void **state)
{
    (void)state;
    Fixture fixture = {0};
    fixture_run(&fixture, fetch_refused);
    assert_int_equal(fixture.stats.unconnected, 2);
    assert_int_equal(fixture.stats.unresolved, 1);
}

/* Sends what it is told, and then nothing until the client leaves. */
static void stall(int client, void *argument)
{
    char head[HEAD_BYTES];
    const Fixture *fixture = argument;
    raw_read_head(client, head, sizeof(head));
    raw_send(client, fixture->text);
    raw_wait_for_close(client);
}

static void run_out_of_time(Task *task, void *argument)
{
    Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    fixture->text = "";
    request.first_byte_timeout_ms = SHORT_MS;
    EXPECT_CONTAINS(task, fixture_fail(task, fixture, &request, ERR_TIMEOUT),
                    "did not begin to answer within 60 ms");
    request.first_byte_timeout_ms = 0;
    fixture->text = OK_HEAD "Content-Length: 10\r\n\r\n123";
    request.idle_timeout_ms = SHORT_MS;
    EXPECT_CONTAINS(task, fixture_fail(task, fixture, &request, ERR_TIMEOUT),
                    "sent nothing for 60 ms");
    request.idle_timeout_ms = 0;
    uint64_t former = task_deadline_narrow(task, SHORT_MS);
    EXPECT_CONTAINS(task, fixture_fail(task, fixture, &request, ERR_TIMEOUT), "no time was left");
    task_deadline_set(task, former);
    /* A TLS handshake that is not answered is no connection yet. */
    request.url = arena_printf(task->arena, "https://127.0.0.1:%u/", fixture->port);
    fixture->text = "";
    request.connect_timeout_ms = SHORT_MS;
    EXPECT_CONTAINS(task, fixture_fail(task, fixture, &request, ERR_TIMEOUT),
                    "no connection within 60 ms");
}

static void test_each_time_limit_has_its_message(void **state)
{
    (void)state;
    Fixture fixture = {.serve = stall, .text = ""};
    fixture_run(&fixture, run_out_of_time);
    assert_int_equal(fixture.stats.timeouts, 4);
}

static void stall_before_body(int client, void *argument)
{
    char byte;
    (void)argument;
    /* Reads the head's first byte and nothing more, so that the body fills the socket. */
    if (recv(client, &byte, 1, 0) == 1) {
        Fixture *fixture = argument;
        while (atomic_load((_Atomic int *)fixture->context) == 0)
            sched_yield();
    }
}

static void upload_to_nobody(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    enum { PART_BYTES = 64 * 1024 };
    Str part = {arena_alloc(task->arena, PART_BYTES), PART_BYTES};
    OutgoingRequest request = fixture_request(task, fixture, "PUT", "/");
    request.streams_body = true;
    request.body_bytes = OUTGOING_SIZE_UNKNOWN;
    request.first_byte_timeout_ms = SHORT_MS;
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    while (outgoing_call_write(task, call, part))
        continue;
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    atomic_store((_Atomic int *)fixture->context, 1);
}

static void test_an_upload_that_is_not_read_runs_out_of_time(void **state)
{
    (void)state;
    _Atomic int over = 0;
    Fixture fixture = {.serve = stall_before_body, .context = &over};
    fixture_run(&fixture, upload_to_nobody);
}

/* A chunk at a time, each when the client may have read the one before. */
static void answer_in_chunks(int client, void *argument)
{
    char head[HEAD_BYTES];
    (void)argument;
    while (!str_empty(raw_read_head(client, head, sizeof(head)))) {
        raw_send(client, OK_HEAD "Transfer-Encoding: chunked\r\n");
        for (int i = 0; i < 3; i++) {
            sched_yield();
            raw_send(client, i == 0 ? "\r\n" : "");
            raw_send(client, "3\r\nabc\r\n");
        }
        raw_send(client, "0\r\n\r\n");
    }
}

static void fetch_by_name(Task *task, void *argument)
{
    Str part;
    const Fixture *fixture = argument;
    OutgoingRequest request = {.method = "GET", .reach = OUTGOING_ANY};
    request.url = arena_printf(task->arena, "http://localhost:%u/", fixture->port);
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    if (!call || !outgoing_call_answer(task, call))
        return;
    do {
        if (!outgoing_call_read(task, call, &part))
            return;
    } while (part.size > 0);
}

static void check_nothing_left(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingStats stats = outgoing_stats(fixture->outgoing);
    (void)task;
    EXPECT_INT(task, stats.in_flight, 0);
    EXPECT_INT(task, stats.waiting, 0);
}

static void test_a_get_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.serve = answer_in_chunks};
    fixture_open(&fixture);
    /* How many waits there are depends on how much comes in at a time. */
    assert_true(test_cancel_everywhere(fixture.loop, fetch_by_name, check_nothing_left, &fixture) >
                0);
    fixture_close(&fixture);
    assert_true(fixture.stats.cancelled > 0);
}

/* Takes a body of unknown size to its end, then answers. */
static void swallow(int client, void *argument)
{
    char bytes[HEAD_BYTES];
    size_t used = 0;
    ssize_t got = 0;
    (void)argument;
    while ((got = recv(client, bytes + used, sizeof(bytes) - used, 0)) > 0) {
        used += (size_t)got;
        if (str_ends_with((Str){bytes, used}, STR("\r\n0\r\n\r\n"))) {
            raw_send(client, OK_HEAD "Content-Length: 2\r\n\r\nok");
            raw_wait_for_close(client);
            return;
        }
        if (used > sizeof(bytes) / 2) {
            memmove(bytes, bytes + used - 16, 16);
            used = 16;
        }
    }
}

static void upload_in_parts(Task *task, void *argument)
{
    Str body;
    const Fixture *fixture = argument;
    enum { PART_BYTES = 100 * 1000 };
    Str part = {arena_alloc(task->arena, PART_BYTES), PART_BYTES};
    OutgoingRequest request = fixture_request(task, fixture, "PUT", "/");
    request.streams_body = true;
    request.body_bytes = OUTGOING_SIZE_UNKNOWN;
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    if (!call || !outgoing_call_write(task, call, part) || !outgoing_call_write(task, call, part) ||
        !outgoing_call_write_end(task, call) || !outgoing_call_answer(task, call) ||
        !outgoing_call_read_all(task, call, 10, &body))
        return;
    EXPECT_STR(task, body, STR("ok"));
}

static void test_an_upload_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.serve = swallow};
    fixture_open(&fixture);
    assert_true(
        test_cancel_everywhere(fixture.loop, upload_in_parts, check_nothing_left, &fixture) > 0);
    fixture_close(&fixture);
}

enum { POOL_THREADS = 4 };

typedef struct {
    Fixture *fixture;
    _Atomic int busy;
    _Atomic int released;
    int answered;
    int cancelled;
    int freed;
} Pool;

static void keep_thread_busy(void *argument)
{
    Pool *pool = argument;
    pool->busy++;
    while (!pool->released)
        sched_yield();
}

static void occupy_thread(Task *task, void *argument)
{
    Pool *pool = argument;
    EXPECT(task, task_offload(task, keep_thread_busy, pool));
    pool->freed++;
}

static void fetch_name(Task *task, void *argument)
{
    OutgoingAnswer answer;
    Pool *pool = argument;
    OutgoingRequest request = {.method = "GET", .reach = OUTGOING_ANY};
    request.url = arena_printf(task->arena, "http://localhost:%u/", pool->fixture->port);
    if (outgoing_fetch(task, pool->fixture->outgoing, &request, 100, &answer))
        pool->answered++;
    else
        pool->cancelled += task->error.code == ERR_CANCELLED;
}

/* While all threads of the pool are busy no lookup begins: as if the resolver did not answer. */
static void cancel_while_resolving(Task *task, void *argument)
{
    Fixture *fixture = argument;
    /* Other tasks use it even when this one fails. */
    static Pool pool;
    OutgoingRequest slow = {.method = "GET",
                            .url = STR("http://localhost/"),
                            .reach = OUTGOING_ANY,
                            .connect_timeout_ms = SHORT_MS};
    pool.fixture = fixture;
    for (int i = 0; i < POOL_THREADS; i++)
        task_spawn_background(task->loop, "occupy", occupy_thread, &pool);
    EXPECT_SOON(task, pool.busy == POOL_THREADS);
    TaskId first = task_spawn_background(task->loop, "first", fetch_name, &pool);
    TaskId second = task_spawn_background(task->loop, "second", fetch_name, &pool);
    while (outgoing_stats(fixture->outgoing).in_flight < 2)
        EXPECT(task, task_yield(task));
    task_cancel(task->loop, first);
    while (task_is_alive(task->loop, first))
        EXPECT(task, task_yield(task));
    EXPECT_CONTAINS(task, fixture_fail(task, fixture, &slow, ERR_TIMEOUT),
                    "no connection within 60 ms");
    task_cancel(task->loop, second);
    while (task_is_alive(task->loop, second))
        EXPECT(task, task_yield(task));
    EXPECT_INT(task, pool.cancelled, 2);
    /* The lookup that nobody waits for any more was given up; this one begins another. */
    task_spawn_background(task->loop, "third", fetch_name, &pool);
    while (outgoing_stats(fixture->outgoing).in_flight < 1)
        EXPECT(task, task_yield(task));
    pool.released = 1;
    EXPECT_SOON(task, pool.answered == 1 && pool.freed == POOL_THREADS);
}

static void test_a_call_whose_name_is_being_resolved_is_cancelled(void **state)
{
    (void)state;
    Fixture fixture = {.serve = answer_in_chunks};
    fixture_run(&fixture, cancel_while_resolving);
    assert_int_equal(fixture.stats.lookups, 2);
    assert_int_equal(fixture.stats.cancelled, 2);
}

typedef struct {
    Fixture *fixture;
    uint32_t ended;
    uint32_t unavailable;
    uint32_t cancelled;
} Waiters;

static void wait_for_answer(Task *task, void *argument)
{
    Waiters *waiters = argument;
    OutgoingAnswer answer;
    OutgoingRequest request = fixture_request(task, waiters->fixture, "GET", "/");
    if (!outgoing_fetch(task, waiters->fixture->outgoing, &request, 100, &answer)) {
        waiters->unavailable += task->error.code == ERR_UNAVAILABLE;
        waiters->cancelled += task->error.code == ERR_CANCELLED;
    }
    waiters->ended++;
}

static void cancel_in_the_queue(Task *task, void *argument)
{
    /* Other tasks use it even when this one fails. */
    static Waiters waiters;
    waiters = (Waiters){.fixture = argument};
    TaskId ids[3];
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        ids[i] = task_spawn_background(task->loop, "waiter", wait_for_answer, &waiters);
    EXPECT_SOON(task, outgoing_stats(waiters.fixture->outgoing).waiting >= 2);
    task_cancel(task->loop, ids[1]);
    EXPECT_SOON(task, waiters.ended == 1);
    EXPECT_INT(task, outgoing_stats(waiters.fixture->outgoing).waiting, 1);
    /* The one that has the turn passes it on. */
    task_cancel(task->loop, ids[0]);
    EXPECT_SOON(task, outgoing_stats(waiters.fixture->outgoing).waiting == 0);
    task_cancel(task->loop, ids[2]);
    EXPECT_SOON(task, waiters.ended == 3);
    EXPECT_INT(task, waiters.cancelled, 3);
}

static void test_a_call_that_waits_for_its_turn_is_cancelled(void **state)
{
    (void)state;
    Fixture fixture = {.serve = stall, .text = ""};
    fixture.options.max_calls_per_host = 1;
    fixture_run(&fixture, cancel_in_the_queue);
    assert_int_equal(fixture.stats.cancelled, 3);
}

static void stop_with_calls(Task *task, void *argument)
{
    Fixture *fixture = argument;
    /* Other tasks use it even when this one fails. */
    static Waiters waiters;
    waiters = (Waiters){.fixture = fixture};
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    for (size_t i = 0; i < 5; i++)
        task_spawn_background(task->loop, "waiter", wait_for_answer, &waiters);
    EXPECT_SOON(task, outgoing_stats(fixture->outgoing).waiting >= 2);
    outgoing_stop(task, fixture->outgoing, SHORT_MS);
    EXPECT_INT(task, outgoing_stats(fixture->outgoing).in_flight, 0);
    fixture_fail(task, fixture, &request, ERR_UNAVAILABLE);
    EXPECT_SOON(task, waiters.ended == 5);
    EXPECT_INT(task, waiters.unavailable, 5);
    outgoing_stop(task, fixture->outgoing, SHORT_MS);
}

static void test_stop_aborts_what_does_not_end(void **state)
{
    (void)state;
    Fixture fixture = {.serve = stall, .text = OK_HEAD "Content-Length: 10\r\n\r\n123"};
    fixture.options.max_calls = 3;
    fixture_run(&fixture, stop_with_calls);
}

/* Answers when it is told to. */
static void answer_later(int client, void *argument)
{
    char head[HEAD_BYTES];
    const Fixture *fixture = argument;
    raw_read_head(client, head, sizeof(head));
    while (atomic_load((_Atomic int *)fixture->context) == 0)
        sched_yield();
    raw_send(client, OK_HEAD "Content-Length: 2\r\n\r\nok");
    raw_wait_for_close(client);
}

static void let_answer(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT_SOON(task, outgoing_stats(fixture->outgoing).in_flight > 0);
    atomic_store((_Atomic int *)fixture->context, 1);
}

static void stop_gracefully(Task *task, void *argument)
{
    Fixture *fixture = argument;
    /* Other tasks use it even when this one fails. */
    static Waiters waiters;
    waiters = (Waiters){.fixture = fixture};
    task_spawn_background(task->loop, "waiter", wait_for_answer, &waiters);
    EXPECT_SOON(task, outgoing_stats(fixture->outgoing).in_flight >= 1);
    task_spawn_background(task->loop, "release", let_answer, fixture);
    outgoing_stop(task, fixture->outgoing, 100 * 1000);
    EXPECT_SOON(task, waiters.ended == 1);
    EXPECT_INT(task, waiters.unavailable, 0);
}

static void test_stop_lets_calls_finish(void **state)
{
    (void)state;
    _Atomic int released = 0;
    Fixture fixture = {.serve = answer_later, .context = &released};
    fixture_run(&fixture, stop_gracefully);
    assert_int_equal(fixture.stats.answers, 1);
}

static void free_with_a_call(Task *task, void *argument)
{
    Str part;
    Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    EXPECT(task, outgoing_call_answer(task, call));
    outgoing_free(fixture->outgoing);
    fixture->outgoing = NULL;
    /* What has come may still be read. */
    while (outgoing_call_read(task, call, &part))
        EXPECT(task, part.size > 0);
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
}

static void test_freeing_it_ends_a_call_in_flight(void **state)
{
    (void)state;
    Fixture fixture = {.serve = stall, .text = OK_HEAD "Content-Length: 10\r\n\r\n123"};
    fixture_open(&fixture);
    test_run(fixture.loop, free_with_a_call, &fixture);
    raw_server_stop(fixture.raw);
    loop_free(fixture.loop);
}

/* Two answers, and then the connection is closed although the client keeps it. */
static void close_after_two(int client, void *argument)
{
    char head[HEAD_BYTES];
    (void)argument;
    for (int i = 0; i < 2; i++) {
        if (str_empty(raw_read_head(client, head, sizeof(head))))
            return;
        raw_send(client, OK_HEAD "Content-Length: 2\r\n\r\nok");
    }
}

static void fetch_again_and_again(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "POST", "/");
    request.body = STR("again");
    for (int i = 0; i < 50; i++)
        EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
}

static void test_a_kept_connection_that_was_closed_is_opened_again(void **state)
{
    (void)state;
    Fixture fixture = {.serve = close_after_two};
    fixture_run(&fixture, fetch_again_and_again);
}

int main(void)
{
    setenv("UV_THREADPOOL_SIZE", "4", 1); /* POOL_THREADS */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_answers_are_refused),
        cmocka_unit_test(test_sound_answers_are_read),
        cmocka_unit_test(test_heads_are_limited_at_the_byte),
        cmocka_unit_test(test_a_reset_in_the_middle_is_an_error),
        cmocka_unit_test(test_servers_that_cannot_be_reached_are_unavailable),
        cmocka_unit_test(test_each_time_limit_has_its_message),
        cmocka_unit_test(test_an_upload_that_is_not_read_runs_out_of_time),
        cmocka_unit_test(test_a_get_is_cancelled_at_every_wait),
        cmocka_unit_test(test_an_upload_is_cancelled_at_every_wait),
        cmocka_unit_test(test_a_call_whose_name_is_being_resolved_is_cancelled),
        cmocka_unit_test(test_a_call_that_waits_for_its_turn_is_cancelled),
        cmocka_unit_test(test_stop_aborts_what_does_not_end),
        cmocka_unit_test(test_stop_lets_calls_finish),
        cmocka_unit_test(test_freeing_it_ends_a_call_in_flight),
        cmocka_unit_test(test_a_kept_connection_that_was_closed_is_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

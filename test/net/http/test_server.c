/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server within this process: its tasks are cancelled at the first, second, third … wait of
 * each kind of handler, and after each nothing may be left. The client is blocking code on a thread
 * of the pool. (What goes over the wire is tested by test_http*.py and test_websocket.py.)
 */
#include "net/http/server.h"

#include "base/mem.h"
#include "base/time.h"
#include "harness/expect.h"
#include "harness/tasks.h"
#include "net/websocket/websocket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_WAITS = 400, LARGE_BYTES = 8 * 1024 * 1024, PAUSE_EVERY_BYTES = 512 * 1024 };

typedef struct {
    Loop *loop;
    HttpServer *server;
    const char *parts[6]; /* what the client sends, each when the one before was read */
    _Atomic uint64_t bytes_in;
    uv_prepare_t prepare;
    HttpHandler *handler;
    size_t received; /* by the client */
    uint32_t handled;
    uint32_t messages;
    uint32_t closed;
    uint32_t cancel_message_at;
    uint32_t cancel_points;
    bool controller_done;
} Fixture;

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int size = 8192;
    int on = 1;
    setsockopt(file, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    struct timeval timeout = {.tv_sec = TEST_LONGEST_WAIT_MS / 1000};
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    check(connect(file, (struct sockaddr *)&address, sizeof(address)) == 0);
    return file;
}

/* Before the loop waits for input: every task has gone on with what was read. */
static void count_input(uv_prepare_t *prepare)
{
    Fixture *fixture = prepare->data;
    atomic_store(&fixture->bytes_in, http_server_stats(fixture->server).bytes_in);
}

/* Waits until the server has read this many bytes in all, or has ended the connection. */
static void wait_until_read(const Fixture *fixture, int file, uint64_t bytes)
{
    struct pollfd closed = {.fd = file, .events = POLLRDHUP};
    for (int i = 0; atomic_load(&fixture->bytes_in) < bytes && poll(&closed, 1, 1) == 0; i++) {
        if (i == TEST_LONGEST_WAIT_MS) {
            test_failure_record(__FILE__, __LINE__, "the server does not read");
            return;
        }
    }
}

/* Each part is read before the next one is sent. */
static void send_parts(const Fixture *fixture, int file)
{
    uint64_t bytes = atomic_load(&fixture->bytes_in);
    for (size_t i = 0; i < COUNT_OF(fixture->parts) && fixture->parts[i]; i++) {
        size_t size = strlen(fixture->parts[i]);
        if (send(file, fixture->parts[i], size, MSG_NOSIGNAL) < (ssize_t)size)
            return;
        bytes += size;
        wait_until_read(fixture, file, bytes);
    }
}

/* Sends the parts and reads to the end; runs on a thread of the pool. */
static void run_client(void *argument)
{
    Fixture *fixture = argument;
    enum { BUFFER_BYTES = 65536 };
    char *buffer = mem_alloc(1, BUFFER_BYTES);
    ssize_t got = 0;
    int file = connect_to(http_server_port(fixture->server));
    send_parts(fixture, file);
    fixture->received = 0;
    size_t until_pause = 0;
    while ((got = recv(file, buffer, BUFFER_BYTES, 0)) > 0) {
        fixture->received += (size_t)got;
        if (fixture->received >= until_pause)
            usleep(5000);
        if (fixture->received >= until_pause)
            until_pause += PAUSE_EVERY_BYTES;
    }
    mem_free(buffer);
    close(file);
}

static void handle(Task *task, HttpRequest *request, void *context)
{
    Fixture *fixture = context;
    fixture->handled++;
    fixture->handler(task, request, context);
}

static bool is_quiet(const Fixture *fixture)
{
    LoopStats loop = loop_stats(fixture->loop);
    HttpServerStats server = http_server_stats(fixture->server);
    return loop.tasks == 0 && loop.background_tasks == 1 && server.connections == 0 &&
           server.websockets == 0;
}

/* One client per wait, each cancelled one wait later, until the handler comes through. */
static void controller(Task *task, void *argument)
{
    Fixture *fixture = argument;
    uint32_t nth = 0;
    bool reached = true;
    while (reached && nth < MAX_WAITS) {
        nth++;
        if (fixture->cancel_message_at)
            fixture->cancel_message_at = nth;
        else
            task_cancel_next_at(fixture->loop, nth);
        EXPECT(task, task_offload(task, run_client, fixture));
        EXPECT_SOON(task, is_quiet(fixture));
        reached = task_cancel_point_reached(fixture->loop);
        fixture->cancel_points += reached;
    }
    EXPECT(task, !reached);
    uv_close((uv_handle_t *)&fixture->prepare, NULL);
    http_server_stop(task, fixture->server, 1000);
    http_server_free(fixture->server);
    fixture->controller_done = true;
}

static void run(Fixture *fixture)
{
    Error error = {0};
    fixture->loop = loop_new(&(LoopOptions){.max_tasks = 8});
    fixture->server = http_server_start(
        fixture->loop,
        &(HttpServerOptions){.address = STR("127.0.0.1:0"), .handler = handle, .context = fixture},
        &error);
    assert_non_null(fixture->server);
    uv_prepare_init(loop_uv(fixture->loop), &fixture->prepare);
    fixture->prepare.data = fixture;
    uv_prepare_start(&fixture->prepare, count_input);
    uv_unref((uv_handle_t *)&fixture->prepare);
    task_spawn_background(fixture->loop, "controller", controller, fixture);
    test_run_spawned(fixture->loop);
    assert_true(fixture->controller_done);
    loop_free(fixture->loop);
}

static void handle_body(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    Str body;
    if (http_body_read_all(task, request, 1000, &body))
        http_respond(task, request, &(HttpResponse){.status = 200, .body = body});
}

static void test_reading_a_body_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_body,
                       .parts = {"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                 "Content-Length: 10\r\n\r\n",
                                 "01", "234", "5", "6789"}};
    run(&fixture);
    assert_int_equal(fixture.cancel_points, 4);
    assert_int_equal(fixture.handled, 5);
    assert_true(fixture.received > 10);
}

static void test_reading_chunks_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_body,
                       .parts = {"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                 "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
                                 "5\r\nhe", "llo\r", "\n3;x=y\r\nabc\r\n0", "\r\nA: b\r\n\r\n"}};
    run(&fixture);
    assert_int_equal(fixture.cancel_points, 4);
}

static void handle_large(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    char *data = arena_alloc(task->arena, LARGE_BYTES);
    http_respond(task, request,
                 &(HttpResponse){.status = 200, .body = str_make(data, LARGE_BYTES)});
}

static void test_writing_a_large_answer_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_large,
                       .parts = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}};
    run(&fixture);
    assert_true(fixture.cancel_points > 2);
    assert_true(fixture.received > LARGE_BYTES);
}

static void handle_stream(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    char *data = arena_alloc(task->arena, 200000);
    if (!http_stream_begin(task, request, &(HttpResponse){.status = 200}, UINT64_MAX))
        return;
    for (int i = 0; i < 20; i++) {
        if (!http_stream_write(task, request, str_make(data, 200000)) || !task_sleep(task, 1))
            return;
    }
    (void)!http_stream_end(task, request);
}

static void test_streaming_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_stream,
                       .parts = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}};
    run(&fixture);
    assert_true(fixture.cancel_points >= 20);
    assert_true(fixture.received > 20 * 200000);
}

static void handle_file(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    enum { SIZE = 400000 };
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    EXPECT(task, file >= 0);
    if (http_stream_begin(task, request, &(HttpResponse){.status = 200}, SIZE) &&
        http_stream_file(task, request, file, 100, SIZE))
        (void)!http_stream_end(task, request);
    close(file);
}

static void test_sending_a_file_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_file,
                       .parts = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}};
    run(&fixture);
    assert_true(fixture.cancel_points >= 6);
    assert_true(fixture.received > 400000);
}

static void on_message(Task *task, WebSocket *socket, Str message, bool is_text, void *context)
{
    Fixture *fixture = context;
    fixture->messages++;
    EXPECT(task, is_text);
    EXPECT_STR(task, message, STR("hi"));
    if (!task_sleep(task, 1) || !task_yield(task) || !task_sleep(task, 1))
        return;
    websocket_send_text(socket, message);
}

static void on_socket_closed(Task *task, WebSocket *socket, uint16_t code, void *context)
{
    Fixture *fixture = context;
    (void)task;
    (void)code;
    EXPECT(task, !websocket_send_text(socket, STR("late")));
    fixture->closed++;
}

static void handle_upgrade(Task *task, HttpRequest *request, void *context)
{
    Fixture *fixture = context;
    WebSocket *socket = websocket_accept(
        task, request,
        &(WebSocketOptions){
            .handlers = {.message = on_message, .closed = on_socket_closed, .context = fixture}});
    if (!socket)
        return;
    if (fixture->cancel_message_at)
        task_cancel_next_at(task->loop, fixture->cancel_message_at);
    else if (!task_sleep(task, 1) || !task_sleep(task, 1))
        return;
    websocket_send_text(socket, STR("welcome"));
}

#define UPGRADE                                                                                    \
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"                   \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
/* Masked by spaces: "hi" is "HI". */
#define FRAME "\x81\x82    HI"
#define GOODBYE "\x88\x80    "

static void test_accepting_a_socket_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_upgrade, .parts = {UPGRADE, FRAME, GOODBYE}};
    run(&fixture);
    assert_int_equal(fixture.cancel_points, 2);
    assert_int_equal(fixture.messages, 3);
    assert_int_equal(fixture.closed, 3);
}

static void test_handling_a_message_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture fixture = {
        .handler = handle_upgrade, .parts = {UPGRADE, FRAME, GOODBYE}, .cancel_message_at = 1};
    run(&fixture);
    assert_int_equal(fixture.cancel_points, 3);
    assert_int_equal(fixture.messages, 4);
    assert_int_equal(fixture.closed, 4);
}

static void stop_while_cancelled(Task *task, void *argument)
{
    Fixture *fixture = argument;
    task_cancel(task->loop, task_id(task));
    http_server_stop(task, fixture->server, 1000);
    http_server_free(fixture->server);
    fixture->controller_done = true;
}

static void test_a_cancelled_stop_leaves_nothing(void **state)
{
    (void)state;
    Fixture fixture = {.handler = handle_body};
    Error error = {0};
    fixture.loop = loop_new(&(LoopOptions){.max_tasks = 8});
    fixture.server = http_server_start(
        fixture.loop,
        &(HttpServerOptions){.address = STR("127.0.0.1:0"), .handler = handle, .context = &fixture},
        &error);
    assert_non_null(fixture.server);
    int file = connect_to(http_server_port(fixture.server));
    task_spawn_background(fixture.loop, "stop", stop_while_cancelled, &fixture);
    test_run_spawned(fixture.loop);
    assert_true(fixture.controller_done);
    close(file);
    loop_free(fixture.loop);
}

static void test_bad_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        ":",          "127.0.0.1",     "127.0.0.1:65536", "127.0.0.1:-1",
        "[::1:80", "example:80", "127.0.0.1:80x", "1.2.3.4.5:80"};
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = 8});
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Error error = {0};
        HttpServerOptions options = {.address = str_of(bad[i]), .handler = handle};
        assert_null(http_server_start(loop, &options, &error));
        assert_int_equal(error.code, ERR_VALIDATION);
    }
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading_a_body_is_cancelled_at_every_wait),
        cmocka_unit_test(test_reading_chunks_is_cancelled_at_every_wait),
        cmocka_unit_test(test_writing_a_large_answer_is_cancelled_at_every_wait),
        cmocka_unit_test(test_streaming_is_cancelled_at_every_wait),
        cmocka_unit_test(test_sending_a_file_is_cancelled_at_every_wait),
        cmocka_unit_test(test_accepting_a_socket_is_cancelled_at_every_wait),
        cmocka_unit_test(test_handling_a_message_is_cancelled_at_every_wait),
        cmocka_unit_test(test_a_cancelled_stop_leaves_nothing),
        cmocka_unit_test(test_bad_addresses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

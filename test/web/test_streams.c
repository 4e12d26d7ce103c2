/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets, event streams and admission, behind the real server. */
#include "harness/web_server.h"

#include "base/log.h"
#include "web/event_stream.h"
#include "web/in_flight.h"
#include "web/socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { MAX_TASKS = 12 };

#define ANA STR("X-User: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\r\n")
#define BOB STR("X-User: 6ba7b810-9dad-11d1-80b4-00c04fd430c9\r\n")
#define UPGRADE                                                                                    \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                   \
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"

static Uuid ana;
static uint32_t sockets_closed;
static uint32_t streams_ended;

static void echo(Task *task, Socket *socket, Str message, bool is_text, void *state)
{
    check(is_text && state == &ana);
    check(task->has_user && uuid_equal(&task->user_id, &ana));
    if (str_equal(message, STR("close")))
        socket_close(socket, 4000, STR("asked"));
    else
        socket_send_text(socket, message);
}

static void on_closed(Task *task, Socket *socket, uint16_t code, void *state)
{
    (void)code;
    check(state == &ana && task->has_user);
    check(!socket_send_text(socket, STR("late")));
    sockets_closed++;
}

static bool open_socket(Task *task, const Request *request, Response *response)
{
    static const SocketHandlers handlers = {.message = echo, .closed = on_closed};
    ana = task->user_id;
    Socket *socket = socket_accept(task, request, response, &handlers, &ana);
    return socket && socket_send_text(socket, STR("welcome"));
}

static bool send_some(EventStream *stream)
{
    return event_stream_send(stream, &(Event){.name = STR("greeting"),
                                              .data = STR("{\"a\":1}"),
                                              .has_sequence = true,
                                              .sequence = 7}) &&
           event_stream_send(stream, &(Event){.data = STR("one\ntwo\r\nthree\r")}) &&
           event_stream_send(stream, &(Event){.data = STR("")});
}

static bool show_events(Task *task, const Request *request, Response *response)
{
    uint64_t position = 0;
    if (!event_stream_read_position(task, request, &position))
        return false;
    EventStream *stream = event_stream_open(task, request, response);
    if (!stream)
        return false;
    event_stream_send(
        stream, &(Event){.name = STR("after"),
                         .data = arena_printf(task->arena, "%llu", (unsigned long long)position)});
    send_some(stream);
    event_stream_end(stream);
    return true;
}

/* Sends 4 MB, as fast as the client reads. */
static bool flood_events(Task *task, const Request *request, Response *response)
{
    Str data = str_make(arena_alloc(task->arena, 4096), 4096);
    memset((char *)(uintptr_t)data.data, 'x', data.size);
    EventStream *stream = event_stream_open(task, request, response);
    for (int i = 0; i < 1000 && stream && event_stream_wait(task, stream); i++)
        event_stream_send(stream, &(Event){.data = data, .has_sequence = true, .sequence = 1});
    event_stream_end(stream);
    return stream != NULL;
}

static void hold_until_closed(Task *task, void *argument)
{
    EventStream *stream = argument;
    while (event_stream_is_open(stream) && task_sleep(task, 2))
        ;
    event_stream_unref(stream);
    streams_ended++;
}

/* Stays open after the handler has returned. */
static bool open_events(Task *task, const Request *request, Response *response)
{
    EventStream *stream = event_stream_open(task, request, response);
    if (!stream)
        return false;
    event_stream_send(stream, &(Event){.data = STR("open")});
    task_spawn_background(task->loop, "hold", hold_until_closed, stream);
    return true;
}

static bool nothing(Task *task, const Request *request, Response *response)
{
    (void)request;
    return respond_json(task, response, 200, STR("{}"));
}

static bool cached(Task *task, const Request *request, Response *response)
{
    response_add_header(response, STR("Cache-Control"), STR("private, max-age=5"));
    return nothing(task, request, response);
}

static bool sleep_long(Task *task, const Request *request, Response *response)
{
    (void)request;
    return task_sleep(task, 60000) && respond_nothing(response);
}

static const Route routes[] = {
    {HTTP_GET, ROUTE_USER, "/socket", open_socket, .is_stream = true},
    {HTTP_GET, ROUTE_USER, "/events", show_events, .is_stream = true},
    {HTTP_GET, ROUTE_USER, "/flood", flood_events, .is_stream = true},
    {HTTP_GET, ROUTE_USER, "/open", open_events, .is_stream = true},
    {HTTP_GET, ROUTE_USER, "/user", nothing},
    {HTTP_GET, ROUTE_USER, "/cached", cached},
    {HTTP_POST, ROUTE_USER, "/json", nothing, .takes_json = true},
    {HTTP_GET, ROUTE_PUBLIC, "/public", nothing},
    {HTTP_GET, ROUTE_PUBLIC, "/slow", sleep_long, .timeout_ms = 120000},
    {HTTP_GET, ROUTE_PUBLIC, "/health", nothing, .is_health = true},
    {HTTP_GET, ROUTE_USER, "/held", sleep_long},
    {0},
};

static bool gate(Task *task, const Route *route, Request *request, Response *response)
{
    (void)response;
    if (route->access == ROUTE_PUBLIC)
        return true;
    task->has_user = uuid_parse(request_header(request, "x-user"), &task->user_id);
    return task->has_user || task_fail(task, ERR_AUTH, "who are you?");
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
    fixture->services.loop = loop_new(&(LoopOptions){.max_tasks = MAX_TASKS});
    fixture->server = test_server_start(&fixture->services, tables, gate);
    port = fixture->server->port;
    sockets_closed = streams_ended = 0;
    *state = fixture;
    return 0;
}

/* The producers of streams notice within moments that their clients have left. */
static void wait_for_producers(Task *task, void *argument)
{
    (void)argument;
    while (loop_stats(task->loop).background_tasks > 1 && task_sleep(task, 2))
        ;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_server_run_task(fixture->server, wait_for_producers, NULL);
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

/* Reads until the mark has come; gives everything up to it. */
static Str read_until(Arena *arena, int client, Str mark)
{
    StrBuf in;
    char byte;
    strbuf_init(&in, 1 << 20);
    while (!str_ends_with(strbuf_str(&in), mark)) {
        check(recv(client, &byte, 1, 0) == 1);
        strbuf_append_byte(&in, byte);
    }
    Str text = arena_copy(arena, strbuf_str(&in));
    strbuf_done(&in);
    return text;
}

static int open_at(Arena *arena, const char *path, Str headers)
{
    int client = test_connect(port);
    test_send(client, test_request_text(arena, "GET", path, headers, STR("")));
    return client;
}

static int open_web_socket(Arena *arena, Str user)
{
    Str headers = arena_printf(arena, "%.*s" UPGRADE, STR_ARGS(user));
    return open_at(arena, "/socket", headers);
}

static void expect_bytes(int client, Str expected)
{
    auto_arena Arena *arena = arena_new();
    check(str_equal(read_until(arena, client, expected), expected));
}

/* How a request that may find the user's places taken is answered in the end. */
static int status_of(Arena *arena, const char *path, Str headers)
{
    int client = open_at(arena, path, headers);
    Str head = read_until(arena, client, STR("\r\n\r\n"));
    test_close(client);
    uint32_t status = 0;
    check(str_parse_u32(str_slice(head, 9, 3), &status));
    return (int)status;
}

static void client_of_a_socket(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    int client = open_web_socket(arena, ANA);
    check(str_starts_with(read_until(arena, client, STR("\r\n\r\n")), STR("HTTP/1.1 101 ")));
    expect_bytes(client, STR("\x81\x07welcome"));
    /* Masked by spaces: "hi" is "HI". */
    test_send(client, STR("\x81\x82    HI"));
    expect_bytes(client, STR("\x81\x02hi"));
    test_send(client, STR("\x81\x85    CLOSE"));
    expect_bytes(client, STR("\x88\x07\x0F\xA0"
                             "asked"));
    test_close(client);
    TestAnswer answer = test_get(arena, port, "/socket", ANA);
    test_expect_error(&answer, 426, "VALIDATION_ERROR");
    answer = test_get(arena, port, "/socket", STR(""));
    test_expect_error(&answer, 401, "AUTH_ERROR");
}

static void test_a_socket_acts_for_its_user(void **state)
{
    serve(state, client_of_a_socket);
}

static void open_all_places(Arena *arena, int *clients, Str user)
{
    for (int i = 0; i < IN_FLIGHT_MAX_STREAMS; i++) {
        bool is_socket = i % 2;
        clients[i] = is_socket ? open_web_socket(arena, user) : open_at(arena, "/open", user);
        read_until(arena, clients[i], is_socket ? STR("welcome") : STR("data: open\n\n"));
    }
}

static void client_of_many(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    int clients[IN_FLIGHT_MAX_STREAMS];
    open_all_places(arena, clients, ANA);
    TestAnswer answer = test_get(arena, port, "/events", ANA);
    test_expect_error(&answer, 429, "RATE_LIMIT_EXCEEDED");
    check(!str_empty(test_header(&answer, "retry-after")));
    answer = test_get(arena, port, "/user", ANA);
    test_expect(&answer, 200);
    check(status_of(arena, "/events", BOB) == 200);
    for (int i = 0; i < IN_FLIGHT_MAX_STREAMS; i++) {
        test_close(clients[i]);
        /* Its place is free as soon as the server has noticed. */
        while (status_of(arena, "/events", ANA) == 429)
            ;
    }
    open_all_places(arena, clients, ANA);
    for (int i = 0; i < IN_FLIGHT_MAX_STREAMS; i++)
        test_close(clients[i]);
}

static void test_open_streams_hold_places_of_their_user(void **state)
{
    serve(state, client_of_many);
}

static void client_of_events(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = test_get(arena, port, "/events?after=3", ANA);
    test_expect(&answer, 200);
    check(str_equal(test_header(&answer, "content-type"), STR("text/event-stream")));
    check(str_equal(test_header(&answer, "cache-control"), STR("no-store")));
    check(str_equal(test_header(&answer, "connection"), STR("close")));
    check(str_equal(answer.body,
                    STR("event: after\ndata: 3\n\nid: 7\nevent: greeting\ndata: {\"a\":1}\n\n"
                        "data: one\ndata: two\ndata: three\ndata: \n\ndata: \n\n")));
    Str headers = arena_printf(arena, "%.*sLast-Event-ID: 41\r\n", STR_ARGS(ANA));
    answer = test_get(arena, port, "/events?after=3", headers);
    check(str_starts_with(answer.body, STR("event: after\ndata: 41\n\n")));
    answer = test_get(arena, port, "/events?after=x", ANA);
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    answer = test_call(arena, port, "HEAD", "/events", ANA);
    test_expect(&answer, 200);
    answer = test_get(arena, port, "/flood", ANA);
    test_expect(&answer, 200);
    check(answer.body.size == 1000 * (4096 + sizeof("id: 1\ndata: \n\n") - 1));
}

static void test_events_are_written_as_the_standard_says(void **state)
{
    serve(state, client_of_events);
}

static void client_that_leaves(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    int client = open_at(arena, "/flood", ANA);
    read_until(arena, client, STR("\n\n"));
    test_close(client);
}

static void test_a_stream_ends_at_every_wait_that_is_cancelled(void **state)
{
    const Fixture *fixture = *state;
    uint32_t waits = test_server_cancel_everywhere(fixture->server, client_that_leaves, NULL, NULL);
    assert_true(waits <= 1);
}

static void client_and_caches(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = test_get(arena, port, "/user", ANA);
    check(str_equal(test_header(&answer, "cache-control"), STR("no-store")));
    answer = test_get(arena, port, "/user", STR(""));
    test_expect(&answer, 401);
    check(str_equal(test_header(&answer, "cache-control"), STR("no-store")));
    answer = test_get(arena, port, "/cached", ANA);
    check(str_equal(test_header(&answer, "cache-control"), STR("private, max-age=5")));
    answer = test_get(arena, port, "/public", STR(""));
    check(str_empty(test_header(&answer, "cache-control")));
}

static void test_answers_for_a_user_are_not_stored(void **state)
{
    serve(state, client_and_caches);
}

static void client_beside_a_flood(void *argument)
{
    (void)argument;
    enum { PER_CLIENT = 8, UNFINISHED = 100 };
    auto_arena Arena *arena = arena_new();
    int slow[PER_CLIENT];
    int unfinished[UNFINISHED];
    for (int i = 0; i < PER_CLIENT; i++)
        slow[i] = open_at(arena, "/slow", STR(""));
    for (int i = 0; i < UNFINISHED; i++) {
        unfinished[i] = test_connect(port);
        test_send(unfinished[i],
                  STR("POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      "Content-Length: 10\r\n\r\n{"));
    }
    TestAnswer answer = test_get(arena, port, "/public", STR(""));
    while (answer.status == 200)
        answer = test_get(arena, port, "/public", STR(""));
    test_expect_error(&answer, 429, "RATE_LIMIT_EXCEEDED");
    check(!str_empty(test_header(&answer, "retry-after")));
    for (int i = 0; i < 20; i++) {
        answer = test_get(arena, port, "/user", ANA);
        test_expect(&answer, 200);
        answer = test_post_json(arena, port, "/json", ANA, STR("{}"));
        test_expect(&answer, 200);
        answer = test_get(arena, port, "/health", STR(""));
        test_expect(&answer, 200);
    }
    for (int i = 0; i < PER_CLIENT; i++)
        test_close(slow[i]);
    for (int i = 0; i < UNFINISHED; i++)
        test_close(unfinished[i]);
}

static void test_strangers_leave_room_for_users(void **state)
{
    serve(state, client_beside_a_flood);
}

static void client_at_the_cap(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    int held[MAX_TASKS];
    for (int i = 0; i < MAX_TASKS; i++)
        held[i] = open_at(arena, "/held", ANA);
    while (status_of(arena, "/user", ANA) == 200)
        ;
    TestAnswer answer = test_get(arena, port, "/user", BOB);
    test_expect_error(&answer, 503, "UNAVAILABLE");
    for (int i = 0; i < 100; i++) {
        answer = test_get(arena, port, "/health", STR(""));
        test_expect(&answer, 200);
    }
    for (int i = 0; i < MAX_TASKS; i++)
        test_close(held[i]);
}

static void test_health_is_answered_at_the_cap(void **state)
{
    serve(state, client_at_the_cap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_socket_acts_for_its_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_streams_hold_places_of_their_user, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_events_are_written_as_the_standard_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_ends_at_every_wait_that_is_cancelled, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_answers_for_a_user_are_not_stored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strangers_leave_room_for_users, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_health_is_answered_at_the_cap, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

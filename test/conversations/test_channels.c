/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets, and turns of a process that has died. */
#include "fixture.h"

#include "base/json.h"

#include <stdio.h>
#include <unistd.h>

#define UPGRADE                                                                                    \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                   \
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"

static EventStream *open_socket(Arena *arena, Str conversation, Str headers)
{
    EventStream *stream = ARENA_NEW(arena, EventStream);
    Str target = arena_printf(arena, "/ws/chat/%.*s", STR_ARGS(conversation));
    Str lines = arena_printf(arena, UPGRADE "%.*s", STR_ARGS(headers));
    stream->client = test_connect(server->port);
    test_send(stream->client, test_request_text(arena, "GET", target.data, lines, STR("")));
    read_until(stream, "\r\n\r\n");
    return stream;
}

/* Sends a frame whose mask is zero: its payload travels as it is. */
static void send_frame(const EventStream *stream, unsigned opcode, const char *text)
{
    size_t size = strlen(text);
    char frame[4096 + 8] = {(char)(0x80u | opcode)};
    size_t head = size < 126 ? 2 : 4;
    assert_that(size <= 4096);
    frame[1] = (char)(0x80u | (size < 126 ? size : 126u));
    if (size >= 126) {
        frame[2] = (char)(size >> 8);
        frame[3] = (char)size;
    }
    memcpy(frame + head + 4, text, size);
    test_send(stream->client, str_make(frame, head + 4 + size));
}

static void send_text(const EventStream *stream, const char *text)
{
    send_frame(stream, 1, text);
}

static Str ticket_header(Arena *arena, Str token)
{
    TestAnswer answer = api_post(arena, token, STR("chat/tickets"), "{}");
    test_expect(&answer, 201);
    return arena_printf(arena, "Sec-WebSocket-Protocol: netguru.chat.v1, netguru.ticket.%.*s\r\n",
                        STR_ARGS(test_json_str(&answer, "ticket")));
}

static void client_talks(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    EventStream *stream = open_socket(arena, conversation, ticket_header(arena, ana));
    assert_that(stream_has(stream, "101 ") && stream_has(stream, "netguru.chat.v1"));
    send_text(stream, "{\"type\":\"ping\"}");
    read_until(stream, "\"type\":\"pong\"");
    send_text(stream, "{\"type\":\"message\",\"content\":\"say:hello hold\",\"client_id\":\"w1\"}");
    read_until(stream, "\"type\":\"accepted\",\"client_id\":\"w1\"");
    read_until(stream, "\"content\":\"hello \"");
    send_text(stream, "{\"type\":\"message\",\"content\":\"say:again\",\"client_id\":\"w2\"}");
    read_until(stream, "\"code\":\"CONFLICT\"");
    send_text(stream, "{\"type\":\"cancel\"}");
    read_until(stream, "\"state\":\"cancelled\"");
    static const char *const wrong[] = {"[]",
                                        "{",
                                        "{\"type\":\"other\"}",
                                        "{\"type\":7}",
                                        "{\"type\":\"message\"}",
                                        "{\"type\":\"resume\"}"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        stream->size = 0;
        send_text(stream, wrong[i]);
        read_until(stream, "\"code\":\"VALIDATION_ERROR\"");
    }
    stream->size = 0;
    send_frame(stream, 2, "{}");
    read_until(stream, "messages are JSON texts");
    /* From the start once more: everything that was said comes again. */
    stream->size = 0;
    send_text(stream, "{\"type\":\"resume\",\"after\":0}");
    read_until(stream, "\"state\":\"cancelled\"");
    assert_that(stream_has(stream, "\"type\":\"turn_started\"") &&
                stream_has(stream, "\"content\":\"hello \""));
    test_close(stream->client);
}

static void test_a_conversation_is_held_over_a_web_socket(void **state)
{
    (void)state;
    test_server_run(server, client_talks, NULL);
}

static void client_without_right(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str ticket = ticket_header(arena, ana);
    test_close(open_socket(arena, conversation, ticket)->client);
    assert_that(stream_has(open_socket(arena, conversation, ticket), "HTTP/1.1 401 "));
    assert_that(stream_has(open_socket(arena, conversation, STR("")), "HTTP/1.1 401 "));
    Str forged = STR("Sec-WebSocket-Protocol: netguru.chat.v1, netguru.ticket.x\r\n");
    assert_that(stream_has(open_socket(arena, conversation, forged), "HTTP/1.1 401 "));
    assert_that(
        stream_has(open_socket(arena, conversation, ticket_header(arena, bob)), "HTTP/1.1 404 "));
    Str foreign = arena_printf(arena, "%.*sOrigin: https://evil.example\r\n",
                               STR_ARGS(ticket_header(arena, ana)));
    assert_that(stream_has(open_socket(arena, conversation, foreign), "HTTP/1.1 403 "));
    /* A ticket is no access token. */
    TestAnswer answer = api_get(arena, str_slice(ticket, 56, 32), STR("chat/conversations"));
    test_expect_error(&answer, 401, "AUTH_ERROR");
}

static void test_a_ticket_works_once_for_its_user_and_page(void **state)
{
    (void)state;
    test_server_run(server, client_without_right, NULL);
}

static void client_is_closed(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "socket@example.net");
    Str conversation = new_conversation(arena, token);
    EventStream *deleted = open_socket(arena, conversation, ticket_header(arena, token));
    send_text(deleted, "{\"type\":\"ping\"}");
    read_until(deleted, "pong");
    TestAnswer answer =
        api_call(arena, token, "DELETE",
                 arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation)));
    test_expect(&answer, 204);
    read_until(deleted, "\x11\x34"); /* 4404 */
    conversation = new_conversation(arena, token);
    EventStream *logged_out = open_socket(arena, conversation, ticket_header(arena, token));
    answer = api_post(arena, token, STR("auth/logout"), "{}");
    test_expect(&answer, 204);
    read_until(logged_out, "\x11\x31"); /* 4401 */
    test_close(deleted->client);
    test_close(logged_out->client);
}

static void test_a_socket_closes_with_its_session_and_conversation(void **state)
{
    (void)state;
    test_server_run(server, client_is_closed, NULL);
}

/* Stops the tasks of a process without letting it finish anything, as kill -9 does. */
static void die(Task *task, void *argument)
{
    Conversations *dead = argument;
    task_cancel(task->loop, dead->keeper);
    task_cancel(task->loop, dead->sweeper);
    task_cancel(task->loop, dead->checker);
    for (ListNode *each = dead->turns.first; each; each = each->next)
        CONTAINER_OF(each, Turn, node)->is_lost = true;
}

typedef struct {
    Str conversation;
    Uuid conversation_id;
    Str token;
} Orphan;

static void client_prepares(void *argument)
{
    Orphan *orphan = argument;
    orphan->token = test_register(all->arena, server->port, "orphan@example.net");
    orphan->conversation = new_conversation(all->arena, orphan->token);
    assert_that(uuid_parse(orphan->conversation, &orphan->conversation_id));
}

static void client_begins(void *argument)
{
    Orphan *orphan = argument;
    auto_arena Arena *arena = arena_new();
    EventStream *stream =
        open_socket(arena, orphan->conversation, ticket_header(arena, orphan->token));
    send_text(stream, "{\"type\":\"message\",\"content\":\"say:seen hold\"}");
    read_until(stream, "\"content\":\"seen \"");
    test_close(stream->client);
}

static void client_finds(void *argument)
{
    const Orphan *orphan = argument;
    auto_arena Arena *arena = arena_new();
    EventStream *stream =
        open_socket(arena, orphan->conversation, ticket_header(arena, orphan->token));
    read_until(stream, "\"state\":\"interrupted\"");
    assert_that(stream_has(stream, "\"content\":\"seen \""));
    TestAnswer page = api_get(
        arena, orphan->token,
        arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(orphan->conversation)));
    const JsonValue *answer = &json_get(page.json, "items")->items[1];
    assert_str(json_str_or(answer, "state", STR("")), "interrupted");
    assert_str(json_str_or(answer, "content", STR("")), "seen ");
    assert_that(str_find(ask(arena, orphan->token, orphan->conversation, "recall"), STR("seen ")) !=
                STR_NOT_FOUND);
    test_close(stream->client);
}

static void stop(Task *task, void *argument)
{
    hold_release();
    conversations_stop(task, argument);
    conversations_free(task, argument);
}

/* The other process dies before it has put down a word. */
static void test_another_process_ends_the_answers_of_a_dead_one(void **state)
{
    Orphan orphan;
    (void)state;
    test_server_run(server, client_prepares, &orphan);
    Conversations *living = all->services.conversations;
    Conversations *dying = fixture_second(1000);
    all->services.conversations = dying;
    test_server_run(server, client_begins, &orphan);
    all->services.conversations = living;
    test_server_run_task(server, die, dying);
    test_server_run(server, client_finds, &orphan);
    assert_that(conversations_stats(living).interrupted == 1);
    test_server_run_task(server, stop, dying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_conversation_is_held_over_a_web_socket),
        cmocka_unit_test(test_a_ticket_works_once_for_its_user_and_page),
        cmocka_unit_test(test_a_socket_closes_with_its_session_and_conversation),
        cmocka_unit_test(test_another_process_ends_the_answers_of_a_dead_one),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that leave while their request waits, at each of its waits. */
#include "fixture.h"

#include "harness/expect.h"

#include <unistd.h>

typedef struct {
    Str token;
    Str conversation; /* of the next run */
    Str answer;       /* a message in it */
    const char *method;
    const char *path; /* "…%.*s…", of the conversation or of the answer */
    const char *body;
    bool is_of_answer;
    bool is_endless;
} Leaving;

/* Has the next run find a conversation with one answer. */
static void prepare(Leaving *leaving)
{
    leaving->conversation = new_conversation(all->arena, leaving->token);
    TestAnswer begun = ask_only(all->arena, leaving->token, leaving->conversation, "say:first");
    leaving->answer = test_json_str(&begun, "message_id");
    wait_for_state(all->arena, leaving->token, leaving->answer, "complete");
}

static void client_prepares(void *argument)
{
    Leaving *leaving = argument;
    leaving->token = ana;
    prepare(leaving);
}

/* Sends the request. Its answer may be anything, or none. */
static void client_leaves(void *argument)
{
    Leaving *leaving = argument;
    auto_arena Arena *arena = arena_new();
    Str id = leaving->is_of_answer ? leaving->answer : leaving->conversation;
    Str target = arena_printf(arena, "/api/v1/%s/%.*s%s",
                              leaving->is_of_answer ? "chat/messages" : "chat/conversations",
                              STR_ARGS(id), leaving->path);
    Str headers = arena_printf(arena, "%.*sContent-Type: application/json\r\n%s",
                               STR_ARGS(test_bearer(arena, leaving->token)),
                               leaving->is_endless ? "Accept: text/event-stream\r\n" : "");
    int client = test_connect(server->port);
    test_send(client, test_request_text(arena, leaving->method, target.data, headers,
                                        str_of(leaving->body)));
    if (leaving->is_endless) {
        char byte;
        ssize_t got = read(client, &byte, 1);
        assert_that(got >= 0);
    } else {
        (void)test_receive(arena, client, false);
    }
    test_close(client);
    prepare(leaving);
}

/* Every turn of the database has ended, by this process and without waiting for a lease. */
static void nothing_is_left(Task *task, void *argument)
{
    (void)argument;
    const Conversations *conversations = all->services.conversations;
    EXPECT_SOON(task, conversations->tasks == 0 && conversations->turns.count == 0);
    EXPECT_SOON(task, conversations->clients.count == 0);
    EXPECT_INT(task, test_postgres_count(all->postgres, "SELECT count(*) FROM conversation_turns"),
               0);
    EXPECT_INT(task,
               test_postgres_count(all->postgres,
                                   "SELECT count(*) FROM messages WHERE state = 'streaming'"),
               0);
    EXPECT_INT(task, conversations_stats(conversations).interrupted, 0);
    test_services_check_quiet(task, all);
}

static void leave_everywhere(Leaving *leaving, TaskMain *afterwards)
{
    test_server_run(server, client_prepares, leaving);
    uint32_t waits = test_server_cancel_everywhere(server, client_leaves, afterwards, leaving);
    assert_that(waits >= 2);
}

static void test_a_question_survives_a_client_that_leaves(void **state)
{
    Leaving leaving = {.method = "POST", .path = "/messages", .body = "{\"content\":\"say:x\"}"};
    (void)state;
    leave_everywhere(&leaving, nothing_is_left);
}

static void test_a_streamed_question_survives_a_client_that_leaves(void **state)
{
    Leaving leaving = {.method = "POST",
                       .path = "/messages",
                       .body = "{\"content\":\"say:x\"}",
                       .is_endless = true};
    (void)state;
    leave_everywhere(&leaving, nothing_is_left);
}

static void test_regenerating_survives_a_client_that_leaves(void **state)
{
    Leaving leaving = {.method = "POST", .path = "/regenerate", .body = "{}", .is_of_answer = true};
    (void)state;
    leave_everywhere(&leaving, nothing_is_left);
}

static void test_cancelling_leaves_nothing_when_the_client_leaves(void **state)
{
    Leaving leaving = {.method = "POST", .path = "/cancel", .body = "{}"};
    (void)state;
    leave_everywhere(&leaving, nothing_is_left);
}

static void test_watching_leaves_nothing_when_the_client_leaves(void **state)
{
    Leaving leaving = {.method = "GET", .path = "/events?after=0", .body = "", .is_endless = true};
    (void)state;
    leave_everywhere(&leaving, nothing_is_left);
}

/* A conversation that is deleted is deleted everywhere. */
static void nothing_is_remembered(Task *task, void *argument)
{
    nothing_is_left(task, argument);
    int64_t conversations =
        test_postgres_count(all->postgres, "SELECT count(*) FROM conversations WHERE EXISTS"
                                           " (SELECT FROM messages WHERE conversation_id ="
                                           " conversations.id)");
    int64_t caches = test_redis_number(
        all->redis, (const char *const[]){
                        "EVAL", "return #redis.call('KEYS', 'cache:conversation:*')", "0", NULL});
    EXPECT_INT(task, caches, conversations);
}

static void test_deleting_is_whole_when_the_client_leaves(void **state)
{
    Leaving leaving = {.method = "DELETE", .path = "", .body = ""};
    (void)state;
    test_postgres_run(all->postgres, "DELETE FROM conversations");
    test_redis_run(all->redis, (const char *const[]){"EVAL",
                                                     "for _, k in ipairs(redis.call('KEYS', "
                                                     "'cache:*')) do redis.call('DEL', k) end",
                                                     "0", NULL});
    leave_everywhere(&leaving, nothing_is_remembered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_survives_a_client_that_leaves),
        cmocka_unit_test(test_a_streamed_question_survives_a_client_that_leaves),
        cmocka_unit_test(test_regenerating_survives_a_client_that_leaves),
        cmocka_unit_test(test_cancelling_leaves_nothing_when_the_client_leaves),
        cmocka_unit_test(test_watching_leaves_nothing_when_the_client_leaves),
        cmocka_unit_test(test_deleting_is_whole_when_the_client_leaves),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

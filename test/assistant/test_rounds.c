/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of a model and our tools: their calls, their mistakes and their bounds. */
#include "fixture.h"

#include "base/json.h"

#define READ_CORE "{\"tool\":{\"name\":\"read_lines\",\"arguments\":{\"document_id\":\"%s\"}}}"

static void run(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

static void client_rounds(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, arena_printf(arena,
                               "{\"steps\":[{\"text\":\"I look.\"},"
                               " {\"tool\":{\"name\":\"list_documents\",\"arguments\":{}}}]},"
                               "{\"steps\":[" READ_CORE "]},"
                               "{\"steps\":[{\"text\":\"Its MTU is 9000.\"}]}",
                               user.core.data)
                      .data);
    Reply reply = ask_model(arena, &user, "What is the MTU?");
    assert_str(reply.state, "complete");
    assert_str(reply.content, "I look.\n\nIts MTU is 9000.");
    assert_int(count_of(reply.events, "\"type\":\"tool_started\""), 2);
    assert_int(count_of(reply.events, "\"ok\":true"), 2);
    assert_int(reply.steps->count, 2);
    assert_int(requests(arena)->count, 3);
    assert_int(count_of(request_text(arena, 1), "notes.txt"),
               1 + count_of(request_text(arena, 0), "notes.txt"));
    assert_that(count_of(request_text(arena, 2), "ntp server 192.0.2.1") >= 1);
    assert_int(detail(&reply, "tool_calls"), 2);
}

static void test_a_model_asks_tools_over_several_rounds(void **state)
{
    (void)state;
    run(client_rounds);
}

static void client_two_at_once(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, arena_printf(arena,
                               "{\"steps\":[" READ_CORE "," READ_CORE "]},"
                               "{\"steps\":[{\"text\":\"Both read.\"}]}",
                               user.core.data, user.notes.data)
                      .data);
    Reply reply = ask_model(arena, &user, "Read both.");
    assert_str(reply.content, "Both read.");
    assert_int(reply.steps->count, 2);
    assert_int(requests(arena)->count, 2);
    assert_that(count_of(json_str_or(&reply.steps->items[1], "answer", STR("")), "uplink") == 1);
}

static void test_two_calls_of_a_round_are_both_answered(void **state)
{
    (void)state;
    run(client_two_at_once);
}

typedef struct {
    const char *step;
    const char *answer; /* a part of what the model is told */
} Mistake;

static void client_mistakes(void *argument)
{
    static const Mistake mistakes[] = {
        {"{\"tool\":{\"name\":\"delete_everything\"}}", "there is no tool"},
        {"{\"tool\":{\"name\":\"read_lines\",\"arguments\":{}}}", "read_lines: give either"},
        {"{\"tool\":{\"name\":\"search\",\"arguments\":{\"query\":7}}}", "query"},
        {"{\"tool\":{\"name\":\"search\",\"arguments\":{\"query\":\"x\",\"as\":\"root\"}}}", "as"},
        {"{\"tool\":{\"name\":\"search\",\"arguments\":\"{\\\"query\\\":\\\"a\\\","
         "\\\"query\\\":\\\"b\\\"}\"}}",
         "duplicate object key"},
        {"{\"tool\":{\"name\":\"search\",\"arguments\":\"not json\"}}", "search"},
        {"{\"tool\":{\"name\":\"search\",\"arguments\":\"[]\"}}", "search"},
        {"{\"tool\":{\"name\":\"search\",\"arguments\":\"\"}}", "query"},
    };
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        script(arena, arena_printf(arena, "{\"steps\":[%s]},{\"steps\":[{\"text\":\"Sorry.\"}]}",
                                   mistakes[i].step)
                          .data);
        Reply reply = ask_model(arena, &user, "Do it.");
        assert_str(reply.state, "complete");
        assert_str(reply.content, "Sorry.");
        assert_int(count_of(reply.events, "\"ok\":false"), 1);
        assert_int(reply.steps->count, 1);
        Str told = json_str_or(&reply.steps->items[0], "answer", STR(""));
        if (str_find(told, str_of(mistakes[i].answer)) == STR_NOT_FOUND)
            assert_str(told, mistakes[i].answer);
    }
}

static void test_mistakes_in_calls_are_told_to_the_model(void **state)
{
    (void)state;
    run(client_mistakes);
}

static void client_repeats(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(
        arena,
        arena_printf(arena, "{\"forever\":true,\"steps\":[" READ_CORE "]}", user.core.data).data);
    Reply reply = ask_model(arena, &user, "Go on.");
    const JsonValue *seen = requests(arena);
    assert_int(seen->count, ASSISTANT_MAX_ROUNDS);
    assert_str(reply.state, "failed");
    assert_str(reply.reason, "the model ended without an answer");
    for (size_t i = 0; i < seen->count; i++) {
        const JsonValue *choice = json_get(json_get(&seen->items[i], "body"), "tool_choice");
        bool is_last = i + 1 == seen->count;
        assert_int(choice && str_equal(choice->string, STR("none")), is_last);
    }
}

static void test_the_last_round_asks_for_an_answer(void **state)
{
    (void)state;
    run(client_repeats);
}

static void client_many(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    /* 20 and 60 calls are more than the bound, and each has its result. */
    script(arena, "{\"steps\":[{\"calls\":20}]},{\"steps\":[{\"calls\":60}]},"
                  "{\"steps\":[{\"text\":\"Enough.\"}]}");
    Reply reply = ask_model(arena, &user, "Call.");
    assert_str(reply.content, "Enough.");
    assert_int(requests(arena)->count, 3);
    assert_int(count_of(request_text(arena, 2), "\"role\":\"tool\""), 80);
    assert_that(count_of(request_text(arena, 2), "\"tool_choice\":\"none\"") == 1);
    assert_int(reply.steps->count, 80);
    script(arena, "{\"forever\":true,\"steps\":[{\"calls\":1000}]}");
    reply = ask_model(arena, &user, "Call.");
    assert_str(reply.state, "failed");
    assert_str(reply.reason, "OpenAI broke off in the middle of its answer: try again later");
    reply = ask(arena, &user, "{\"content\":\"Call the ntp server 192.0.2.1.\"}");
    assert_str(reply.state, "complete");
    assert_int(count_of(reply.events, "\"type\":\"notice\""), 1);
}

static void test_a_thousand_calls_are_bounded(void **state)
{
    (void)state;
    run(client_many);
}

static void client_short_memory(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_local_key(arena, &user);
    test_postgres_run(
        all->postgres,
        arena_printf(arena,
                     "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text,"
                     " line_start, line_end, document_type)"
                     " SELECT user_id, id, n, repeat(chr(97 + n %% 26), 900), 10 + n, 10 + n,"
                     " 'config' FROM documents, generate_series(2, 60) AS n WHERE id = '%s'",
                     user.core.data)
            .data);
    script(arena, arena_printf(arena,
                               "{\"steps\":[" READ_CORE "]},{\"steps\":[" READ_CORE "]},"
                               "{\"steps\":[{\"text\":\"Short.\"}]}",
                               user.core.data, user.core.data)
                      .data);
    Reply reply = ask_model(arena, &user, "Read it all.");
    size_t count = requests(arena)->count;
    assert_that(count_of(request_text(arena, count - 1), "there is no room for more") >= 1);
    assert_that(count_of(request_text(arena, count - 1), "\"tool_choice\":\"none\"") == 1);
    assert_that(request_text(arena, count - 1).size < 16 * 1024 * 4);
    (void)reply;
}

static void test_answers_of_tools_fit_the_memory_of_the_model(void **state)
{
    (void)state;
    run(client_short_memory);
}

static void client_cancels(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"text\":\"So far so good\"},{\"silent\":true}]}");
    Str conversation = new_conversation(arena, &user);
    TestAnswer begun =
        test_post_json(arena, server->port, messages_target(arena, conversation).data,
                       test_bearer(arena, user.token), STR("{\"content\":\"Go.\"}"));
    test_expect(&begun, 202);
    Str path =
        arena_printf(arena, "chat/messages/%.*s", STR_ARGS(test_json_str(&begun, "message_id")));
    TestAnswer message = call_api(arena, &user, "GET", path);
    while (str_find(test_json_str(&message, "content"), STR("So far")) == STR_NOT_FOUND)
        message = call_api(arena, &user, "GET", path);
    Str cancel = arena_printf(arena, "chat/conversations/%.*s/cancel", STR_ARGS(conversation));
    TestAnswer cancelled = call_api(arena, &user, "POST", cancel);
    assert_that(cancelled.status < 300);
    const JsonValue *left = json_get(&requests(arena)->items[0], "left");
    for (int tries = 0; !left->boolean && tries < 10000; tries++)
        left = json_get(&requests(arena)->items[0], "left");
    assert_that(left->boolean);
    do
        message = call_api(arena, &user, "GET", path);
    while (str_equal(test_json_str(&message, "state"), STR("streaming")));
    assert_str(test_json_str(&message, "state"), "cancelled");
    assert_str(test_json_str(&message, "content"), "So far so good");
}

static void test_cancelling_closes_the_connection_to_the_provider(void **state)
{
    (void)state;
    run(client_cancels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_asks_tools_over_several_rounds),
        cmocka_unit_test(test_two_calls_of_a_round_are_both_answered),
        cmocka_unit_test(test_mistakes_in_calls_are_told_to_the_model),
        cmocka_unit_test(test_the_last_round_asks_for_an_answer),
        cmocka_unit_test(test_a_thousand_calls_are_bounded),
        cmocka_unit_test(test_answers_of_tools_fit_the_memory_of_the_model),
        cmocka_unit_test(test_cancelling_closes_the_connection_to_the_provider),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

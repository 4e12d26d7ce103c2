/* SPDX-License-Identifier: Apache-2.0 */
/* Titles that a model writes: once, after the first complete answer, and never as it likes. */
#include "fixture.h"

#include "base/json.h"

#define ANSWER "{\"steps\":[{\"text\":\"Its MTU is 9000.\"}]}"
#define ASK "{\"mode\":\"model\",\"content\":\"What is the MTU of core1?\"}"

static void run(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

static int64_t count_ledger(Arena *arena, Str conversation, const char *condition)
{
    return test_postgres_count(all->postgres,
                               arena_printf(arena,
                                            "SELECT count(*) FROM usage_ledger WHERE %s"
                                            " AND conversation_id = '%.*s'",
                                            condition, STR_ARGS(conversation))
                                   .data);
}

static void client_titles(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena,
           ANSWER ",{\"title\":true,\"steps\":[{\"text\":\"\\\"Uplink MTU\\\"\\n\"}]}," ANSWER);
    Str conversation = new_conversation_with(arena, &user, "{}");
    Reply reply = ask_in(arena, &user, conversation, ASK);
    assert_str(reply.content, "Its MTU is 9000.");
    wait_for_title(arena, &user, conversation, "Uplink MTU");
    ask_in(arena, &user, conversation, ASK);
    assert_int(requests(arena)->count, 3);
    const JsonValue *body = json_get(&requests(arena)->items[1], "body");
    assert_int(json_i64_or(body, "max_completion_tokens", -1), 256);
    assert_that(!json_get(body, "tools"));
    assert_int(count_ledger(arena, conversation, "message_id IS NULL AND tokens_total = 15"), 1);
    assert_int(count_ledger(arena, conversation, "message_id IS NOT NULL"), 2);
}

static void test_the_first_answer_gets_a_title_that_is_billed(void **state)
{
    (void)state;
    run(client_titles);
}

static void client_given(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    /* A person gives a title while the model is asked for one. */
    script(arena,
           ANSWER ",{\"title\":true,\"steps\":[{\"wait\":\"named\"},{\"text\":\"Of the model\"}]}");
    Str conversation = new_conversation_with(arena, &user, "{}");
    ask_in(arena, &user, conversation, ASK);
    while (requests(arena)->count < 2)
        continue;
    Str path = arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation));
    TestAnswer changed = send_json(arena, &user, "PATCH", path, "{\"title\":\"Of a person\"}");
    test_expect(&changed, 200);
    let_go(arena, "named");
    while (count_ledger(arena, conversation, "message_id IS NULL") == 0)
        continue;
    wait_for_title(arena, &user, conversation, "Of a person");
}

static void test_a_title_that_a_person_gave_stays(void **state)
{
    (void)state;
    run(client_given);
}

static void client_fails(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, ANSWER ",{\"title\":true,\"status\":503,\"error\":{\"message\":\"no\"}}," ANSWER);
    Str conversation = new_conversation_with(arena, &user, "{}");
    Reply first = ask_in(arena, &user, conversation, ASK);
    Reply second = ask_in(arena, &user, conversation, ASK);
    assert_str(first.state, "complete");
    assert_str(second.state, "complete");
    assert_int(requests(arena)->count, 3);
    wait_for_title(arena, &user, conversation, "What is the MTU of core1?");
    assert_int(count_ledger(arena, conversation, "message_id IS NULL"), 0);
}

static void test_a_title_that_fails_is_not_asked_for_again(void **state)
{
    (void)state;
    run(client_fails);
}

static void client_hidden(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"text\":\"host1 has 9000.\"}]},"
                  "{\"title\":true,\"steps\":[{\"text\":\"MTU of host1\"}]}");
    Str conversation = new_conversation_with(arena, &user, "{\"is_private\":true}");
    ask_in(arena, &user, conversation, ASK);
    wait_for_title(arena, &user, conversation, "MTU of core1");
    assert_int(requests(arena)->count, 2);
    assert_int(count_of(request_text(arena, 1), "core1"), 0);
    assert_int(count_of(request_text(arena, 1), "host1 has 9000."), 1);
}

static void test_a_title_of_a_private_conversation_is_asked_for_by_standins(void **state)
{
    (void)state;
    run(client_hidden);
}

typedef struct {
    const char *text;  /* of the model, as JSON */
    const char *title; /* what becomes of it */
} Hostile;

static void client_hostile(void *argument)
{
    static const Hostile hostile[] = {
        {"\\u001b[31mEvil\\u0007 \\u202etitle\\u200b\\nsecond line", "[31mEvil title"},
        {"See [this](https://evil.example/?q=1) ![x](http://evil.example/i)",
         "See [this] (https[:]//evil.example/?q=1) ! [x] (http[:]//evil.example/i)"},
        {"Secret [[doc:00000000-0000-0000-0000-000000000000:L1]] of core1", "Secret"},
        {"word word word word word word word word word word word word word word word word "
         "word word",
         "word word word word word word word word word word word word word word word…"},
    };
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        script(arena, arena_printf(arena, ANSWER ",{\"title\":true,\"steps\":[{\"text\":\"%s\"}]}",
                                   hostile[i].text)
                          .data);
        Str conversation = new_conversation_with(arena, &user, "{}");
        ask_in(arena, &user, conversation, ASK);
        wait_for_title(arena, &user, conversation, hostile[i].title);
    }
}

static void test_hostile_titles_are_one_plain_line(void **state)
{
    (void)state;
    run(client_hostile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_answer_gets_a_title_that_is_billed),
        cmocka_unit_test(test_a_title_that_a_person_gave_stays),
        cmocka_unit_test(test_a_title_that_fails_is_not_asked_for_again),
        cmocka_unit_test(test_a_title_of_a_private_conversation_is_asked_for_by_standins),
        cmocka_unit_test(test_hostile_titles_are_one_plain_line),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

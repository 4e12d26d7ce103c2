/* SPDX-License-Identifier: Apache-2.0 */
/* Whose key asks which provider, what becomes of a turn without one, and what is billed. */
#include "fixture.h"

#include "base/json.h"

#define HELLO "{\"steps\":[{\"text\":\"Hello.\"}]}"
#define NTP "{\"content\":\"Which NTP server does core1 use?\"}"

static void run(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

static Str key_of_request(Arena *arena, size_t index)
{
    const JsonValue *headers = json_get(&requests(arena)->items[index], "headers");
    return json_str_or(headers, "authorization", STR(""));
}

static void client_fails_over(void *argument)
{
    static const char *const firsts[] = {"wrong-key-secret1", "poor-key-secret1",
                                         "busy-key-secret1"};
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(firsts); i++) {
        User user = new_user(arena);
        Str id = add_key(arena, &user, firsts[i]);
        add_key(arena, &user, "good-key-secret2");
        script(arena, HELLO);
        Str body = arena_printf(
            arena, "{\"mode\":\"model\",\"content\":\"Hi\",\"key_id\":\"%.*s\"}", STR_ARGS(id));
        Reply reply = ask(arena, &user, body.data);
        assert_str(reply.content, "Hello.");
        assert_int(count_of(reply.events, "another key of the provider is used: OpenAI"), 1);
        assert_int(count_of(reply.events, "secret1"), 0);
        size_t count = requests(arena)->count;
        assert_str(key_of_request(arena, 0), arena_printf(arena, "Bearer %s", firsts[i]).data);
        assert_str(key_of_request(arena, count - 1), "Bearer good-key-secret2");
    }
}

static void test_another_key_of_the_provider_is_used_and_told(void **state)
{
    (void)state;
    run(client_fails_over);
}

static void client_402(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    add_key(arena, &user, "good-key-2");
    script(arena, "{\"status\":402,\"error\":{\"message\":\"pay\"}}," HELLO);
    Reply reply = ask_model(arena, &user, "Hi");
    assert_str(reply.content, "Hello.");
    assert_int(count_of(reply.events, "has no credit left for this key"), 1);
    assert_int(requests(arena)->count, 2);
    /* A request that is refused for what it says is not repeated with another key. */
    script(arena, "{\"status\":400,\"error\":{\"message\":\"no such model\"}}");
    reply = ask_model(arena, &user, "Hi");
    assert_str(reply.state, "failed");
    assert_int(requests(arena)->count, 3);
}

static void test_a_key_without_credit_is_left_and_a_bad_request_is_not_repeated(void **state)
{
    (void)state;
    run(client_402);
}

static void client_one_provider(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    Str id = add_key(arena, &user, "wrong-key-1");
    add_key(arena, &user, "wrong-key-2");
    add_local_key(arena, &user);
    Str body = arena_printf(arena, "{\"mode\":\"model\",\"content\":\"Hi\",\"key_id\":\"%.*s\"}",
                            STR_ARGS(id));
    Reply reply = ask(arena, &user, body.data);
    assert_str(reply.state, "failed");
    assert_int(count_of(reply.reason, "OpenAI refused the key"), 1);
    assert_int(requests(arena)->count, 2);
    assert_str(key_of_request(arena, 1), "Bearer wrong-key-2");
}

static void test_another_provider_is_never_asked(void **state)
{
    (void)state;
    run(client_one_provider);
}

static void client_without_key(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    Reply reply = ask_model(arena, &user, "Hi");
    assert_str(reply.state, "failed");
    assert_str(reply.reason, "there is no active API key");
    reply = ask(arena, &user, NTP);
    assert_str(reply.state, "complete");
    assert_int(count_of(reply.events, "\"type\":\"notice\""), 0);
    assert_that(count_of(reply.content, "192.0.2.1") >= 1);
    assert_int(json_get(reply.metadata, "citations")->count >= 1, 1);
    reply = ask(arena, &user,
                "{\"content\":\"Which NTP server does core1 use?\",\"provider\":\"anthropic\"}");
    assert_int(count_of(reply.events, "there is no active API key for anthropic"), 1);
    assert_that(count_of(reply.content, "192.0.2.1") >= 1);
    assert_int(requests(arena)->count, 0);
}

static void test_without_a_key_the_sources_answer_or_the_mode_model_fails(void **state)
{
    (void)state;
    run(client_without_key);
}

static void client_falls_back(void *argument)
{
    static const char *const keys[] = {"wrong-key-1", "poor-key-1", "busy-key-1"};
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        User user = new_user(arena);
        add_key(arena, &user, keys[i]);
        Reply reply = ask(arena, &user, NTP);
        assert_str(reply.state, "complete");
        assert_int(count_of(reply.events, "answered from the sources, because the model did not"),
                   1);
        assert_that(count_of(reply.content, "192.0.2.1") >= 1);
        assert_that(!json_get(reply.metadata, "model"));
    }
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"text\":\"I begin\"},{\"error\":{\"message\":\"oops\"}}]}");
    Reply reply = ask(arena, &user, NTP);
    assert_str(reply.state, "failed");
    assert_str(reply.content, "I begin");
    assert_int(count_of(reply.events, "answered from the sources"), 0);
}

static void test_the_sources_answer_where_the_model_has_not_begun(void **state)
{
    (void)state;
    run(client_falls_back);
}

static int64_t ledger(Arena *arena, const User *user, const char *what)
{
    Str sql = arena_printf(arena,
                           "SELECT coalesce(%s, 0)::bigint FROM usage_ledger AS u JOIN documents"
                           " AS d ON d.user_id = u.user_id WHERE d.id = '%s'",
                           what, user->core.data);
    return test_postgres_count(all->postgres, sql.data);
}

static void client_usage(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"tool\":{\"name\":\"list_documents\",\"arguments\":{}}}],"
                  " \"usage\":{\"input\":1000,\"cached\":400,\"output\":30}},"
                  "{\"steps\":[{\"text\":\"Two.\"}],"
                  " \"usage\":{\"input\":2000,\"cached\":0,\"output\":70}}");
    Reply reply =
        ask(arena, &user, "{\"mode\":\"model\",\"content\":\"Count.\",\"model\":\"gpt-5\"}");
    assert_str(reply.content, "Two.");
    assert_int(json_i64_or(reply.metadata, "tokens_in", 0), 3000);
    assert_int(json_i64_or(reply.metadata, "tokens_out", 0), 100);
    assert_int(json_i64_or(reply.metadata, "tokens_cached", 0), 400);
    /* gpt-5: 1.25 $ a million tokens, 0.125 cached, 10 written */
    assert_int(json_i64_or(reply.metadata, "cost_micros", 0), 3250 + 50 + 1000);
    assert_int(ledger(arena, &user, "count(*)"), 1);
    assert_int(ledger(arena, &user, "sum(tokens_total)"), 3100);
    assert_int(ledger(arena, &user, "sum(cost_micros)"), 4300);
}

static void test_the_usage_of_all_rounds_is_billed_once(void **state)
{
    (void)state;
    run(client_usage);
}

static void client_paid_fallback(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"tool\":{\"name\":\"list_documents\",\"arguments\":{}}}],"
                  " \"usage\":{\"input\":1000,\"output\":30}},"
                  "{\"status\":400,\"error\":{\"message\":\"no\"}}");
    Reply reply = ask(arena, &user, NTP);
    assert_str(reply.state, "complete");
    assert_int(count_of(reply.events, "answered from the sources"), 1);
    assert_int(ledger(arena, &user, "sum(tokens_total)"), 1030);
}

static void test_tokens_that_a_failed_model_used_are_billed(void **state)
{
    (void)state;
    run(client_paid_fallback);
}

static void client_local(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_local_key(arena, &user);
    script(arena, HELLO);
    Reply reply = ask_model(arena, &user, "Hi");
    assert_str(reply.content, "Hello.");
    assert_str(json_str_or(reply.metadata, "provider", STR("")), "local");
    assert_that(!json_get(reply.metadata, "tokens_in"));
    assert_int(ledger(arena, &user, "count(*)"), 0);
}

static void test_a_local_model_costs_nothing(void **state)
{
    (void)state;
    run(client_local);
}

static void client_huge_usage(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"tool\":{\"name\":\"list_documents\",\"arguments\":{}}}],"
                  " \"usage\":{\"input\":999999999,\"output\":999999999}},"
                  "{\"steps\":[{\"text\":\"Much.\"}],"
                  " \"usage\":{\"input\":999999999,\"output\":-5}}");
    Reply reply = ask_model(arena, &user, "Count.");
    assert_str(reply.state, "complete");
    assert_that(json_i64_or(reply.metadata, "tokens_in", 0) <= 1000000000);
}

static void test_usage_beyond_reason_is_stored_within_bounds(void **state)
{
    (void)state;
    run(client_huge_usage);
}

static void client_silent(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[]}");
    Reply reply = ask_model(arena, &user, "Hi");
    assert_str(reply.state, "failed");
    assert_str(reply.reason, "the model ended without an answer");
    script(arena, "{\"steps\":[]}");
    reply = ask(arena, &user, NTP);
    assert_that(count_of(reply.content, "192.0.2.1") >= 1);
    script(arena, "{\"steps\":[{\"text\":\"I ca\"}],\"stop\":\"length\"}");
    reply = ask_model(arena, &user, "Hi");
    assert_str(reply.content, "I ca");
    assert_int(count_of(reply.events, "the answer reached the model's limit"), 1);
    script(arena, "{\"steps\":[{\"text\":\"I ca\"}],\"stop\":\"filter\"}");
    reply = ask_model(arena, &user, "Hi");
    assert_int(count_of(reply.events, "content filter cut the answer"), 1);
}

static void test_an_answer_without_text_or_end_is_told_in_words(void **state)
{
    (void)state;
    run(client_silent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_key_of_the_provider_is_used_and_told),
        cmocka_unit_test(test_a_key_without_credit_is_left_and_a_bad_request_is_not_repeated),
        cmocka_unit_test(test_another_provider_is_never_asked),
        cmocka_unit_test(test_without_a_key_the_sources_answer_or_the_mode_model_fails),
        cmocka_unit_test(test_the_sources_answer_where_the_model_has_not_begun),
        cmocka_unit_test(test_the_usage_of_all_rounds_is_billed_once),
        cmocka_unit_test(test_tokens_that_a_failed_model_used_are_billed),
        cmocka_unit_test(test_a_local_model_costs_nothing),
        cmocka_unit_test(test_usage_beyond_reason_is_stored_within_bounds),
        cmocka_unit_test(test_an_answer_without_text_or_end_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

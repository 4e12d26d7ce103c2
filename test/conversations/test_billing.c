/* SPDX-License-Identifier: Apache-2.0 */
/* Each token is billed once, whatever becomes of the answer; titles are billed apart. */
#include "fixture.h"

#include "base/json.h"

#include <unistd.h>

/* Returns a sum over the entries of a conversation. */
static int64_t ledger(Arena *arena, Str conversation, const char *sum)
{
    return test_postgres_count(
        all->postgres,
        arena_printf(arena,
                     "SELECT coalesce(%s, 0) FROM usage_ledger WHERE conversation_id = '%.*s'", sum,
                     STR_ARGS(conversation))
            .data);
}

static void wait_for_ledger(Arena *arena, Str conversation, int64_t tokens)
{
    for (int waited_ms = 0; waited_ms < TEST_LONGEST_WAIT_MS; waited_ms += 5) {
        if (ledger(arena, conversation, "sum(tokens_total)") == tokens)
            return;
        usleep(5000);
    }
    test_fail_at(__FILE__, __LINE__, "the ledger never had %lld tokens", (long long)tokens);
}

/* Begins an answer that has used tokens and holds. */
static Str begin_held(Arena *arena, Str conversation, const char *question)
{
    TestAnswer begun = ask_only(arena, ana, conversation, question);
    Str message = test_json_str(&begun, "message_id");
    wait_for_content(arena, ana, message, "one ");
    return message;
}

static void client_loses(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str message = begin_held(arena, conversation, "say:one use:70 hold say:two");
    /* Another process ends the turn while this one lives. */
    test_postgres_run(
        all->postgres,
        arena_printf(arena,
                     "UPDATE conversation_turns SET lease_expires_at = now() - interval '1 min'"
                     " WHERE message_id = '%.*s';"
                     "SELECT turn_interrupt(t.message_id, t.fencing_token, 0, '')"
                     " FROM conversation_turns AS t WHERE t.message_id = '%.*s'",
                     STR_ARGS(message), STR_ARGS(message))
            .data);
    TestAnswer ended = wait_for_state(arena, ana, message, "interrupted");
    assert_str(test_json_str(&ended, "content"), "one ");
    hold_release();
    wait_for_ledger(arena, conversation, 70);
    ended = wait_for_state(arena, ana, message, "interrupted");
    assert_int(json_i64_or(ended.json, "tokens_used", -1), 70);
    assert_str(json_str_or(json_get(ended.json, "metadata"), "model", STR("")), "m1");
    assert_int(ledger(arena, conversation, "count(*)"), 1);
}

static void test_an_answer_whose_lease_was_lost_is_billed_once(void **state)
{
    (void)state;
    test_server_run(server, client_loses, NULL);
    while (hold_take())
        continue;
}

static void client_deletes(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    begin_held(arena, conversation, "say:one use:30 hold");
    TestAnswer deleted =
        api_call(arena, ana, "DELETE",
                 arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation)));
    test_expect(&deleted, 204);
    wait_for_ledger(arena, conversation, 30);
    assert_int(ledger(arena, conversation, "count(*)"), 1);
}

static void test_an_answer_of_a_deleted_conversation_is_billed(void **state)
{
    (void)state;
    test_server_run(server, client_deletes, NULL);
}

static void client_titles(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "titles@example.net");
    Str conversation = new_conversation(arena, token);
    EventStream *stream =
        open_events(arena, token,
                    arena_printf(arena, "chat/conversations/%.*s/events", STR_ARGS(conversation)));
    TestAnswer begun = ask_only(arena, token, conversation, "say:one use:7 title:The-MTU");
    read_until(stream, "\"type\":\"title\",\"title\":\"The-MTU\"");
    Str seen = str_make(stream->bytes, stream->size);
    assert_that(str_find(seen, STR("\"type\":\"message_completed\"")) <
                str_find(seen, STR("\"type\":\"title\"")));
    close(stream->client);
    assert_int(ledger(arena, conversation, "sum(tokens_total)"), 1007);
    TestAnswer usage = api_get(arena, token, STR("users/me/usage?days=1"));
    assert_int(json_i64_or(&json_get(usage.json, "days")->items[0], "answers", -1), 1);
    assert_int(json_i64_or(&json_get(usage.json, "days")->items[0], "tokens_total", -1), 1007);
    Str sent = arena_printf(arena, "chat/messages/%.*s/sent",
                            STR_ARGS(test_json_str(&begun, "message_id")));
    TestAnswer shown = api_get(arena, token, sent);
    assert_that(json_get(json_get(shown.json, "sent"), "title"));
    /* The model's title is not replaced by another one of it. */
    ask(arena, token, conversation, "say:two title:Again");
    wait_for_ledger(arena, conversation, 2007);
    TestAnswer answer = api_get(
        arena, token, arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation)));
    assert_str(test_json_str(&answer, "title"), "The-MTU");
}

static void test_a_title_is_told_after_the_answer_and_billed_apart(void **state)
{
    (void)state;
    test_server_run(server, client_titles, NULL);
}

static void client_next(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    ask(arena, ana, conversation, "say:one title:hold");
    /* The conversation answers the next question while the title is being made, and can go. */
    Str stream = ask(arena, ana, conversation, "say:two");
    assert_int(count_of(stream, "\"state\":\"complete\""), 1);
    TestAnswer deleted =
        api_call(arena, ana, "DELETE",
                 arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation)));
    test_expect(&deleted, 204);
    hold_release();
}

static void test_a_title_that_takes_long_keeps_nobody_waiting(void **state)
{
    (void)state;
    test_server_run(server, client_next, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_whose_lease_was_lost_is_billed_once),
        cmocka_unit_test(test_an_answer_of_a_deleted_conversation_is_billed),
        cmocka_unit_test(test_a_title_is_told_after_the_answer_and_billed_apart),
        cmocka_unit_test(test_a_title_that_takes_long_keeps_nobody_waiting),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/json.h"

static void client_streams(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str stream = ask(arena, ana, conversation, "say:Because say:of tell:notice say:MTU");
    assert_int(count_of(stream, "\"type\":\"turn_started\""), 1);
    assert_int(count_of(stream, "\"type\":\"notice\""), 1);
    assert_int(count_of(stream, "\"type\":\"message_completed\""), 1);
    assert_int(count_of(stream, "\"state\":\"complete\""), 1);
    assert_str(stream_text(arena, stream), "Because of MTU ");
    TestAnswer page =
        api_get(arena, ana,
                arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation)));
    test_expect(&page, 200);
    const JsonValue *items = json_get(page.json, "items");
    assert_int(items->count, 2);
    assert_str(json_str_or(&items->items[0], "role", STR("")), "user");
    assert_str(json_str_or(&items->items[1], "content", STR("")), "Because of MTU ");
    assert_str(json_str_or(&items->items[1], "state", STR("")), "complete");
    assert_str(json_str_or(&items->items[1], "parent_id", STR("")),
               json_str_or(&items->items[0], "id", STR("?")));
    assert_int(test_postgres_count(all->postgres,
                                   "SELECT count(*) FROM messages"
                                   " WHERE tokens IS DISTINCT FROM search_tokens(content)"),
               0);
}

static void test_a_question_streams_its_answer_and_keeps_it(void **state)
{
    (void)state;
    test_server_run(server, client_streams, NULL);
}

static void client_long(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str stream = ask(arena, ana, conversation, "many:100000");
    assert_int(stream_text(arena, stream).size, 100000);
    stream = ask(arena, ana, conversation, "many:300000");
    assert_int(count_of(stream, "the answer is longer than 256 KiB"), 1);
    assert_int(stream_text(arena, stream).size, 256 * 1024 / 100 * 100);
}

static void test_a_long_answer_arrives_whole_up_to_its_limit(void **state)
{
    (void)state;
    test_server_run(server, client_long, NULL);
}

static void client_leaves(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    TestAnswer begun = ask_only(arena, ana, conversation, "say:one hold say:two hold say:three");
    Str message = test_json_str(&begun, "message_id");
    /* Nobody listens, and yet the text is put down. */
    wait_for_content(arena, ana, message, "one ");
    hold_release();
    wait_for_content(arena, ana, message, "one two ");
    /* Another client comes in the middle, and is told everything once. */
    hold_release();
    wait_for_state(arena, ana, message, "complete");
    EventStream *stream = open_events(
        arena, ana,
        arena_printf(arena, "chat/conversations/%.*s/events?after=%lld", STR_ARGS(conversation),
                     (long long)json_i64_or(begun.json, "after", -1)));
    read_until(stream, "message_completed");
    assert_str(stream_text(arena, str_make(stream->bytes, stream->size)), "one two three ");
    test_close(stream->client);
}

static void test_an_answer_goes_on_when_everybody_has_left(void **state)
{
    (void)state;
    test_server_run(server, client_leaves, NULL);
}

static void client_cancels(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str cancel = arena_printf(arena, "chat/conversations/%.*s/cancel", STR_ARGS(conversation));
    TestAnswer answer = api_post(arena, ana, cancel, "");
    assert_str(test_json_str(&answer, "status"), "idle");
    TestAnswer begun = ask_only(arena, ana, conversation, "say:so say:far hold");
    Str message = test_json_str(&begun, "message_id");
    Str path = arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation));
    TestAnswer busy = api_post(arena, ana, path, "{\"content\":\"say:x\"}");
    test_expect_error(&busy, 409, "CONFLICT");
    assert_that(str_find(busy.body, message) != STR_NOT_FOUND);
    answer = api_post(arena, bob, cancel, "");
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = api_post(arena, ana, cancel, "");
    assert_str(test_json_str(&answer, "status"), "cancelling");
    answer = wait_for_state(arena, ana, message, "cancelled");
    assert_str(test_json_str(&answer, "content"), "so far ");
    assert_int(stream_text(arena, ask(arena, ana, conversation, "say:again")).size, 6);
}

static void test_cancelling_keeps_the_text_and_frees_the_conversation(void **state)
{
    (void)state;
    test_server_run(server, client_cancels, NULL);
}

static void client_fails(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str stream = ask(arena, ana, conversation, "say:half fail");
    assert_int(count_of(stream, "\"type\":\"error\""), 1);
    assert_int(count_of(stream, "the model is away: try again later"), 1);
    assert_int(count_of(stream, "10.0.0.1"), 0);
    assert_str(stream_text(arena, stream), "half ");
}

static void test_a_failed_answer_says_why_and_keeps_its_text(void **state)
{
    (void)state;
    test_server_run(server, client_fails, NULL);
}

static void client_wiped(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    ask(arena, ana, conversation, "say:1");
    ask(arena, ana, conversation, "say:2");
    Str hit = stream_text(arena, ask(arena, ana, conversation, "recall"));
    assert_str(hit, "|Q say:1|A 1 |Q say:2|A 2 ");
    test_redis_run(all->redis, (const char *const[]){"EVAL",
                                                     "for _, k in ipairs(redis.call('KEYS', "
                                                     "'cache:*')) do redis.call('DEL', k) end",
                                                     "0", NULL});
    Str miss = stream_text(arena, ask(arena, ana, conversation, "recall"));
    assert_str(str_slice(miss, 0, hit.size), hit);
    Str again = stream_text(arena, ask(arena, ana, conversation, "recall"));
    assert_str(str_slice(again, 0, miss.size), miss);
}

static void test_history_is_the_same_with_and_without_the_cache(void **state)
{
    (void)state;
    test_server_run(server, client_wiped, NULL);
}

static void client_branches(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    ask(arena, ana, conversation, "say:1");
    TestAnswer second = ask_only(arena, ana, conversation, "say:2");
    Str message = test_json_str(&second, "message_id");
    wait_for_state(arena, ana, message, "complete");
    /* The second question is asked in other words: its first version is not in the history. */
    TestAnswer first =
        api_get(arena, ana,
                arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation)));
    const JsonValue *items = json_get(first.json, "items");
    assert_int(items->count, 4);
    Str body = arena_printf(arena, "{\"content\":\"recall\",\"parent_id\":\"%.*s\"}",
                            STR_ARGS(json_str_or(&items->items[1], "id", STR(""))));
    TestAnswer edited = api_post(
        arena, ana, arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation)),
        body.data);
    test_expect(&edited, 202);
    TestAnswer shown = wait_for_state(arena, ana, test_json_str(&edited, "message_id"), "complete");
    assert_str(test_json_str(&shown, "content"), "|Q say:1|A 1 ");
    /* The former branch can be read by its last message. */
    TestAnswer former = api_get(arena, ana,
                                arena_printf(arena, "chat/conversations/%.*s/messages?head=%.*s",
                                             STR_ARGS(conversation), STR_ARGS(message)));
    assert_int(json_get(former.json, "items")->count, 4);
    assert_int(json_get(&json_get(former.json, "items")->items[2], "siblings")->count, 2);
    /* Regenerating makes a second answer beside the first. */
    TestAnswer again = api_post(
        arena, ana, arena_printf(arena, "chat/messages/%.*s/regenerate", STR_ARGS(message)), "{}");
    test_expect(&again, 202);
    assert_str(test_json_str(&again, "question_id"), test_json_str(&second, "question_id"));
    shown = wait_for_state(arena, ana, test_json_str(&again, "message_id"), "complete");
    assert_int(json_get(shown.json, "siblings")->count, 2);
}

static void test_edited_and_regenerated_messages_are_branches(void **state)
{
    (void)state;
    test_server_run(server, client_branches, NULL);
}

static void client_repeats(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str path = arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation));
    const char *body = "{\"content\":\"say:x\",\"client_id\":\"c-1\"}";
    TestAnswer first = api_post(arena, ana, path, body);
    test_expect(&first, 202);
    TestAnswer second = api_post(arena, ana, path, body);
    test_expect(&second, 202);
    assert_that(!json_get(second.json, "is_new")->boolean);
    assert_str(test_json_str(&second, "message_id"), test_json_str(&first, "message_id"));
}

static void test_a_repeated_request_asks_once(void **state)
{
    (void)state;
    test_server_run(server, client_repeats, NULL);
}

static void client_quota(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "quota@example.net");
    Str conversation = new_conversation(arena, token);
    Str stream = ask(arena, token, conversation, "reserve:900 use:600");
    assert_int(count_of(stream, "\"state\":\"complete\""), 1);
    stream = ask(arena, token, conversation, "reserve:500 use:1");
    assert_int(count_of(stream, "the 1000 tokens of the day are used up"), 1);
    stream = ask(arena, token, conversation, "reserve:400 use:400");
    assert_int(count_of(stream, "\"tokens_out\":400"), 1);
    TestAnswer usage = api_get(arena, token, STR("users/me/usage?days=2&tz=America/Sao_Paulo"));
    test_expect(&usage, 200);
    assert_int(json_i64_or(usage.json, "quota", -1), 1000);
    assert_int(json_i64_or(usage.json, "used_today", -1), 1000);
    const JsonValue *day = &json_get(usage.json, "days")->items[0];
    assert_int(json_i64_or(day, "tokens_out", -1), 1000);
    assert_int(json_i64_or(day, "answers", -1), 2);
    assert_str(json_str_or(&json_get(usage.json, "models")->items[0], "model", STR("")), "m1");
}

/* East of Greenwich is positive, as ISO 8601 has it: the day of 23:30 in UTC is the next one. */
static void client_zones(void *argument)
{
    static const char *const zones[][2] = {
        {"%2B01:00", "2026-03-02"},     {"%2B0100", "2026-03-02"},   {"%2B01", "2026-03-02"},
        {"-01:00", "2026-03-01"},       {"%2B14:00", "2026-03-02"},  {"UTC", "2026-03-01"},
        {"Europe/Paris", "2026-03-02"}, {"Etc/GMT-1", "2026-03-02"}, {"EST5EDT", "2026-03-01"},
        {"%2B00:30", "2026-03-02"},
    };
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "zones@example.net");
    test_postgres_run(all->postgres,
                      "INSERT INTO usage_ledger (occurred_at, user_id, message_id, tokens_total)"
                      " SELECT '2026-03-01 23:30:00+00', id, id, 5 FROM users"
                      " WHERE email = 'zones@example.net'");
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        Str path = arena_printf(arena, "users/me/usage?days=366&tz=%s", zones[i][0]);
        TestAnswer usage = api_get(arena, token, path);
        test_expect(&usage, 200);
        const JsonValue *days = json_get(usage.json, "days");
        if (days->count == 0) /* the clock of this machine is more than a year from that day */
            continue;
        assert_str(json_str_or(&days->items[0], "date", STR("")), zones[i][1]);
    }
    static const char *const wrong[] = {
        "tz=Nowhere/Else", "days=0",       "tz=x'y",      "days=367",   "tz=UTC%2B1", "tz=GMT-1",
        "tz=%2B15",        "tz=%2B01:60",  "tz=%2B1",     "tz=%2B01:0", "tz=-",       "tz=UTC5",
        "tz=%2B01:00:00",  "tz=%2B%2B1:0", "tz=%2B01:-1", "tz=<X>5"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        TestAnswer usage =
            api_get(arena, token, arena_printf(arena, "users/me/usage?%s", wrong[i]));
        test_expect_error(&usage, 400, "VALIDATION_ERROR");
    }
}

static void test_offsets_of_a_time_zone_are_those_of_iso_8601(void **state)
{
    (void)state;
    test_server_run(server, client_zones, NULL);
}

static void test_tokens_are_reserved_and_settled(void **state)
{
    (void)state;
    test_server_run(server, client_quota, NULL);
}

static void client_hostile(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str path = arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation));
    static const char *const bodies[] = {
        "{}",
        "{\"content\":\"\"}",
        "{\"content\":\" \\n\"}",
        "{\"content\":7}",
        "{\"content\":\"x\",\"parent_id\":\"x\"}",
        "{\"content\":\"x\",\"mode\":\"other\"}",
        "{\"content\":\"x\",\"document_ids\":\"x\"}",
        "{\"content\":\"x\",\"document_ids\":[7]}",
        "{\"content\":\"x\",\"key_id\":\"x\"}",
        "{\"content\":\"a\\u0000b\"}",
        "{\"content\":\"x\",\"parent_id\":\"00000000-0000-4000-8000-000000000000\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        TestAnswer answer = api_post(arena, ana, path, bodies[i]);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    TestAnswer answer =
        api_post(arena, ana, path,
                 "{\"content\":\"x\",\"document_ids\":[\"00000000-0000-4000-8000-000000000000\"]}");
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = api_post(arena, bob, path, "{\"content\":\"x\"}");
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer =
        api_get(arena, bob, arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation)));
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = api_get(arena, bob,
                     arena_printf(arena, "chat/conversations/%.*s/events", STR_ARGS(conversation)));
    test_expect_error(&answer, 404, "NOT_FOUND");
    StrBuf large;
    strbuf_init(&large, 60000);
    strbuf_append(&large, STR("{\"content\":\""));
    for (int i = 0; i < MESSAGE_MAX_BYTES + 1; i++)
        strbuf_append_byte(&large, 'x');
    strbuf_append(&large, STR("\"}"));
    strbuf_append_byte(&large, '\0');
    answer = api_post(arena, ana, path, large.data);
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    strbuf_done(&large);
}

static void test_malformed_questions_are_refused_in_words(void **state)
{
    (void)state;
    test_server_run(server, client_hostile, NULL);
}

static void client_deletes(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str path = arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation));
    ask_only(arena, ana, conversation, "say:x hold");
    EventStream *stream =
        open_events(arena, ana, arena_printf(arena, "%.*s/events", STR_ARGS(path)));
    TestAnswer answer = api_call(arena, bob, "DELETE", path);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = api_call(arena, ana, "DELETE", path);
    test_expect(&answer, 204);
    read_until(stream, "\"type\":\"conversation_deleted\"");
    read_to_end(stream);
    test_close(stream->client);
    answer = api_get(arena, ana, path);
    test_expect_error(&answer, 404, "NOT_FOUND");
}

static void test_deleting_ends_the_answer_and_the_streams(void **state)
{
    (void)state;
    test_server_run(server, client_deletes, NULL);
}

static void client_logs_out(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "leaver@example.net");
    Str conversation = new_conversation(arena, token);
    EventStream *stream =
        open_events(arena, token,
                    arena_printf(arena, "chat/conversations/%.*s/events", STR_ARGS(conversation)));
    TestAnswer answer = api_post(arena, token, STR("auth/logout"), "{}");
    test_expect(&answer, 204);
    read_until(stream, "not logged in any more");
    read_to_end(stream);
    test_close(stream->client);
}

static void test_a_stream_ends_with_the_session(void **state)
{
    (void)state;
    test_server_run(server, client_logs_out, NULL);
}

static void client_manages(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "manager@example.net");
    Str first = new_conversation(arena, token);
    Str second = new_conversation(arena, token);
    ask(arena, token, first, "say:the-optic-of xe-0/0/1");
    TestAnswer list = api_get(arena, token, STR("chat/conversations?limit=1"));
    test_expect(&list, 200);
    const JsonValue *item = &json_get(list.json, "items")->items[0];
    assert_str(json_str_or(item, "id", STR("")), first);
    assert_str(json_str_or(item, "title", STR("")), "say:the-optic-of xe-0/0/1");
    assert_int(json_i64_or(item, "message_count", -1), 2);
    Str next = arena_printf(arena, "chat/conversations?limit=1&cursor=%.*s",
                            STR_ARGS(test_json_str(&list, "next_cursor")));
    list = api_get(arena, token, next);
    item = &json_get(list.json, "items")->items[0];
    assert_str(json_str_or(item, "id", STR("")), second);
    Str path = arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(first));
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(path));
    int client = test_connect(server->port);
    Str body = STR("{\"title\":\"Lisbon\"}");
    Str headers = arena_printf(arena, "%.*sContent-Type: application/json\r\n",
                               STR_ARGS(test_bearer(arena, token)));
    test_send(client, test_request_text(arena, "PATCH", target.data, headers, body));
    TestAnswer answer = test_receive(arena, client, false);
    test_expect(&answer, 200);
    test_close(client);
    assert_str(test_json_str(&answer, "title"), "Lisbon");
    answer = api_get(arena, token, STR("chat/search?q=xe-0/0/1"));
    test_expect(&answer, 200);
    assert_int(json_get(answer.json, "items")->count, 1);
    answer = api_get(arena, bob, STR("chat/search?q=xe-0/0/1"));
    assert_int(json_get(answer.json, "items")->count, 0);
    answer = api_get(arena, token, arena_printf(arena, "%.*s/export", STR_ARGS(path)));
    assert_that(str_starts_with(answer.body, STR("# Lisbon\n")));
    assert_int(count_of(answer.body, "## Answer"), 1);
    answer = api_get(arena, token, arena_printf(arena, "%.*s/export?format=json", STR_ARGS(path)));
    assert_int(json_get(answer.json, "messages")->count, 2);
    Str message = json_str_or(&json_get(answer.json, "messages")->items[1], "id", STR(""));
    Str feedback = arena_printf(arena, "chat/messages/%.*s/feedback", STR_ARGS(message));
    answer = api_post(arena, token, feedback, "{\"value\":-1,\"note\":\"wrong\"}");
    test_expect(&answer, 204);
    answer = api_post(arena, bob, feedback, "{\"value\":1}");
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = api_get(arena, token, arena_printf(arena, "chat/messages/%.*s", STR_ARGS(message)));
    assert_int(json_i64_or(answer.json, "feedback", 0), -1);
}

static void test_conversations_are_listed_renamed_searched_and_exported(void **state)
{
    (void)state;
    test_server_run(server, client_manages, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_streams_its_answer_and_keeps_it),
        cmocka_unit_test(test_a_long_answer_arrives_whole_up_to_its_limit),
        cmocka_unit_test(test_an_answer_goes_on_when_everybody_has_left),
        cmocka_unit_test(test_cancelling_keeps_the_text_and_frees_the_conversation),
        cmocka_unit_test(test_a_failed_answer_says_why_and_keeps_its_text),
        cmocka_unit_test(test_history_is_the_same_with_and_without_the_cache),
        cmocka_unit_test(test_edited_and_regenerated_messages_are_branches),
        cmocka_unit_test(test_a_repeated_request_asks_once),
        cmocka_unit_test(test_tokens_are_reserved_and_settled),
        cmocka_unit_test(test_offsets_of_a_time_zone_are_those_of_iso_8601),
        cmocka_unit_test(test_malformed_questions_are_refused_in_words),
        cmocka_unit_test(test_deleting_ends_the_answer_and_the_streams),
        cmocka_unit_test(test_a_stream_ends_with_the_session),
        cmocka_unit_test(test_conversations_are_listed_renamed_searched_and_exported),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

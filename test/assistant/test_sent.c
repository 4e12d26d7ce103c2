/* SPDX-License-Identifier: Apache-2.0 */
/* What GET …/messages/{id}/sent shows is what the provider has received, request by request. */
#include "fixture.h"

#include "base/json.h"

#define LOOK "{\"steps\":[{\"text\":\"I look.\"},{\"tool\":{\"name\":\"list_documents\"}}]}"

static void run(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

static Str text_of(Arena *arena, const JsonValue *value)
{
    Str text = STR("");
    assert_that(value && json_value_text(arena, value, 1 << 22, &text));
    return text;
}

/* Writes a list: the first items of the former request's, then those of this one. */
static void write_list(JsonWriter *json, const JsonValue *former, size_t keeps,
                       const JsonValue *rest)
{
    json_begin_array(json);
    for (size_t i = 0; i < keeps; i++)
        json_value(json, &former->items[i]);
    for (size_t i = 0; i < rest->count; i++)
        json_value(json, &rest->items[i]);
    json_end(json);
}

/* Puts a request together from the one before and its difference, as docs/assistant.md says. */
static const JsonValue *rebuild(Arena *arena, const JsonValue *former, const JsonValue *entry)
{
    Str text;
    Error error = {0};
    const JsonValue *request = json_get(entry, "request");
    int64_t keeps = json_i64_or(entry, "keeps", -1);
    if (keeps < 0)
        return request;
    JsonWriter *json = json_writer_new(arena, 1 << 22);
    json_begin_object(json);
    for (size_t i = 0; i < former->count; i++) {
        const char *key = arena_cstring(arena, former->keys[i]);
        const JsonValue *changed = json_get(request, key);
        json_key(json, key);
        if (str_equal(str_of(key), STR("messages")) || str_equal(str_of(key), STR("input")))
            write_list(json, &former->items[i], (size_t)keeps, changed);
        else
            json_value(json, changed ? changed : &former->items[i]);
    }
    for (size_t i = 0; i < request->count; i++) {
        const char *key = arena_cstring(arena, request->keys[i]);
        if (json_get(former, key))
            continue;
        json_key(json, key);
        json_value(json, &request->items[i]);
    }
    json_end(json);
    assert_that(json_writer_text(json, &text));
    return json_parse(arena, text, &error);
}

static bool is_same(Arena *arena, const JsonValue *a, const JsonValue *b)
{
    if (a->type != JSON_IS_OBJECT && a->type != JSON_IS_ARRAY)
        return str_equal(text_of(arena, a), text_of(arena, b));
    if (a->type != b->type || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const JsonValue *other =
            a->type == JSON_IS_ARRAY ? &b->items[i] : json_get(b, arena_cstring(arena, a->keys[i]));
        if (!other || !is_same(arena, &a->items[i], other))
            return false;
    }
    return true;
}

static const JsonValue *load_sent(Arena *arena, const User *user, Str message)
{
    Str path = arena_printf(arena, "chat/messages/%.*s/sent", STR_ARGS(message));
    TestAnswer answer = call_api(arena, user, "GET", path);
    test_expect(&answer, 200);
    return json_get(answer.json, "sent");
}

/* Compares the requests of sent with those that the provider got from the index first on. */
static void expect_received(Arena *arena, const JsonValue *sent, size_t first)
{
    const JsonValue *former = NULL;
    const JsonValue *entries = json_get(sent, "requests");
    const JsonValue *received = requests(arena);
    assert_that(entries && first + entries->count <= received->count);
    for (size_t i = 0; i < entries->count; i++) {
        former = rebuild(arena, former, &entries->items[i]);
        assert_that(is_same(arena, former, json_get(&received->items[first + i], "body")));
    }
}

static void client_rounds(void *argument)
{
    static const char *const models[] = {"gpt-4.1", "gpt-5.5-pro"};
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        User user = new_user(arena);
        add_key(arena, &user, "good-key-1");
        script(arena, LOOK "," LOOK ",{\"steps\":[{\"text\":\"Done.\"}]}");
        Str body = arena_printf(
            arena, "{\"mode\":\"model\",\"model\":\"%s\",\"content\":\"What is there?\"}",
            models[i]);
        Reply reply = ask(arena, &user, body.data);
        assert_str(reply.content, "I look.\n\nI look.\n\nDone.");
        const JsonValue *sent = load_sent(arena, &user, reply.message);
        assert_int(json_get(sent, "requests")->count, 3);
        assert_int(requests(arena)->count, 3);
        expect_received(arena, sent, 0);
    }
}

static void test_every_request_of_an_answer_is_shown_as_it_left(void **state)
{
    (void)state;
    run(client_rounds);
}

static void client_thinking(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    TestAnswer key = send_json(arena, &user, "POST", STR("users/me/api-keys"),
                               "{\"provider\":\"anthropic\",\"key\":\"good-key-9\"}");
    test_expect(&key, 201);
    script(arena, "{\"steps\":[{\"think\":\"Hm.\"},{\"tool\":{\"name\":\"list_documents\"}}]},"
                  "{\"steps\":[{\"text\":\"Done.\"}]}");
    Reply reply = ask_in(
        arena, &user, new_conversation_with(arena, &user, "{\"title\":\"x\",\"is_private\":true}"),
        "{\"mode\":\"model\",\"content\":\"Is core1 there?\"}");
    assert_str(reply.content, "Done.");
    const JsonValue *sent = load_sent(arena, &user, reply.message);
    expect_received(arena, sent, 0);
    Str text = text_of(arena, sent);
    assert_that(count_of(text, "c2lnbmVk") >= 1); /* the signature of the reasoning */
    assert_that(count_of(text, "input_schema") >= 1);
    assert_that(count_of(text, "max_tokens") >= 1);
    assert_int(count_of(text, "core1"), 0);
}

static void test_reasoning_and_tools_are_shown_and_standins_as_they_left(void **state)
{
    (void)state;
    run(client_thinking);
}

static void client_keys(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    add_key(arena, &user, "poor-key-2"); /* the newest key is asked first */
    script(
        arena,
        "{\"steps\":[{\"text\":\"Done.\"}]},{\"title\":true,\"steps\":[{\"text\":\"A title\"}]}");
    Str conversation = new_conversation_with(arena, &user, "{}");
    Reply reply =
        ask_in(arena, &user, conversation, "{\"mode\":\"model\",\"content\":\"Is core1 there?\"}");
    assert_str(reply.content, "Done.");
    wait_for_title(arena, &user, conversation, "A title");
    const JsonValue *sent = load_sent(arena, &user, reply.message);
    assert_int(requests(arena)->count, 3);
    expect_received(arena, json_get(sent, "before"), 0);
    expect_received(arena, sent, 1);
    assert_that(is_same(arena, json_get(json_get(sent, "title"), "request"),
                        json_get(&requests(arena)->items[2], "body")));
}

static void test_requests_of_another_key_and_for_a_title_are_shown_too(void **state)
{
    (void)state;
    run(client_keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_request_of_an_answer_is_shown_as_it_left),
        cmocka_unit_test(test_reasoning_and_tools_are_shown_and_standins_as_they_left),
        cmocka_unit_test(test_requests_of_another_key_and_for_a_title_are_shown_too),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

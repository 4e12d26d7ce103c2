/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer may show: citations that stand, and links that the user has written. */
#include "fixture.h"

#include "base/json.h"

#define SOURCE "50000000-0000-4000-8000-000000000001"

static void run(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

/* Lets the model say a text, and returns what the user gets. */
static Reply say(Arena *arena, const User *user, const char *question, Str text)
{
    Str script_text;
    JsonWriter *json = json_writer_new(arena, 100000);
    json_begin_object(json);
    json_key(json, "steps");
    json_begin_array(json);
    json_begin_object(json);
    json_field_str(json, "text", text);
    json_end(json);
    json_end(json);
    json_end(json);
    assert_that(json_writer_text(json, &script_text));
    script(arena, arena_printf(arena, "%.*s", STR_ARGS(script_text)).data);
    Reply reply = ask_model(arena, user, question);
    assert_str(reply.state, "complete");
    return reply;
}

static const JsonValue *citation(const Reply *reply, size_t index)
{
    const JsonValue *list = json_get(reply->metadata, "citations");
    assert_that(list && index < list->count);
    return &list->items[index];
}

static void client_stands(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    Str text = arena_printf(arena,
                            "A [[doc:%s:L3|mtu 9000]]. B [[doc:%s:L3|mtu 9000]]. C "
                            "[[doc:%s:L1-L2]]. D [[doc:%s:p2]]. E [[doc:%s:L3]].",
                            user.core.data, user.core.data, user.core.data, user.notes.data,
                            user.core.data);
    Reply reply = say(arena, &user, "Cite.", text);
    assert_str(reply.content, "A [1]. B [1]. C [2]. D [3]. E [4].");
    assert_int(count_of(reply.events, "\"type\":\"citation\""), 4);
    assert_int(json_get(reply.metadata, "citations")->count, 4);
    assert_int(detail(&reply, "citations_dropped"), 0);
    assert_str(json_str_or(citation(&reply, 0), "quote", STR("")), "mtu 9000");
    assert_str(json_str_or(citation(&reply, 0), "document", STR("")), "core1.cfg");
    assert_str(json_str_or(citation(&reply, 0), "document_id", STR("")), user.core.data);
    assert_int(json_i64_or(citation(&reply, 1), "line_end", 0), 2);
    assert_int(json_i64_or(citation(&reply, 2), "page", 0), 2);
}

static void test_citations_that_stand_are_numbered(void **state)
{
    (void)state;
    run(client_stands);
}

static void client_drops(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User other = new_user(arena);
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    const char *core = user.core.data;
    Str text =
        arena_printf(arena,
                     "a[[doc:%s:L1]] b[[doc:%s:L99]] c[[doc:%s:L3-L99]] d[[doc:%s:L3|mtu 1500]] "
                     "e[[doc:%s:p7]] f[[doc:core1.cfg:L1]] g[[src:%s:L1]] h[[doc:" SOURCE ":L1]] "
                     "i[[doc:%s:L3|mtu 90]] j[[doc:%s:L3]]",
                     other.core.data, core, core, core, core, core, core, core);
    Reply reply = say(arena, &user, "Cite.", text);
    assert_str(reply.content, "a b c d e f g h i j[1]");
    assert_int(detail(&reply, "citations_dropped"), 9);
    assert_int(json_get(reply.metadata, "citations")->count, 1);
    assert_int(count_of(reply.events, other.core.data), 0);
}

static void test_citations_that_do_not_stand_are_dropped_and_counted(void **state)
{
    (void)state;
    run(client_drops);
}

static void client_global(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    test_postgres_run(all->postgres,
                      "INSERT INTO knowledge_sources (id, name, sha256) VALUES ('" SOURCE
                      "', 'ospf.md', decode(repeat('00', 32), 'hex'));"
                      "INSERT INTO embeddings (source_id, chunk_index, chunk_text, line_start,"
                      " line_end) VALUES ('" SOURCE "', 0, 'OSPF compares MTUs.', 1, 1)");
    Reply reply = say(arena, &user, "Cite.",
                      STR("OSPF [[src:" SOURCE ":L1|compares MTUs]] [[src:" SOURCE ":L2]]."));
    assert_str(reply.content, "OSPF [1] .");
    assert_str(json_str_or(citation(&reply, 0), "source_id", STR("")), SOURCE);
    assert_int(detail(&reply, "citations_dropped"), 1);
}

static void test_global_knowledge_is_cited_too(void **state)
{
    (void)state;
    run(client_global);
}

static void client_many(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    StrBuf text;
    strbuf_init(&text, 100000);
    for (int i = 1; i <= 2 * ASSISTANT_MAX_CITATIONS; i++)
        strbuf_printf(&text, "[[doc:%s:L%d]]", user.core.data, 1 + i % 100);
    Reply reply = say(arena, &user, "Cite.", arena_copy(arena, strbuf_str(&text)));
    strbuf_done(&text);
    assert_int(count_of(reply.events, "\"type\":\"citation\""),
               json_get(reply.metadata, "citations")->count);
    assert_that(detail(&reply, "citations_dropped") > ASSISTANT_MAX_CITATIONS);
}

static void test_an_answer_has_a_bounded_number_of_citations(void **state)
{
    (void)state;
    run(client_many);
}

static void client_links(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    Str text = STR("[log in](https://router.example/login) ![x](https://router.example/login) "
                   "See https://evil.example/notes [more](https://evil.example/notes) "
                   "<img src=https://evil.example/notes> www.evil.example "
                   "https://router.example/login?d=secret");
    Reply reply = say(arena, &user,
                      "Is https://router.example/login or the uplink of the notes for me?", text);
    assert_that(count_of(request_text(arena, 0), "https://evil.example/notes") >= 1);
    assert_str(reply.content,
               "[log in](https://router.example/login) ! [x](https://router.example/login) "
               "See https[:]//evil.example/notes [more] (https[:]//evil.example/notes) "
               "< img src=https[:]//evil.example/notes> www[.]evil.example "
               "https[:]//router.example/login?d=secret");
    assert_int(detail(&reply, "links_denied"), 8);
}

static void test_only_links_of_the_user_live(void **state)
{
    (void)state;
    run(client_links);
}

static void client_characters(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    StrBuf text;
    strbuf_init(&text, 100000);
    for (int i = 0; i < 700; i++)
        strbuf_append(&text, STR("ação → 測試 "));
    strbuf_append(&text, STR("[[doc:ação [[doc:"));
    Reply reply = say(arena, &user, "Diz.", arena_copy(arena, strbuf_str(&text)));
    assert_that(str_equal(reply.content, strbuf_str(&text)));
    strbuf_done(&text);
    /* A question that is longer than a query of the search is cut at a character. */
    StrBuf question;
    strbuf_init(&question, 100000);
    for (int i = 0; i < 1500; i++)
        strbuf_append(&question, STR("çã"));
    strbuf_append_byte(&question, '\0');
    reply = say(arena, &user, question.data, STR("Sim."));
    assert_str(reply.content, "Sim.");
    strbuf_done(&question);
}

static void test_text_is_cut_at_characters_only(void **state)
{
    (void)state;
    run(client_characters);
}

static void client_no_text(void *argument)
{
    static const char *const contents[] = {"a\\\\u0000b", "a\\\\ud800b", "a\\udcffb"};
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        script(arena,
               arena_printf(arena,
                            "{\"steps\":[{\"raw\":\"data: {\\\"choices\\\":[{\\\"index\\\":0,"
                            "\\\"delta\\\":{\\\"content\\\":\\\"%s\\\"}}]}\\n\\n\"}]}",
                            contents[i])
                   .data);
        Reply reply = ask_model(arena, &user, "Say.");
        assert_that(str_is_utf8(reply.content));
        assert_that(str_equal(reply.state, STR("failed")) || reply.content.size > 0);
    }
}

static void test_bytes_that_are_no_text_do_no_harm(void **state)
{
    (void)state;
    run(client_no_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_citations_that_stand_are_numbered),
        cmocka_unit_test(test_citations_that_do_not_stand_are_dropped_and_counted),
        cmocka_unit_test(test_global_knowledge_is_cited_too),
        cmocka_unit_test(test_an_answer_has_a_bounded_number_of_citations),
        cmocka_unit_test(test_only_links_of_the_user_live),
        cmocka_unit_test(test_text_is_cut_at_characters_only),
        cmocka_unit_test(test_bytes_that_are_no_text_do_no_harm),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

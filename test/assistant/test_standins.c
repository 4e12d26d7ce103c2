/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and names of a private conversation do not leave, and come back. */
#include "fixture.h"

#include "base/json.h"

#define PRIVATE "{\"title\":\"Given\",\"is_private\":true}"
#define QUESTION "Why is core1 with the address 10.11.12.13 down?"
#define ASK "{\"mode\":\"model\",\"content\":\"" QUESTION "\"}"
#define ECHOED "{\"steps\":[{\"text\":\"{question}\"}],\"piece\":1}"

static void run(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

static void allow(const char *setting, const char *value)
{
    Error error = {0};
    assert_that(config_set(all->settings, setting, str_of(value), &error));
}

/* Returns what stands for 10.11.12.13 in a request. */
static Str standin_of_address(Arena *arena, size_t index)
{
    Str text = request_text(arena, index);
    size_t at = str_find(text, STR("with the address "));
    assert_that(at != STR_NOT_FOUND);
    Str rest = str_from(text, at + 17);
    return str_slice(rest, 0, str_find_byte(rest, ' '));
}

static void expect_hidden(Arena *arena, size_t index)
{
    Str text = request_text(arena, index);
    assert_int(count_of(text, "core1"), 0);
    assert_int(count_of(text, "10.11.12.13"), 0);
    assert_int(count_of(text, "192.0.2.1"), 0);
}

static void client_hides(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, ECHOED);
    Str conversation = new_conversation_with(arena, &user, PRIVATE);
    Reply reply = ask_in(arena, &user, conversation, ASK);
    assert_str(reply.state, "complete");
    assert_that(count_of(reply.content, QUESTION) == 1);
    expect_hidden(arena, 0);
    assert_that(count_of(request_text(arena, 0), "host1") >= 1);
    assert_that(json_get(json_get(reply.metadata, "details"), "has_standins")->boolean);
    Str count = arena_printf(arena,
                             "SELECT count(*) FROM conversation_standins"
                             " WHERE conversation_id = '%.*s' AND map LIKE 'gAAAA%%'",
                             STR_ARGS(conversation));
    assert_int(test_postgres_count(all->postgres, count.data), 1);
}

static void test_names_and_addresses_leave_as_standins_and_come_back(void **state)
{
    (void)state;
    run(client_hides);
}

static void client_tools(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena,
           arena_printf(
               arena,
               "{\"piece\":1,\"steps\":[{\"text\":\"I look at host1.\"},"
               " {\"tool\":{\"name\":\"search\",\"arguments\":{\"query\":\"Host1 mtu\"}}},"
               " {\"tool\":{\"name\":\"read_lines\","
               "  \"arguments\":{\"document_id\":\"%s\"}}}]},"
               "{\"piece\":1,\"steps\":[{\"text\":"
               " \"It is set.[[doc:%s:L1-L2|hostname host1]] [[doc:%s:L1|hostname core1]]\"}]}",
               user.core.data, user.core.data, user.core.data)
               .data);
    Reply reply = ask_in(arena, &user, new_conversation_with(arena, &user, PRIVATE), ASK);
    assert_str(reply.content, "I look at core1.\n\nIt is set.[1] [2]");
    assert_int(count_of(reply.events, "core1 mtu"), 1);
    assert_int(count_of(reply.events, "\"quote\":\"hostname core1\""), 2);
    assert_str(json_str_or(&reply.steps->items[0], "arguments", STR("")),
               "{\"query\": \"core1 mtu\"}");
    assert_that(count_of(json_str_or(&reply.steps->items[1], "answer", STR("")), "192.0.2.1") == 1);
    expect_hidden(arena, 0);
    expect_hidden(arena, 1);
    /* What the model has written goes back as it wrote it. */
    assert_that(count_of(request_text(arena, 1), "I look at host1.") == 1);
    assert_that(count_of(request_text(arena, 1), "Host1 mtu") == 1);
}

static void test_arguments_of_tools_and_quotations_are_the_real_ones(void **state)
{
    (void)state;
    run(client_tools);
}

static void client_reuses(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, ECHOED "," ECHOED "," ECHOED);
    Str conversation = new_conversation_with(arena, &user, PRIVATE);
    ask_in(arena, &user, conversation, ASK);
    ask_in(arena, &user, conversation, ASK);
    /* A branch beside the first question. */
    ask_in(arena, &user, conversation,
           "{\"mode\":\"model\",\"parent_id\":null,\"content\":\"" QUESTION "\"}");
    Str standin = standin_of_address(arena, 0);
    assert_str(standin_of_address(arena, 1), arena_cstring(arena, standin));
    assert_str(standin_of_address(arena, 2), arena_cstring(arena, standin));
    assert_int(count_of(request_text(arena, 1), arena_cstring(arena, standin)), 3);
    for (size_t i = 0; i < 3; i++)
        expect_hidden(arena, i);
}

static void test_answers_and_branches_of_a_conversation_share_their_standins(void **state)
{
    (void)state;
    run(client_reuses);
}

static void client_other_conversation(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, ECHOED "," ECHOED);
    ask_in(arena, &user, new_conversation_with(arena, &user, PRIVATE), ASK);
    ask_in(arena, &user, new_conversation_with(arena, &user, PRIVATE), ASK);
    assert_that(!str_equal(standin_of_address(arena, 0), standin_of_address(arena, 1)));
}

static void test_another_conversation_has_other_standins(void **state)
{
    (void)state;
    run(client_other_conversation);
}

static void client_not_stored(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, ECHOED);
    Str conversation = new_conversation_with(arena, &user, PRIVATE);
    test_postgres_run(all->postgres, "REVOKE INSERT ON conversation_standins FROM netguru_app");
    Reply reply = ask_in(arena, &user, conversation, ASK);
    assert_str(reply.state, "failed");
    assert_int(requests(arena)->count, 0);
    test_postgres_run(all->postgres, "GRANT INSERT ON conversation_standins TO netguru_app");
    reply = ask_in(arena, &user, conversation, ASK);
    assert_str(reply.state, "complete");
    /* A map that does not decrypt is not replaced by another one. */
    test_postgres_run(all->postgres, "UPDATE conversation_standins SET map = 'gAAAAbroken'");
    reply = ask_in(arena, &user, conversation, ASK);
    assert_str(reply.state, "failed");
    assert_int(requests(arena)->count, 1);
}

static void test_nothing_leaves_unless_the_map_is_stored(void **state)
{
    (void)state;
    run(client_not_stored);
}

static Reply ask_open(Arena *arena, const User *user)
{
    script(arena, ECHOED);
    return ask_in(arena, user, new_conversation(arena, user), ASK);
}

static void client_wishes(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    ask_open(arena, &user);
    assert_that(count_of(request_text(arena, 0), "10.11.12.13") >= 1);
    allow("NETGURU_STANDINS_ALWAYS", "true");
    ask_open(arena, &user);
    allow("NETGURU_STANDINS_ALWAYS", "false");
    expect_hidden(arena, 1);
    /* The user's wish can change within a conversation. */
    Str conversation = new_conversation(arena, &user);
    Str path = arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation));
    TestAnswer changed = send_json(arena, &user, "PATCH", path, "{\"is_private\":true}");
    test_expect(&changed, 200);
    assert_that(json_get(changed.json, "is_private")->boolean);
    script(arena, ECHOED);
    ask_in(arena, &user, conversation, ASK);
    expect_hidden(arena, 2);
}

static void test_the_user_or_the_operator_decides(void **state)
{
    (void)state;
    run(client_wishes);
}

static void client_local(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_local_key(arena, &user);
    script(arena, ECHOED "," ECHOED);
    ask_in(arena, &user, new_conversation_with(arena, &user, PRIVATE), ASK);
    assert_that(count_of(request_text(arena, 0), "10.11.12.13") >= 1);
    allow("NETGURU_STANDINS_LOCAL", "true");
    Reply reply = ask_in(arena, &user, new_conversation_with(arena, &user, PRIVATE), ASK);
    allow("NETGURU_STANDINS_LOCAL", "false");
    expect_hidden(arena, 1);
    assert_that(count_of(reply.content, QUESTION) == 1);
}

static void test_a_local_model_gets_the_real_names_by_default(void **state)
{
    (void)state;
    run(client_local);
}

/* A model invents stand-ins, and the user's texts look like some. */
static void client_made_up(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    User user = new_user(arena);
    add_key(arena, &user, "good-key-1");
    script(arena, "{\"steps\":[{\"tool\":{\"name\":\"search\",\"arguments\":"
                  " {\"query\":\"host77 user5 domain9.example 10.250.251.252\"}}}]}," ECHOED);
    Reply reply =
        ask_in(arena, &user, new_conversation_with(arena, &user, PRIVATE),
               "{\"mode\":\"model\",\"content\":\"host1 and host2 are not core1 but host3; "
               "10.11.12.13 and \\\\nhost4 HOST1\"}");
    assert_str(reply.state, "complete");
    assert_that(count_of(reply.content, "host1 and host2 are not core1 but host3; "
                                        "10.11.12.13 and \\nhost4 HOST1") == 1);
    /* No mapping, no real name: the search finds nothing by them. */
    assert_int(count_of(json_str_or(&reply.steps->items[0], "arguments", STR("")), "core1"), 0);
    assert_int(count_of(reply.events, "host77 user5 domain9.example 10.250.251.252"), 1);
    expect_hidden(arena, 0);
    expect_hidden(arena, 1);
}

static void test_made_up_standins_reveal_nothing(void **state)
{
    (void)state;
    run(client_made_up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_addresses_leave_as_standins_and_come_back),
        cmocka_unit_test(test_arguments_of_tools_and_quotations_are_the_real_ones),
        cmocka_unit_test(test_answers_and_branches_of_a_conversation_share_their_standins),
        cmocka_unit_test(test_another_conversation_has_other_standins),
        cmocka_unit_test(test_nothing_leaves_unless_the_map_is_stored),
        cmocka_unit_test(test_the_user_or_the_operator_decides),
        cmocka_unit_test(test_a_local_model_gets_the_real_names_by_default),
        cmocka_unit_test(test_made_up_standins_reveal_nothing),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

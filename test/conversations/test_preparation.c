/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked for while a turn is begun, and the places that turns take. */
#include "fixture.h"

#include <unistd.h>

static void client_asks(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    Str stream = ask(arena, ana, conversation, "say:so prepare:twelve prepared prepared");
    assert_str(stream_text(arena, stream), "so twelve nothing ");
    assert_str(stream_text(arena, ask(arena, ana, conversation, "prepared")), "nothing ");
    stream = ask(arena, ana, conversation, "prepare:fail prepared");
    assert_str(stream_text(arena, stream), "nothing ");
    assert_int(count_of(stream, "\"state\":\"complete\""), 1);
}

static void test_what_was_prepared_is_taken_once_and_may_fail(void **state)
{
    (void)state;
    test_server_run(server, client_asks, NULL);
}

static void wait_for_held(int count)
{
    for (int i = 0; i < 30000 && preparations_held() != count; i++)
        usleep(2000);
    assert_int(preparations_held(), count);
}

static void client_does_not_need_it(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    assert_str(stream_text(arena, ask(arena, ana, conversation, "prepare:hold say:done")), "done ");
    wait_for_held(0);
    /* Another answer is being written: the question is refused. */
    TestAnswer begun = ask_only(arena, ana, conversation, "say:one hold");
    Str path = arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation));
    TestAnswer busy = api_post(arena, ana, path, "{\"content\":\"prepare:hold say:x\"}");
    test_expect_error(&busy, 409, "CONFLICT");
    wait_for_held(0);
    hold_release();
    wait_for_state(arena, ana, test_json_str(&begun, "message_id"), "complete");
}

static void test_a_preparation_that_nobody_takes_is_stopped(void **state)
{
    (void)state;
    test_server_run(server, client_does_not_need_it, NULL);
}

static void client_cancels(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str conversation = new_conversation(arena, ana);
    TestAnswer begun = ask_only(arena, ana, conversation, "say:so prepare:hold prepared say:on");
    Str message = test_json_str(&begun, "message_id");
    wait_for_content(arena, ana, message, "so ");
    wait_for_held(1);
    TestAnswer answer =
        api_post(arena, ana,
                 arena_printf(arena, "chat/conversations/%.*s/cancel", STR_ARGS(conversation)), "");
    test_expect(&answer, 202);
    answer = wait_for_state(arena, ana, message, "cancelled");
    assert_str(test_json_str(&answer, "content"), "so ");
    wait_for_held(0);
}

static void test_an_answer_that_waits_for_it_can_be_cancelled(void **state)
{
    (void)state;
    test_server_run(server, client_cancels, NULL);
}

static void client_wants_a_title(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str first = new_conversation(arena, ana);
    Str second = new_conversation(arena, ana);
    Str path = arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(second));
    /* A running answer takes the only place; one that waits for its title does not. */
    TestAnswer begun = ask_only(arena, ana, first, "hold say:one title:hold");
    TestAnswer refused = api_post(arena, ana, path, "{\"content\":\"say:two\"}");
    test_expect_error(&refused, 503, "UNAVAILABLE");
    hold_release();
    wait_for_state(arena, ana, test_json_str(&begun, "message_id"), "complete");
    Str stream = ask(arena, ana, second, "say:two title:Second");
    assert_str(stream_text(arena, stream), "two ");
    hold_release();
}

static void test_a_title_takes_no_place_of_an_answer(void **state)
{
    Conversations *conversations = all->services.conversations;
    uint32_t former = conversations->options.max_turns;
    (void)state;
    conversations->options.max_turns = 1;
    test_server_run(server, client_wants_a_title, NULL);
    conversations->options.max_turns = former;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_prepared_is_taken_once_and_may_fail),
        cmocka_unit_test(test_a_preparation_that_nobody_takes_is_stopped),
        cmocka_unit_test(test_an_answer_that_waits_for_it_can_be_cancelled),
        cmocka_unit_test(test_a_title_takes_no_place_of_an_answer),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Personal access tokens: their form, and requests with them that are cancelled. What they may do
 * is tested by test/api/test_tokens.py. */
#include "fixture.h"

static Str access_token;
static Str token;
static Str token_id;

static void test_every_token_verifies_and_none_repeats(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str before = STR("");
    for (int i = 0; i < 1000; i++) {
        Str made = personal_token_new(arena);
        assert_int(made.size, PERSONAL_TOKEN_BYTES);
        assert_that(personal_token_is(made));
        assert_that(personal_token_verify(arena, made));
        assert_that(!str_equal(made, before));
        before = made;
    }
}

static void test_a_changed_or_cut_token_does_not_verify(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str made = personal_token_new(arena);
    for (size_t i = 0; i < made.size; i++) {
        char changed[PERSONAL_TOKEN_BYTES + 1];
        memcpy(changed, made.data, made.size);
        changed[made.size] = 'A';
        assert_that(!personal_token_verify(arena, str_slice(made, 0, i)));
        changed[i] = made.data[i] == 'A' ? 'B' : 'A';
        assert_that(!personal_token_verify(arena, str_make(changed, made.size)));
        changed[i] = '\0';
        assert_that(!personal_token_verify(arena, str_make(changed, made.size)));
        changed[i] = made.data[i];
        assert_that(!personal_token_verify(arena, str_make(changed, made.size + 1)));
    }
}

static void test_each_scope_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (uint32_t bit = SCOPE_READ; bit <= SCOPE_MCP; bit <<= 1) {
        RouteScope found = SCOPE_NONE;
        assert_that(
            personal_token_find_scope(str_of(personal_token_scope_name((RouteScope)bit)), &found));
        assert_int(found, bit);
    }
    RouteScope ignored = SCOPE_NONE;
    assert_that(!personal_token_find_scope(STR("READ"), &ignored));
    assert_that(!personal_token_find_scope(STR(""), &ignored));
    assert_that(!personal_token_scope_name(SCOPE_NONE));
}

static void register_client(void *argument)
{
    (void)argument;
    TestAnswer answer = post(all->arena, "/api/v1/auth/register", STR(""),
                             test_login_body(all->arena, "ana@example.net", "correct horse"));
    test_expect(&answer, 201);
    access_token = test_json_str(&answer, "access_token");
}

static TestAnswer make_token(Arena *arena, int serial)
{
    Str body = arena_printf(arena, "{\"name\":\"t%d\",\"scopes\":[\"read\",\"write\"]}", serial);
    return post(arena, "/api/v1/users/me/tokens", test_bearer(arena, access_token), body);
}

static void create_client(void *argument)
{
    static int serial;
    (void)argument;
    TestAnswer answer = make_token(all->arena, serial++);
    if (answer.status == 201) {
        token = test_json_str(&answer, "token");
        token_id = test_json_str(&answer, "id");
    }
}

static void use_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    me(arena, token);
}

static void revoke_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    Str target = arena_printf(arena, "/api/v1/users/me/tokens/%.*s", STR_ARGS(token_id));
    test_call(arena, server->port, "DELETE", target.data, test_bearer(arena, access_token));
}

static void revoked_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    TestAnswer answer = me(arena, token);
    check_refused(&answer);
}

static void afterwards(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_a_request_with_a_token_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    fixture_serve(register_client);
    assert_true(test_server_cancel_everywhere(server, create_client, afterwards, NULL) >= 2);
    /* Finding the token, counting, and the account. */
    assert_true(test_server_cancel_everywhere(server, use_client, afterwards, NULL) >= 3);
    assert_true(test_server_cancel_everywhere(server, revoke_client, afterwards, NULL) >= 2);
    fixture_serve(revoked_client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_token_verifies_and_none_repeats),
        cmocka_unit_test(test_a_changed_or_cut_token_does_not_verify),
        cmocka_unit_test(test_each_scope_has_a_name_of_its_own),
        cmocka_unit_test_setup(test_a_request_with_a_token_is_cancelled_at_every_wait,
                               fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include "keys/key_store.h"
#include "services/encryption.h"

#define EXPIRED "expires_at = now() - interval '1 second'"

/* Picks a key of ana; expects its secret, or a failure whose message holds the reason. */
static bool expect_pick(Task *task, const KeyChoice *choice, const char *secret, const char *reason)
{
    UserKey key = {0};
    task->has_user = true;
    task->user_id = ana_id;
    bool picked = key_pick(task, &all->services, choice, &key);
    if (reason) {
        EXPECT(task, !picked, false);
        EXPECT_INT(task, task->error.code, ERR_NOT_FOUND, false);
        EXPECT(task, strstr(task->error.message, reason), false);
        task_forget_error(task);
        return true;
    }
    EXPECT(task, picked, false);
    EXPECT_STR(task, key.secret, secret, false);
    const char *bytes = key.secret.data;
    size_t size = key.secret.size;
    key_forget(&key);
    EXPECT(task, str_empty(key.secret), false);
    for (size_t i = 0; i < size; i++)
        EXPECT_INT(task, bytes[i], 0, false);
    return true;
}

typedef struct {
    KeyChoice choice;
    const char *secret;
    const char *reason;
} Pick;

static void pick(Task *task, void *argument)
{
    const Pick *wanted = argument;
    (void)expect_pick(task, &wanted->choice, wanted->secret, wanted->reason);
}

static void expect_secret(KeyChoice choice, const char *secret)
{
    test_run(all->services.loop, pick, &(Pick){choice, secret, NULL});
}

static void expect_none(KeyChoice choice, const char *reason)
{
    test_run(all->services.loop, pick, &(Pick){choice, NULL, reason});
}

static const KeyChoice any_openai = {.provider = STR_INIT("openai")};

static void test_the_most_recently_created_key_is_used(void **state)
{
    (void)state;
    add_row(&(TestKey){.provider = "openai", .secret = "second", .name = "b", .minute = 2});
    add_row(&(TestKey){.provider = "openai", .secret = "third", .name = "a", .minute = 3});
    add_row(&(TestKey){.provider = "openai", .secret = "first", .name = "c", .minute = 1});
    add_row(&(TestKey){.provider = "anthropic", .secret = "other", .minute = 9});
    expect_secret(any_openai, "third");
    expect_secret((KeyChoice){.provider = STR("anthropic")}, "other");
    expect_secret((KeyChoice){0}, "other");
    expect_none((KeyChoice){.provider = STR("azure")}, "no active API key for azure");
}

static void test_a_named_key_is_used_before_a_newer_one(void **state)
{
    (void)state;
    Uuid old = add_row(&(TestKey){.provider = "openai", .secret = "old", .name = "o"});
    add_row(&(TestKey){.provider = "openai", .secret = "new", .minute = 5});
    expect_secret((KeyChoice){.has_id = true, .id = old}, "old");
    expect_secret((KeyChoice){.has_id = true, .id = old, .provider = STR("openai")}, "old");
    expect_none((KeyChoice){.has_id = true, .id = old, .provider = STR("azure")}, "cannot be used");
    expect_none((KeyChoice){.has_id = true, .id = uuid_new()}, "no such API key");
}

static void test_disabled_and_expired_keys_are_passed_over(void **state)
{
    (void)state;
    add_row(&(TestKey){.provider = "openai",
                       .secret = "good",
                       .minute = 1,
                       .set = "expires_at = now() + interval '1 hour'"});
    Uuid disabled = add_row(&(TestKey){.provider = "openai",
                                       .secret = "disabled",
                                       .name = "d",
                                       .minute = 2,
                                       .set = "is_active = false"});
    Uuid expired = add_row(&(TestKey){
        .provider = "openai", .secret = "expired", .name = "e", .minute = 3, .set = EXPIRED});
    expect_secret(any_openai, "good");
    expect_none((KeyChoice){.has_id = true, .id = disabled}, "is disabled");
    expect_none((KeyChoice){.has_id = true, .id = expired}, "has expired");
    test_postgres_run(all->postgres, "UPDATE api_keys SET " EXPIRED);
    expect_none(any_openai, "no active API key");
}

static void test_a_refused_key_gives_way_to_the_next_of_the_provider(void **state)
{
    (void)state;
    Uuid skip[2];
    add_row(&(TestKey){.provider = "openai", .secret = "first", .name = "a", .minute = 1});
    skip[1] =
        add_row(&(TestKey){.provider = "openai", .secret = "second", .name = "b", .minute = 2});
    skip[0] =
        add_row(&(TestKey){.provider = "openai", .secret = "third", .name = "c", .minute = 3});
    add_row(&(TestKey){.provider = "anthropic", .secret = "other", .minute = 9});
    KeyChoice choice = any_openai;
    choice.skip = skip;
    expect_secret(choice, "third");
    choice.skip_count = 1;
    expect_secret(choice, "second");
    choice.skip_count = 2;
    expect_secret(choice, "first");
    Uuid all_of_them[KEY_MAX_SKIPPED];
    for (size_t i = 0; i < COUNT_OF(all_of_them); i++)
        all_of_them[i] = i < 2 ? skip[i] : uuid_new();
    choice.skip = all_of_them;
    choice.skip_count = KEY_MAX_SKIPPED;
    expect_secret(choice, "first");
}

static void test_keys_of_others_are_never_picked(void **state)
{
    (void)state;
    Uuid id = add_row(&(TestKey){.user = &bob_id, .provider = "openai", .secret = "of bob"});
    auto_arena Arena *arena = arena_new();
    expect_none(any_openai, "no active API key");
    expect_none((KeyChoice){.has_id = true, .id = id}, "no such API key");
    assert_str(ask(arena, "SELECT count(last_used_at) FROM api_keys"), "0");
}

static void test_the_use_of_a_key_is_noted(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    add_row(&(TestKey){.provider = "openai", .secret = "old", .name = "o"});
    add_row(&(TestKey){.provider = "openai", .secret = "new", .minute = 5});
    expect_secret(any_openai, "new");
    assert_str(ask(arena, "SELECT string_agg((last_used_at > now() - interval '1 hour')::text, ',')"
                          " FROM api_keys"),
               "true");
    assert_str(ask(arena, "SELECT last_four FROM api_keys WHERE last_used_at IS NOT NULL"), "new");
}

static void test_a_local_server_that_is_no_longer_allowed_is_not_used(void **state)
{
    (void)state;
    Error error = {0};
    Uuid id = add_row(&(TestKey){.provider = "local",
                                 .secret = "",
                                 .set = "base_url = 'http://127.0.0.1:11434', model = 'm'"});
    expect_secret((KeyChoice){.provider = STR("local")}, "");
    assert_that(config_set(
        all->settings, "NETGURU_LLM_LOCAL_URLS",
        STR(" https://gpu.example , http://[::1]:8080/,http://127.0.0.1:11435/api"), &error));
    expect_none((KeyChoice){.has_id = true, .id = id}, "cannot be used");
    assert_that(config_set(all->settings, "NETGURU_LLM_LOCAL_URLS",
                           STR("http://gpu,HTTP://127.0.0.1:11434/v1/"), &error));
    expect_secret((KeyChoice){.has_id = true, .id = id}, "");
    assert_that(config_set(all->settings, "NETGURU_LLM_LOCAL_URLS", STR(""), &error));
    expect_none((KeyChoice){.has_id = true, .id = id}, "cannot be used");
    assert_that(config_set(all->settings, "NETGURU_LLM_LOCAL_URLS",
                           STR("http://127.0.0.1:11434/api"), &error));
    expect_secret((KeyChoice){.has_id = true, .id = id}, "");
}

static void pick_all_fields(Task *task, void *argument)
{
    (void)argument;
    UserKey key = {0};
    task->has_user = true;
    task->user_id = ana_id;
    EXPECT(task, key_pick(task, &all->services, &(KeyChoice){.provider = STR("azure")}, &key));
    EXPECT_STR(task, key.provider, "azure");
    EXPECT_STR(task, key.key_name, "mine");
    EXPECT_STR(task, key.last_four, "cret");
    EXPECT_STR(task, key.secret, "the secret");
    EXPECT_STR(task, key.base_url, "https://x.openai.azure.com");
    EXPECT_STR(task, key.deployment, "gpt");
    EXPECT_STR(task, key.api_version, "2024-10-21");
    EXPECT_STR(task, key.model, "");
}

static void test_a_picked_key_says_where_to_use_it(void **state)
{
    (void)state;
    add_row(&(TestKey){.provider = "azure",
                       .secret = "the secret",
                       .name = "mine",
                       .set = "endpoint = 'https://x.openai.azure.com', deployment = 'gpt',"
                              " api_version = '2024-10-21'"});
    test_run(all->services.loop, pick_all_fields, NULL);
}

static void pick_undecipherable(Task *task, void *argument)
{
    const char *reason = argument;
    UserKey key = {0};
    task->has_user = true;
    task->user_id = ana_id;
    EXPECT(task, !key_pick(task, &all->services, &any_openai, &key));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
    EXPECT(task, strstr(task->error.message, reason));
    EXPECT(task, str_empty(key.secret));
    task_forget_error(task);
}

static void expect_undecipherable(const char *reason)
{
    test_run(all->services.loop, pick_undecipherable, (void *)(uintptr_t)reason);
}

static void test_a_ciphertext_moved_to_another_row_does_not_open(void **state)
{
    (void)state;
    static const char copy[] = "UPDATE api_keys SET encrypted_key ="
                               " (SELECT encrypted_key FROM api_keys WHERE last_four = 'from')"
                               " WHERE last_four = 'into'";
    add_row(&(TestKey){.provider = "openai", .secret = "into", .minute = 9});
    add_row(&(TestKey){.user = &bob_id, .provider = "openai", .secret = "from"});
    test_postgres_run(all->postgres, copy);
    expect_undecipherable("encrypted for another row");
    rows_clear(state);
    add_row(&(TestKey){.provider = "openai", .secret = "into", .minute = 9});
    add_row(&(TestKey){.provider = "anthropic", .secret = "from"});
    test_postgres_run(all->postgres, copy);
    expect_undecipherable("encrypted for another row");
}

static void test_a_row_given_to_another_user_does_not_open(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char id[UUID_TEXT_SIZE];
    add_row(&(TestKey){.user = &bob_id, .provider = "openai", .secret = "of bob"});
    ask(arena,
        arena_printf(arena, "UPDATE api_keys SET user_id = '%s'", uuid_write(&ana_id, id)).data);
    expect_undecipherable("encrypted for another row");
}

static void test_tampered_and_foreign_ciphertexts_do_not_open(void **state)
{
    (void)state;
    Error error = {0};
    Keyring *other = keyring_parse(STR("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="), &error);
    add_row(&(TestKey){.provider = "openai", .secret = "text", .keyring = other});
    keyring_free(other);
    expect_undecipherable("another encryption key");
    rows_clear(state);
    add_row(&(TestKey){.provider = "openai", .secret = "text"});
    test_postgres_run(all->postgres, "UPDATE api_keys SET encrypted_key = overlay(encrypted_key"
                                     " PLACING CASE substr(encrypted_key, 60, 1) WHEN 'A' THEN 'B'"
                                     " ELSE 'A' END FROM 60)");
    expect_undecipherable("was changed");
    test_postgres_run(all->postgres, "UPDATE api_keys SET encrypted_key = left(encrypted_key, 60)");
    expect_undecipherable("malformed");
    test_postgres_run(all->postgres, "UPDATE api_keys SET encrypted_key = 'x'");
    expect_undecipherable("malformed");
}

static void pick_somehow(Task *task, void *argument)
{
    UserKey key = {0};
    (void)argument;
    task->has_user = true;
    task->user_id = ana_id;
    if (!key_pick(task, &all->services, &any_openai, &key))
        EXPECT_INT(task, task->error.code, ERR_CANCELLED);
    else
        EXPECT_STR(task, key.secret, "text");
}

static void check_quiet(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_picking_ends_at_every_wait(void **state)
{
    (void)state;
    add_row(&(TestKey){.provider = "openai", .secret = "text"});
    assert_that(test_cancel_everywhere(all->services.loop, pick_somehow, check_quiet, NULL) >= 1);
}

static bool pick_in_part(Task *task, void *argument)
{
    UserKey key = {0};
    const char *secret = argument;
    if (!key_pick(task, &all->services, &any_openai, &key))
        return false;
    EXPECT_STR(task, key.secret, secret, false);
    return true;
}

static void pick_at_the_same_time(Task *task, void *argument)
{
    (void)argument;
    TaskPart parts[20];
    task->has_user = true;
    task->user_id = ana_id;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        parts[i] = (TaskPart){"pick", pick_in_part, (void *)(uintptr_t) "text"};
    EXPECT(task, task_run_all(task, parts, COUNT_OF(parts)));
}

static void test_many_may_pick_the_same_key_at_once(void **state)
{
    (void)state;
    add_row(&(TestKey){.provider = "openai", .secret = "older", .name = "o"});
    add_row(&(TestKey){.provider = "openai", .secret = "text", .minute = 5});
    test_run(all->services.loop, pick_at_the_same_time, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_most_recently_created_key_is_used, rows_clear),
        cmocka_unit_test_setup(test_a_named_key_is_used_before_a_newer_one, rows_clear),
        cmocka_unit_test_setup(test_disabled_and_expired_keys_are_passed_over, rows_clear),
        cmocka_unit_test_setup(test_a_refused_key_gives_way_to_the_next_of_the_provider,
                               rows_clear),
        cmocka_unit_test_setup(test_keys_of_others_are_never_picked, rows_clear),
        cmocka_unit_test_setup(test_the_use_of_a_key_is_noted, rows_clear),
        cmocka_unit_test_setup(test_a_local_server_that_is_no_longer_allowed_is_not_used,
                               rows_clear),
        cmocka_unit_test_setup(test_a_picked_key_says_where_to_use_it, rows_clear),
        cmocka_unit_test_setup(test_a_ciphertext_moved_to_another_row_does_not_open, rows_clear),
        cmocka_unit_test_setup(test_a_row_given_to_another_user_does_not_open, rows_clear),
        cmocka_unit_test_setup(test_tampered_and_foreign_ciphertexts_do_not_open, rows_clear),
        cmocka_unit_test_setup(test_picking_ends_at_every_wait, rows_clear),
        cmocka_unit_test_setup(test_many_may_pick_the_same_key_at_once, rows_clear),
    };
    return cmocka_run_group_tests(tests, rows_start, rows_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#define OPENAI "\"provider\":\"openai\",\"key\":\"" OPENAI_SECRET "\""
#define AZURE                                                                                      \
    "\"provider\":\"azure\",\"key\":\"0123456789abcdef\","                                         \
    "\"endpoint\":\"https://Ours.OpenAI.azure.com/\",\"deployment\":\"gpt-4.1\","                  \
    "\"api_version\":\"2024-10-21\""
#define LOCAL                                                                                      \
    "\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11434/\",\"model\":\"llama3.1:8b\""

static void client_creates(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer =
        send_json(arena, ana, "POST", KEYS,
                  STR("{" OPENAI ",\"key_name\":\"work\",\"expires_at\":"
                      "\"2099-01-31T13:00:00+01:00\",\"last_four\":\"evil\",\"user_id\":\"x\"}"));
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "provider"), "openai");
    assert_str(test_json_str(&answer, "key_name"), "work");
    assert_str(test_json_str(&answer, "last_four"), "WXYZ");
    assert_str(test_json_str(&answer, "expires_at"), "2099-01-31T12:00:00+00:00");
    assert_that(json_get(answer.json, "is_active")->boolean);
    assert_that(!json_get(answer.json, "is_expired")->boolean);
    assert_int(json_get(answer.json, "last_used_at")->type, JSON_IS_NULL);
    assert_that(str_find(answer.body, STR("0123456789")) == STR_NOT_FOUND);
    assert_that(str_find(answer.body, STR("gAAAA")) == STR_NOT_FOUND);
    assert_str(test_header(&answer, "cache-control"), "no-store");
    const char *path = key_path(arena, test_json_str(&answer, "id"));
    TestAnswer shown = test_get(arena, server->port, path, test_bearer(arena, ana));
    test_expect(&shown, 200);
    assert_str(shown.body, answer.body);
    Str stored = ask_database(arena, "SELECT encrypted_key || encryption_key_id FROM api_keys");
    assert_that(str_starts_with(stored, STR("gAAAA")));
    assert_that(str_ends_with(stored, keyring_id(all->services.keyring, 0)));
}

static void test_a_new_key_is_shown_by_its_last_four_characters(void **state)
{
    (void)state;
    test_server_run(server, client_creates, NULL);
}

static void client_shorts(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer =
        send_json(arena, ana, "POST", KEYS, STR("{\"provider\":\"openai\",\"key\":\"1234567\"}"));
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "last_four"), "");
    answer = send_json(arena, ana, "POST", KEYS,
                       STR("{\"provider\":\"anthropic\",\"key\":\"12345678\"}"));
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "last_four"), "5678");
}

static void test_a_key_of_seven_characters_shows_none_of_them(void **state)
{
    (void)state;
    test_server_run(server, client_shorts, NULL);
}

static void client_other_providers(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = send_json(arena, ana, "POST", KEYS, STR("{" AZURE "}"));
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "endpoint"), "https://ours.openai.azure.com");
    assert_str(test_json_str(&answer, "deployment"), "gpt-4.1");
    assert_str(test_json_str(&answer, "api_version"), "2024-10-21");
    answer = send_json(arena, ana, "POST", KEYS, STR("{" LOCAL "}"));
    test_expect(&answer, 201);
    assert_str(test_json_str(&answer, "base_url"), "http://127.0.0.1:11434");
    assert_str(test_json_str(&answer, "model"), "llama3.1:8b");
    assert_str(test_json_str(&answer, "last_four"), "");
}

static void test_azure_and_local_keys_carry_where_they_are_used(void **state)
{
    (void)state;
    test_server_run(server, client_other_providers, NULL);
}

static void refuse(Arena *arena, const char *members, const char *field)
{
    TestAnswer answer = send_json(arena, ana, "POST", KEYS, arena_printf(arena, "{%s}", members));
    expect_field(&answer, field);
    assert_that(str_find(answer.body, STR("0123456789")) == STR_NOT_FOUND);
}

static const struct {
    const char *members;
    const char *field;
} hostile_bodies[] = {
    {"", "provider"},
    {"\"provider\":1", "provider"},
    {"\"provider\":\"OpenAI\"", "provider"},
    {"\"provider\":\"openai\"", "key"},
    {"\"provider\":\"openai\",\"key\":\"\"", "key"},
    {"\"provider\":\"openai\",\"key\":null", "key"},
    {"\"provider\":\"openai\",\"key\":[\"x\"]", "key"},
    {"\"provider\":\"openai\",\"key\":\"sk 0123456789\"", "key"},
    {"\"provider\":\"openai\",\"key\":\"sk-0123456789\\r\\nHost: evil\"", "key"},
    {"\"provider\":\"openai\",\"key\":\"sk-0123456789\xC3\xA9\"", "key"},
    {"\"provider\":\"openai\",\"key\":\"sk-0123456789\\u007f\"", "key"},
    {OPENAI ",\"key_name\":\"a\\nb\"", "key_name"},
    {OPENAI ",\"key_name\":7", "key_name"},
    {OPENAI ",\"expires_at\":\"tomorrow\"", "expires_at"},
    {OPENAI ",\"expires_at\":\"infinity\"", "expires_at"},
    {OPENAI ",\"expires_at\":\"2020-01-01T00:00:00Z\"", "expires_at"},
    {OPENAI ",\"expires_at\":1900000000", "expires_at"},
    {OPENAI ",\"endpoint\":\"https://x.openai.azure.com\"", "endpoint"},
    {OPENAI ",\"base_url\":\"http://127.0.0.1:11434\"", "base_url"},
    {AZURE ",\"model\":\"gpt\"", "model"},
    {LOCAL ",\"deployment\":\"x\"", "deployment"},
    {"\"provider\":\"local\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11435\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"https://127.0.0.1:11434\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"http://localhost:11434\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11434/v2\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11434?x\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11434@evil.example\"", "base_url"},
    {"\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11434\\u0000.evil\"", NULL},
    {"\"provider\":\"local\",\"base_url\":\"\"", "base_url"},
};

static void client_hostile_bodies(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(hostile_bodies); i++) {
        if (hostile_bodies[i].field) {
            refuse(arena, hostile_bodies[i].members, hostile_bodies[i].field);
            continue;
        }
        TestAnswer answer = send_json(arena, ana, "POST", KEYS,
                                      arena_printf(arena, "{%s}", hostile_bodies[i].members));
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    assert_str(ask_database(arena, "SELECT count(*) FROM api_keys"), "0");
}

static void test_hostile_bodies_are_refused_by_the_field(void **state)
{
    (void)state;
    test_server_run(server, client_hostile_bodies, NULL);
}

static Str azure_with(Arena *arena, const char *member, const char *value)
{
    static const char *const all_members[] = {"endpoint", "deployment", "api_version"};
    static const char *const good[] = {"https://x.openai.azure.com", "gpt", "2024-10-21"};
    Str body = STR("\"provider\":\"azure\",\"key\":\"0123456789abcdef\"");
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        bool is_it = str_equal(str_of(member), str_of(all_members[i]));
        if (!is_it || value)
            body = arena_printf(arena, "%.*s,\"%s\":\"%s\"", STR_ARGS(body), all_members[i],
                                is_it ? value : good[i]);
    }
    return body;
}

static void client_hostile_azure(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const endpoints[] = {
        NULL,
        "",
        "x.openai.azure.com",
        "http://x.openai.azure.com",
        "ftp://x.openai.azure.com",
        "https://",
        "https://evil.example",
        "https://openai.azure.com.evil.example",
        "https://xopenai.azure.com",
        "https://x.openai.azure.com:8443",
        "https://127.0.0.1",
        "https://x/path",
        "https://x?q=1",
        "https://x#f",
        "https://user@x",
        "https://user:pass@x",
        "https://x:0",
        "https://x:65536",
        "https://x:",
        "https://x y",
        "https://[::1",
        "https://[]",
        "https://[::1]x",
        "https://x\\u00e9",
        "https://x\\\\y",
        "https://%41",
        "https://x.openai.azure.com/../y",
    };
    static const char *const identifiers[] = {
        "..", ".hidden", "a/b", "a?b", "a&b", "a b", "a%2fb", "a\\r\\nb", "\\u00e9",
    };
    for (size_t i = 0; i < COUNT_OF(endpoints); i++)
        refuse(arena, azure_with(arena, "endpoint", endpoints[i]).data, "endpoint");
    refuse(arena, azure_with(arena, "deployment", NULL).data, "deployment");
    refuse(arena, azure_with(arena, "deployment", "").data, "deployment");
    for (size_t i = 0; i < COUNT_OF(identifiers); i++) {
        refuse(arena, azure_with(arena, "deployment", identifiers[i]).data, "deployment");
        refuse(arena, azure_with(arena, "api_version", identifiers[i]).data, "api_version");
    }
}

static void test_hostile_endpoints_and_deployments_are_refused(void **state)
{
    (void)state;
    test_server_run(server, client_hostile_azure, NULL);
}

static Str repeated(Arena *arena, const char *piece, size_t count)
{
    size_t size = strlen(piece);
    char *text = arena_alloc(arena, count * size + 1);
    for (size_t i = 0; i < count; i++)
        str_copy_to(str_of(piece), text + i * size, size + 1);
    return (Str){text, count * size};
}

/* Sends a value of count characters; expects that the largest passes and one more does not. */
static void expect_limit(Arena *arena, const char *format, const char *field, const char *piece,
                         size_t limit)
{
    for (size_t count = limit - 1; count <= limit + 1; count++) {
        Str value = repeated(arena, piece, count);
        Str name = arena_printf(arena, "%zu %s", count, field);
        Str head = arena_printf(arena, "{\"%s\":\"%.*s\"", field, STR_ARGS(value));
        if (!str_equal(str_of(field), STR("key_name")))
            head =
                arena_printf(arena, "%.*s,\"key_name\":\"%.*s\"", STR_ARGS(head), STR_ARGS(name));
        Str body = arena_printf(arena, "%.*s,%s}", STR_ARGS(head), format);
        TestAnswer answer = send_json(arena, ana, "POST", KEYS, body);
        if (count <= limit)
            test_expect(&answer, 201);
        else
            expect_field(&answer, field);
    }
}

static void client_limits(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    expect_limit(arena, "\"provider\":\"openai\"", "key", "k", KEY_SECRET_MAX_BYTES);
    expect_limit(arena, OPENAI, "key_name", "\xC3\xA9", KEY_NAME_MAX_CHARACTERS);
    expect_limit(arena, "\"provider\":\"local\",\"base_url\":\"http://127.0.0.1:11434\"", "model",
                 "m", 200);
}

static void test_lengths_are_limited(void **state)
{
    (void)state;
    test_server_run(server, client_limits, NULL);
}

static void client_many(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (int i = 0; i < KEY_MAX_PER_USER; i++)
        add_key(arena, ana, arena_printf(arena, OPENAI ",\"key_name\":\"%d\"", i).data);
    TestAnswer answer = send_json(arena, ana, "POST", KEYS, STR("{" OPENAI "}"));
    test_expect_error(&answer, 409, "CONFLICT");
    add_key(arena, bob, OPENAI);
}

static void test_the_number_of_keys_is_limited(void **state)
{
    (void)state;
    test_server_run(server, client_many, NULL);
}

static void client_names(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    add_key(arena, ana, OPENAI);
    TestAnswer answer = send_json(arena, ana, "POST", KEYS, STR("{" OPENAI "}"));
    test_expect_error(&answer, 409, "CONFLICT");
    assert_str(test_json_str(&answer, "error.details.field"), "key_name");
    assert_that(str_find(answer.body, STR("0123456789")) == STR_NOT_FOUND);
    Str named = add_key(arena, ana, OPENAI ",\"key_name\":\"a\"");
    add_key(arena, ana, OPENAI ",\"key_name\":\"b\"");
    answer = send_json(arena, ana, "PATCH", key_path(arena, named), STR("{\"key_name\":\"b\"}"));
    test_expect_error(&answer, 409, "CONFLICT");
    add_key(arena, ana, "\"provider\":\"anthropic\",\"key\":\"12345678\",\"key_name\":\"a\"");
    add_key(arena, bob, OPENAI ",\"key_name\":\"a\"");
}

static void test_a_name_is_used_once_for_a_provider(void **state)
{
    (void)state;
    test_server_run(server, client_names, NULL);
}

static void client_changes(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str id =
        add_key(arena, ana, OPENAI ",\"key_name\":\"a\",\"expires_at\":\"2099-01-01T00:00:00Z\"");
    const char *path = key_path(arena, id);
    Str before = ask_database(arena, "SELECT encrypted_key FROM api_keys");
    TestAnswer answer =
        send_json(arena, ana, "PATCH", path, STR("{\"is_active\":false,\"key_name\":\"b\"}"));
    test_expect(&answer, 200);
    assert_that(!json_get(answer.json, "is_active")->boolean);
    assert_str(test_json_str(&answer, "key_name"), "b");
    assert_str(test_json_str(&answer, "expires_at"), "2099-01-01T00:00:00+00:00");
    assert_str(ask_database(arena, "SELECT encrypted_key FROM api_keys"), before);
    answer =
        send_json(arena, ana, "PATCH", path,
                  STR("{\"is_active\":true,\"key_name\":null,\"expires_at\":null,\"key\":null}"));
    test_expect(&answer, 200);
    assert_that(json_get(answer.json, "is_active")->boolean);
    assert_int(json_get(answer.json, "key_name")->type, JSON_IS_NULL);
    assert_int(json_get(answer.json, "expires_at")->type, JSON_IS_NULL);
    assert_str(ask_database(arena, "SELECT encrypted_key FROM api_keys"), before);
    answer = send_json(arena, ana, "PATCH", path, STR("{\"key\":\"sk-another-one-QRST\"}"));
    test_expect(&answer, 200);
    assert_str(test_json_str(&answer, "last_four"), "QRST");
    assert_that(!str_equal(ask_database(arena, "SELECT encrypted_key FROM api_keys"), before));
    answer = send_json(arena, ana, "PATCH", path, STR("{}"));
    test_expect(&answer, 200);
    static const char *const bad[] = {
        "{\"is_active\":1}", "{\"is_active\":\"no\"}", "{\"expires_at\":\"2000-01-01T00:00:00Z\"}",
        "{\"base_url\":\"http://127.0.0.1:11434\"}", "{\"key\":\"a b\"}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        answer = send_json(arena, ana, "PATCH", path, str_of(bad[i]));
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    Str azure = add_key(arena, ana, AZURE);
    answer = send_json(arena, ana, "PATCH", key_path(arena, azure), STR("{\"deployment\":\"o4\"}"));
    test_expect(&answer, 200);
    assert_str(test_json_str(&answer, "deployment"), "o4");
    assert_str(test_json_str(&answer, "endpoint"), "https://ours.openai.azure.com");
    answer = send_json(arena, ana, "PATCH", key_path(arena, azure), STR("{\"endpoint\":null}"));
    expect_field(&answer, "endpoint");
}

static void test_members_that_are_given_change_and_no_others(void **state)
{
    (void)state;
    test_server_run(server, client_changes, NULL);
}

static void client_deletes(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    const char *path = key_path(arena, add_key(arena, ana, OPENAI));
    TestAnswer answer = test_call(arena, server->port, "DELETE", path, test_bearer(arena, ana));
    test_expect(&answer, 204);
    answer = test_call(arena, server->port, "DELETE", path, test_bearer(arena, ana));
    test_expect_error(&answer, 404, "NOT_FOUND");
    assert_str(ask_database(arena, "SELECT count(*) FROM api_keys"), "0");
}

static void test_a_deleted_key_is_gone(void **state)
{
    (void)state;
    test_server_run(server, client_deletes, NULL);
}

static void client_strangers(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    const char *path = key_path(arena, add_key(arena, ana, OPENAI));
    static const char *const methods[] = {"GET", "DELETE"};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        TestAnswer answer =
            test_call(arena, server->port, methods[i], path, test_bearer(arena, bob));
        test_expect_error(&answer, 404, "NOT_FOUND");
        answer = test_call(arena, server->port, methods[i], path, STR(""));
        test_expect_error(&answer, 401, "AUTH_ERROR");
        answer = test_call(arena, server->port, methods[i], KEYS "/x", test_bearer(arena, ana));
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    TestAnswer answer = send_json(arena, bob, "PATCH", path, STR("{\"key_name\":\"mine\"}"));
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = test_get(arena, server->port, KEYS, test_bearer(arena, bob));
    test_expect(&answer, 200);
    assert_int(json_get(answer.json, "items")->count, 0);
    assert_str(ask_database(arena, "SELECT count(*) FROM api_keys WHERE key_name IS NULL"), "1");
}

static void test_keys_of_others_do_not_exist(void **state)
{
    (void)state;
    test_server_run(server, client_strangers, NULL);
}

static void client_lists(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (int i = 0; i < 5; i++)
        add_key(arena, ana, arena_printf(arena, OPENAI ",\"key_name\":\"%d\"", i).data);
    add_key(arena, ana, LOCAL);
    Str bearer = test_bearer(arena, ana);
    TestAnswer answer = test_get(arena, server->port, KEYS "?limit=4", bearer);
    test_expect(&answer, 200);
    assert_int(json_get(answer.json, "items")->count, 4);
    assert_str(json_str_or(&json_get(answer.json, "items")->items[0], "provider", STR("")),
               "local");
    const char *next = arena_printf(arena, KEYS "?limit=4&cursor=%.*s",
                                    STR_ARGS(test_json_str(&answer, "next_cursor")))
                           .data;
    answer = test_get(arena, server->port, next, bearer);
    assert_int(json_get(answer.json, "items")->count, 2);
    answer = test_get(arena, server->port, KEYS "?provider=openai", bearer);
    assert_int(json_get(answer.json, "items")->count, 5);
    answer = test_get(arena, server->port, KEYS "?provider=x", bearer);
    expect_field(&answer, "provider");
}

static void test_the_list_shows_the_newest_first(void **state)
{
    (void)state;
    test_server_run(server, client_lists, NULL);
}

static TestAnswer test_secret(Arena *arena, const char *provider, const char *secret)
{
    Str id = add_key(arena, ana,
                     arena_printf(arena, "\"provider\":\"%s\",\"key\":\"%s\",\"key_name\":\"%s\"",
                                  provider, secret, secret)
                         .data);
    const char *path = arena_printf(arena, "%s/test", key_path(arena, id)).data;
    TestAnswer stranger = test_call(arena, server->port, "POST", path, test_bearer(arena, bob));
    test_expect_error(&stranger, 404, "NOT_FOUND");
    return test_call(arena, server->port, "POST", path, test_bearer(arena, ana));
}

static void client_tests(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = test_secret(arena, "openai", "a-good-key-123456");
    test_expect(&answer, 200);
    assert_str(answer.body, "{\"accepted\":true}");
    answer = test_secret(arena, "anthropic", "wrong-key-123456");
    assert_int(answer.status, error_traits(ERR_LLM_AUTH)->http_status);
    assert_str(test_json_str(&answer, "error.code"), "LLM_AUTH_ERROR");
    assert_that(str_find(answer.body, STR("wrong-key")) == STR_NOT_FOUND);
    answer = test_secret(arena, "openai", "poor-key-123456");
    test_expect_error(&answer, 402, "INSUFFICIENT_QUOTA");
    answer = test_secret(arena, "openai", "busy-key-123456");
    test_expect_error(&answer, 429, "RATE_LIMIT_EXCEEDED");
    test_postgres_run(all->postgres, "UPDATE api_keys SET is_active = false");
    Str id = ask_database(arena, "SELECT id FROM api_keys LIMIT 1");
    const char *path = arena_printf(arena, "%s/test", key_path(arena, id)).data;
    answer = test_call(arena, server->port, "POST", path, test_bearer(arena, ana));
    test_expect_error(&answer, 404, "NOT_FOUND");
}

static void test_a_test_of_a_key_asks_the_provider(void **state)
{
    (void)state;
    test_server_run(server, client_tests, NULL);
}

static const char *tested_path;

static void client_prepares_test(void *argument)
{
    (void)argument;
    tested_path =
        arena_printf(all->arena, "%s/test", key_path(all->arena, add_key(all->arena, ana, OPENAI)))
            .data;
}

static void client_tests_somehow(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer =
        test_call(arena, server->port, "POST", tested_path, test_bearer(arena, ana));
    assert_that(answer.status == 200 || answer.status == 503);
}

static void client_creates_somehow(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    test_postgres_run(all->postgres, "TRUNCATE api_keys");
    TestAnswer answer = send_json(arena, ana, "POST", KEYS, STR("{" OPENAI "}"));
    assert_that(answer.status == 201 || answer.status == 503);
    if (answer.status == 201)
        assert_str(test_json_str(&answer, "last_four"), "WXYZ");
}

static void check_quiet(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_creating_ends_at_every_wait(void **state)
{
    (void)state;
    assert_that(test_server_cancel_everywhere(server, client_creates_somehow, check_quiet, NULL) >
                2);
}

static Str changed_id;

static void client_prepares_change(void *argument)
{
    (void)argument;
    changed_id = add_key(all->arena, ana, OPENAI);
}

static void client_changes_somehow(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = send_json(arena, ana, "PATCH", key_path(arena, changed_id),
                                  STR("{\"key\":\"sk-another-one-QRST\"}"));
    assert_that(answer.status == 200 || answer.status == 503);
}

static void test_changing_ends_at_every_wait(void **state)
{
    (void)state;
    test_server_run(server, client_prepares_change, NULL);
    assert_that(test_server_cancel_everywhere(server, client_changes_somehow, check_quiet, NULL) >
                3);
}

static void test_testing_ends_at_every_wait(void **state)
{
    (void)state;
    test_server_run(server, client_prepares_test, NULL);
    /* The gate, the key, the provider; one more where its answer comes in two pieces. */
    assert_that(test_server_cancel_everywhere(server, client_tests_somehow, check_quiet, NULL) >=
                3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_new_key_is_shown_by_its_last_four_characters, fixture_clear),
        cmocka_unit_test_setup(test_a_key_of_seven_characters_shows_none_of_them, fixture_clear),
        cmocka_unit_test_setup(test_azure_and_local_keys_carry_where_they_are_used, fixture_clear),
        cmocka_unit_test_setup(test_hostile_bodies_are_refused_by_the_field, fixture_clear),
        cmocka_unit_test_setup(test_hostile_endpoints_and_deployments_are_refused, fixture_clear),
        cmocka_unit_test_setup(test_lengths_are_limited, fixture_clear),
        cmocka_unit_test_setup(test_the_number_of_keys_is_limited, fixture_clear),
        cmocka_unit_test_setup(test_a_name_is_used_once_for_a_provider, fixture_clear),
        cmocka_unit_test_setup(test_members_that_are_given_change_and_no_others, fixture_clear),
        cmocka_unit_test_setup(test_a_deleted_key_is_gone, fixture_clear),
        cmocka_unit_test_setup(test_keys_of_others_do_not_exist, fixture_clear),
        cmocka_unit_test_setup(test_the_list_shows_the_newest_first, fixture_clear),
        cmocka_unit_test_setup(test_creating_ends_at_every_wait, fixture_clear),
        cmocka_unit_test_setup(test_changing_ends_at_every_wait, fixture_clear),
        cmocka_unit_test_setup(test_a_test_of_a_key_asks_the_provider, fixture_clear),
        cmocka_unit_test_setup(test_testing_ends_at_every_wait, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/fixture.h"
#include "llm/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Returns "" if the account is allowed, and the reason otherwise. */
static const char *check_account(const Fixture *fixture, const LlmAccount *account)
{
    Error error = {0};
    bool fits = llm_account_check(&fixture->services, account, &error);
    return fits ? "" : arena_cstring(fixture->arena, str_of(error.message));
}

static const char *check_place(const Fixture *fixture, LlmProvider provider, const char *url)
{
    LlmAccount account = fixture_account(fixture, provider);
    account.base_url = str_of(url);
    return check_account(fixture, &account);
}

static void test_local_server_must_be_listed(void **state)
{
    Fixture *fixture = *state;
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS",
                "http://127.0.0.1:11434, https://Models.example:443/v1,http://[::1]:8080/base");
    static const char *const allowed[] = {
        "",
        "http://127.0.0.1:11434",
        "HTTP://127.0.0.1:11434/v1/",
        "https://models.example",
        "http://[::1]:8080/base/v1",
        "http://127.0.0.1:11434/api",
    };
    for (size_t i = 0; i < COUNT_OF(allowed); i++)
        assert_str(str_of(check_place(fixture, LLM_LOCAL, allowed[i])), "");
    static const char *const refused[] = {
        "http://127.0.0.1:11435",
        "http://127.0.0.1",
        "https://127.0.0.1:11434",
        "http://localhost:11434",
        "http://127.0.0.1:11434/app",
        "http://127.0.0.1:11434@evil.example",
        "http://evil.example/?http://127.0.0.1:11434",
        "http://127.0.0.1:11434/../admin",
        "http://127.0.0.1:11434#",
        "http://127.0.0.1:11434\\@evil.example",
        "http://[::1]:8080",
        "http://2130706433:11434",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:0",
        "http://127.0.0.1:11434 ,http://x",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_that(check_place(fixture, LLM_LOCAL, refused[i])[0]);
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS", "");
    assert_str(str_of(check_place(fixture, LLM_LOCAL, "")),
               "this local server is not allowed here: the operator lists the allowed ones in "
               "NETGURU_LLM_LOCAL_URLS");
    fixture_unset(fixture);
}

static void test_azure_endpoint_must_be_a_host_of_azure(void **state)
{
    Fixture *fixture = *state;
    static const char *const allowed[] = {
        "https://mine.openai.azure.com",
        "https://Mine.OpenAI.Azure.com:443/",
        "https://mine.cognitiveservices.azure.com",
        "https://mine.services.ai.azure.com/openai/v1/",
    };
    for (size_t i = 0; i < COUNT_OF(allowed); i++)
        assert_str(str_of(check_place(fixture, LLM_AZURE, allowed[i])), "");
    static const char *const refused[] = {
        "",
        "http://mine.openai.azure.com",
        "https://mine.openai.azure.com:8443",
        "https://mine.openai.azure.com/other",
        "https://openai.azure.com",
        "https://.openai.azure.com",
        "https://evil.example/mine.openai.azure.com",
        "https://mine.openai.azure.com.evil.example",
        "https://evil.example#.openai.azure.com",
        "https://evil.example?.openai.azure.com",
        "https://evil.example%2f.openai.azure.com",
        "https://user@mine.openai.azure.com",
        "https://127.0.0.1",
        "https://169.254.169.254",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_that(check_place(fixture, LLM_AZURE, refused[i])[0]);
}

static void test_account_has_what_its_provider_needs(void **state)
{
    Fixture *fixture = *state;
    LlmAccount account = fixture_account(fixture, LLM_OPENAI);
    account.key = STR("");
    assert_str(str_of(check_account(fixture, &account)), "OpenAI needs a key");
    account.key = STR("a\r\nX-Evil: 1");
    assert_that(check_account(fixture, &account)[0]);
    account.key = str_make(arena_alloc(fixture->arena, 5000), 5000);
    assert_that(check_account(fixture, &account)[0]);
    account.key = STR("k");
    account.base_url = STR("https://api.openai.com");
    assert_str(str_of(check_account(fixture, &account)),
               "a key for OpenAI has no address of its own");
    account = fixture_account(fixture, LLM_AZURE);
    account.deployment = STR("");
    assert_str(str_of(check_account(fixture, &account)), "Azure OpenAI needs a deployment");
    account.deployment = STR("../x");
    assert_that(check_account(fixture, &account)[0]);
    account.deployment = STR("..");
    assert_that(check_account(fixture, &account)[0]);
    account.deployment = STR("d");
    account.api_version = STR("1&x=2");
    assert_that(check_account(fixture, &account)[0]);
    account = fixture_account(fixture, LLM_LOCAL);
    account.key = STR("");
    assert_str(str_of(check_account(fixture, &account)), "");
}

static void ask_without_leave(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmAccount account = fixture_account(fixture, LLM_LOCAL);
    LlmRequest request = fixture_question();
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS", "http://127.0.0.1:1");
    EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request),
               "bad request: this local server is not allowed here: the operator lists the allowed "
               "ones in NETGURU_LLM_LOCAL_URLS");
    EXPECT(task, !llm_check_key(task, &fixture->services, &account));
    task_forget_error(task);
    EXPECT_INT(task, fixture_count_requests(task, fixture), 0);
}

static void test_server_that_is_not_allowed_is_never_asked(void **state)
{
    fixture_run(*state, ask_without_leave);
}

static const char *check_setting(Fixture *fixture, const char *name, const char *value)
{
    Error error = {0};
    fixture_set(fixture, name, value);
    bool fits = llm_settings_check(fixture->settings, &error);
    fixture_unset(fixture);
    return fits ? "" : arena_cstring(fixture->arena, str_of(error.message));
}

static void test_settings_are_checked_at_the_start(void **state)
{
    Fixture *fixture = *state;
    assert_str(str_of(check_setting(fixture, "NETGURU_LLM_LOCAL_URLS", " , ")), "");
    assert_that(
        str_starts_with(str_of(check_setting(fixture, "NETGURU_LLM_LOCAL_URLS", "http://a,b")),
                        STR("NETGURU_LLM_LOCAL_URLS: an address begins with https:// or http://")));
    assert_that(str_starts_with(str_of(check_setting(fixture, "NETGURU_LLM_OPENAI_URL", "")),
                                STR("NETGURU_LLM_OPENAI_URL: ")));
    assert_that(str_starts_with(
        str_of(check_setting(fixture, "NETGURU_LLM_ANTHROPIC_URL", "https://u:p@gateway")),
        STR("NETGURU_LLM_ANTHROPIC_URL: ")));
    assert_str(str_of(check_setting(fixture, "NETGURU_LLM_ANTHROPIC_VERSION", "latest")),
               "NETGURU_LLM_ANTHROPIC_VERSION: expected a date, YYYY-MM-DD");
    assert_str(str_of(check_setting(fixture, "NETGURU_LLM_AZURE_URLS", "https://a/x")),
               "NETGURU_LLM_AZURE_URLS: an origin has no path");
}

static void test_names_of_providers_are_found(void **state)
{
    (void)state;
    LlmProvider provider = LLM_PROVIDER_COUNT;
    assert_that(llm_provider_find(STR("azure"), &provider));
    assert_int(provider, LLM_AZURE);
    assert_that(!llm_provider_find(STR("Azure"), &provider));
    assert_str(str_of(llm_provider_name(LLM_ANTHROPIC)), "anthropic");
}

static OutgoingReach reach_of(Fixture *fixture, const Services *services, LlmProvider provider,
                              const char *base_url)
{
    Target target;
    Error error = {0};
    LlmAccount account = fixture_account(fixture, provider);
    account.base_url = str_of(base_url);
    assert_that(target_find(fixture->arena, services, &account, &target, &error));
    return target.place.reach;
}

/* What a user names may lead to the Internet only, even when its name resolves to an address of
 * this machine or its network. What the operator names may lead anywhere. */
static void test_only_addresses_of_the_operator_reach_private_networks(void **state)
{
    Fixture *fixture = *state;
    Error error = {0};
    Services services = {.settings = config_load(fixture->arena, &error)};
    assert_that(services.settings);
    assert_int(reach_of(fixture, &services, LLM_OPENAI, ""), OUTGOING_PUBLIC);
    assert_int(reach_of(fixture, &services, LLM_ANTHROPIC, ""), OUTGOING_PUBLIC);
    assert_int(reach_of(fixture, &services, LLM_AZURE, "https://a.openai.azure.com"),
               OUTGOING_PUBLIC);
    assert_int(reach_of(fixture, &services, LLM_LOCAL, "http://127.0.0.1:11434"), OUTGOING_ANY);
    fixture_set(fixture, "NETGURU_LLM_AZURE_URLS", "http://127.0.0.1:9");
    assert_int(reach_of(fixture, &fixture->services, LLM_OPENAI, ""), OUTGOING_ANY);
    assert_int(reach_of(fixture, &fixture->services, LLM_ANTHROPIC, ""), OUTGOING_ANY);
    assert_int(reach_of(fixture, &fixture->services, LLM_AZURE, "http://127.0.0.1:9"),
               OUTGOING_ANY);
    assert_int(reach_of(fixture, &fixture->services, LLM_AZURE, "https://a.openai.azure.com"),
               OUTGOING_PUBLIC);
    fixture_unset(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_server_must_be_listed),
        cmocka_unit_test(test_azure_endpoint_must_be_a_host_of_azure),
        cmocka_unit_test(test_account_has_what_its_provider_needs),
        cmocka_unit_test(test_server_that_is_not_allowed_is_never_asked),
        cmocka_unit_test(test_settings_are_checked_at_the_start),
        cmocka_unit_test(test_names_of_providers_are_found),
        cmocka_unit_test(test_only_addresses_of_the_operator_reach_private_networks),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A real local server, a llama.cpp say, at NETGURU_TEST_LLM_URL, with any model. */
#include "llm/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static LlmAccount real_account(void)
{
    const char *key = getenv("NETGURU_TEST_LLM_KEY");
    const char *model = getenv("NETGURU_TEST_LLM_MODEL");
    return (LlmAccount){.provider = LLM_LOCAL,
                        .key = str_of(key ? key : ""),
                        .model = str_of(model ? model : "any")};
}

static void ask(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmAccount account = real_account();
    LlmRequest request = fixture_question();
    request.max_output_tokens = 16;
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS", getenv("NETGURU_TEST_LLM_URL"));
    EXPECT(task, llm_check_key(task, &fixture->services, &account));
    Str text = fixture_ask_as(task, fixture, &account, &request);
    EXPECT(task, str_starts_with(text, STR("text(")));
    EXPECT(task, str_find(text, STR("end(length,")) != STR_NOT_FOUND ||
                     str_find(text, STR("end(end,")) != STR_NOT_FOUND);
}

static void test_real_server_streams_text_and_usage(void **state)
{
    if (!getenv("NETGURU_TEST_LLM_URL"))
        skip_test("no server at NETGURU_TEST_LLM_URL");
    fixture_run(*state, ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_server_streams_text_and_usage),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

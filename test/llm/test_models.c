/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const Services built_in = {0};

static Str name_found(LlmProvider provider, const char *name)
{
    const LlmModel *model = llm_model_find(&built_in, provider, str_of(name));
    return model ? model->name : STR("none");
}

static void test_built_in_models_are_found_by_name_and_snapshot(void **state)
{
    (void)state;
    assert_str(name_found(LLM_OPENAI, "gpt-4o"), "gpt-4o");
    assert_str(name_found(LLM_OPENAI, "gpt-4o-2024-08-06"), "gpt-4o");
    assert_str(name_found(LLM_OPENAI, "gpt-4o-mini"), "gpt-4o-mini");
    assert_str(name_found(LLM_OPENAI, "gpt-4o-audio"), "none");
    assert_str(name_found(LLM_OPENAI, "gpt-4o-2024-8-06x"), "none");
    assert_str(name_found(LLM_ANTHROPIC, "claude-opus-4-5-20251101"), "claude-opus-4-5");
    assert_str(name_found(LLM_ANTHROPIC, "claude-opus-4-5-latest"), "claude-opus-4-5");
    assert_str(name_found(LLM_ANTHROPIC, "gpt-4o"), "none");
    assert_str(name_found(LLM_AZURE, "gpt-4o"), "gpt-4o");
    assert_str(name_found(LLM_LOCAL, "gpt-4o"), "none");
    assert_str(name_found(LLM_OPENAI, ""), "none");
}

static void test_built_in_models_are_plausible(void **state)
{
    (void)state;
    size_t count = 0;
    const LlmModel *models = llm_models_list(&built_in, &count);
    assert_that(count > 20);
    for (size_t i = 0; i < count; i++) {
        const LlmModel *model = &models[i];
        assert_that(model->context_tokens >= 100000);
        assert_that(model->max_output_tokens <= model->context_tokens);
        assert_that(model->cached_price <= model->input_price);
        assert_that(model->input_price < model->output_price);
        assert_that(llm_model_find(&built_in, model->provider, model->name) == model);
    }
    assert_int(llm_model_find(&built_in, LLM_OPENAI, STR("gpt-4o"))->input_price, 2500000);
    assert_that(llm_model_find(&built_in, LLM_OPENAI, STR("o3-pro"))->wants_responses);
}

/* Loads a file with that text. Returns NULL with the message in *out_message on failure. */
static const LlmModels *load(Fixture *fixture, const char *text, const char **out_message)
{
    Error error = {0};
    char path[] = "/tmp/netguru-models-XXXXXX";
    int file = mkstemp(path);
    assert_that(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
    fixture_set(fixture, "NETGURU_LLM_MODELS", path);
    const LlmModels *models = llm_models_load(fixture->arena, fixture->settings, &error);
    unlink(path);
    fixture_unset(fixture);
    Str message = str_of(error.message);
    *out_message = arena_cstring(fixture->arena, str_starts_with(message, str_of(path))
                                                     ? str_from(message, strlen(path))
                                                     : message);
    return models;
}

static void test_file_of_the_operator_replaces_the_table(void **state)
{
    const char *message = NULL;
    Services services = {0};
    services.models =
        load(*state,
             "[{\"provider\":\"local\",\"name\":\"qwen3:8b\",\"context_tokens\":32768,"
             "\"max_output_tokens\":8192},"
             "{\"provider\":\"azure\",\"name\":\"gpt-4o\",\"context_tokens\":1000,"
             "\"max_output_tokens\":100,\"input_price\":0.15,\"output_price\":2,\"api\":"
             "\"responses\"}]",
             &message);
    assert_that(services.models);
    const LlmModel *local = llm_model_find(&services, LLM_LOCAL, STR("qwen3:8b"));
    assert_that(local);
    assert_int(local->context_tokens, 32768);
    assert_int(local->input_price, 0);
    const LlmModel *azure = llm_model_find(&services, LLM_AZURE, STR("gpt-4o"));
    assert_that(azure && azure->wants_responses);
    assert_int(azure->input_price, 150000);
    assert_int(azure->cached_price, 150000);
    assert_int(azure->output_price, 2000000);
    assert_that(!llm_model_find(&services, LLM_OPENAI, STR("gpt-4o")));
}

#define MODEL(rest) "[{\"provider\":\"local\",\"name\":\"a\"," rest "}]"
#define TOKENS "\"context_tokens\":1,\"max_output_tokens\":1"

static void test_malformed_files_are_refused_with_the_place(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"{}", ": expected an array of at most 1000 models"},
        {"[{}]", ": model 1: provider must be openai, anthropic, azure or local"},
        {"[{\"provider\":\"local\"}]", ": model 1: name must have 1 to 128 bytes"},
        {MODEL("\"context_tokens\":0"),
         ": model 1: context_tokens must be a number of tokens from 1 to 1000000000"},
        {MODEL("\"context_tokens\":1,\"max_output_tokens\":1000000001"),
         ": model 1: max_output_tokens must be a number of tokens from 1 to 1000000000"},
        {MODEL(TOKENS ",\"input_price\":-1"),
         ": model 1: input_price must be the dollars for a million tokens, from 0 to 100000"},
        {MODEL(TOKENS ",\"output_price\":\"1\""),
         ": model 1: output_price must be the dollars for a million tokens, from 0 to 100000"},
        {MODEL(TOKENS ",\"api\":\"x\""), ": model 1: api must be \"chat\" or \"responses\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        assert_that(!load(*state, cases[i].text, &message));
        assert_str(str_of(message), cases[i].message);
    }
}

static void test_file_that_is_missing_is_refused(void **state)
{
    Fixture *fixture = *state;
    Error error = {0};
    fixture_set(fixture, "NETGURU_LLM_MODELS", "/nonexistent/models.json");
    assert_that(!llm_models_load(fixture->arena, fixture->settings, &error));
    assert_str(str_of(error.message), "/nonexistent/models.json: No such file or directory");
    fixture_unset(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in_models_are_found_by_name_and_snapshot),
        cmocka_unit_test(test_built_in_models_are_plausible),
        cmocka_unit_test(test_file_of_the_operator_replaces_the_table),
        cmocka_unit_test(test_malformed_files_are_refused_with_the_place),
        cmocka_unit_test(test_file_that_is_missing_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

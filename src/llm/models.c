/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/internal.h"

/*
 * The public lists of the providers in November 2026, without surcharges for long requests. Cached
 * input that a provider does not make cheaper has the price of other input.
 */
/* clang-format off */
#define OPENAI(name, ...) {LLM_OPENAI, false, STR_INIT(name), __VA_ARGS__}
#define RESPONSES(name, ...) {LLM_OPENAI, true, STR_INIT(name), __VA_ARGS__}
#define ANTHROPIC(name, ...) {LLM_ANTHROPIC, false, STR_INIT(name), __VA_ARGS__}
static const LlmModel built_in[] = {
    /* tokens read and written, prices of input, cached input and output */
    OPENAI("gpt-6.1-sol", 922000, 128000, 2000000, 100000, 10000000),
    OPENAI("gpt-6-astra", 922000, 128000, 10000000, 1000000, 50000000),
    OPENAI("gpt-6-sol", 922000, 128000, 2000000, 200000, 10000000),
    OPENAI("gpt-6-luna", 922000, 128000, 100000, 10000, 500000),
    OPENAI("gpt-5.6", 922000, 128000, 4000000, 400000, 20000000),
    OPENAI("gpt-5.6-sol", 922000, 128000, 4000000, 400000, 20000000),
    OPENAI("gpt-5.6-terra", 922000, 128000, 2000000, 200000, 12000000),
    OPENAI("gpt-5.6-luna", 922000, 128000, 200000, 20000, 1200000),
    OPENAI("gpt-5.5", 1050000, 128000, 5000000, 500000, 30000000),
    RESPONSES("gpt-5.5-pro", 1050000, 128000, 30000000, 30000000, 180000000),
    OPENAI("gpt-5.4", 1050000, 128000, 2500000, 250000, 15000000),
    RESPONSES("gpt-5.4-pro", 1050000, 128000, 30000000, 30000000, 180000000),
    OPENAI("gpt-5.4-mini", 272000, 128000, 750000, 75000, 4500000),
    OPENAI("gpt-5.4-nano", 272000, 128000, 200000, 20000, 1250000),
    RESPONSES("gpt-5.3-codex", 272000, 128000, 1750000, 175000, 14000000),
    OPENAI("gpt-5.2", 272000, 128000, 1750000, 175000, 14000000),
    RESPONSES("gpt-5.2-pro", 272000, 128000, 21000000, 21000000, 168000000),
    OPENAI("gpt-5.1", 272000, 128000, 1250000, 125000, 10000000),
    OPENAI("gpt-5", 272000, 128000, 1250000, 125000, 10000000),
    OPENAI("gpt-5-mini", 272000, 128000, 250000, 25000, 2000000),
    OPENAI("gpt-5-nano", 272000, 128000, 50000, 5000, 400000),
    RESPONSES("gpt-5-pro", 400000, 272000, 15000000, 15000000, 120000000),
    OPENAI("gpt-4.1", 1047576, 32768, 2000000, 500000, 8000000),
    OPENAI("gpt-4.1-mini", 1047576, 32768, 400000, 100000, 1600000),
    OPENAI("gpt-4o", 128000, 16384, 2500000, 1250000, 10000000),
    OPENAI("gpt-4o-mini", 128000, 16384, 150000, 75000, 600000),
    OPENAI("o3", 200000, 100000, 2000000, 500000, 8000000),
    RESPONSES("o3-pro", 200000, 100000, 20000000, 20000000, 80000000),
    ANTHROPIC("claude-fable-5-1", 1000000, 128000, 10000000, 250000, 50000000),
    ANTHROPIC("claude-fable-5", 1000000, 128000, 10000000, 1000000, 50000000),
    ANTHROPIC("claude-opus-5-5", 1000000, 128000, 4000000, 200000, 20000000),
    ANTHROPIC("claude-opus-5", 1000000, 128000, 5000000, 500000, 25000000),
    ANTHROPIC("claude-opus-4-8", 1000000, 128000, 5000000, 500000, 25000000),
    ANTHROPIC("claude-opus-4-7", 1000000, 128000, 5000000, 500000, 25000000),
    ANTHROPIC("claude-opus-4-6", 1000000, 128000, 5000000, 500000, 25000000),
    ANTHROPIC("claude-opus-4-5", 200000, 64000, 5000000, 500000, 25000000),
    ANTHROPIC("claude-sonnet-5-5", 1000000, 128000, 2000000, 100000, 10000000),
    ANTHROPIC("claude-sonnet-5", 1000000, 128000, 2000000, 200000, 10000000),
    ANTHROPIC("claude-sonnet-4-6", 1000000, 128000, 3000000, 300000, 15000000),
    ANTHROPIC("claude-sonnet-4-5", 200000, 64000, 3000000, 300000, 15000000),
    ANTHROPIC("claude-haiku-5-5", 1000000, 128000, 100000, 10000, 500000),
    ANTHROPIC("claude-haiku-4-5", 200000, 64000, 1000000, 100000, 5000000),
};
/* clang-format on */

struct LlmModels {
    const LlmModel *items;
    size_t count;
};

const LlmModels *llm_models_load(Arena *arena, const Config *settings, Error *error)
{
    LlmModels *models = ARENA_NEW(arena, LlmModels);
    Str path = config_str(settings, "NETGURU_LLM_MODELS");
    models->items = built_in;
    models->count = COUNT_OF(built_in);
    if (str_empty(path))
        return models;
    models->items = models_file_read(arena, path.data, &models->count, error);
    return models->items ? models : NULL;
}

const LlmModel *llm_models_list(const Services *services, size_t *out_count)
{
    const LlmModels *models = services->models;
    *out_count = models ? models->count : COUNT_OF(built_in);
    return models ? models->items : built_in;
}

static size_t count_digits(Str text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

/* Returns whether the rest of a name is "-2026-04-23", "-20260423" or "-latest". */
static bool is_snapshot(Str rest)
{
    if (str_equal(rest, STR("-latest")))
        return true;
    Str date = str_from(rest, 1);
    if (rest.size == 9)
        return rest.data[0] == '-' && count_digits(date) == 8;
    return rest.size == 11 && rest.data[0] == '-' && count_digits(date) == 4 &&
           date.data[4] == '-' && count_digits(str_from(date, 5)) == 2 && date.data[7] == '-' &&
           count_digits(str_from(date, 8)) == 2;
}

static const LlmModel *find_model(const Services *services, LlmProvider provider, Str name)
{
    size_t count = 0;
    const LlmModel *found = NULL;
    const LlmModel *models = llm_models_list(services, &count);
    for (size_t i = 0; i < count; i++) {
        const LlmModel *model = &models[i];
        if (model->provider != provider || !str_starts_with(name, model->name))
            continue;
        Str rest = str_from(name, model->name.size);
        if (str_empty(rest))
            return model;
        if (is_snapshot(rest))
            found = model;
    }
    return found;
}

const LlmModel *llm_model_find(const Services *services, LlmProvider provider, Str name)
{
    const LlmModel *model = find_model(services, provider, name);
    return model || provider != LLM_AZURE ? model : find_model(services, LLM_OPENAI, name);
}

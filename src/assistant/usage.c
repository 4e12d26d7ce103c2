/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/internal.h"

enum { MAX_TURN_TOKENS = 1000 * 1000 * 1000, MICRO = 1000000 };

static int64_t cost_micros(const LlmModel *model, const LlmUsage *usage)
{
    if (!model)
        return 0;
    int64_t cached = MIN_OF(usage->cached, usage->input);
    return ((usage->input - cached) * model->input_price + cached * model->cached_price +
            usage->output * model->output_price) /
           MICRO;
}

/* A provider may claim any number. */
static void add_tokens(int64_t *sum, int64_t tokens)
{
    *sum = MIN_OF(*sum + tokens, (int64_t)MAX_TURN_TOKENS);
}

void usage_add(TurnResult *result, Arena *arena, const ModelAccount *asked, const LlmUsage *usage)
{
    if (!usage->known || asked->account.provider == LLM_LOCAL)
        return;
    result->has_usage = true;
    add_tokens(&result->tokens_in, usage->input);
    add_tokens(&result->tokens_out, usage->output);
    add_tokens(&result->tokens_cached, usage->cached);
    result->cost_micros += cost_micros(asked->model, usage);
    result->provider_usage = arena_copy(arena, usage->raw);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/json.h"
#include "llm/internal.h"

#include <math.h>

enum {
    FILE_MAX_BYTES = 1 << 20,
    MAX_MODELS = 1000,
    MAX_TOKENS = 1000 * 1000 * 1000,
    MAX_DOLLARS = 100 * 1000,
    MICRO = 1000 * 1000,
};

static bool take_tokens(const JsonValue *row, const char *key, int64_t *out_tokens, Error *error)
{
    int64_t tokens = 0;
    if (!json_get_i64(row, key, &tokens) || tokens < 1 || tokens > MAX_TOKENS)
        return error_set(error, ERR_VALIDATION, "%s must be a number of tokens from 1 to %d", key,
                         MAX_TOKENS);
    *out_tokens = tokens;
    return true;
}

/* Reads dollars for a million tokens. */
static bool take_price(const JsonValue *row, const char *key, int64_t fallback, int64_t *out_price,
                       Error *error)
{
    const JsonValue *value = json_get(row, key);
    *out_price = fallback;
    if (!value)
        return true;
    bool is_number = value->type == JSON_IS_INTEGER || value->type == JSON_IS_REAL;
    if (!is_number || !(value->real >= 0) || value->real > MAX_DOLLARS) {
        return error_set(error, ERR_VALIDATION,
                         "%s must be the dollars for a million tokens, from 0 to %d", key,
                         MAX_DOLLARS);
    }
    *out_price = (int64_t)llround(value->real * MICRO);
    return true;
}

static bool take_api(const JsonValue *row, LlmModel *model, Error *error)
{
    Str api = json_str_or(row, "api", STR("chat"));
    if (!str_equal(api, STR("chat")) && !str_equal(api, STR("responses")))
        return error_set(error, ERR_VALIDATION, "api must be \"chat\" or \"responses\"");
    model->wants_responses = str_equal(api, STR("responses"));
    return true;
}

static bool take_model(const JsonValue *row, LlmModel *model, Error *error)
{
    if (!llm_provider_find(json_str_or(row, "provider", STR("")), &model->provider))
        return error_set(error, ERR_VALIDATION,
                         "provider must be openai, anthropic, azure or local");
    model->name = json_str_or(row, "name", STR(""));
    if (str_empty(model->name) || model->name.size > LLM_MODEL_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "name must have 1 to %d bytes",
                         LLM_MODEL_MAX_BYTES);
    return take_tokens(row, "context_tokens", &model->context_tokens, error) &&
           take_tokens(row, "max_output_tokens", &model->max_output_tokens, error) &&
           take_price(row, "input_price", 0, &model->input_price, error) &&
           take_price(row, "cached_price", model->input_price, &model->cached_price, error) &&
           take_price(row, "output_price", 0, &model->output_price, error) &&
           take_api(row, model, error);
}

const LlmModel *models_file_read(Arena *arena, const char *path, size_t *out_count, Error *error)
{
    Str text;
    if (!file_read(arena, path, FILE_MAX_BYTES, &text, error))
        return NULL;
    const JsonValue *rows = json_parse(arena, text, error);
    if (!rows) {
        error_prefix(error, "%s: ", path);
        return NULL;
    }
    if (rows->type != JSON_IS_ARRAY || rows->count > MAX_MODELS) {
        error_set(error, ERR_VALIDATION, "%s: expected an array of at most %d models", path,
                  MAX_MODELS);
        return NULL;
    }
    LlmModel *models = ARENA_ARRAY(arena, LlmModel, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        if (!take_model(&rows->items[i], &models[i], error)) {
            error_prefix(error, "%s: model %zu: ", path, i + 1);
            return NULL;
        }
    }
    *out_count = rows->count;
    return models;
}

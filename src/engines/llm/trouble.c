/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/internal.h"

enum { QUOTE_MAX_BYTES = 200, SECRET_RUN_BYTES = 6 };

typedef struct {
    const char *word;
    LlmFailure failure;
} Meaning;

/* What providers write as type or code of an error. */
static const Meaning codes[] = {
    {"insufficient_quota", LLM_NO_CREDIT},
    {"billing_error", LLM_NO_CREDIT},
    {"billing_hard_limit_reached", LLM_NO_CREDIT},
    {"context_length_exceeded", LLM_TOO_LONG},
    {"exceed_context_size_error", LLM_TOO_LONG},
    {"request_too_large", LLM_TOO_LONG},
    {"authentication_error", LLM_KEY_REFUSED},
    {"permission_error", LLM_KEY_REFUSED},
    {"invalid_api_key", LLM_KEY_REFUSED},
    {"rate_limit_error", LLM_LIMITED},
    {"rate_limit_exceeded", LLM_LIMITED},
    {"overloaded_error", LLM_OVERLOADED},
    {"api_error", LLM_OVERLOADED},
    {"server_error", LLM_OVERLOADED},
    {"timeout_error", LLM_OVERLOADED},
    {"not_found_error", LLM_BAD_REQUEST},
    {"invalid_request_error", LLM_BAD_REQUEST},
    {"invalid_prompt", LLM_BAD_REQUEST},
};

/* What some say in the message alone, with a type that means nothing. */
static const Meaning phrases[] = {
    {"credit balance is too low", LLM_NO_CREDIT},
    {"prompt is too long", LLM_TOO_LONG},
    {"maximum context length", LLM_TOO_LONG},
    {"exceeds the available context size", LLM_TOO_LONG},
};

static LlmFailure meaning_of_code(Str code)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (str_equal(code, str_of(codes[i].word)))
            return codes[i].failure;
    }
    return LLM_OK;
}

static LlmFailure meaning_of_message(Str message)
{
    for (size_t i = 0; i < COUNT_OF(phrases); i++) {
        if (str_find(message, str_of(phrases[i].word)) != STR_NOT_FOUND)
            return phrases[i].failure;
    }
    return LLM_OK;
}

static LlmFailure meaning_of_status(int64_t status)
{
    if (status == 401 || status == 403)
        return LLM_KEY_REFUSED;
    if (status == 402)
        return LLM_NO_CREDIT;
    if (status == 413)
        return LLM_TOO_LONG;
    if (status == 429)
        return LLM_LIMITED;
    if (status == 408 || status == 409 || status == 425 || status >= 500)
        return LLM_OVERLOADED;
    if (status >= 400)
        return LLM_BAD_REQUEST;
    return status >= 300 ? LLM_UNREACHABLE : LLM_BROKEN;
}

/* The reasons that outrank the status, which is often 400 or 429 for them. */
static bool outranks_status(LlmFailure failure)
{
    return failure == LLM_NO_CREDIT || failure == LLM_TOO_LONG;
}

static LlmFailure choose(int status, const JsonValue *error)
{
    LlmFailure by_code = meaning_of_code(json_str_or(error, "code", STR("")));
    LlmFailure by_type = meaning_of_code(json_str_or(error, "type", STR("")));
    LlmFailure by_message = meaning_of_message(json_str_or(error, "message", STR("")));
    if (outranks_status(by_code))
        return by_code;
    if (outranks_status(by_type))
        return by_type;
    if (by_message != LLM_OK)
        return by_message;
    if (status)
        return meaning_of_status(status);
    int64_t number = json_i64_or(error, "code", 0); /* of llama.cpp */
    if (number >= 300)
        return meaning_of_status(number);
    if (by_code != LLM_OK)
        return by_code;
    return by_type != LLM_OK ? by_type : LLM_BROKEN;
}

/* Bytes of the character at text[0] that must not be shown: controls, and marks that change the
 * direction of text (U+202A to U+202E, U+2066 to U+2069). */
static size_t hidden_bytes(Str text)
{
    uint8_t first = (uint8_t)text.data[0];
    if (first < ' ' || first == 0x7f)
        return 1;
    if (text.size < 3 || first != 0xE2)
        return 0;
    uint8_t second = (uint8_t)text.data[1];
    uint8_t third = (uint8_t)text.data[2];
    bool is_mark = (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
                   (second == 0x81 && third >= 0xA6 && third <= 0xA9);
    return is_mark ? 3 : 0;
}

Str trouble_quote(Arena *arena, Str text)
{
    char *out = arena_alloc(arena, QUOTE_MAX_BYTES + 1);
    size_t size = 0;
    while (text.size > 0 && size < QUOTE_MAX_BYTES) {
        size_t hidden = hidden_bytes(text);
        out[size++] = hidden ? ' ' : text.data[0];
        text = str_from(text, MAX_OF(hidden, (size_t)1));
    }
    while (!str_is_utf8(str_make(out, size))) /* the cut went through a character */
        size--;
    return str_trim(str_make(out, size));
}

LlmTrouble trouble_of_error(Arena *arena, int status, const JsonValue *error)
{
    Str code = json_str_or(error, "code", STR(""));
    Str message = error && error->type == JSON_IS_STRING ? error->string
                                                         : json_str_or(error, "message", STR(""));
    return (LlmTrouble){
        .failure = choose(status, error),
        .is_filter = str_equal(code, STR("content_filter")) ||
                     str_equal(code, STR("content_policy_violation")),
        .quote = trouble_quote(arena, message),
    };
}

LlmTrouble llm_trouble_of_answer(Arena *arena, int status, Str body)
{
    Error ignored = {0};
    const JsonValue *answer = bounded_json_parse(arena, body, &ignored);
    const JsonValue *error = json_get(answer, "error");
    return trouble_of_error(arena, status, error ? error : answer);
}

/* Returns how many bytes at the start of text the secret also has in a row; 0 if they are few. */
static size_t secret_run(Str text, Str secret)
{
    size_t run = MIN_OF((size_t)SECRET_RUN_BYTES, secret.size);
    if (run == 0 || text.size < run || str_find(secret, str_slice(text, 0, run)) == STR_NOT_FOUND)
        return 0;
    while (run < text.size && str_find(secret, str_slice(text, 0, run + 1)) != STR_NOT_FOUND)
        run++;
    return run;
}

Str llm_without_secret(Arena *arena, Str text, Str secret)
{
    static const Str mark = STR_INIT("…");
    char *out = arena_alloc(arena, text.size * mark.size + 1);
    size_t size = 0;
    while (text.size > 0) {
        size_t run = secret_run(text, secret);
        Str part = run ? mark : str_slice(text, 0, 1);
        memcpy(out + size, part.data, part.size);
        size += part.size;
        text = str_from(text, MAX_OF(run, (size_t)1));
    }
    return str_make(out, size);
}

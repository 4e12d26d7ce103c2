/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/internal.h"

static const Provider *const providers[LLM_PROVIDER_COUNT] = {
    [LLM_OPENAI] = &provider_openai,
    [LLM_ANTHROPIC] = &provider_anthropic,
    [LLM_AZURE] = &provider_azure,
    [LLM_LOCAL] = &provider_local,
};

const Provider *provider_of(LlmProvider provider)
{
    check(provider < LLM_PROVIDER_COUNT);
    return providers[provider];
}

const char *llm_provider_name(LlmProvider provider)
{
    return provider_of(provider)->name;
}

bool llm_provider_find(Str name, LlmProvider *out_provider)
{
    for (size_t i = 0; i < LLM_PROVIDER_COUNT; i++) {
        if (str_equal(name, str_of(providers[i]->name))) {
            *out_provider = (LlmProvider)i;
            return true;
        }
    }
    return false;
}

void add_bearer(Arena *arena, Str key, OutgoingHeader *headers, size_t *count)
{
    headers[(*count)++] =
        (OutgoingHeader){STR("Authorization"), arena_printf(arena, "Bearer %.*s", STR_ARGS(key))};
}

bool place_of_setting(Arena *arena, const Config *settings, const char *name, Place *out_place,
                      Error *error)
{
    Address address;
    if (!address_parse(arena, config_str(settings, name), &address, error))
        return error_prefix(error, "%s: ", name);
    out_place->base =
        arena_printf(arena, "%.*s%.*s", STR_ARGS(address.origin), STR_ARGS(address.path));
    /* The default names the provider itself, which is in the public Internet. */
    out_place->reach = config_is_given(settings, name) ? OUTGOING_ANY : OUTGOING_PUBLIC;
    return true;
}

static bool is_printable(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
            return false;
    }
    return true;
}

/* Returns whether the text may stand in a path or a query as it is. */
static bool is_word(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
        if (!is_plain)
            return false;
    }
    return text.size <= LLM_WORD_MAX_BYTES && !str_equal(text, STR("..")) &&
           !str_equal(text, STR("."));
}

static bool check_words(const LlmAccount *account, Error *error)
{
    const Provider *provider = provider_of(account->provider);
    if (provider->needs_key && str_empty(account->key))
        return error_set(error, ERR_VALIDATION, "%s needs a key", provider->title);
    if (account->key.size > LLM_KEY_MAX_BYTES || !is_printable(account->key)) {
        return error_set(error, ERR_VALIDATION,
                         "the key has a space or another byte that no key "
                         "has, or is longer than %d bytes",
                         LLM_KEY_MAX_BYTES);
    }
    if (!is_word(account->deployment) || !is_word(account->api_version)) {
        return error_set(error, ERR_VALIDATION,
                         "the deployment and the API version have letters, digits, \".\", \"_\" "
                         "and \"-\", at most %d",
                         LLM_WORD_MAX_BYTES);
    }
    if (account->provider == LLM_AZURE && str_empty(account->deployment))
        return error_set(error, ERR_VALIDATION, "Azure OpenAI needs a deployment");
    return true;
}

bool target_find(Arena *arena, const Services *services, const LlmAccount *account,
                 Target *out_target, Error *error)
{
    const Provider *provider = provider_of(account->provider);
    Target target = {.provider = provider, .wire = provider->wire, .model = account->model};
    if (!check_words(account, error) ||
        !provider->find_place(arena, services->settings, account, &target.place, error))
        return false;
    const LlmModel *model = llm_model_find(services, account->provider, account->model);
    if (model && model->wants_responses && target.wire == LLM_WIRE_CHAT)
        target.wire = LLM_WIRE_RESPONSES;
    if (target.place.is_ollama)
        target.wire = LLM_WIRE_OLLAMA;
    target.context_tokens = model ? model->context_tokens
                                  : config_int(services->settings, "NETGURU_LLM_OLLAMA_CONTEXT");
    if (account->provider == LLM_AZURE)
        target.model = account->deployment;
    provider->add_headers(arena, services->settings, account, target.headers, &target.header_count);
    *out_target = target;
    return true;
}

bool llm_account_address(Arena *arena, const Services *services, const LlmAccount *account,
                         Str *out_address, Error *error)
{
    Target target;
    if (!target_find(arena, services, account, &target, error))
        return false;
    *out_address = target.place.base;
    return true;
}

bool llm_account_check(const Services *services, const LlmAccount *account, Error *error)
{
    Str ignored;
    auto_arena Arena *arena = arena_new();
    return llm_account_address(arena, services, account, &ignored, error);
}

bool llm_settings_check(const Config *settings, Error *error)
{
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < LLM_PROVIDER_COUNT; i++) {
        Error problem = {0};
        if (!providers[i]->check_settings(arena, settings, &problem)) {
            *error = problem;
            return false;
        }
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure OpenAI. The endpoint belongs to the user, so it must be a host of Azure, or an origin that
 * the operator lists. With a version, addresses name the deployment; the newer ones have neither.
 */
#include "llm/internal.h"

#define SETTING "NETGURU_LLM_AZURE_URLS"

static bool is_azure_host(Str host)
{
    static const char *const suffixes[] = {".openai.azure.com", ".cognitiveservices.azure.com",
                                           ".services.ai.azure.com"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (str_ends_with(host, str_of(suffixes[i])))
            return true;
    }
    return false;
}

static bool is_listed(Arena *arena, const Config *settings, Str origin, Error *error)
{
    Address address;
    Str rest = config_str(settings, SETTING);
    while (address_next(arena, &rest, &address, error)) {
        if (str_equal(address.origin, origin))
            return true;
    }
    return false;
}

static bool find_place(Arena *arena, const Config *settings, const LlmAccount *account,
                       Place *out_place, Error *error)
{
    Address address;
    Error ignored = {0};
    if (!address_parse(arena, account->base_url, &address, error))
        return error_prefix(error, "the Azure endpoint: ");
    address_strip(&address, STR("/v1"));
    address_strip(&address, STR("/openai"));
    if (!str_empty(address.path))
        return error_set(error, ERR_VALIDATION,
                         "the Azure endpoint has no path: https://NAME.openai.azure.com");
    *out_place = (Place){.base = address.origin, .reach = OUTGOING_PUBLIC};
    if (is_listed(arena, settings, address.origin, &ignored)) {
        out_place->reach = OUTGOING_ANY;
        return true;
    }
    if (!address.is_https || address.has_port || !is_azure_host(address.host))
        return error_set(error, ERR_FORBIDDEN,
                         "the Azure endpoint must be like https://NAME.openai.azure.com");
    return true;
}

static const char *path_of(LlmWire wire)
{
    return wire == LLM_WIRE_RESPONSES ? "responses" : "chat/completions";
}

static Str answer_url(Arena *arena, const Place *place, const LlmAccount *account, LlmWire wire)
{
    if (str_empty(account->api_version))
        return arena_printf(arena, "%.*s/openai/v1/%s", STR_ARGS(place->base), path_of(wire));
    if (wire == LLM_WIRE_RESPONSES)
        return arena_printf(arena, "%.*s/openai/responses?api-version=%.*s", STR_ARGS(place->base),
                            STR_ARGS(account->api_version));
    return arena_printf(arena, "%.*s/openai/deployments/%.*s/%s?api-version=%.*s",
                        STR_ARGS(place->base), STR_ARGS(account->deployment), path_of(wire),
                        STR_ARGS(account->api_version));
}

static Str models_url(Arena *arena, const Place *place, const LlmAccount *account)
{
    if (str_empty(account->api_version))
        return arena_printf(arena, "%.*s/openai/v1/models", STR_ARGS(place->base));
    return arena_printf(arena, "%.*s/openai/models?api-version=%.*s", STR_ARGS(place->base),
                        STR_ARGS(account->api_version));
}

static void add_headers(Arena *arena, const Config *settings, const LlmAccount *account,
                        OutgoingHeader *headers, size_t *count)
{
    (void)arena;
    (void)settings;
    headers[(*count)++] = (OutgoingHeader){STR("api-key"), account->key};
}

static bool check_settings(Arena *arena, const Config *settings, Error *error)
{
    Address address;
    Str rest = config_str(settings, SETTING);
    while (address_next(arena, &rest, &address, error)) {
        if (!str_empty(address.path))
            return error_set(error, ERR_VALIDATION, SETTING ": an origin has no path");
    }
    return error->code == ERR_NONE || error_prefix(error, SETTING ": ");
}

const Provider provider_azure = {
    .name = "azure",
    .title = "Azure OpenAI",
    .needs_key = true,
    .wire = LLM_WIRE_CHAT,
    .find_place = find_place,
    .answer_url = answer_url,
    .models_url = models_url,
    .add_headers = add_headers,
    .check_settings = check_settings,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/internal.h"

#define URL_SETTING "NETGURU_LLM_ANTHROPIC_URL"
#define VERSION_SETTING "NETGURU_LLM_ANTHROPIC_VERSION"
#define BEARER_VERSION "2026-10-21" /* the first that takes the key as Authorization */

static bool find_place(Arena *arena, const Config *settings, const LlmAccount *account,
                       Place *out_place, Error *error)
{
    if (!str_empty(account->base_url))
        return error_set(error, ERR_FORBIDDEN, "a key for Anthropic has no address of its own");
    return place_of_setting(arena, settings, URL_SETTING, out_place, error);
}

static Str answer_url(Arena *arena, const Place *place, const LlmAccount *account, LlmWire wire)
{
    (void)account;
    (void)wire;
    return arena_printf(arena, "%.*s/v1/messages", STR_ARGS(place->base));
}

static Str models_url(Arena *arena, const Place *place, const LlmAccount *account)
{
    (void)account;
    return arena_printf(arena, "%.*s/v1/models", STR_ARGS(place->base));
}

static void add_headers(Arena *arena, const Config *settings, const LlmAccount *account,
                        OutgoingHeader *headers, size_t *count)
{
    Str version = config_str(settings, VERSION_SETTING);
    headers[(*count)++] = (OutgoingHeader){STR("anthropic-version"), version};
    if (str_compare(version, STR(BEARER_VERSION)) >= 0)
        add_bearer(arena, account->key, headers, count);
    else
        headers[(*count)++] = (OutgoingHeader){STR("x-api-key"), account->key};
}

static bool is_date(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        bool is_dash = i == 4 || i == 7;
        if (is_dash ? text.data[i] != '-' : text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size == 10;
}

static bool check_settings(Arena *arena, const Config *settings, Error *error)
{
    Place place;
    if (!is_date(config_str(settings, VERSION_SETTING)))
        return error_set(error, ERR_VALIDATION, VERSION_SETTING ": expected a date, YYYY-MM-DD");
    return place_of_setting(arena, settings, URL_SETTING, &place, error);
}

const Provider provider_anthropic = {
    .name = "anthropic",
    .title = "Anthropic",
    .needs_key = true,
    .wire = LLM_WIRE_MESSAGES,
    .find_place = find_place,
    .answer_url = answer_url,
    .models_url = models_url,
    .add_headers = add_headers,
    .check_settings = check_settings,
};

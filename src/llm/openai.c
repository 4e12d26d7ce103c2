/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/internal.h"

#define SETTING "NETGURU_LLM_OPENAI_URL"

static bool find_place(Arena *arena, const Config *settings, const LlmAccount *account,
                       Place *out_place, Error *error)
{
    if (!str_empty(account->base_url))
        return error_set(error, ERR_FORBIDDEN, "a key for OpenAI has no address of its own");
    return place_of_setting(arena, settings, SETTING, out_place, error);
}

static Str answer_url(Arena *arena, const Place *place, const LlmAccount *account, LlmWire wire)
{
    (void)account;
    return arena_printf(arena, "%.*s/%s", STR_ARGS(place->base),
                        wire == LLM_WIRE_RESPONSES ? "responses" : "chat/completions");
}

static Str models_url(Arena *arena, const Place *place, const LlmAccount *account)
{
    (void)account;
    return arena_printf(arena, "%.*s/models", STR_ARGS(place->base));
}

static void add_headers(Arena *arena, const Config *settings, const LlmAccount *account,
                        OutgoingHeader *headers, size_t *count)
{
    (void)settings;
    add_bearer(arena, account->key, headers, count);
}

static bool check_settings(Arena *arena, const Config *settings, Error *error)
{
    Place place;
    return place_of_setting(arena, settings, SETTING, &place, error);
}

const Provider provider_openai = {
    .name = "openai",
    .title = "OpenAI",
    .needs_key = true,
    .wire = LLM_WIRE_CHAT,
    .find_place = find_place,
    .answer_url = answer_url,
    .models_url = models_url,
    .add_headers = add_headers,
    .check_settings = check_settings,
};

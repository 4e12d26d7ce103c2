/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers of the operator that speak the wire of OpenAI: Ollama, llama.cpp, vLLM. Only addresses
 * that the operator lists are asked, so that no user reaches what stands beside the server. An
 * address that the operator ends in /api is an Ollama, which is asked by its own chat.
 */
#include "llm/internal.h"

#define SETTING "NETGURU_LLM_LOCAL_URLS"

/* Returns the address without the /v1 or /api at its end. */
static Str base_of(Arena *arena, Address *address)
{
    address_strip(address, STR("/v1"));
    address_strip(address, STR("/api"));
    return arena_printf(arena, "%.*s%.*s", STR_ARGS(address->origin), STR_ARGS(address->path));
}

static bool find_place(Arena *arena, const Config *settings, const LlmAccount *account,
                       Place *out_place, Error *error)
{
    Address address;
    Str wanted = STR("");
    Str rest = config_str(settings, SETTING);
    if (!str_empty(account->base_url)) {
        if (!address_parse(arena, account->base_url, &address, error))
            return error_prefix(error, "the local server: ");
        wanted = base_of(arena, &address);
    }
    while (address_next(arena, &rest, &address, error)) {
        bool is_ollama = str_ends_with(address.path, STR("/api"));
        Str base = base_of(arena, &address);
        if (str_empty(wanted) || str_equal(base, wanted)) {
            *out_place = (Place){.base = base, .reach = OUTGOING_ANY, .is_ollama = is_ollama};
            return true;
        }
    }
    if (error->code != ERR_NONE)
        return error_prefix(error, SETTING ": ");
    return error_set(error, ERR_FORBIDDEN,
                     "this local server is not allowed here: the operator lists the allowed ones "
                     "in " SETTING);
}

static Str answer_url(Arena *arena, const Place *place, const LlmAccount *account, LlmWire wire)
{
    (void)account;
    if (place->is_ollama)
        return arena_printf(arena, "%.*s/api/chat", STR_ARGS(place->base));
    return arena_printf(arena, "%.*s/v1/%s", STR_ARGS(place->base),
                        wire == LLM_WIRE_RESPONSES ? "responses" : "chat/completions");
}

static Str models_url(Arena *arena, const Place *place, const LlmAccount *account)
{
    (void)account;
    if (place->is_ollama)
        return arena_printf(arena, "%.*s/api/tags", STR_ARGS(place->base));
    return arena_printf(arena, "%.*s/v1/models", STR_ARGS(place->base));
}

static void add_headers(Arena *arena, const Config *settings, const LlmAccount *account,
                        OutgoingHeader *headers, size_t *count)
{
    (void)settings;
    if (!str_empty(account->key))
        add_bearer(arena, account->key, headers, count);
}

static bool check_settings(Arena *arena, const Config *settings, Error *error)
{
    Address address;
    Str rest = config_str(settings, SETTING);
    while (address_next(arena, &rest, &address, error))
        continue;
    return error->code == ERR_NONE || error_prefix(error, SETTING ": ");
}

const Provider provider_local = {
    .name = "local",
    .title = "The local server",
    .wire = LLM_WIRE_CHAT,
    .find_place = find_place,
    .answer_url = answer_url,
    .models_url = models_url,
    .add_headers = add_headers,
    .check_settings = check_settings,
};

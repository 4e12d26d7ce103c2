/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/origin.h"

#include "base/ascii.h"

#define SETTING "NETGURU_LLM_LOCAL_URLS"

static bool is_name_byte(char byte)
{
    return ascii_is_lower(byte) || ascii_is_digit(byte) || byte == '.' || byte == '-' ||
           byte == '_';
}

/* Takes a host name, an IPv4 address or an IPv6 address in brackets off the text. */
static bool take_host(Str *text)
{
    size_t size = 0;
    if (str_starts_with(*text, STR("["))) {
        size_t end = str_find_byte(*text, ']');
        for (size = 1; end != STR_NOT_FOUND && size < end; size++) {
            char byte = text->data[size];
            if (!ascii_is_digit(byte) && byte != ':' && byte != '.' && (byte < 'a' || byte > 'f'))
                return false;
        }
        if (end == STR_NOT_FOUND || end < 3)
            return false;
        *text = str_from(*text, end + 1);
        return true;
    }
    while (size < text->size && is_name_byte(text->data[size]))
        size++;
    *text = str_from(*text, size);
    return size > 0;
}

static bool is_port(Str text)
{
    uint32_t port = 0;
    return str_empty(text) || (text.data[0] == ':' && str_parse_u32(str_from(text, 1), &port) &&
                               port >= 1 && port <= 65535);
}

Str origin_normalize(Arena *arena, Str text)
{
    if (str_ends_with(text, STR("/")))
        text.size--;
    if (text.size > ORIGIN_MAX_BYTES)
        return STR("");
    char *lower = arena_cstring(arena, text);
    for (size_t i = 0; i < text.size; i++)
        lower[i] = ascii_to_lower(lower[i]);
    Str origin = {lower, text.size};
    Str rest = origin;
    if (str_starts_with(rest, STR("http://")))
        rest = str_from(rest, strlen("http://"));
    else if (str_starts_with(rest, STR("https://")))
        rest = str_from(rest, strlen("https://"));
    else
        return STR("");
    return take_host(&rest) && is_port(rest) ? origin : STR("");
}

/* Takes the next origin that is not empty off the setting. */
static bool next_origin(Str *rest, Str *out_text)
{
    while (str_next_field(rest, ',', out_text)) {
        *out_text = str_trim(*out_text);
        if (!str_empty(*out_text))
            return true;
    }
    return false;
}

bool origin_is_allowed(Arena *arena, const Config *settings, Str origin)
{
    Str text;
    Str rest = config_str(settings, SETTING);
    while (next_origin(&rest, &text)) {
        if (str_equal(origin_normalize(arena, text), origin))
            return true;
    }
    return false;
}

Str origin_allowed_array(Arena *arena, const Config *settings)
{
    Str text;
    Str array = STR("{");
    Str rest = config_str(settings, SETTING);
    while (next_origin(&rest, &text)) {
        Str origin = origin_normalize(arena, text);
        array = arena_printf(arena, "%.*s%s\"%.*s\"", STR_ARGS(array), array.size > 1 ? "," : "",
                             STR_ARGS(origin));
    }
    return arena_printf(arena, "%.*s}", STR_ARGS(array));
}

bool origin_check_settings(const Config *settings, Error *error)
{
    Str text;
    Str rest = config_str(settings, SETTING);
    auto_arena Arena *arena = arena_new();
    while (next_origin(&rest, &text)) {
        if (str_empty(origin_normalize(arena, text)))
            return error_set(error, ERR_VALIDATION,
                             SETTING ": \"%.*s\" is not like http://127.0.0.1:11434",
                             STR_ARGS(str_slice(text, 0, 80)));
    }
    return true;
}

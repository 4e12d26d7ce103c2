/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "net/outgoing/internal.h"

/* libcurl's own parser reads the URL, so that what is checked here is what it connects to. */
enum { URL_FLAGS = CURLU_PATH_AS_IS | CURLU_NO_DEFAULT_PORT };

static void free_url(CURLU **handle)
{
    curl_url_cleanup(*handle);
}

#define auto_curl_url AUTO(free_url)

/* Returns a part of the URL in the arena, or NULL if it is absent. */
static char *take_part(Arena *arena, CURLU *handle, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(handle, part, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = arena_cstring(arena, str_of(text));
    curl_free(text);
    return copy;
}

static bool is_printable(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
            return false;
    }
    return true;
}

static bool take_host(Arena *arena, CURLU *handle, OutgoingUrl *url)
{
    char *host = take_part(arena, handle, CURLUPART_HOST, 0);
    if (!host || take_part(arena, handle, CURLUPART_ZONEID, 0))
        return false;
    for (char *c = host; *c; c++)
        *c = ascii_to_lower(*c);
    url->host = str_of(host);
    bool is_bracketed = host[0] == '[';
    if (is_bracketed)
        url->host = str_slice(url->host, 1, url->host.size - 2);
    /* libcurl's cache would treat a name that ends with a dot as a different one. */
    return url->host.size > 0 && !str_ends_with(url->host, STR(".")) &&
           (ip_parse(url->host, &url->address) || !is_bracketed);
}

static bool take_url(Arena *arena, CURLU *handle, OutgoingUrl *out_url, Error *error)
{
    OutgoingUrl url = {0};
    const char *scheme = take_part(arena, handle, CURLUPART_SCHEME, 0);
    if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        return error_set(error, ERR_VALIDATION, "the URL is neither http nor https");
    if (!take_host(arena, handle, &url))
        return error_set(error, ERR_VALIDATION, "the URL has no usable host");
    uint32_t port = 0;
    const char *text = take_part(arena, handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!text || !str_parse_u32(str_of(text), &port) || port == 0 || port > 65535)
        return error_set(error, ERR_VALIDATION, "the URL has no usable port");
    url.port = (uint16_t)port;
    url.is_https = strcmp(scheme, "https") == 0;
    url.text = take_part(arena, handle, CURLUPART_URL, 0);
    if (!url.text)
        return error_set(error, ERR_VALIDATION, "the URL is malformed");
    bool is_v6 = url.address.family == IP_V6;
    bool is_default_port = port == (url.is_https ? 443 : 80);
    Str port_text = is_default_port ? STR("") : arena_printf(arena, ":%u", port);
    url.origin = arena_printf(arena, "%s://%s%.*s%s%.*s", scheme, is_v6 ? "[" : "",
                              STR_ARGS(url.host), is_v6 ? "]" : "", STR_ARGS(port_text))
                     .data;
    *out_url = url;
    return true;
}

bool url_parse(Arena *arena, Str text, OutgoingUrl *out_url, Error *error)
{
    auto_curl_url CURLU *handle = curl_url();
    check(handle);
    if (text.size == 0 || text.size > OUTGOING_URL_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "the URL is empty or longer than %d bytes",
                         OUTGOING_URL_MAX_BYTES);
    if (!is_printable(text))
        return error_set(error, ERR_VALIDATION,
                         "the URL has a space, a control byte or a byte beyond ASCII");
    if (curl_url_set(handle, CURLUPART_URL, arena_cstring(arena, text), URL_FLAGS) != CURLUE_OK)
        return error_set(error, ERR_VALIDATION, "the URL is malformed");
    return take_url(arena, handle, out_url, error);
}

bool url_join(Arena *arena, const OutgoingUrl *base, Str location, OutgoingUrl *out_url,
              Error *error)
{
    auto_curl_url CURLU *handle = curl_url();
    check(handle);
    if (location.size == 0 || location.size > OUTGOING_URL_MAX_BYTES || !is_printable(location))
        return error_set(error, ERR_UNAVAILABLE, "%s redirects to no usable URL", base->origin);
    if (curl_url_set(handle, CURLUPART_URL, base->text, URL_FLAGS) != CURLUE_OK ||
        curl_url_set(handle, CURLUPART_URL, arena_cstring(arena, location), URL_FLAGS) != CURLUE_OK)
        return error_set(error, ERR_UNAVAILABLE, "%s redirects to no usable URL", base->origin);
    OutgoingUrl url;
    if (!take_url(arena, handle, &url, error))
        return false;
    /* The user of a URL is sent only to its own host. */
    if (strcmp(url.origin, base->origin) != 0) {
        curl_url_set(handle, CURLUPART_USER, NULL, 0);
        curl_url_set(handle, CURLUPART_PASSWORD, NULL, 0);
        return take_url(arena, handle, out_url, error);
    }
    *out_url = url;
    return true;
}

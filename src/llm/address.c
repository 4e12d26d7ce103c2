/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "base/ip.h"
#include "llm/internal.h"

/* Strict, so that no other parser can read a different host in the same text. */

static bool is_host_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' ||
           byte == '-';
}

static bool is_name(Str host)
{
    for (size_t i = 0; i < host.size; i++) {
        if (!is_host_byte(host.data[i]))
            return false;
    }
    return host.size > 0 && host.data[0] != '.' && host.data[0] != '-' &&
           host.data[host.size - 1] != '.' && str_find(host, STR("..")) == STR_NOT_FOUND;
}

/* Returns whether the host is a name, or an address with brackets if it is of version 6. */
static bool is_host(Str host)
{
    IpAddress address = {0};
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        return ip_parse(str_slice(host, 1, host.size - 2), &address) && address.family == IP_V6;
    return is_name(host);
}

static bool is_path(Str path)
{
    for (size_t i = 0; i < path.size; i++) {
        char byte = path.data[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '?' || byte == '#' || byte == '\\' ||
            byte == '%' || byte == '@')
            return false;
    }
    return str_find(path, STR("/.")) == STR_NOT_FOUND;
}

static Str lower(Arena *arena, Str text)
{
    char *copy = arena_cstring(arena, text);
    for (size_t i = 0; i < text.size; i++)
        copy[i] = ascii_to_lower(copy[i]);
    return str_make(copy, text.size);
}

/* Splits "host:port". The port is 0 where none is written. */
static bool split_authority(Str authority, Str *out_host, uint32_t *out_port)
{
    uint32_t port = 0;
    size_t colon = str_find_last_byte(authority, ':');
    size_t bracket = str_find_last_byte(authority, ']');
    bool has_port = colon != STR_NOT_FOUND && (bracket == STR_NOT_FOUND || colon > bracket);
    if (has_port &&
        (!str_parse_u32(str_from(authority, colon + 1), &port) || port == 0 || port > 65535))
        return false;
    *out_host = has_port ? str_slice(authority, 0, colon) : authority;
    *out_port = port;
    return is_host(*out_host);
}

bool address_parse(Arena *arena, Str text, Address *out_address, Error *error)
{
    uint32_t port = 0;
    Address address = {0};
    text = str_trim(text);
    address.is_https = str_starts_with_ignore_case(text, STR("https://"));
    if (text.size > ADDRESS_MAX_BYTES ||
        (!address.is_https && !str_starts_with_ignore_case(text, STR("http://")))) {
        return error_set(error, ERR_VALIDATION,
                         "an address begins with https:// or http:// and has at most %d bytes",
                         ADDRESS_MAX_BYTES);
    }
    Str rest = str_from(text, address.is_https ? 8 : 7);
    size_t slash = MIN_OF(str_find_byte(rest, '/'), rest.size);
    Str authority = lower(arena, str_slice(rest, 0, slash));
    address.path = str_from(rest, slash);
    while (str_ends_with(address.path, STR("/")))
        address.path.size--;
    if (!split_authority(authority, &address.host, &port) || !is_path(address.path))
        return error_set(error, ERR_VALIDATION,
                         "an address has a host, perhaps a port and a path, and no user or query");
    address.has_port = port && port != (address.is_https ? 443u : 80u);
    Str port_text = address.has_port ? arena_printf(arena, ":%u", port) : STR("");
    address.origin = arena_printf(arena, "%s://%.*s%.*s", address.is_https ? "https" : "http",
                                  STR_ARGS(address.host), STR_ARGS(port_text));
    *out_address = address;
    return true;
}

bool address_next(Arena *arena, Str *rest, Address *out_address, Error *error)
{
    Str field;
    while (str_next_field(rest, ',', &field)) {
        if (!str_empty(str_trim(field)))
            return address_parse(arena, field, out_address, error);
    }
    return false;
}

void address_strip(Address *address, Str suffix)
{
    if (str_ends_with(address->path, suffix))
        address->path.size -= suffix.size;
}

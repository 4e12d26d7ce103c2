/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client_address.h"

bool trusted_proxies_parse(Arena *arena, Str text, TrustedProxies *out_proxies, Error *error)
{
    Str field;
    size_t count = 0;
    IpPrefix *items = ARENA_ARRAY(arena, IpPrefix, TRUSTED_PROXIES_MAX);
    while (str_next_field(&text, ',', &field)) {
        field = str_trim(field);
        if (str_empty(field))
            continue;
        if (count == TRUSTED_PROXIES_MAX)
            return error_set(error, ERR_VALIDATION, "more than %d proxies", TRUSTED_PROXIES_MAX);
        if (!ip_prefix_parse(field, &items[count++]))
            return error_set(error, ERR_VALIDATION, "\"%.*s\" is neither an address nor a prefix",
                             STR_ARGS(str_slice(field, 0, 80)));
    }
    *out_proxies = (TrustedProxies){items, count};
    return true;
}

bool trusted_proxies_contain(const TrustedProxies *proxies, Str address)
{
    IpAddress parsed;
    if (!ip_parse(address, &parsed))
        return false;
    for (size_t i = 0; i < proxies->count; i++) {
        if (ip_prefix_contains(proxies->items[i], ip_unmap(parsed)))
            return true;
    }
    return false;
}

Str client_address(const TrustedProxies *proxies, Str peer, Str forwarded)
{
    IpAddress ignored;
    while (!str_empty(forwarded) && trusted_proxies_contain(proxies, peer)) {
        size_t comma = str_find_last_byte(forwarded, ',');
        bool is_first = comma == STR_NOT_FOUND;
        Str before = str_trim(is_first ? forwarded : str_from(forwarded, comma + 1));
        if (!ip_parse(before, &ignored))
            break;
        peer = before;
        forwarded = is_first ? STR("") : str_slice(forwarded, 0, comma);
    }
    return peer;
}

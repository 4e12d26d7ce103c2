/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client address: whom a request comes from where a proxy stands before the server. The peer of
 * the connection is believed when it names another in X-Forwarded-For only if it is one of the
 * proxies that NETGURU_TRUSTED_PROXIES lists; what a client writes into that header counts for
 * nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/ip.h"

enum { TRUSTED_PROXIES_MAX = 32 };

typedef struct {
    const IpPrefix *items;
    size_t count;
} TrustedProxies;

/* Addresses and prefixes between commas: "127.0.0.1, 10.0.0.0/8". An error says which is none. */
bool trusted_proxies_parse(Arena *arena, Str text, TrustedProxies *out_proxies,
                           Error *error) MUST_USE;

/* peer, or the last address of forwarded (the header, "client, proxy, proxy") that is no trusted
 * proxy, as far as only trusted proxies stand behind it. A view of one of both. */
Str client_address(const TrustedProxies *proxies, Str peer, Str forwarded);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client address: which client a request comes from when it arrives through a proxy. A peer's
 * X-Forwarded-For is believed only if the peer is one of the proxies in NETGURU_TRUSTED_PROXIES;
 * what a client itself writes into that header is ignored.
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

/* Parses addresses and prefixes between commas: "127.0.0.1, 10.0.0.0/8". An error names the item
 * that is neither. */
bool trusted_proxies_parse(Arena *arena, Str text, TrustedProxies *out_proxies,
                           Error *error) MUST_USE;

/* Returns whether the address is one of the proxies. */
bool trusted_proxies_contain(const TrustedProxies *proxies, Str address);

/* Returns peer unless it is a trusted proxy; then the right-most address of forwarded (the header,
 * "client, proxy, proxy") that is not a trusted proxy. The result points into an argument. */
Str client_address(const TrustedProxies *proxies, Str peer, Str forwarded);

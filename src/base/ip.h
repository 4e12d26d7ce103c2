/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and prefixes, v4 and v6, as values: parse, format, mask, compare.
 *
 *     IpPrefix prefix;
 *     if (ip_prefix_parse(STR("10.0.1.1/30"), &prefix))
 *         … ip_prefix_network(prefix) … is 10.0.1.0/30
 *
 * Text in any form of RFC 4291 is read, including one with an IPv4 tail; zone ids are rejected.
 * Text is written as RFC 5952 recommends. Dotted quads are decimal; leading zeros are read as
 * decimal.
 */
#pragma once

#include "base/str.h"

#include <sys/socket.h>

typedef enum { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 } IpFamily;

/* All bytes after the fourth are zero in a v4 address, so that comparing memory compares values. */
typedef struct {
    uint8_t family; /* IpFamily; IP_NONE for "absent" */
    uint8_t bytes[16];
} IpAddress;

/* The address is kept as written: bits beyond the length may be set, as in an interface's address.
 */
typedef struct {
    IpAddress address;
    uint8_t length;
} IpPrefix;

enum { IP_TEXT_SIZE = 64 };
typedef struct {
    char data[IP_TEXT_SIZE];
} IpText;

static inline bool ip_is_set(IpAddress address)
{
    return address.family != IP_NONE;
}

/* Returns how many bits an address of this family has: 32 or 128. */
static inline uint8_t ip_bits(IpAddress address)
{
    return address.family == IP_V4 ? 32 : 128;
}

IpAddress ip_v4(uint32_t host_order);
/* Returns the address of a socket; unset when the family is neither AF_INET nor AF_INET6. */
IpAddress ip_of_socket(const struct sockaddr *address);
/* Returns the v4 address that an IPv4-mapped one (::ffff:192.0.2.1) stands for; any other address
 * as it is. */
IpAddress ip_unmap(IpAddress address);
/* Returns the v4 address as a number. The address must be v4. */
uint32_t ip_v4_value(IpAddress address);

/* Parses an address, which must be the whole string. out is untouched on failure. */
bool ip_parse(Str text, IpAddress *out_address) MUST_USE;
/* Parses "address/length". An address alone gives a host prefix. */
bool ip_prefix_parse(Str text, IpPrefix *out_prefix) MUST_USE;
/* Convert a v4 netmask (255.255.255.0) or wildcard (0.0.0.255) to its prefix length. Return false
 * when its bits are not contiguous. */
bool ip_mask_length(IpAddress mask, uint8_t *out_length) MUST_USE;
bool ip_wildcard_length(IpAddress wildcard, uint8_t *out_length) MUST_USE;

/* Write into *text and return a view of it, valid as long as *text. An unset address gives "". */
Str ip_format(IpAddress address, IpText *text);
Str ip_prefix_format(IpPrefix prefix, IpText *text);

/* Compare by family, then by value. */
int ip_compare(IpAddress a, IpAddress b);
int ip_prefix_compare(IpPrefix a, IpPrefix b);
static inline bool ip_equal(IpAddress a, IpAddress b)
{
    return ip_compare(a, b) == 0;
}

/* Returns the prefix with all bits beyond its length cleared. */
IpPrefix ip_prefix_network(IpPrefix prefix);
bool ip_prefix_contains(IpPrefix prefix, IpAddress address);

/* Returns whether the address is in 169.254.0.0/16 (RFC 3927) or fe80::/10. */
bool ip_is_link_local(IpAddress address);
/* Returns whether the address is in 127.0.0.0/8 or is ::1. */
bool ip_is_loopback(IpAddress address);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses a call with OUTGOING_PUBLIC may connect to. A URL from a user must not reach the
 * machine itself, its network or a cloud's metadata service (server-side request forgery).
 *
 *     if (!outgoing_address_is_public(address))
 *         …
 *
 * Only globally reachable unicast addresses of the IANA special-purpose registries (RFC 6890) are
 * public. IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4, Teredo) are all refused,
 * because other systems decide where they lead.
 */
#pragma once

#include "base/ip.h"

/* Returns whether the address is public. An unset address is not. */
bool outgoing_address_is_public(IpAddress address);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masks secrets in configurations of any vendor: passwords and hashes of types 0, 4, 5, 7, 8, 9,
 * SNMP communities and keys, RADIUS, TACACS+, NTP, OSPF, IS-IS, BGP, VRRP and HSRP keys, IKE
 * pre-shared keys, Wi-Fi keys, Junos $1$ $5$ $6$ $8$ $9$ strings, crypt(3) hashes, private keys,
 * credentials in URLs. Lines keep their numbers; what is masked reads <redacted>.
 *
 * It works by the words before a secret, so it prefers to mask too much. It knows nothing of
 * secrets that stand in free text (a description that spells out a password).
 */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"

typedef struct {
    size_t masked; /* secrets replaced */
} RedactCount;

/* Appends the whole text, masked. Linear. */
RedactCount device_redact(Str text, StrBuf *out);
/* One line by itself (blocks such as Junos "snmp { community x" are not seen). */
Str device_redact_line(Arena *arena, Str line);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Common passwords: the 10,000 most common ones of eight characters or more, as a Bloom filter that
 * tools/make_common_passwords writes. The text of the list is not in the program. About one in
 * 13,000 other passwords is taken for a common one. docs/decisions/0007 gives the source.
 */
#pragma once

#include "base/str.h"

enum { COMMON_PASSWORDS_BITS = 3 << 16, COMMON_PASSWORDS_PROBES = 14 };

extern const uint64_t common_passwords_bits[COMMON_PASSWORDS_BITS / 64];

/* Tells whether the password is common. The list is in lower case: pass the password in it. */
bool common_passwords_contain(Str lower_case);

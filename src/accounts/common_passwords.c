/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/common_passwords.h"

#include "crypto/digest.h"

static uint64_t read_big_endian(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

bool common_passwords_contain(Str lower_case)
{
    Sha256 digest = sha256_of(lower_case);
    uint64_t probe = read_big_endian(digest.bytes);
    uint64_t step = read_big_endian(digest.bytes + 8) | 1;
    for (int i = 0; i < COMMON_PASSWORDS_PROBES; i++, probe += step) {
        uint64_t bit = probe % COMMON_PASSWORDS_BITS;
        if (!(common_passwords_bits[bit / 64] >> bit % 64 & 1))
            return false;
    }
    return true;
}

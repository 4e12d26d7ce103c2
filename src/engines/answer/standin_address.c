/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

/* After Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization" (2002): bit i of the
 * stand-in is bit i of the address, inverted or not as a keyed function of the bits before it
 * tells. Bits on the way to a range with a meaning of its own are never inverted. */

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t read_le(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint64_t standin_hash(const StandinKey *key, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t k0 = read_le(key->bytes, 8);
    uint64_t k1 = read_le(key->bytes + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                     k1 ^ 0x7465646279746573};
    for (size_t at = 0; at <= size; at += 8) {
        size_t left = size - at < 8 ? size - at : 8;
        uint64_t word = read_le(bytes + at, left);
        if (left < 8)
            word |= (uint64_t)(size & 0xff) << 56;
        v[3] ^= word;
        sip_rounds(v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* A range that stays what it is. */
typedef struct {
    uint8_t bytes[8];
    uint8_t length;
    bool kept; /* its addresses have no stand-in */
} Range;

static const Range ranges_v4[] = {
    {{0}, 8, true},          {{10}, 8, false},       {{100, 64}, 10, false},  {{127}, 8, true},
    {{169, 254}, 16, false}, {{172, 16}, 12, false}, {{192, 168}, 16, false}, {{224}, 3, true},
};

static const Range ranges_v6[] = {
    {{0}, 8, true},     {{0x20}, 3, false}, {{0x20, 0x01, 0x0d, 0xb8}, 32, false},
    {{0xfc}, 8, false}, {{0xfd}, 8, false}, {{0xfe, 0x80}, 64, false},
    {{0xff}, 8, true},
};

/* Returns whether the first bits of both are equal. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static const Range *ranges_of(IpAddress address, size_t *out_count)
{
    *out_count = address.family == IP_V4 ? COUNT_OF(ranges_v4) : COUNT_OF(ranges_v6);
    return address.family == IP_V4 ? ranges_v4 : ranges_v6;
}

bool address_is_kept(IpAddress address)
{
    uint8_t length = 0;
    size_t count = 0;
    const Range *ranges = ranges_of(address, &count);
    for (size_t i = 0; i < count; i++)
        if (ranges[i].kept && same_bits(address.bytes, ranges[i].bytes, ranges[i].length))
            return true;
    return address.family == IP_V4 &&
           (ip_mask_length(address, &length) || ip_wildcard_length(address, &length));
}

/* Returns whether the bit must stay: it leads to a range, or to an interface identifier with a
 * meaning, such as that of 2001:db8::1. The bits before it are known. */
static bool bit_is_fixed(IpAddress address, unsigned at)
{
    enum { IDENTIFIER = 64, SMALL = 112 };
    static const uint8_t zeros[8] = {0};
    size_t count = 0;
    const Range *ranges = ranges_of(address, &count);
    if (address.family == IP_V4 && at >= 24)
        return true;
    if (at >= IDENTIFIER)
        return same_bits(address.bytes + 8, zeros, MIN_OF(at, SMALL) - IDENTIFIER);
    for (size_t i = 0; i < count; i++)
        if (ranges[i].length > at && same_bits(address.bytes, ranges[i].bytes, at))
            return true;
    return false;
}

static bool bit_flips(const StandinKey *key, IpAddress address, unsigned at)
{
    uint8_t message[18] = {address.family, (uint8_t)at};
    for (unsigned i = 0; i < at; i += 8)
        message[2 + i / 8] = address.bytes[i / 8];
    if (at % 8)
        message[2 + at / 8] &= (uint8_t)(0xff << (8 - at % 8));
    return standin_hash(key, message, sizeof(message)) & 1;
}

/* `real` is known up to the bit at hand in either direction. */
static IpAddress convert(const StandinKey *key, IpAddress from, unsigned length, bool is_inverse)
{
    IpAddress real = from;
    IpAddress to = from;
    bool any = false;
    for (unsigned at = 0; at < length; at++) {
        if (bit_is_fixed(real, at))
            continue;
        /* The first bit that may change always does, so that no address stands for itself. */
        if (any && !bit_flips(key, real, at))
            continue;
        any = true;
        to.bytes[at / 8] ^= (uint8_t)(0x80 >> (at % 8));
        if (is_inverse)
            real.bytes[at / 8] ^= (uint8_t)(0x80 >> (at % 8));
    }
    return to;
}

IpAddress address_scramble(const StandinKey *key, IpAddress address, unsigned length)
{
    return convert(key, address, length, false);
}

IpAddress address_unscramble(const StandinKey *key, IpAddress address, unsigned length)
{
    return convert(key, address, length, true);
}

bool mac_is_kept(MacAddress mac)
{
    static const struct {
        uint8_t bytes[6];
        uint8_t bits;
    } kept[] = {
        {{0, 0, 0, 0, 0, 0}, 48},             /* none */
        {{0x00, 0x00, 0x5e}, 24},             /* IANA: VRRP */
        {{0x00, 0x00, 0x0c, 0x07, 0xac}, 40}, /* HSRP */
        {{0x00, 0x00, 0x0c, 0x9f, 0xf0}, 36}, /* HSRP version 2 */
        {{0x00, 0x05, 0x73, 0xa0}, 36},       /* HSRP for IPv6 */
        {{0x00, 0x07, 0xb4, 0x00}, 32},       /* GLBP */
    };
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        if (same_bits(mac.bytes, kept[i].bytes, kept[i].bits))
            return true;
    return mac.bytes[0] & 1;
}

MacAddress mac_scramble(const StandinKey *key, MacAddress mac)
{
    MacAddress to = mac;
    for (unsigned at = 24; at < 48; at++) {
        uint8_t message[8] = {'m', (uint8_t)at};
        memcpy(message + 2, mac.bytes, sizeof(mac.bytes));
        unsigned byte = at / 8;
        message[2 + byte] &= (uint8_t) ~(0xff >> (at % 8));
        for (unsigned i = byte + 1; i < sizeof(mac.bytes); i++)
            message[2 + i] = 0;
        if (at == 24 || (standin_hash(key, message, sizeof(message)) & 1))
            to.bytes[byte] ^= (uint8_t)(0x80 >> (at % 8));
    }
    return to;
}

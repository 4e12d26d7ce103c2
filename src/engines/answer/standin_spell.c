/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"

#include <stdio.h>

enum { GROUPS = 8 };

/* Variant: how many zeros stand before each number, in base three. */
bool spell_v4(IpAddress address, unsigned variant, char out[SPELLING_BYTES])
{
    int size = 0;
    for (int i = 0; i < 4; i++, variant /= 3) {
        unsigned value = address.bytes[i];
        unsigned digits = value >= 100 ? 3 : value >= 10 ? 2 : 1;
        unsigned zeros = variant % 3;
        if (digits + zeros > 3)
            return false;
        size += snprintf(out + size, (size_t)(SPELLING_BYTES - size), "%s%0*u", i > 0 ? "." : "",
                         (int)(digits + zeros), value);
    }
    return true;
}

/* Finds the longest run of two or more zero groups, the first of several (RFC 5952 §4.2). */
static int longest_zeros(const unsigned *groups, int *out_count)
{
    int best = -1;
    *out_count = 1;
    for (int at = 0; at < GROUPS; at++) {
        int count = 0;
        while (at + count < GROUPS && groups[at + count] == 0)
            count++;
        if (count > *out_count) {
            *out_count = count;
            best = at;
        }
        at += count;
    }
    return best;
}

static void write_v6(IpAddress address, bool shortens, bool pads, char out[SPELLING_BYTES])
{
    unsigned groups[GROUPS];
    int zeros = 0;
    int size = 0;
    for (int i = 0; i < GROUPS; i++)
        groups[i] = (unsigned)address.bytes[2 * i] << 8 | address.bytes[2 * i + 1];
    int gap = longest_zeros(groups, &zeros);
    out[0] = '\0';
    for (int i = 0; i < GROUPS; i++) {
        if (shortens && i == gap) {
            size += snprintf(out + size, (size_t)(SPELLING_BYTES - size), "::");
            i += zeros - 1;
            continue;
        }
        bool needs_colon = size > 0 && out[size - 1] != ':';
        size += snprintf(out + size, (size_t)(SPELLING_BYTES - size), "%s%0*x",
                         needs_colon ? ":" : "", pads ? 4 : 1, groups[i]);
    }
}

static bool has_upper_only(Str text)
{
    bool upper = false;
    for (size_t i = 0; i < text.size; i++) {
        if (ascii_is_lower(text.data[i]))
            return false;
        upper |= ascii_is_upper(text.data[i]);
    }
    return upper;
}

/* Gives each letter the case that a bit of the pattern tells. Returns false when the pattern has
 * bits beyond the letters. */
static bool set_case(char *text, uint64_t pattern)
{
    for (char *c = text; *c; c++) {
        if (!ascii_is_letter(*c))
            continue;
        *c = (char)(pattern & 1 ? ascii_to_lower(*c) - ('a' - 'A') : ascii_to_lower(*c));
        pattern >>= 1;
    }
    return pattern == 0;
}

static void set_upper(char *text)
{
    for (char *c = text; *c; c++)
        if (ascii_is_lower(*c))
            *c = (char)(*c - ('a' - 'A'));
}

/* An end of the spelling may be a colon only where that of the real address is one: the text
 * around it may begin with a colon. */
static bool ends_like(const char *text, Str like)
{
    bool first = text[0] == ':' && like.data[0] != ':';
    bool last = text[strlen(text) - 1] == ':' && like.data[like.size - 1] != ':';
    return !first && !last;
}

/* Variants 0 to 5: shortened, whole and padded, in the case of the real one and in the other; then
 * padded in each mixture of cases. */
bool spell_v6(IpAddress address, Str like, unsigned variant, char out[SPELLING_BYTES])
{
    enum { PLAIN = 6 };
    bool upper = has_upper_only(like) != (variant % 2 == 1);
    write_v6(address, variant < 2, variant >= 4, out);
    if (variant >= PLAIN)
        return set_case(out, variant - PLAIN + 1);
    if (upper)
        set_upper(out);
    return ends_like(out, like);
}

MacAddress mac_parse(Str text)
{
    MacAddress mac = {0};
    size_t digits = 0;
    for (size_t i = 0; i < text.size && digits < 2 * sizeof(mac.bytes); i++) {
        int value = ascii_hex_value(text.data[i]);
        if (value < 0)
            continue;
        mac.bytes[digits / 2] = (uint8_t)(mac.bytes[digits / 2] << 4 | value);
        digits++;
    }
    return mac;
}

void spell_mac(MacAddress mac, Str like, char out[SPELLING_BYTES])
{
    static const char lower[] = "0123456789abcdef";
    size_t digits = 0;
    size_t size = 0;
    for (; size < like.size && size + 1 < SPELLING_BYTES; size++) {
        out[size] = like.data[size];
        if (ascii_hex_value(like.data[size]) < 0)
            continue;
        uint8_t byte = mac.bytes[digits / 2];
        out[size] = lower[digits % 2 ? byte & 15 : byte >> 4];
        digits++;
    }
    out[size] = '\0';
    if (has_upper_only(like))
        set_upper(out);
}

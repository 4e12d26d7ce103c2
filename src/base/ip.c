/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include "base/ascii.h"

#include <netinet/in.h>
#include <stdio.h>

IpAddress ip_v4(uint32_t host_order)
{
    IpAddress address = {.family = IP_V4};
    for (int i = 0; i < 4; i++)
        address.bytes[i] = (uint8_t)(host_order >> (24 - 8 * i));
    return address;
}

IpAddress ip_of_socket(const struct sockaddr *address)
{
    IpAddress ip = {0};
    if (address->sa_family == AF_INET) {
        ip.family = IP_V4;
        memcpy(ip.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        ip.family = IP_V6;
        memcpy(ip.bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    }
    return ip;
}

IpAddress ip_unmap(IpAddress address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    IpAddress v4 = {.family = IP_V4};
    if (address.family != IP_V6 || memcmp(address.bytes, mapped, sizeof(mapped)) != 0)
        return address;
    memcpy(v4.bytes, address.bytes + sizeof(mapped), 4);
    return v4;
}

uint32_t ip_v4_value(IpAddress address)
{
    check(address.family == IP_V4);
    const uint8_t *b = address.bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool parse_v4(Str text, uint8_t *out_bytes)
{
    uint8_t bytes[4];
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        size_t digits = 0;
        while (at < text.size && ascii_is_digit(text.data[at]) && digits < 4) {
            value = value * 10 + (unsigned)(text.data[at++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || value > 255)
            return false;
        bytes[i] = (uint8_t)value;
        if (i < 3 && (at >= text.size || text.data[at++] != '.'))
            return false;
    }
    if (at != text.size)
        return false;
    memcpy(out_bytes, bytes, sizeof(bytes));
    return true;
}

/* Reads a group of up to four hex digits at *at. Returns how many digits it has, or 0. */
static size_t parse_group(Str text, size_t *at, unsigned *out_value)
{
    size_t digits = 0;
    unsigned value = 0;
    while (*at < text.size && digits < 5 && ascii_hex_value(text.data[*at]) >= 0) {
        value = value * 16 + (unsigned)ascii_hex_value(text.data[*at]);
        (*at)++;
        digits++;
    }
    *out_value = value;
    return digits;
}

typedef struct {
    uint8_t bytes[16];
    size_t used;
    size_t gap; /* byte offset of "::", or SIZE_MAX */
} V6Parse;

/* Reads a group, or the IPv4 tail that ends the address. */
static bool parse_v6_item(Str text, size_t *at, V6Parse *parse)
{
    size_t start = *at;
    unsigned value = 0;
    size_t digits = parse_group(text, at, &value);
    if (*at < text.size && text.data[*at] == '.') {
        if (parse->used > 12 || !parse_v4(str_from(text, start), parse->bytes + parse->used))
            return false;
        parse->used += 4;
        *at = text.size;
        return true;
    }
    if (digits == 0 || digits > 4 || parse->used > 14)
        return false;
    parse->bytes[parse->used++] = (uint8_t)(value >> 8);
    parse->bytes[parse->used++] = (uint8_t)value;
    return true;
}

static bool parse_v6_items(Str text, V6Parse *parse)
{
    size_t at = 0;
    if (text.size >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        parse->gap = 0;
        at = 2;
    }
    while (at < text.size) {
        if (!parse_v6_item(text, &at, parse))
            return false;
        if (at == text.size)
            return true;
        if (text.data[at++] != ':')
            return false;
        if (at < text.size && text.data[at] == ':') {
            if (parse->gap != SIZE_MAX)
                return false;
            parse->gap = parse->used;
            at++;
        } else if (at == text.size) {
            return false;
        }
    }
    return true;
}

static bool parse_v6(Str text, uint8_t *out_bytes)
{
    V6Parse parse = {.gap = SIZE_MAX};
    if (text.size < 2 || text.size > 45 || !parse_v6_items(text, &parse))
        return false;
    if (parse.gap == SIZE_MAX) {
        if (parse.used != 16)
            return false;
    } else {
        if (parse.used > 14)
            return false;
        size_t tail = parse.used - parse.gap;
        memmove(parse.bytes + 16 - tail, parse.bytes + parse.gap, tail);
        memset(parse.bytes + parse.gap, 0, 16 - parse.used);
    }
    memcpy(out_bytes, parse.bytes, 16);
    return true;
}

bool ip_parse(Str text, IpAddress *out_address)
{
    IpAddress address = {0};
    if (text.size == 0)
        return false;
    bool v6 = str_find_byte(text, ':') != STR_NOT_FOUND;
    if (v6 ? !parse_v6(text, address.bytes) : !parse_v4(text, address.bytes))
        return false;
    address.family = v6 ? IP_V6 : IP_V4;
    *out_address = address;
    return true;
}

bool ip_prefix_parse(Str text, IpPrefix *out_prefix)
{
    IpPrefix prefix = {0};
    size_t slash = str_find_byte(text, '/');
    uint32_t length = 0;
    if (!ip_parse(slash == STR_NOT_FOUND ? text : str_slice(text, 0, slash), &prefix.address))
        return false;
    if (slash == STR_NOT_FOUND)
        length = ip_bits(prefix.address);
    else if (!str_parse_u32(str_from(text, slash + 1), &length) || length > ip_bits(prefix.address))
        return false;
    prefix.length = (uint8_t)length;
    *out_prefix = prefix;
    return true;
}

bool ip_wildcard_length(IpAddress wildcard, uint8_t *out_length)
{
    if (wildcard.family != IP_V4)
        return false;
    uint32_t value = ip_v4_value(wildcard);
    if (value & (value + 1))
        return false;
    *out_length = (uint8_t)(32 - __builtin_popcount(value));
    return true;
}

bool ip_mask_length(IpAddress mask, uint8_t *out_length)
{
    if (mask.family != IP_V4)
        return false;
    return ip_wildcard_length(ip_v4(~ip_v4_value(mask)), out_length);
}

/* Returns the start of the longest run of two or more zero groups (RFC 5952 4.2), and stores its
 * length. */
static int longest_zero_run(const unsigned *groups, int *out_length)
{
    int best = -1, best_length = 1;
    for (int i = 0; i < 8; i++) {
        int length = 0;
        while (i + length < 8 && groups[i + length] == 0)
            length++;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
        i += length;
    }
    *out_length = best_length;
    return best;
}

static int format_v6(const uint8_t *bytes, char *out, size_t size)
{
    unsigned groups[8];
    int run_length = 0, used = 0;
    for (int i = 0; i < 8; i++)
        groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    int run = longest_zero_run(groups, &run_length);
    for (int i = 0; i < 8; i++) {
        if (i == run) {
            used += snprintf(out + used, size - (size_t)used, "::");
            i += run_length - 1;
            continue;
        }
        const char *colon = i > 0 && i != run + run_length ? ":" : "";
        if (run < 0)
            colon = i > 0 ? ":" : "";
        used += snprintf(out + used, size - (size_t)used, "%s%x", colon, groups[i]);
    }
    return used;
}

/* Writes a number below 256 in decimal. Returns how many digits it has. */
static size_t write_number(unsigned value, char out[3])
{
    size_t size = 0;
    if (value >= 100)
        out[size++] = (char)('0' + value / 100);
    if (value >= 10)
        out[size++] = (char)('0' + value / 10 % 10);
    out[size++] = (char)('0' + value % 10);
    return size;
}

static size_t format_v4(const uint8_t *bytes, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < 4; i++) {
        if (i)
            out[size++] = '.';
        size += write_number(bytes[i], out + size);
    }
    out[size] = '\0';
    return size;
}

Str ip_format(IpAddress address, IpText *text)
{
    size_t used = 0;
    text->data[0] = '\0';
    if (address.family == IP_V4)
        used = format_v4(address.bytes, text->data);
    else if (address.family == IP_V6)
        used = (size_t)format_v6(address.bytes, text->data, sizeof(text->data));
    return (Str){text->data, used};
}

Str ip_prefix_format(IpPrefix prefix, IpText *text)
{
    Str formatted = ip_format(prefix.address, text);
    if (formatted.size == 0)
        return formatted;
    text->data[formatted.size++] = '/';
    formatted.size += write_number(prefix.length, text->data + formatted.size);
    text->data[formatted.size] = '\0';
    return formatted;
}

int ip_compare(IpAddress a, IpAddress b)
{
    if (a.family != b.family)
        return a.family < b.family ? -1 : 1;
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

int ip_prefix_compare(IpPrefix a, IpPrefix b)
{
    int order = ip_compare(a.address, b.address);
    return order ? order : (int)a.length - (int)b.length;
}

IpPrefix ip_prefix_network(IpPrefix prefix)
{
    size_t whole = prefix.length / 8, rest = prefix.length % 8;
    for (size_t i = whole + (rest ? 1 : 0); i < 16; i++)
        prefix.address.bytes[i] = 0;
    if (rest)
        prefix.address.bytes[whole] &= (uint8_t)(0xFF << (8 - rest));
    return prefix;
}

bool ip_prefix_contains(IpPrefix prefix, IpAddress address)
{
    if (prefix.address.family != address.family || !ip_is_set(address))
        return false;
    IpPrefix other = {address, prefix.length};
    return ip_equal(ip_prefix_network(prefix).address, ip_prefix_network(other).address);
}

bool ip_is_link_local(IpAddress address)
{
    const uint8_t *b = address.bytes;
    if (address.family == IP_V4)
        return b[0] == 169 && b[1] == 254;
    return address.family == IP_V6 && b[0] == 0xFE && (b[1] & 0xC0) == 0x80;
}

bool ip_is_loopback(IpAddress address)
{
    if (address.family == IP_V4)
        return address.bytes[0] == 127;
    static const uint8_t one[16] = {[15] = 1};
    return address.family == IP_V6 && memcmp(address.bytes, one, 16) == 0;
}

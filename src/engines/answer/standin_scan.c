/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"

enum { V6_MAX_BYTES = 45, GROUP_BYTES = 4, MAC_BYTES = 17 };

bool scan_is_soft(char byte)
{
    return scan_is_word_byte(byte) || byte == '.' || byte == ':' || byte == '-' || byte == '/';
}

static char byte_at(Str text, size_t at)
{
    return at < text.size ? text.data[at] : ' ';
}

static bool word_byte_at(Str text, size_t at)
{
    return scan_is_word_byte(byte_at(text, at));
}

static bool hex_at(Str text, size_t at)
{
    return ascii_hex_value(byte_at(text, at)) >= 0;
}

/* Returns whether a whole group of up to four hexadecimal digits ends at this place. */
static bool group_ends_at(Str text, size_t at)
{
    size_t digits = 0;
    while (digits < at && digits <= GROUP_BYTES && hex_at(text, at - 1 - digits))
        digits++;
    bool is_whole = digits == at || !word_byte_at(text, at - 1 - digits);
    return digits > 0 && digits <= GROUP_BYTES && is_whole;
}

/* Returns whether what begins here goes on what stands before the joining byte. */
static bool continues(Str text, size_t at, char joiner)
{
    if (at == 0 || text.data[at - 1] != joiner)
        return false;
    bool after_word = at > 1 && word_byte_at(text, at - 2);
    bool after_colon = at > 1 && text.data[at - 2] == ':';
    return (joiner == '.' && after_word) || after_colon || group_ends_at(text, at - 1);
}

/* Each of the following returns the end of an address that begins here, or 0. */

static size_t scan_v6(Str text, size_t at)
{
    size_t end = at;
    size_t colons = 0;
    if (continues(text, at, ':') || continues(text, at, '.'))
        return 0;
    while (end - at <= V6_MAX_BYTES && (hex_at(text, end) || byte_at(text, end) == ':'))
        colons += text.data[end++] == ':';
    if (colons < 2)
        return 0;
    if (byte_at(text, end) == '.' && ascii_is_digit(byte_at(text, end + 1)))
        return 0;
    if (word_byte_at(text, end))
        while (end > at && text.data[end - 1] != ':')
            end--;
    if (end - at >= 2 && text.data[end - 1] == ':' && text.data[end - 2] != ':')
        end--;
    IpAddress address;
    return end - at >= 2 && ip_parse(str_slice(text, at, end - at), &address) &&
                   address.family == IP_V6
               ? end
               : 0;
}

/* Reads groups of hexadecimal digits of this size, with a byte between them. */
static size_t scan_groups(Str text, size_t at, size_t size, char joiner)
{
    size_t count = 12 / size;
    if (continues(text, at, joiner))
        return 0;
    for (size_t group = 0; group < count; group++) {
        for (size_t i = 0; i < size; i++)
            if (!hex_at(text, at++))
                return 0;
        if (group + 1 < count && byte_at(text, at++) != joiner)
            return 0;
    }
    /* The last group may be the first number of an address with dots. */
    bool goes_on = (byte_at(text, at) == joiner && word_byte_at(text, at + 1)) ||
                   (byte_at(text, at) == '.' && ascii_is_digit(byte_at(text, at + 1)));
    return word_byte_at(text, at) || goes_on ? 0 : at;
}

static size_t scan_mac(Str text, size_t at)
{
    char second = byte_at(text, at + 2);
    if (second == ':' || second == '-')
        return scan_groups(text, at, 2, second);
    return byte_at(text, at + GROUP_BYTES) == '.' ? scan_groups(text, at, GROUP_BYTES, '.') : 0;
}

static size_t scan_octet(Str text, size_t at)
{
    size_t end = at;
    unsigned value = 0;
    while (end - at < 3 && ascii_is_digit(byte_at(text, end)))
        value = value * 10 + (unsigned)(text.data[end++] - '0');
    return end > at && value <= 255 ? end : 0;
}

/* tcpdump writes a port as a fifth number; an object identifier has more. */
static bool is_longer_number(Str text, size_t at)
{
    size_t digits = 0;
    if (byte_at(text, at) != '.' || !ascii_is_digit(byte_at(text, at + 1)))
        return false;
    while (digits < 6 && ascii_is_digit(byte_at(text, at + 1 + digits)))
        digits++;
    at += 1 + digits;
    return word_byte_at(text, at) || (byte_at(text, at) == '.' && word_byte_at(text, at + 1));
}

static size_t scan_v4(Str text, size_t at)
{
    if (continues(text, at, '.'))
        return 0;
    for (int i = 0; i < 4; i++) {
        at = scan_octet(text, at);
        if (at == 0 || (i < 3 && byte_at(text, at++) != '.'))
            return 0;
    }
    return word_byte_at(text, at) || is_longer_number(text, at) ? 0 : at;
}

static bool scan_address(Str text, size_t at, Token *token)
{
    static const struct {
        TokenKind kind;
        size_t (*scan)(Str text, size_t at);
    } forms[] = {{TOKEN_V6, scan_v6}, {TOKEN_MAC, scan_mac}, {TOKEN_V4, scan_v4}};
    if (!hex_at(text, at) && byte_at(text, at) != ':')
        return false;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        size_t end = forms[i].scan(text, at);
        if (end > 0) {
            *token = (Token){forms[i].kind, end, {at}, 1};
            return true;
        }
    }
    return false;
}

/* Returns how many bytes of an escape stand here, behind its backslash. */
static size_t escape_bytes(Str text, size_t at)
{
    if (at == 0 || text.data[at - 1] != '\\' || !byte_is_in(text.data[at], STR("nrtbfu")))
        return 0;
    if (text.data[at] != 'u')
        return 1;
    for (size_t i = 1; i <= GROUP_BYTES; i++)
        if (!hex_at(text, at + i))
            return 0;
    return 1 + GROUP_BYTES;
}

/* Returns the length of "AS" or "ASN" when only digits follow up to the end. */
static size_t as_bytes(Str word)
{
    size_t letters = str_starts_with_ignore_case(word, STR("asn"))  ? 3
                     : str_starts_with_ignore_case(word, STR("as")) ? 2
                                                                    : 0;
    for (size_t i = letters; i < word.size; i++)
        if (!ascii_is_digit(word.data[i]))
            return 0;
    return letters < word.size ? letters : 0;
}

static void add_reading(Token *token, size_t start)
{
    if (start < token->end && token->reading_count < MAX_READINGS)
        token->starts[token->reading_count++] = start;
}

/* The token that begins at a word. */
static Token scan_here(Str text, size_t at)
{
    Token token = {.kind = TOKEN_WORD};
    size_t escape = escape_bytes(text, at);
    if (scan_address(text, at, &token))
        return token;
    if (escape > 0 && scan_address(str_from(text, at + escape), 0, &token)) {
        token.starts[0] += at + escape;
        token.end += at + escape;
        return token;
    }
    token.end = at;
    while (token.end - at <= WORD_MAX_BYTES && word_byte_at(text, token.end))
        token.end++;
    if (token.end - at > WORD_MAX_BYTES) {
        token.kind = TOKEN_NONE;
        return token;
    }
    add_reading(&token, at);
    if (escape > 0)
        add_reading(&token, at + escape);
    size_t last = token.starts[token.reading_count - 1];
    size_t as = as_bytes(str_slice(text, last, token.end - last));
    if (as > 0)
        add_reading(&token, last + as);
    return token;
}

/* Returns whether a token may begin here: at the first byte of a word, or at "::". */
static bool begins_here(Str text, size_t at)
{
    char before = at > 0 ? text.data[at - 1] : ' ';
    if (scan_is_word_byte(text.data[at]))
        return !scan_is_word_byte(before);
    return text.data[at] == ':' && byte_at(text, at + 1) == ':' && !scan_is_word_byte(before) &&
           before != ':';
}

bool scan_next(Str text, size_t *at, Token *out_token)
{
    for (size_t start = *at; start < text.size; start++) {
        if (!begins_here(text, start))
            continue;
        Token token = {0};
        if (text.data[start] != ':')
            token = scan_here(text, start);
        else if (!scan_address(text, start, &token))
            continue;
        if (token.kind == TOKEN_NONE) {
            start = token.end - 1;
            continue;
        }
        *at = token.end;
        *out_token = token;
        return true;
    }
    *at = text.size;
    return false;
}

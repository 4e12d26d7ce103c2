/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/word_forms.h"

#include "base/ip.h"

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t count_digits(Str word, size_t at)
{
    size_t end = at;
    while (end < word.size && ascii_is_digit(word.data[end]))
        end++;
    return end - at;
}

static bool is_number(Str word)
{
    return word.size > 0 && count_digits(word, 0) == word.size;
}

static size_t count_byte(Str word, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < word.size; i++)
        count += word.data[i] == byte;
    return count;
}

/* A notation of MAC addresses: x is a digit, _ is a separator, any other byte is itself. */
typedef struct {
    Str shape;
    const char *separators;
    bool are_same;  /* all separators are the same */
    size_t skipped; /* digits before the address */
} MacNotation;

static const MacNotation notations[] = {
    {STR_INIT("xx_xx_xx_xx_xx_xx"), ":-", false, 0},
    {STR_INIT("xxxx_xxxx_xxxx"), ".:-", true, 0},
    {STR_INIT("xxxxxx_xxxxxx"), ".:-", true, 0},
    {STR_INIT("xxxxxxxxxxxx"), "", true, 0},
    {STR_INIT("01_xx_xx_xx_xx_xx_xx"), ":-", false, 2},
    {STR_INIT("01xx_xxxx_xxxx_xx"), ".", true, 2},
};

static bool has_notation(Str word, const MacNotation *notation)
{
    char separator = '\0';
    if (word.size != notation->shape.size)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.data[i];
        char expected = notation->shape.data[i];
        if (expected == 'x' ? !is_hex(c) : expected != '_' && c != expected)
            return false;
        if (expected != '_')
            continue;
        if (c == '\0' || !strchr(notation->separators, c) ||
            (notation->are_same && separator && c != separator))
            return false;
        separator = c;
    }
    return true;
}

/* Reads 0:50:79:66:68:1, whose groups have one digit or two. */
static bool read_short_mac(Str word, char *out_digits)
{
    char digits[WORD_MAC_DIGITS];
    size_t count = 0;
    Str group;
    if (count_byte(word, ':') != 5)
        return false;
    while (str_next_field(&word, ':', &group)) {
        bool is_single = group.size == 1;
        if (group.size < 1 || group.size > 2 || !is_hex(group.data[0]) ||
            !is_hex(group.data[group.size - 1]))
            return false;
        digits[count++] = is_single ? '0' : group.data[0];
        digits[count++] = group.data[group.size - 1];
    }
    if (count < WORD_MAC_DIGITS)
        return false;
    memcpy(out_digits, digits, sizeof(digits));
    return true;
}

bool word_mac_digits(Str word, char out_digits[WORD_MAC_DIGITS])
{
    if (word.size < 11 || word.size > 20 || !is_hex(word.data[0]))
        return false;
    for (size_t i = 0; i < COUNT_OF(notations); i++) {
        if (!has_notation(word, &notations[i]))
            continue;
        size_t found = 0;
        for (size_t k = 0; k < word.size; k++) {
            if (is_hex(word.data[k]) && ++found > notations[i].skipped)
                out_digits[found - notations[i].skipped - 1] = word.data[k];
        }
        return true;
    }
    return read_short_mac(word, out_digits);
}

/* Returns the length of the four numbers of an IPv4 address at the start of a word, or 0. */
static size_t dotted_length(Str word)
{
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (at == word.size || word.data[at++] != '.'))
            return 0;
        size_t digits = count_digits(word, at);
        if (digits == 0 || digits > 3)
            return 0;
        at += digits;
    }
    return at;
}

static bool is_ipv4_like(Str word)
{
    size_t length = dotted_length(word);
    if (length == 0 || length == word.size)
        return length > 0;
    return (word.data[length] == '/' || word.data[length] == ':') &&
           is_number(str_from(word, length + 1));
}

/* An IPv6 address, or what looks like one, and the zone or the length behind it. */
typedef struct {
    Str body; /* of digits, colons and dots; empty: the word is none */
    Str tail;
} Ipv6Parts;

static bool is_zone(Str zone)
{
    for (size_t i = 0; i < zone.size; i++) {
        char c = zone.data[i];
        if (!ascii_is_lower(c) && !ascii_is_digit(c) && c != '_' && c != '.' && c != '/' &&
            c != '-')
            return false;
    }
    return zone.size > 0;
}

static Ipv6Parts split_ipv6(Str word)
{
    size_t end = 0;
    while (end < word.size &&
           (is_hex(word.data[end]) || word.data[end] == ':' || word.data[end] == '.'))
        end++;
    Ipv6Parts parts = {str_slice(word, 0, end), str_from(word, end)};
    bool is_whole = str_empty(parts.tail) ||
                    (parts.tail.data[0] == '%' && is_zone(str_from(parts.tail, 1))) ||
                    (parts.tail.data[0] == '/' && is_number(str_from(parts.tail, 1)));
    return is_whole && count_byte(parts.body, ':') >= 2 ? parts : (Ipv6Parts){0};
}

/* No dot may be before the second colon. */
static bool is_ipv6_like(Str word)
{
    Str body = split_ipv6(word).body;
    size_t dot = str_find_byte(body, '.');
    return !str_empty(body) && count_byte(str_slice(body, 0, dot), ':') >= 2;
}

bool word_is_address(Str word)
{
    return is_ipv4_like(word) || is_ipv6_like(word);
}

/* Parses an IPv4 address without leading zeros. */
static bool parse_strict_ipv4(Str word, IpAddress *out_address)
{
    IpText text;
    return str_find_byte(word, ':') == STR_NOT_FOUND && ip_parse(word, out_address) &&
           str_equal(ip_format(*out_address, &text), word);
}

int word_mask_length(Str word)
{
    IpAddress address;
    uint8_t length = 0;
    bool is_mask = str_starts_with(word, STR("255."));
    if ((!is_mask && !str_starts_with(word, STR("0."))) || !parse_strict_ipv4(word, &address))
        return -1;
    if (!is_mask && ip_v4_value(address) == 0)
        return -1;
    return (is_mask ? ip_mask_length : ip_wildcard_length)(address, &length) ? length : -1;
}

/* Returns whether it is /0 to /128, without leading zeros, or empty. */
static bool is_ipv6_length(Str tail)
{
    uint32_t length = 0;
    if (str_empty(tail))
        return true;
    Str number = str_from(tail, 1);
    return number.size <= 3 && (number.size == 1 || number.data[0] != '0') &&
           str_parse_u32(number, &length) && length <= 128;
}

/* Parses an IPv6 address as SQL does. At its ends, :: stands for two groups or more, and an IPv4
 * address in it has no leading zeros. */
static bool parse_strict_ipv6(Str body, IpAddress *out_address)
{
    IpAddress ipv4;
    bool has_ipv4 = str_find_byte(body, '.') != STR_NOT_FOUND;
    bool has_gap = str_find(body, STR("::")) != STR_NOT_FOUND;
    if (has_ipv4 && !parse_strict_ipv4(str_from(body, str_find_last_byte(body, ':') + 1), &ipv4))
        return false;
    if (has_gap && count_byte(body, ':') > (has_ipv4 ? 6 : 7))
        return false;
    return ip_parse(body, out_address) && out_address->family == IP_V6;
}

/* Returns whether PostgreSQL writes the end of the address as an IPv4 address: it is mapped
 * (::ffff:10.0.0.1) or compatible (::10.0.0.1). */
static bool ends_with_ipv4(const IpAddress *address)
{
    static const uint8_t zeros[12] = {0};
    const uint8_t *bytes = address->bytes;
    bool is_mapped = memcmp(bytes, zeros, 10) == 0 && bytes[10] == 0xFF && bytes[11] == 0xFF;
    return is_mapped || (memcmp(bytes, zeros, 12) == 0 && (bytes[12] || bytes[13]));
}

static Str write_ipv6(const IpAddress *address, IpText *text)
{
    if (!ends_with_ipv4(address))
        return ip_format(*address, text);
    IpText dotted;
    IpAddress ipv4 = {.family = IP_V4};
    memcpy(ipv4.bytes, address->bytes + 12, 4);
    Str start = address->bytes[10] ? STR("::ffff:") : STR("::");
    Str end = ip_format(ipv4, &dotted);
    memcpy(text->data, start.data, start.size);
    memcpy(text->data + start.size, end.data, end.size);
    return str_make(text->data, start.size + end.size);
}

static Str join(Str start, Str end, char out[WORD_NAME_MAX_BYTES])
{
    check(start.size + end.size <= WORD_NAME_MAX_BYTES);
    memcpy(out, start.data, start.size);
    memcpy(out + start.size, end.data, end.size);
    return str_make(out, start.size + end.size);
}

static Str ipv6_name(Str word, const Ipv6Parts *parts, char out[WORD_NAME_MAX_BYTES])
{
    IpText text;
    IpAddress address;
    bool has_zone = str_starts_with(parts->tail, STR("%"));
    bool is_whole = has_zone ? !str_ends_with(parts->tail, STR("/")) : is_ipv6_length(parts->tail);
    if (!is_whole || !parse_strict_ipv6(parts->body, &address))
        return word;
    return join(write_ipv6(&address, &text), parts->tail, out);
}

typedef struct {
    Str name;
    Str short_name;
} InterfaceName;

/* Sorted by name. */
static const InterfaceName interface_names[] = {
    {STR_INIT("appgigabitethernet"), STR_INIT("ap")},
    {STR_INIT("bridge-aggregation"), STR_INIT("bagg")},
    {STR_INIT("bundle-ether"), STR_INIT("be")},
    {STR_INIT("bundleether"), STR_INIT("be")},
    {STR_INIT("eth"), STR_INIT("et")},
    {STR_INIT("ethernet"), STR_INIT("et")},
    {STR_INIT("fast"), STR_INIT("fa")},
    {STR_INIT("fastethernet"), STR_INIT("fa")},
    {STR_INIT("fiftygige"), STR_INIT("fif")},
    {STR_INIT("five"), STR_INIT("fi")},
    {STR_INIT("fivegigabitethernet"), STR_INIT("fi")},
    {STR_INIT("fortygig"), STR_INIT("fo")},
    {STR_INIT("fortygigabitethernet"), STR_INIT("fo")},
    {STR_INIT("fortygige"), STR_INIT("fo")},
    {STR_INIT("ge"), STR_INIT("gi")},
    {STR_INIT("gig"), STR_INIT("gi")},
    {STR_INIT("gigabit"), STR_INIT("gi")},
    {STR_INIT("gigabiteth"), STR_INIT("gi")},
    {STR_INIT("gigabitether"), STR_INIT("gi")},
    {STR_INIT("gigabitethernet"), STR_INIT("gi")},
    {STR_INIT("gige"), STR_INIT("gi")},
    {STR_INIT("hundredgig"), STR_INIT("hu")},
    {STR_INIT("hundredgigabitethernet"), STR_INIT("hu")},
    {STR_INIT("hundredgige"), STR_INIT("hu")},
    {STR_INIT("loop"), STR_INIT("lo")},
    {STR_INIT("loopback"), STR_INIT("lo")},
    {STR_INIT("management"), STR_INIT("ma")},
    {STR_INIT("mgmt"), STR_INIT("ma")},
    {STR_INIT("mgmteth"), STR_INIT("mg")},
    {STR_INIT("port-channel"), STR_INIT("po")},
    {STR_INIT("portchannel"), STR_INIT("po")},
    {STR_INIT("ser"), STR_INIT("se")},
    {STR_INIT("serial"), STR_INIT("se")},
    {STR_INIT("ten"), STR_INIT("te")},
    {STR_INIT("tengig"), STR_INIT("te")},
    {STR_INIT("tengigabit"), STR_INIT("te")},
    {STR_INIT("tengigabitethernet"), STR_INIT("te")},
    {STR_INIT("tengige"), STR_INIT("te")},
    {STR_INIT("tengigethernet"), STR_INIT("te")},
    {STR_INIT("tun"), STR_INIT("tu")},
    {STR_INIT("tunnel"), STR_INIT("tu")},
    {STR_INIT("twentyfivegig"), STR_INIT("twe")},
    {STR_INIT("twentyfivegigabitethernet"), STR_INIT("twe")},
    {STR_INIT("twentyfivegige"), STR_INIT("twe")},
    {STR_INIT("two"), STR_INIT("tw")},
    {STR_INIT("twogigabitethernet"), STR_INIT("tw")},
    {STR_INIT("vlan"), STR_INIT("vl")},
    {STR_INIT("vlan-interface"), STR_INIT("vl")},
    {STR_INIT("xge"), STR_INIT("te")},
    {STR_INIT("xgigabitethernet"), STR_INIT("te")},
};

static const InterfaceName *find_interface_name(Str name)
{
    size_t low = 0;
    size_t high = COUNT_OF(interface_names);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(name, interface_names[middle].name);
        if (order == 0)
            return &interface_names[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* gigabitethernet0/1 is gi0/1. */
static Str interface_name(Str word, char out[WORD_NAME_MAX_BYTES])
{
    size_t letters = 0;
    while (letters < word.size && (ascii_is_lower(word.data[letters]) || word.data[letters] == '-'))
        letters++;
    if (letters == 0 || letters == word.size || !ascii_is_digit(word.data[letters]))
        return word;
    const InterfaceName *found = find_interface_name(str_slice(word, 0, letters));
    return found ? join(found->short_name, str_from(word, letters), out) : word;
}

Str word_name(Str word, char out[WORD_NAME_MAX_BYTES])
{
    Ipv6Parts parts = split_ipv6(word);
    return str_empty(parts.body) ? interface_name(word, out) : ipv6_name(word, &parts, out);
}

Str word_interface_of(Str word)
{
    size_t at = 1;
    size_t dot = str_find_byte(word, '.');
    if (word.size == 0 || !ascii_is_lower(word.data[0]) || dot == STR_NOT_FOUND ||
        !is_number(str_from(word, dot + 1)))
        return STR("");
    while (at < dot && (ascii_is_lower(word.data[at]) || word.data[at] == '-'))
        at++;
    if (at == dot || !ascii_is_digit(word.data[at]))
        return STR("");
    while (at < dot &&
           (ascii_is_digit(word.data[at]) || word.data[at] == '/' || word.data[at] == ':'))
        at++;
    return at == dot ? str_slice(word, 0, dot) : STR("");
}

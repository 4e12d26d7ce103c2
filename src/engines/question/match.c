/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/question/excerpt.h"
#include "engines/question/internal.h"

/* Takes the next run of bytes that are neither white space nor one of the separators. */
static bool next_part(Str *rest, Str separators, Str *out_part)
{
    size_t start = 0;
    while (start < rest->size && (ascii_is_space(rest->data[start]) ||
                                  str_find_byte(separators, rest->data[start]) != STR_NOT_FOUND))
        start++;
    size_t end = start;
    while (end < rest->size && !ascii_is_space(rest->data[end]) &&
           str_find_byte(separators, rest->data[end]) == STR_NOT_FOUND)
        end++;
    *out_part = str_slice(*rest, start, end - start);
    *rest = str_from(*rest, end);
    return out_part->size > 0;
}

static bool looks_like_address(Str word)
{
    return word.size >= 3 && (ascii_hex_value(word.data[0]) >= 0 || word.data[0] == ':') &&
           (str_find_byte(word, '.') != STR_NOT_FOUND || str_find(word, STR(":")) != STR_NOT_FOUND);
}

static bool names_address(const QuestionEntity *entity, Str text)
{
    Str word;
    IpPrefix found;
    while (next_part(&text, STR("\"'`()[]{}<>,;=|"), &word)) {
        while (word.size && str_find_byte(STR(".:"), word.data[word.size - 1]) != STR_NOT_FOUND &&
               !str_ends_with(word, STR("::")))
            word.size--;
        if (!looks_like_address(word) || !ip_prefix_parse(word, &found))
            continue;
        bool same = ip_equal(found.address, entity->prefix.address);
        if (same ||
            (entity->kind == ENTITY_PREFIX && ip_prefix_contains(entity->prefix, found.address)))
            return true;
    }
    return false;
}

/* The letters of an interface's name, dashes left out, and the port after them. */
typedef struct {
    char letters[32];
    size_t size;
    Str port;
} InterfaceName;

static bool read_interface_name(Str word, InterfaceName *name)
{
    size_t at = 0;
    name->size = 0;
    while (at < word.size && !ascii_is_digit(word.data[at])) {
        char c = ascii_to_lower(word.data[at++]);
        if (ascii_is_letter(c) && name->size < sizeof(name->letters))
            name->letters[name->size++] = c;
        else if (c != '-' && c != ' ')
            return false;
    }
    name->port = str_from(word, at);
    return name->size >= 2 && name->port.size > 0;
}

/* Gi0/1 is GigabitEthernet0/1; Po11 is Port-Channel11. */
static bool is_same_interface(const InterfaceName *a, const InterfaceName *b)
{
    size_t shorter = MIN_OF(a->size, b->size);
    return str_equal(a->port, b->port) && memcmp(a->letters, b->letters, shorter) == 0;
}

static bool names_interface(const QuestionEntity *entity, Str text)
{
    Str word;
    InterfaceName wanted;
    InterfaceName found;
    if (!read_interface_name(entity->text, &wanted))
        return false;
    while (next_part(&text, STR("\"'`()[]{}<>,;=|"), &word)) {
        while (word.size && str_find_byte(STR(".:"), word.data[word.size - 1]) != STR_NOT_FOUND)
            word.size--;
        if (read_interface_name(word, &found) && is_same_interface(&wanted, &found))
            return true;
    }
    return false;
}

/* Whether a number or a range of numbers, such as 10-20, is or holds this one. */
static bool holds_number(Str word, int64_t number, bool in_range)
{
    int64_t first;
    int64_t last;
    size_t dash = str_find_byte(word, '-');
    if (dash == STR_NOT_FOUND)
        return str_parse_i64(word, &first) && first == number;
    return in_range && str_parse_i64(str_slice(word, 0, dash), &first) &&
           str_parse_i64(str_from(word, dash + 1), &last) && first <= number && number <= last;
}

/* Whether the text has the number as a word, also at the end of one that begins with prefix. */
static bool names_number(Str text, int64_t number, Str prefix, bool in_range)
{
    Str word;
    while (next_part(&text, STR("\"'`()[]{}<>,;:=|."), &word)) {
        if (holds_number(word, number, in_range))
            return true;
        if (str_starts_with_ignore_case(word, prefix) &&
            holds_number(str_from(word, prefix.size), number, false))
            return true;
    }
    return false;
}

/* Whether the needle, which is not empty, is at this place of the text. */
static bool is_at(Str text, size_t at, Str needle)
{
    return ascii_to_lower(text.data[at]) == ascii_to_lower(needle.data[0]) &&
           str_equal_ignore_case(str_slice(text, at, needle.size), needle);
}

static bool has_ignoring_case(Str text, Str needle)
{
    for (size_t at = 0; at + needle.size <= text.size; at++)
        if (is_at(text, at, needle))
            return true;
    return false;
}

/* VLAN 40 is "vlan 40", "Vlan40", "VLAN0040" and a place in "allowed vlan 10,20,30-50". */
static bool names_vlan(const QuestionEntity *entity, Str text)
{
    if (!has_ignoring_case(text, STR("vlan")) && !has_ignoring_case(text, STR("VL")))
        return false;
    return names_number(text, entity->number, STR("vlan"), true) ||
           names_number(text, entity->number, STR("VL"), false);
}

/* Area 20 is "area 20" and "area 0.0.0.20". */
static bool names_area(const QuestionEntity *entity, Str text)
{
    Str word;
    IpAddress area;
    bool follows = false;
    while (next_part(&text, STR("\"'`()[]{}<>,;:=|"), &word)) {
        int64_t number;
        if (follows && ((str_parse_i64(word, &number) && number == entity->number) ||
                        (ip_parse(word, &area) && area.family == IP_V4 &&
                         ip_v4_value(area) == entity->number)))
            return true;
        follows = str_equal_ignore_case(word, STR("area"));
    }
    return false;
}

typedef struct {
    int64_t number;
    const char *name;
} PortName;

static const PortName port_names[] = {
    {20, "ftp-data"}, {21, "ftp"},    {22, "ssh"},    {23, "telnet"},  {25, "smtp"},
    {53, "domain"},   {67, "bootps"}, {80, "www"},    {110, "pop3"},   {123, "ntp"},
    {161, "snmp"},    {179, "bgp"},   {443, "https"}, {514, "syslog"},
};

static bool names_port(const QuestionEntity *entity, Str text)
{
    Str word;
    if (names_number(text, entity->number, STR("port"), false))
        return true;
    for (size_t i = 0; i < sizeof(port_names) / sizeof(port_names[0]); i++) {
        Str rest = text;
        while (port_names[i].number == entity->number && next_part(&rest, STR(",;()[]"), &word))
            if (str_equal_ignore_case(word, str_of(port_names[i].name)))
                return true;
    }
    return false;
}

/* As a whole word: no letter, digit, dash or underscore goes on at either end. */
static bool names_word(Str text, Str wanted)
{
    if (str_empty(wanted))
        return false;
    for (size_t at = 0; at + wanted.size <= text.size; at++) {
        if (!is_at(text, at, wanted))
            continue;
        size_t end = at + wanted.size;
        bool begins = at == 0 || (!ascii_is_letter_or_digit(text.data[at - 1]) &&
                                  text.data[at - 1] != '-' && text.data[at - 1] != '_');
        bool ends = end == text.size || (!ascii_is_letter_or_digit(text.data[end]) &&
                                         text.data[end] != '-' && text.data[end] != '_');
        if (begins && ends)
            return true;
    }
    return false;
}

/* 10h41 is 10:41; seconds and fractions may follow. */
static bool names_time(const QuestionEntity *entity, Str text)
{
    char wanted[16];
    if (entity->text.size >= sizeof(wanted))
        return false;
    for (size_t i = 0; i < entity->text.size; i++)
        wanted[i] = entity->text.data[i] == 'h' ? ':' : entity->text.data[i];
    return str_find(text, str_make(wanted, entity->text.size)) != STR_NOT_FOUND;
}

bool question_text_names(const QuestionEntity *entity, Str text)
{
    switch (entity->kind) {
    case ENTITY_ADDRESS:
    case ENTITY_PREFIX:
        return names_address(entity, text);
    case ENTITY_INTERFACE:
        return names_interface(entity, text);
    case ENTITY_VLAN:
        return names_vlan(entity, text);
    case ENTITY_AS:
        return names_number(text, entity->number, STR("AS"), false);
    case ENTITY_AREA:
        return names_area(entity, text);
    case ENTITY_PORT:
        return names_port(entity, text);
    case ENTITY_TIME:
        return names_time(entity, text);
    case ENTITY_LINE:
        return names_number(text, entity->number, STR("line"), false);
    case ENTITY_PAGE:
        return false;
    case ENTITY_NAME:
    case ENTITY_FILE:
    case ENTITY_CODE:
        return names_word(text, entity->text);
    }
    return false;
}

/* Whether the two words are a prefix, as "10.0.0.0/8" or as "10.0.0.0" and a wildcard or a mask. */
static bool read_prefix(Str word, Str next, IpPrefix *out_prefix)
{
    IpAddress mask;
    uint8_t length;
    if (!looks_like_address(word) || !ip_prefix_parse(word, out_prefix))
        return false;
    if (out_prefix->length < ip_bits(out_prefix->address))
        return true;
    if (!ip_parse(next, &mask) || mask.family != IP_V4 || out_prefix->address.family != IP_V4)
        return false;
    if (!ip_wildcard_length(mask, &length) && !ip_mask_length(mask, &length))
        return false;
    out_prefix->length = length;
    return true;
}

bool question_text_covers(const QuestionEntity *address, Str text)
{
    enum { SHORTEST = 8 };
    Str word;
    IpPrefix prefix;
    if (!has_ignoring_case(text, STR("permit")) && !has_ignoring_case(text, STR("deny")))
        return false;
    while (next_part(&text, STR(",;()[]"), &word)) {
        Str after = text;
        Str next = STR("");
        (void)next_part(&after, STR(",;()[]"), &next);
        if (read_prefix(word, next, &prefix) && prefix.length >= SHORTEST &&
            ip_prefix_contains(prefix, address->prefix.address))
            return true;
    }
    return false;
}

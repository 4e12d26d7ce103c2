/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"

#include <stdio.h>

static const Str standin_words[] = {STR_INIT("host"), STR_INIT("user"), STR_INIT("domain")};

bool word_is_standin(Str word, StandinName *out_kind, uint32_t *out_number)
{
    if (word.size < 5 || !ascii_is_digit(word.data[word.size - 1]))
        return false;
    for (size_t kind = 0; kind < COUNT_OF(standin_words); kind++) {
        Str stem = standin_words[kind];
        Str number = str_from(word, stem.size);
        if (str_starts_with_ignore_case(word, stem) && number.size <= 6 &&
            word_is_number(number, out_number)) {
            *out_kind = (StandinName)kind;
            return true;
        }
    }
    return false;
}

/* Sorted. Words of configurations and of sentences, and names that every network has. */
static const char *const ordinary[] = {
    "access",
    "account",
    "active",
    "address",
    "admin",
    "administrator",
    "all",
    "an",
    "and",
    "any",
    "are",
    "area",
    "as",
    "at",
    "backbone",
    "backup",
    "be",
    "bgp",
    "border",
    "branch",
    "bridge",
    "by",
    "cisco",
    "client",
    "cluster",
    "com",
    "command",
    "config",
    "configuration",
    "connection",
    "console",
    "core",
    "data",
    "default",
    "description",
    "dev",
    "device",
    "dhcp",
    "disable",
    "disabled",
    "distribution",
    "dns",
    "domain",
    "down",
    "edge",
    "enable",
    "enabled",
    "end",
    "error",
    "ethernet",
    "example",
    "exec",
    "external",
    "failed",
    "false",
    "firewall",
    "for",
    "from",
    "ftp",
    "gateway",
    "global",
    "group",
    "guest",
    "has",
    "have",
    "home",
    "host",
    "hostname",
    "http",
    "https",
    "icmp",
    "if",
    "in",
    "inside",
    "interface",
    "internal",
    "internet",
    "invalid",
    "ip",
    "is",
    "it",
    "juniper",
    "key",
    "lan",
    "leaf",
    "level",
    "lo",
    "local",
    "localhost",
    "log",
    "login",
    "loopback",
    "mail",
    "management",
    "mgmt",
    "mode",
    "name",
    "neighbor",
    "net",
    "network",
    "no",
    "node",
    "none",
    "not",
    "ntp",
    "null",
    "of",
    "off",
    "office",
    "on",
    "operator",
    "or",
    "org",
    "ospf",
    "outside",
    "password",
    "peer",
    "permit",
    "policy",
    "port",
    "primary",
    "privilege",
    "protocol",
    "proxy",
    "radius",
    "remote",
    "role",
    "root",
    "route",
    "router",
    "secondary",
    "secret",
    "security",
    "server",
    "service",
    "session",
    "set",
    "shutdown",
    "site",
    "smtp",
    "snmp",
    "source",
    "spine",
    "ssh",
    "standby",
    "static",
    "status",
    "support",
    "switch",
    "syslog",
    "system",
    "tacacs",
    "tcp",
    "telnet",
    "test",
    "text",
    "that",
    "the",
    "this",
    "time",
    "to",
    "traffic",
    "true",
    "trunk",
    "tunnel",
    "type",
    "udp",
    "unknown",
    "up",
    "user",
    "username",
    "users",
    "version",
    "vlan",
    "vpn",
    "vrf",
    "wan",
    "was",
    "web",
    "will",
    "with",
    "www",
    "you",
    "your",
};

bool word_is_ordinary(Str word)
{
    char buffer[STANDIN_NAME_MAX_BYTES];
    if (word.size > sizeof(buffer))
        return false;
    Str lower = word_lower(word, buffer);
    size_t low = 0;
    size_t high = COUNT_OF(ordinary);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(lower, str_of(ordinary[middle]));
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

Str word_lower(Str word, char out[STANDIN_NAME_MAX_BYTES])
{
    size_t size = MIN_OF(word.size, STANDIN_NAME_MAX_BYTES);
    for (size_t i = 0; i < size; i++)
        out[i] = ascii_to_lower(word.data[i]);
    return str_make(out, size);
}

bool word_may_be_name(Str word)
{
    bool letter = false;
    if (word.size < 2 || word.size > STANDIN_NAME_MAX_BYTES || !scan_is_word_byte(word.data[0]) ||
        !scan_is_word_byte(word.data[word.size - 1]))
        return false;
    for (size_t i = 0; i < word.size; i++) {
        char byte = word.data[i];
        if (!scan_is_word_byte(byte) && !byte_is_in(byte, STR("._-")))
            return false;
        letter |= ascii_is_letter(byte);
    }
    return letter && !word_is_ordinary(word);
}

bool standin_map_add_name(StandinMap *map, StandinName kind, Str name)
{
    char buffer[STANDIN_NAME_MAX_BYTES];
    if (!word_may_be_name(name))
        return false;
    Str lower = word_lower(name, buffer);
    return map_find_name(map, lower) || map_add_name(map, kind, lower, true);
}

bool word_is_number(Str word, uint32_t *out_number)
{
    return word.size > 0 && word.data[0] != '0' && str_parse_u32(word, out_number);
}

/* Writes the stand-in so that its case follows that of the real word: variant 0; then each other
 * mixture of cases. Returns false when there is none with this number. */
static bool write_name(const Name *name, Str real, unsigned variant, char out[SPELLING_BYTES])
{
    unsigned upper = 0;
    unsigned lower = 0;
    size_t letters = standin_words[name->kind].size;
    unsigned all = (1U << letters) - 1;
    for (size_t i = 0; i < real.size; i++) {
        upper += ascii_is_upper(real.data[i]);
        lower += ascii_is_lower(real.data[i]);
    }
    unsigned like = lower == 0 && upper > 0 ? all : ascii_is_upper(real.data[0]);
    if (variant > all)
        return false;
    snprintf(out, SPELLING_BYTES, "%s%u", standin_words[name->kind].data, name->number);
    for (size_t i = 0; i < letters; i++)
        if ((like ^ variant) >> i & 1)
            out[i] = (char)(out[i] - ('a' - 'A'));
    return true;
}

/* Adds a stand-in with a number of its own for one more way to write a name. */
static Str add_odd_name(StandinMap *map, StandinName kind, Str real)
{
    char out[SPELLING_BYTES];
    snprintf(out, sizeof(out), "%s%u", standin_words[kind].data, ++map->last_number[kind]);
    const Pair *pair = map_add_pair(map, PAIR_NAME, real, str_of(out));
    return pair ? pair->standin : STR("");
}

Str word_replace_name(StandinMap *map, StandinName kind, Str real)
{
    char buffer[STANDIN_NAME_MAX_BYTES];
    char out[SPELLING_BYTES];
    const Pair *known = map_find_real(map, real);
    if (known)
        return known->standin;
    Str lower = word_lower(real, buffer);
    const Name *name = map_find_name(map, lower);
    if (!name)
        name = map_add_name(map, kind, lower, false);
    for (unsigned variant = 0; name && write_name(name, real, variant, out); variant++) {
        if (map_find_standin(map, str_of(out)))
            continue;
        const Pair *pair = map_add_pair(map, PAIR_NAME, real, str_of(out));
        return pair ? pair->standin : STR("");
    }
    return name ? add_odd_name(map, kind, real) : STR("");
}

/* Where stand-ins of AS numbers come from. Each number there is registered when it is seen, so that
 * a stand-in is never the same as a number of the text. */
typedef struct {
    uint32_t first, last;             /* of the real numbers */
    uint32_t issue_first, issue_last; /* of their stand-ins */
} NumberRange;

static const NumberRange number_ranges[] = {
    {1, 64495, 61000, 63999},
    {64496, 65535, 64513, 65533},
    {65536, 4199999999, 390000, 399999},
    {4200000000, 4294967295, 4200001000, 4200009999},
};

bool number_is_reserved(uint32_t number)
{
    return number == 0 || number == 23456 || number == 64512 || number == 65534 ||
           number == 65535 || number == 4200000000 || number >= 4294967294;
}

bool number_is_issued(uint32_t number)
{
    for (size_t i = 0; i < COUNT_OF(number_ranges); i++)
        if (number >= number_ranges[i].issue_first && number <= number_ranges[i].issue_last)
            return true;
    return false;
}

/* Takes a free number of the range, from a place that the key decides. */
static Str add_number(StandinMap *map, PairKind kind, Str real, const NumberRange *range)
{
    char out[SPELLING_BYTES];
    uint32_t count = range->issue_last - range->issue_first + 1;
    uint64_t start = standin_hash(&map->key, real.data, real.size);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(out, sizeof(out), "%u", range->issue_first + (uint32_t)((start + i) % count));
        if (map_find_standin(map, str_of(out)) || str_equal(real, str_of(out)))
            continue;
        const Pair *pair = map_add_pair(map, kind, real, str_of(out));
        return pair ? pair->standin : STR("");
    }
    return STR("");
}

Str word_replace_number(StandinMap *map, Str real, bool is_as_number)
{
    enum { LEAST_EVERYWHERE = 10000 };
    uint32_t number = 0;
    const Pair *known = map_find_real(map, real);
    check(word_is_number(real, &number));
    bool is_known = known && (known->kind != PAIR_SAME || !is_as_number);
    if (is_known && (is_as_number || known->kind != PAIR_CONTEXT_NUMBER))
        return known->standin;
    if (!is_as_number && !number_is_issued(number))
        return real;
    if (!is_as_number && !map_find_standin(map, real)) {
        const Pair *same = map_add_pair(map, PAIR_SAME, real, real);
        return same ? same->standin : STR("");
    }
    PairKind kind = number >= LEAST_EVERYWHERE ? PAIR_NUMBER : PAIR_CONTEXT_NUMBER;
    for (size_t i = 0; i < COUNT_OF(number_ranges); i++)
        if (number >= number_ranges[i].first && number <= number_ranges[i].last)
            return add_number(map, kind, real, &number_ranges[i]);
    return real;
}

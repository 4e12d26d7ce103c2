/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/igp_setting.h"

static const Str key_configured = STR_INIT("key configured");

bool isis_levels_read(Str word, uint32_t *out_levels)
{
    static const struct {
        const char *word;
        uint32_t levels;
    } words[] = {
        {"level-1", ISIS_LEVEL_1},      {"level-1-only", ISIS_LEVEL_1},  {"level-2", ISIS_LEVEL_2},
        {"level-2-only", ISIS_LEVEL_2}, {"level-1-2", ISIS_BOTH_LEVELS},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_equal(word, str_of(words[i].word))) {
            *out_levels = words[i].levels;
            return true;
        }
    }
    return false;
}

uint32_t isis_levels_named(const Reader *reader, size_t i)
{
    const Words *words = &reader->words;
    uint32_t levels = 0, number = 0;
    for (; i < words->count; i++) {
        if (isis_levels_read(words_get(words, i), &levels))
            return levels;
        if (words_is(words, i, "level") && words_u32(words, i + 1, &number) && number - 1 < 2)
            return 1u << (number - 1);
    }
    return ISIS_BOTH_LEVELS;
}

bool isis_metric_read(Reader *reader, size_t i, InterfaceIgp *igp)
{
    enum { MAX_METRIC = 0xFFFFFF }; /* RFC 5305: the link is not used for the shortest path */
    uint32_t levels = isis_levels_named(reader, i), first = 0;
    i += isis_levels_read(words_get(&reader->words, i), &first);
    uint32_t metric = words_is(&reader->words, i, "maximum") ? MAX_METRIC : 0;
    if (!reader->negated && !metric && !words_u32(&reader->words, i, &metric))
        return false;
    for (size_t level = 0; level < COUNT_OF(igp->metric); level++) {
        if (levels & 1u << level)
            igp->metric[level] = reader->negated ? 0 : metric;
    }
    return true;
}

void igp_authentication_set(const Reader *reader, InterfaceIgp *igp, uint32_t levels, Str mode)
{
    for (size_t level = 0; level < COUNT_OF(igp->authentication); level++) {
        if (levels & 1u << level)
            igp->authentication[level] = reader->negated ? (Str){"", 0} : mode;
    }
}

void igp_key_set(const Reader *reader, InterfaceIgp *igp, uint32_t levels)
{
    for (size_t level = 0; level < COUNT_OF(igp->authentication); level++) {
        Str *mode = &igp->authentication[level];
        if (!(levels & 1u << level))
            continue;
        if (!reader->negated && !mode->size)
            *mode = key_configured;
        if (reader->negated && str_equal(*mode, key_configured))
            *mode = (Str){"", 0};
    }
}

/* Without a mask, the class of the address decides (RFC 791). */
static IpAddress wildcard_of_class(IpAddress address)
{
    uint32_t top = ip_v4_value(address) >> 24;
    return ip_v4(top < 128 ? 0x00FFFFFF : top < 192 ? 0x0000FFFF : 0x000000FF);
}

/* Returns the bits that a mask of either kind leaves open. EIGRP takes "255.255.255.0" for
 * "0.0.0.255". */
static IpAddress wildcard_of(IpAddress mask)
{
    uint32_t value = ip_v4_value(mask);
    bool is_netmask = value >> 31 && (~value & (~value + 1)) == 0;
    return ip_v4(is_netmask ? ~value : value);
}

bool igp_network_read(const Reader *reader, size_t i, OspfNetwork *out_network)
{
    Str first = words_get(&reader->words, i);
    OspfNetwork network = {.line = reader->line->number};
    IpPrefix prefix = {0};
    if (str_find_byte(first, '/') != STR_NOT_FOUND) {
        if (!ip_prefix_parse(first, &prefix) || prefix.address.family != IP_V4)
            return false;
        network.address = prefix.address;
        network.wildcard = ip_v4(prefix.length == 0    ? UINT32_MAX
                                 : prefix.length >= 32 ? 0
                                                       : (1u << (32 - prefix.length)) - 1);
    } else if (!ip_parse(first, &network.address) || network.address.family != IP_V4) {
        return false;
    } else if (i + 1 >= reader->words.count) {
        network.wildcard = wildcard_of_class(network.address);
    } else {
        if (!ip_parse(words_get(&reader->words, i + 1), &network.wildcard) ||
            network.wildcard.family != IP_V4)
            return false;
        network.wildcard = wildcard_of(network.wildcard);
    }
    *out_network = network;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/judge/packet_set.h"

#include "engines/judge/service_names.h"

typedef VEC(PacketInterval) IntervalVec;

static PacketValue address_value(IpAddress address)
{
    PacketValue value = 0;
    for (size_t i = 0; i < (size_t)ip_bits(address) / 8; i++)
        value = value << 8 | address.bytes[i];
    return value;
}

static PacketInterval everything(PacketDimension dimension, IpFamily family)
{
    static const unsigned port_max = 65535, protocol_max = 255;
    switch (dimension) {
    case PACKET_SOURCE:
    case PACKET_DESTINATION:
        return (PacketInterval){0, family == IP_V6 ? ~(PacketValue)0 : (PacketValue)UINT32_MAX};
    case PACKET_PROTOCOL:
        return (PacketInterval){0, protocol_max};
    default:
        return (PacketInterval){0, port_max};
    }
}

static void add(Arena *arena, IntervalVec *list, PacketValue low, PacketValue high)
{
    *VEC_PUSH(arena, list) = (PacketInterval){low, high};
}

/* Reads one address of a filter line: "any", "10.0.0.0/8" or "10.0.0.1". */
static bool read_address(Arena *arena, Str text, IpFamily family, IntervalVec *out)
{
    IpPrefix prefix;
    if (str_equal(text, STR("any"))) {
        PacketInterval all = everything(PACKET_SOURCE, family);
        add(arena, out, all.low, all.high);
        return true;
    }
    if (!ip_prefix_parse(text, &prefix) || prefix.address.family != family)
        return false;
    prefix = ip_prefix_network(prefix);
    unsigned host_bits = (unsigned)ip_bits(prefix.address) - prefix.length;
    PacketValue low = address_value(prefix.address);
    PacketValue hosts = host_bits >= 128 ? ~(PacketValue)0 : ((PacketValue)1 << host_bits) - 1;
    add(arena, out, low, low + hosts);
    return true;
}

/* Calls read for each part of a text such as "10.0.0.0/8, 10.2.0.0/16". */
typedef bool (*ReadPart)(Arena *arena, Str text, IpFamily family, IntervalVec *out);

static bool read_parts(Arena *arena, Str text, IpFamily family, ReadPart read, IntervalVec *out)
{
    enum { MAX_PARTS = 32 };
    Str part;
    while (str_next_field(&text, ',', &part)) {
        if (out->count == MAX_PARTS || !read(arena, str_trim(part), family, out))
            return false;
    }
    return true;
}

static bool read_protocol(Arena *arena, Str text, IpFamily family, IntervalVec *out)
{
    uint32_t number = 0;
    (void)family;
    if (str_equal(text, STR("ip")) || str_equal(text, STR("ipv4")) ||
        str_equal(text, STR("ipv6")) || str_equal(text, STR("any"))) {
        add(arena, out, 0, 255);
        return true;
    }
    if (!protocol_number(text, &number))
        return false;
    add(arena, out, number, number);
    return true;
}

/* Reads "443", "ssh" or "1024-65535". */
static bool read_port(Arena *arena, Str text, IpFamily family, IntervalVec *out)
{
    uint32_t low = 0, high = 0;
    size_t dash = str_find_byte(text, '-');
    (void)family;
    if (port_number(text, &low)) {
        add(arena, out, low, low);
        return true;
    }
    if (dash == STR_NOT_FOUND || !port_number(str_slice(text, 0, dash), &low) ||
        !port_number(str_from(text, dash + 1), &high) || high < low)
        return false;
    add(arena, out, low, high);
    return true;
}

/* Reads the numbers that follow an operator. */
static bool read_port_words(Arena *arena, Str rest, IntervalVec *out)
{
    Str word;
    while (str_next_word(&rest, &word)) {
        if (!read_port(arena, word, IP_NONE, out))
            return false;
    }
    return out->count > 0;
}

/* Reads "eq www 443", "neq 25", "range 1 1023", "gt 1023", "lt 1024", or a list of Junos. */
static bool read_ports(Arena *arena, Str text, IntervalVec *out)
{
    IntervalVec named = {0};
    Str rest = text, operator= {"", 0};
    (void)str_next_word(&rest, &operator);
    if (str_equal(operator, STR("eq")))
        return read_port_words(arena, rest, out);
    bool range = str_equal(operator, STR("range")), above = str_equal(operator, STR("gt"));
    bool below = str_equal(operator, STR("lt")), other = str_equal(operator, STR("neq"));
    if (!range && !above && !below && !other)
        return read_parts(arena, text, IP_NONE, read_port, out);
    if (!read_port_words(arena, rest, &named) || named.count != (range ? 2u : 1u))
        return false;
    PacketValue first = named.items[0].low;
    if (range)
        add(arena, out, first, named.items[1].high);
    if ((above || other) && first < 65535)
        add(arena, out, first + 1, 65535);
    if ((below || other) && first > 0)
        add(arena, out, 0, first - 1);
    return out->count > 0 && (!range || named.items[1].high >= first);
}

typedef struct {
    Arena *arena;
    IpFamily family;
    IntervalVec at[PACKET_DIMENSIONS];
    bool exact;
} Dimensions;

/* Replaces a dimension that could not be read, or that the line does not state, by everything. */
static void settle(Dimensions *dimensions, PacketDimension dimension, bool stated, bool read)
{
    IntervalVec *list = &dimensions->at[dimension];
    if (stated && read && list->count)
        return;
    PacketInterval all = everything(dimension, dimensions->family);
    list->count = 0;
    add(dimensions->arena, list, all.low, all.high);
    dimensions->exact &= !stated;
}

static bool has_ports(const IntervalVec *protocols)
{
    for (size_t i = 0; i < protocols->count; i++) {
        PacketInterval protocol = protocols->items[i];
        bool ports = protocol.low == protocol.high &&
                     (protocol.low == 6 || protocol.low == 17 || protocol.low == 132);
        if (!ports)
            return false;
    }
    return true;
}

static void read_dimensions(Dimensions *d, const AclEntry *entry)
{
    Arena *arena = d->arena;
    bool read = read_parts(arena, entry->source, d->family, read_address, &d->at[PACKET_SOURCE]);
    settle(d, PACKET_SOURCE, entry->source.size > 0, read);
    read =
        read_parts(arena, entry->destination, d->family, read_address, &d->at[PACKET_DESTINATION]);
    settle(d, PACKET_DESTINATION, entry->destination.size > 0, read);
    read = read_parts(arena, entry->protocol, d->family, read_protocol, &d->at[PACKET_PROTOCOL]);
    settle(d, PACKET_PROTOCOL, entry->protocol.size > 0, read);
    bool ports = has_ports(&d->at[PACKET_PROTOCOL]);
    read = ports && read_ports(arena, entry->source_port, &d->at[PACKET_SOURCE_PORT]);
    settle(d, PACKET_SOURCE_PORT, entry->source_port.size > 0, read);
    read = ports && read_ports(arena, entry->destination_port, &d->at[PACKET_DESTINATION_PORT]);
    settle(d, PACKET_DESTINATION_PORT, entry->destination_port.size > 0, read);
}

static bool only_logs(Str options)
{
    Str word;
    while (str_next_word(&options, &word)) {
        if (!str_equal(word, STR("log")) && !str_equal(word, STR("log-input")) &&
            !str_equal(word, STR("count")) && !str_equal(word, STR("log,")))
            return false;
    }
    return true;
}

/* Adds the product of the dimensions. Returns false if it has too many boxes. */
static bool multiply(Arena *arena, const Dimensions *d, PacketSet *out_set)
{
    size_t total = 1, index[PACKET_DIMENSIONS] = {0};
    for (size_t i = 0; i < PACKET_DIMENSIONS; i++)
        total *= d->at[i].count;
    if (total > PACKET_SET_MAX)
        return false;
    for (size_t box = 0; box < total; box++) {
        PacketBox *target = VEC_PUSH(arena, out_set);
        for (size_t i = 0; i < PACKET_DIMENSIONS; i++)
            target->at[i] = d->at[i].items[index[i]];
        for (size_t i = 0; i < PACKET_DIMENSIONS && ++index[i] == d->at[i].count; i++)
            index[i] = 0;
    }
    return true;
}

bool packet_set_of(Arena *arena, const AclEntry *entry, IpFamily family, PacketSet *out_set)
{
    Dimensions d = {.arena = arena, .family = family, .exact = only_logs(entry->options)};
    read_dimensions(&d, entry);
    if (multiply(arena, &d, out_set))
        return d.exact;
    PacketBox *all = VEC_PUSH(arena, out_set);
    for (PacketDimension i = 0; i < PACKET_DIMENSIONS; i++)
        all->at[i] = everything(i, family);
    return false;
}

bool packet_box_meets(const PacketBox *a, const PacketBox *b)
{
    for (size_t i = 0; i < PACKET_DIMENSIONS; i++) {
        if (a->at[i].low > b->at[i].high || b->at[i].low > a->at[i].high)
            return false;
    }
    return true;
}

/* Adds what is left of a box without another one that it meets: in each dimension the parts below
 * and above, then goes on with the part between. */
static void subtract(Arena *arena, PacketBox from, const PacketBox *box, PacketSet *out)
{
    for (size_t i = 0; i < PACKET_DIMENSIONS; i++) {
        if (from.at[i].low < box->at[i].low) {
            PacketBox *part = VEC_PUSH(arena, out);
            *part = from;
            part->at[i].high = box->at[i].low - 1;
            from.at[i].low = box->at[i].low;
        }
        if (from.at[i].high > box->at[i].high) {
            PacketBox *part = VEC_PUSH(arena, out);
            *part = from;
            part->at[i].low = box->at[i].high + 1;
            from.at[i].high = box->at[i].high;
        }
    }
}

bool packet_set_remove(Arena *arena, PacketSet *set, const PacketBox *box)
{
    PacketSet left = {0};
    for (size_t i = 0; i < set->count; i++) {
        if (packet_box_meets(&set->items[i], box))
            subtract(arena, set->items[i], box, &left);
        else
            *VEC_PUSH(arena, &left) = set->items[i];
        if (left.count > PACKET_SET_MAX)
            return false;
    }
    *set = left;
    return true;
}

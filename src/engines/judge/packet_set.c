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

static bool read_range(Arena *arena, Str text, IpFamily family, IntervalVec *out)
{
    IpAddress first, last;
    size_t dash = str_find_byte(text, '-');
    if (dash == STR_NOT_FOUND || !ip_parse(str_slice(text, 0, dash), &first) ||
        !ip_parse(str_from(text, dash + 1), &last) || first.family != family ||
        last.family != family || address_value(first) > address_value(last))
        return false;
    add(arena, out, address_value(first), address_value(last));
    return true;
}

/* Reads one address of a filter line: "any", "10.0.0.0/8", "10.0.0.1" or "10.0.0.1-10.0.0.9". */
static bool read_address(Arena *arena, Str text, IpFamily family, IntervalVec *out)
{
    IpPrefix prefix;
    if (str_find_byte(text, '-') != STR_NOT_FOUND)
        return read_range(arena, text, family, out);
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
    PacketContext *context;
    IpFamily family;
    IntervalVec at[PACKET_DIMENSIONS];
    uint32_t vague; /* bits of the dimensions that could not be read */
} Dimensions;

typedef VEC(const ObjectGroupMember *) MemberVec;

/* Returns the group that a text of a filter line names, or NULL. */
static const ObjectGroup *named_group(const PacketContext *context, Str text)
{
    static const Str start = STR_INIT("group ");
    return str_starts_with(text, start) ? map_get(&context->groups, str_from(text, start.size))
                                        : NULL;
}

/* Lists the members of a group and of those inside of it. Returns false if not all of them are
 * known. */
static bool list_members(Arena *arena, const PacketContext *context, const ObjectGroup *group,
                         int depth, MemberVec *out)
{
    enum { MAX_DEPTH = 8 };
    if (!group || group->is_partial || group->members.count == 0 || depth > MAX_DEPTH)
        return false;
    for (size_t i = 0; i < group->members.count; i++) {
        const ObjectGroupMember *member = &group->members.items[i];
        if (out->count == PACKET_SET_MAX)
            return false;
        if (member->group.size == 0)
            *VEC_PUSH(arena, out) = member;
        else if (!list_members(arena, context, map_get(&context->groups, member->group), depth + 1,
                               out))
            return false;
    }
    return true;
}

/* Reads addresses or ports, or the members of the group that the text names. */
static bool read_stated_part(Dimensions *d, Str text, PacketDimension dimension)
{
    bool addresses = dimension == PACKET_SOURCE || dimension == PACKET_DESTINATION;
    IntervalVec *out = &d->at[dimension];
    const ObjectGroup *group = named_group(d->context, text);
    MemberVec members = {0};
    if (!group)
        return addresses ? read_address(d->arena, text, d->family, out)
                         : read_ports(d->arena, text, out);
    if (!list_members(d->arena, d->context, group, 0, &members))
        return false;
    for (size_t i = 0; i < members.count; i++) {
        const ObjectGroupMember *member = members.items[i];
        if (addresses ? !read_address(d->arena, member->address, d->family, out)
                      : !read_ports(d->arena, member->destination_port, out))
            return false;
    }
    return true;
}

/* Reads what a line states of one dimension: "10.0.0.0/8, group SERVERS". */
static bool read_stated(Dimensions *d, Str text, PacketDimension dimension)
{
    Str part;
    while (str_next_field(&text, ',', &part)) {
        if (d->at[dimension].count >= PACKET_SET_MAX ||
            !read_stated_part(d, str_trim(part), dimension))
            return false;
    }
    return true;
}

/* Replaces a dimension that could not be read, or that the line does not state, by everything. */
static void settle(Dimensions *dimensions, PacketDimension dimension, bool stated, bool read)
{
    IntervalVec *list = &dimensions->at[dimension];
    if (stated && read && list->count)
        return;
    PacketInterval all = everything(dimension, dimensions->family);
    list->count = 0;
    add(dimensions->arena, list, all.low, all.high);
    if (stated)
        dimensions->vague |= 1u << dimension;
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
    bool read = read_stated(d, entry->source, PACKET_SOURCE);
    settle(d, PACKET_SOURCE, entry->source.size > 0, read);
    read = read_stated(d, entry->destination, PACKET_DESTINATION);
    settle(d, PACKET_DESTINATION, entry->destination.size > 0, read);
    read = read_parts(d->arena, entry->protocol, d->family, read_protocol, &d->at[PACKET_PROTOCOL]);
    settle(d, PACKET_PROTOCOL, entry->protocol.size > 0, read);
    bool ports = has_ports(&d->at[PACKET_PROTOCOL]);
    read = ports && read_stated(d, entry->source_port, PACKET_SOURCE_PORT);
    settle(d, PACKET_SOURCE_PORT, entry->source_port.size > 0, read);
    read = ports && read_stated(d, entry->destination_port, PACKET_DESTINATION_PORT);
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
    if (total + out_set->count > PACKET_SET_MAX || total > d->context->most_boxes)
        return false;
    d->context->most_boxes -= total;
    for (size_t box = 0; box < total; box++) {
        PacketBox *target = VEC_PUSH(arena, out_set);
        for (size_t i = 0; i < PACKET_DIMENSIONS; i++)
            target->at[i] = d->at[i].items[index[i]];
        for (size_t i = 0; i < PACKET_DIMENSIONS && ++index[i] == d->at[i].count; i++)
            index[i] = 0;
    }
    return true;
}

/* Adds the packets of a line. Returns false if they are more than a set holds. */
static bool add_line(Arena *arena, const AclEntry *entry, PacketContext *context,
                     PacketSet *out_set, uint32_t *vague)
{
    Dimensions d = {.arena = arena,
                    .context = context,
                    .family = context->family,
                    .vague = only_logs(entry->options) ? 0 : PACKET_OPTIONS};
    read_dimensions(&d, entry);
    *vague |= d.vague;
    return multiply(arena, &d, out_set);
}

/* Adds the packets of a line with a group of services: those of a line for each of its members. */
static bool add_services(Arena *arena, const AclEntry *entry, PacketContext *context,
                         PacketSet *out_set, uint32_t *vague)
{
    MemberVec members = {0};
    const ObjectGroup *group = named_group(context, entry->protocol);
    if (!list_members(arena, context, group, 0, &members))
        return add_line(arena, entry, context, out_set, vague);
    for (size_t i = 0; i < members.count; i++) {
        AclEntry line = *entry;
        line.protocol = members.items[i]->protocol;
        line.source_port = members.items[i]->source_port;
        line.destination_port = members.items[i]->destination_port;
        if (!add_line(arena, &line, context, out_set, vague))
            return false;
    }
    return true;
}

/* Gives the line what is true of one of its sides, and returns whether it says so. If it states the
 * sides too, what is true of either is left out, and the set is not exact. */
static bool take_side(Str either, Str *first, Str *second, uint32_t bits, uint32_t *vague)
{
    if (either.size == 0)
        return false;
    if (first->size || second->size) {
        *vague |= bits;
        return false;
    }
    *first = either;
    return true;
}

static void swap(Str *a, Str *b)
{
    Str kept = *a;
    *a = *b;
    *b = kept;
}

/* Adds the packets of a line whose address or port may be that of either side: those of a line for
 * each side. */
static bool add_sides(Arena *arena, const AclEntry *entry, PacketContext *context,
                      PacketSet *out_set, uint32_t *vague)
{
    AclEntry line = *entry;
    bool addresses = take_side(entry->address, &line.source, &line.destination,
                               1u << PACKET_SOURCE | 1u << PACKET_DESTINATION, vague);
    bool ports = take_side(entry->port, &line.source_port, &line.destination_port,
                           1u << PACKET_SOURCE_PORT | 1u << PACKET_DESTINATION_PORT, vague);
    for (int address = 0; address <= addresses; address++) {
        for (int port = 0; port <= ports; port++) {
            if (!add_services(arena, &line, context, out_set, vague))
                return false;
            if (ports)
                swap(&line.source_port, &line.destination_port);
        }
        if (addresses)
            swap(&line.source, &line.destination);
    }
    return true;
}

uint32_t packet_set_of(Arena *arena, const AclEntry *entry, PacketContext *context,
                       PacketSet *out_set)
{
    uint32_t vague = 0;
    if (add_sides(arena, entry, context, out_set, &vague))
        return vague;
    out_set->count = 0;
    PacketBox *all = VEC_PUSH(arena, out_set);
    for (PacketDimension i = 0; i < PACKET_DIMENSIONS; i++)
        all->at[i] = everything(i, context->family);
    return PACKET_ALL;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of packets are compared with packets one by one, in a small world of them. */
#include "engines/judge/packet_set.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SIDE = 4, PACKETS = SIDE * SIDE * SIDE * SIDE * SIDE };

static uint32_t random_state = 1;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 16) % limit;
}

static PacketBox random_box(void)
{
    PacketBox box;
    for (size_t i = 0; i < PACKET_DIMENSIONS; i++) {
        unsigned a = random_below(SIDE), b = random_below(SIDE);
        box.at[i] = (PacketInterval){MIN_OF(a, b), MAX_OF(a, b)};
    }
    return box;
}

static bool box_has(const PacketBox *box, unsigned packet)
{
    for (size_t i = 0; i < PACKET_DIMENSIONS; i++) {
        unsigned value = packet % SIDE;
        packet /= SIDE;
        if (value < box->at[i].low || value > box->at[i].high)
            return false;
    }
    return true;
}

static bool set_has(const PacketSet *set, unsigned packet)
{
    bool has = false;
    for (size_t i = 0; i < set->count; i++)
        has |= box_has(&set->items[i], packet);
    return has;
}

static void test_removal_leaves_exactly_the_other_packets(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        auto_arena Arena *arena = arena_new();
        PacketSet set = {0};
        bool expected[PACKETS];
        *VEC_PUSH(arena, &set) = random_box();
        for (unsigned packet = 0; packet < PACKETS; packet++)
            expected[packet] = set_has(&set, packet);
        for (int i = 0; i < 4; i++) {
            PacketBox removed = random_box();
            assert_that(packet_set_remove(arena, &set, &removed));
            for (unsigned packet = 0; packet < PACKETS; packet++)
                expected[packet] = expected[packet] && !box_has(&removed, packet);
        }
        for (unsigned packet = 0; packet < PACKETS; packet++)
            assert_int(set_has(&set, packet), expected[packet]);
    }
}

static void test_lines_become_sets(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    PacketSet set = {0};
    PacketContext context = {.family = IP_V4, .most_boxes = 100};
    AclEntry entry = {.protocol = STR_INIT("tcp"),
                      .source = STR_INIT("any"),
                      .destination = STR_INIT("192.0.2.64/26"),
                      .destination_port = STR_INIT("eq www 443")};
    assert_int(packet_set_of(arena, &entry, &context, &set), 0);
    assert_int(set.count, 2);
    assert_that(set.items[0].at[PACKET_DESTINATION].low == 0xC0000240);
    assert_that(set.items[0].at[PACKET_DESTINATION].high == 0xC000027F);
    assert_that(set.items[0].at[PACKET_PROTOCOL].low == 6);
    assert_that(set.items[0].at[PACKET_DESTINATION_PORT].low == 80);
    assert_that(set.items[1].at[PACKET_DESTINATION_PORT].high == 443);
}

static bool has_packet(const PacketSet *set, const PacketValue *packet)
{
    for (size_t i = 0; i < set->count; i++) {
        const PacketBox *box = &set->items[i];
        size_t inside = 0;
        for (size_t k = 0; k < PACKET_DIMENSIONS; k++)
            inside += packet[k] >= box->at[k].low && packet[k] <= box->at[k].high;
        if (inside == PACKET_DIMENSIONS)
            return true;
    }
    return false;
}

/* An address and a port of either side match the packets that have them on one side. */
static void test_either_side_is_both_sides(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const PacketValue hosts[] = {0x0A000001, 0xC0000201}, ports[] = {53, 80};
    PacketContext context = {.family = IP_V4, .most_boxes = 100};
    PacketSet set = {0};
    AclEntry entry = {
        .protocol = STR_INIT("udp"), .address = STR_INIT("10.0.0.0/8"), .port = STR_INIT("domain")};
    assert_int(packet_set_of(arena, &entry, &context, &set), 0);
    for (unsigned i = 0; i < 16; i++) {
        const PacketValue packet[PACKET_DIMENSIONS] = {hosts[i & 1], hosts[i >> 1 & 1], 17,
                                                       ports[i >> 2 & 1], ports[i >> 3 & 1]};
        bool address = !(i & 1) || !(i >> 1 & 1), port = !(i >> 2 & 1) || !(i >> 3 & 1);
        assert_int(has_packet(&set, packet), address && port);
    }
    entry.source = STR("10.0.0.0/8");
    set.count = 0;
    assert_int(packet_set_of(arena, &entry, &context, &set),
               1u << PACKET_SOURCE | 1u << PACKET_DESTINATION);
    entry.address = (Str){"", 0};
    entry.destination_port = STR("80");
    set.count = 0;
    assert_int(packet_set_of(arena, &entry, &context, &set),
               1u << PACKET_SOURCE_PORT | 1u << PACKET_DESTINATION_PORT);
}

/* What cannot be expressed is everything, and the set says that the line may match less. */
static void test_what_is_not_exact_is_said(void **state)
{
    (void)state;
    static const AclEntry entries[] = {
        {.protocol = STR_INIT("ip"), .source = STR_INIT("group SERVERS")},
        {.protocol = STR_INIT("ip"), .source = STR_INIT("10.0.0.1 wildcard 0.255.0.255")},
        {.protocol = STR_INIT("tcp"),
         .source = STR_INIT("any"),
         .options = STR_INIT("established")},
        {.protocol = STR_INIT("unheard-of"), .source = STR_INIT("any")},
        {.protocol = STR_INIT("tcp"), .source_port = STR_INIT("eq unheard-of")},
        {.source = STR_INIT("10.0.0.0/8, 10.1.0.0/16 except")},
        {.source = STR_INIT("2001:db8::/32")},
    };
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        auto_arena Arena *arena = arena_new();
        PacketSet set = {0};
        PacketContext context = {.family = IP_V4, .most_boxes = 100};
        assert_that(packet_set_of(arena, &entries[i], &context, &set) != 0);
        assert_int(set.count, 1);
        assert_that(set.items[0].at[PACKET_SOURCE].high == UINT32_MAX);
    }
}

static void test_groups_stand_for_their_members(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    PacketContext context = {.family = IP_V4, .most_boxes = 100};
    ObjectGroup hosts = {.kind = OBJECT_GROUP_ADDRESSES}, inner = hosts, loop = hosts;
    ObjectGroup services = {.kind = OBJECT_GROUP_SERVICES};
    *VEC_PUSH(arena, &inner.members) =
        (ObjectGroupMember){.address = STR_INIT("10.0.0.1-10.0.0.9")};
    *VEC_PUSH(arena, &hosts.members) = (ObjectGroupMember){.address = STR_INIT("192.0.2.0/24")};
    *VEC_PUSH(arena, &hosts.members) = (ObjectGroupMember){.group = STR_INIT("INNER")};
    *VEC_PUSH(arena, &loop.members) = (ObjectGroupMember){.group = STR_INIT("LOOP")};
    *VEC_PUSH(arena, &services.members) =
        (ObjectGroupMember){.protocol = STR_INIT("tcp"), .destination_port = STR_INIT("eq 80")};
    *VEC_PUSH(arena, &services.members) = (ObjectGroupMember){.protocol = STR_INIT("ospf")};
    map_put(arena, &context.groups, STR("HOSTS"), &hosts);
    map_put(arena, &context.groups, STR("INNER"), &inner);
    map_put(arena, &context.groups, STR("LOOP"), &loop);
    map_put(arena, &context.groups, STR("SERVICES"), &services);
    AclEntry entry = {.protocol = STR_INIT("group SERVICES"),
                      .source = STR_INIT("group HOSTS"),
                      .destination = STR_INIT("any")};
    PacketSet set = {0};
    assert_int(packet_set_of(arena, &entry, &context, &set), 0);
    assert_int(set.count, 4); /* two services from two ranges of addresses */
    assert_int(context.most_boxes, 96);
    assert_that(set.items[1].at[PACKET_SOURCE].low == 0x0A000001);
    assert_that(set.items[1].at[PACKET_SOURCE].high == 0x0A000009);
    assert_that(set.items[1].at[PACKET_PROTOCOL].low == 6);
    assert_that(set.items[1].at[PACKET_DESTINATION_PORT].high == 80);
    assert_that(set.items[3].at[PACKET_PROTOCOL].low == 89);
    entry.source = STR("group LOOP");
    set.count = 0;
    assert_that(packet_set_of(arena, &entry, &context, &set) != 0);
    hosts.is_partial = true;
    entry.source = STR("group HOSTS");
    set.count = 0;
    assert_that(packet_set_of(arena, &entry, &context, &set) != 0);
    context.most_boxes = 1;
    entry.source = STR("any");
    set.count = 0;
    assert_int(packet_set_of(arena, &entry, &context, &set), PACKET_ALL);
    assert_int(set.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removal_leaves_exactly_the_other_packets),
        cmocka_unit_test(test_lines_become_sets),
        cmocka_unit_test(test_either_side_is_both_sides),
        cmocka_unit_test(test_what_is_not_exact_is_said),
        cmocka_unit_test(test_groups_stand_for_their_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

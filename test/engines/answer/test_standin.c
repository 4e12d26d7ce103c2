/* SPDX-License-Identifier: Apache-2.0 */
/* What is hidden and what stays, and that every text is restored exactly at every split. */
#include "standin_testing.h"

#include "base/ip.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct {
    StandinMap *map;
    Arena *arena;
} Fixture;

static int set_up(void **state)
{
    static Fixture fixture;
    fixture = (Fixture){standin_map_new(), arena_new()};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    standin_map_free(fixture->map);
    arena_free(fixture->arena);
    return 0;
}

static void expect_kept(Fixture *fixture, const char *text)
{
    assert_str(testing_standin(fixture->map, fixture->arena, text), text);
}

/* The text does not stand in what leaves. */
static void expect_gone(Fixture *fixture, const char *text, const char *secret)
{
    Str hidden = testing_hide(fixture->map, fixture->arena, str_of(text));
    if (str_find(hidden, str_of(secret)) != STR_NOT_FOUND)
        test_fail_at(__FILE__, __LINE__, "%s is left in %.*s", secret, STR_ARGS(hidden));
}

static IpAddress hidden_address(Fixture *fixture, const char *real)
{
    IpAddress address = {0};
    assert_that(ip_parse(testing_standin(fixture->map, fixture->arena, real), &address));
    return address;
}

static unsigned common_bits(IpAddress a, IpAddress b)
{
    unsigned bits = 0;
    while (bits < ip_bits(a) &&
           ((a.bytes[bits / 8] ^ b.bytes[bits / 8]) >> (7 - bits % 8) & 1) == 0)
        bits++;
    return bits;
}

static void test_addresses_share_as_many_bits_as_their_standins(void **state)
{
    static const char *addresses[] = {
        "10.1.1.1",     "10.1.1.2",   "10.1.2.1",    "10.1.129.1",  "10.2.1.1",   "10.200.1.1",
        "172.16.1.1",   "172.31.1.1", "192.168.1.1", "192.168.1.9", "100.64.1.1", "8.8.8.8",
        "198.51.100.7", "11.1.1.1",   "223.1.1.1",   "169.254.1.5", "9.9.9.9",    "126.0.0.5",
    };
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        for (size_t j = 0; j < i; j++) {
            IpAddress a = {0};
            IpAddress b = {0};
            assert_that(ip_parse(str_of(addresses[i]), &a) && ip_parse(str_of(addresses[j]), &b));
            assert_int(common_bits(hidden_address(*state, addresses[i]),
                                   hidden_address(*state, addresses[j])),
                       common_bits(a, b));
        }
    }
}

static void test_v6_addresses_share_as_many_bits_as_their_standins(void **state)
{
    static const char *addresses[] = {
        "2001:db8:1:1::1",    "2001:db8:1:1::2",      "2001:db8:1:2::1", "2001:db8:2::1",
        "2a02:aa:bb:1::1",    "fd00:1:2:3::a",        "fd00:1:2:4::a",   "fe80::211:22ff:fe33:4455",
        "fe80::211:22ff:1:1", "2001:470:1:2:3:4:5:6", "fc00:1::1",
    };
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        for (size_t j = 0; j < i; j++) {
            IpAddress a = {0};
            IpAddress b = {0};
            assert_that(ip_parse(str_of(addresses[i]), &a) && ip_parse(str_of(addresses[j]), &b));
            assert_int(common_bits(hidden_address(*state, addresses[i]),
                                   hidden_address(*state, addresses[j])),
                       common_bits(a, b));
        }
    }
}

static void test_no_address_stands_for_itself(void **state)
{
    Fixture *fixture = *state;
    for (unsigned i = 0; i < 600; i++) {
        const char *text = arena_cstring(fixture->arena, arena_printf(fixture->arena, "%u.%u.%u.%u",
                                                                      10 + i % 3 * 91, i % 256,
                                                                      i * 7 % 256, 1 + i % 254));
        IpAddress real = {0};
        assert_that(ip_parse(str_of(text), &real));
        assert_that(!ip_equal(hidden_address(fixture, text), real));
    }
}

static void test_private_addresses_stay_private(void **state)
{
    static const struct {
        const char *address;
        const char *range;
    } cases[] = {
        {"10.1.1.1", "10.0.0.0/8"},
        {"172.20.1.1", "172.16.0.0/12"},
        {"192.168.1.1", "192.168.0.0/16"},
        {"100.100.1.1", "100.64.0.0/10"},
        {"fd12:1::1", "fd00::/8"},
        {"2001:db8:1::1", "2001:db8::/32"},
        {"fe80::211:22ff:fe33:4455", "fe80::/64"},
        {"2a02::1:2:3", "2000::/3"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        IpPrefix range;
        assert_that(ip_prefix_parse(str_of(cases[i].range), &range));
        assert_that(ip_prefix_contains(range, hidden_address(*state, cases[i].address)));
    }
}

static void test_addresses_with_a_meaning_stay(void **state)
{
    expect_kept(*state, "0.0.0.0/0 255.255.255.255 255.255.252.0 0.0.3.255 127.0.0.1 224.0.0.5");
    expect_kept(*state,
                "239.1.1.1 192.0.0.0 128.0.0.0 15.255.255.255 0.255.255.255 :: ::1 ff02::5");
    expect_kept(*state,
                "fe80::1 ffff.ffff.ffff 01:00:5e:00:00:05 0000.0c07.ac0a 00-00-5E-00-01-0A");
    expect_kept(*state, "1.3.6.1.4.1.9.9.13 1.2.3 12:34:56 std::map 300.1.1.1 10.1.1 a.b.c.d");
    expect_kept(*state, "10.0.0.0/8 and 192.168.0.0 0.0.255.255");
}

/* The stand-in of a network has no bits behind its length. */
static void expect_network(Fixture *fixture, const char *real, unsigned length)
{
    IpAddress address = hidden_address(fixture, real);
    IpPrefix network = {address, (uint8_t)length};
    assert_that(ip_equal(ip_prefix_network(network).address, address));
}

static void test_networks_stay_networks(void **state)
{
    Fixture *fixture = *state;
    (void)testing_hide(fixture->map, fixture->arena,
                       STR("network 10.20.16.0 0.0.15.255\nip route 10.9.0.0/20\n"
                           "2001:db8:7::/48 172.16.0.0 mask 255.240.0.0"));
    expect_network(fixture, "10.20.16.0", 20);
    expect_network(fixture, "10.9.0.0", 20);
    expect_network(fixture, "2001:db8:7::", 48);
    expect_network(fixture, "172.16.0.0", 12);
    expect_network(fixture, "10.77.0.0", 16);
    IpPrefix network = {hidden_address(fixture, "10.20.16.0"), 20};
    assert_that(ip_prefix_contains(network, hidden_address(fixture, "10.20.30.9")));
    assert_that(!ip_prefix_contains(network, hidden_address(fixture, "10.20.32.9")));
}

static void test_mac_addresses_keep_their_manufacturer(void **state)
{
    Fixture *fixture = *state;
    Str colons = testing_standin(fixture->map, fixture->arena, "00:1a:2b:3c:4d:5e");
    Str dots = testing_standin(fixture->map, fixture->arena, "001a.2b3c.4d5e");
    Str upper = testing_standin(fixture->map, fixture->arena, "00-1A-2B-3C-4D-5E");
    assert_that(str_starts_with(colons, STR("00:1a:2b:")));
    assert_that(str_starts_with(dots, STR("001a.2b")));
    assert_that(str_starts_with(upper, STR("00-1A-2B-")));
    assert_int(colons.data[16] - dots.data[13], 0);
    expect_gone(fixture, "arp 00:1a:2b:3c:4d:5e", "3c:4d:5e");
}

static void test_names_that_were_told_are_hidden_everywhere(void **state)
{
    Fixture *fixture = *state;
    assert_that(standin_map_add_name(fixture->map, STANDIN_HOST, STR("core-sw-01")));
    assert_that(standin_map_add_name(fixture->map, STANDIN_USER, STR("Jane.Doe")));
    Str hidden = testing_hide(fixture->map, fixture->arena,
                              STR("CORE-SW-01, core-sw-01: TO_core-sw-01_Gi0/1 (jane.doe) "
                                  "core-sw-011 Core-Sw-01 \"\\ncore-sw-01\\n\""));
    assert_str(hidden, "HOST1, host1: TO_host1_Gi0/1 (user1) core-sw-011 Host1 \"\\nhost1\\n\"");
}

static void test_names_that_cannot_be_told_apart_are_refused(void **state)
{
    Fixture *fixture = *state;
    static const char *names[] = {"",    "x",   "router", "Core",      "a b",
                                  "-a1", "a1-", "12345",  "a\xc3\xa9", "a:b"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_that(!standin_map_add_name(fixture->map, STANDIN_HOST, str_of(names[i])));
    char longest[STANDIN_NAME_MAX_BYTES + 1];
    memset(longest, 'a', sizeof(longest));
    assert_that(standin_map_add_name(fixture->map, STANDIN_HOST,
                                     str_make(longest, STANDIN_NAME_MAX_BYTES)));
    assert_that(
        !standin_map_add_name(fixture->map, STANDIN_HOST, str_make(longest, sizeof(longest))));
}

static void test_names_are_learnt_from_their_place(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
    } cases[] = {
        {"the peer zeus is down\nhostname zeus\n", "zeus"},
        {"set system host-name ares1", "ares1"},
        {"{\"text\":\"!\\nhostname hera2\\nip address\"}", "hera2"},
        {"athena#show run", "athena"},
        {"R7(config-router)#neighbor", "R7"},
        {"apollo@srx1> show", "apollo"},
        {"apollo@srx1> show", "srx1"},
        {"Device ID: nyx-9", "nyx-9"},
        {"username mjones privilege 15", "mjones"},
        {"set system login user pkim class", "pkim"},
        {"Configured from console by rlee on vty0", "rlee"},
        {"sshd: Failed password for invalid user bobo from", "bobo"},
        {"%SSH-5: User 'tnguyen' login", "tnguyen"},
        {"user=wchen", "wchen"},
        {"mail to kaya.s@acmecorp.com please", "kaya.s"},
        {"mail to kaya.s@acmecorp.com please", "acmecorp"},
        {"gw1.paris.acme2.net", "gw1"},
        {"gw1.paris.acme2.net", "paris"},
        {"the ACME3 uplink of sw.acme3.org", "ACME3"},
        {"ip domain name lab.umbrella", "lab"},
        {"Mar 12 07:00:27 odin-1 048211: x", "odin-1"},
        {"<189>1 2026-03-12T07:00:27Z thor app", "thor"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect_gone(*state, cases[i].text, cases[i].secret);
    expect_kept(*state, "the hostname command sets the username of a switch; see cisco.com");
}

static void test_as_numbers_are_hidden_where_they_are_known(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
    } cases[] = {
        {"router bgp 65001\n path 65001 i", "65001"},
        {" neighbor 10.0.0.1 remote-as 3320", "3320"},
        {"AS3356 and AS 2914", "3356"},
        {"AS3356 and AS 2914", "2914"},
        {"set as-path prepend 701 701 702", "702"},
        {"community 7018:100", "7018"},
        {"peer-as 396982;", "396982"},
        {"local-as 4200000123", "4200000123"},
        {"autonomous-system 64500;", "64500"},
        {"path 65123 i\nrouter bgp 65123", "65123"},
        {"*> 9.0.0.0/8 10.0.0.1 0 0 5511 i\nremote-as 5511", " 5511 i"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect_gone(*state, cases[i].text, cases[i].secret);
    expect_gone(*state, "*> 9.0.0.0/8 10.0.0.1 0 0 3320 701 i", " 3320 ");
    expect_kept(*state, "vlan 3320, 701 packets, AS 23456, AS 65535, remote-as 64512, port 62000");
}

static void test_as_numbers_stay_private_or_public(void **state)
{
    Fixture *fixture = *state;
    uint32_t number = 0;
    Str private16 = testing_standin(fixture->map, fixture->arena, "AS65001");
    assert_that(str_parse_u32(str_from(private16, 2), &number));
    assert_that(number > 64512 && number < 65534);
    Str public = testing_standin(fixture->map, fixture->arena, "AS3320");
    assert_that(str_parse_u32(str_from(public, 2), &number) && number < 64496);
    Str private32 = testing_standin(fixture->map, fixture->arena, "AS4200000007");
    assert_that(str_parse_u32(str_from(private32, 2), &number) && number > 4200000000);
}

static void test_text_that_looks_like_standins_is_restored(void **state)
{
    Fixture *fixture = *state;
    (void)testing_hide(fixture->map, fixture->arena,
                       STR("hostname ares1\nrouter bgp 65001\nneighbor 10.1.1.1 remote-as 3320"));
    Str first = testing_hide(fixture->map, fixture->arena, STR("ares1 10.1.1.1 65001 AS3320"));
    /* The stand-ins themselves are hidden when they are part of a text. */
    Str second = testing_hide(fixture->map, fixture->arena, first);
    Str third = testing_hide(fixture->map, fixture->arena, second);
    assert_that(!str_equal(first, second) && !str_equal(second, third));
    assert_str(standin_restore(fixture->map, fixture->arena, first), "ares1 10.1.1.1 65001 AS3320");
    (void)testing_hide(fixture->map, fixture->arena, STR("host1 HOST2 Host3 hOsT1 user9 domain1"));
}

static void test_a_number_that_was_sent_is_no_standin_later(void **state)
{
    Fixture *fixture = *state;
    for (unsigned number = 64513; number <= 65533; number += 2)
        expect_kept(fixture,
                    arena_cstring(fixture->arena, arena_printf(fixture->arena, "port %u", number)));
    for (unsigned number = 64514; number <= 64600; number += 2) {
        Str hidden = testing_hide(fixture->map, fixture->arena,
                                  arena_printf(fixture->arena, "remote-as %u", number));
        uint32_t standin = 0;
        assert_that(str_parse_u32(str_from(hidden, 10), &standin));
        assert_int(standin % 2, 0);
    }
}

static const Str conversation =
    STR_INIT("hostname core1\nrouter bgp 65001\n neighbor 2001:DB8:1::5 remote-as 3320\n"
             "{\"a\":\"\\ncore1\\t10.1.1.1:80,10.1.1.0/24\",\"b\":\"00:1a:2b:3c:4d:5e\"}\n"
             "core1.corp.acme.com jsmith@acme.com 10.1.1.1.443 > 10.1.1.2.80: [2001:db8::7]:22\n"
             "010.1.1.1 2001:0db8:0001::0005 2001:DB8:1:0:0:0:0:5 ::ffff:10.1.1.1 fe80::a%eth0");

static void test_the_real_text_comes_back_at_every_split(void **state)
{
    Fixture *fixture = *state;
    Str hidden = testing_hide(fixture->map, fixture->arena, conversation);
    for (size_t cut = 1; cut <= hidden.size; cut++) {
        Str text = testing_restore(fixture->map, fixture->arena, hidden, cut, hidden.size);
        assert_str(text, conversation);
    }
    for (size_t step = 1; step <= 100; step++)
        assert_str(testing_restore(fixture->map, fixture->arena, hidden, step, step), conversation);
}

static void test_every_prefix_and_suffix_of_a_text_comes_back(void **state)
{
    Fixture *fixture = *state;
    for (size_t at = 0; at <= conversation.size; at++) {
        (void)testing_hide(fixture->map, fixture->arena, str_slice(conversation, 0, at));
        (void)testing_hide(fixture->map, fixture->arena, str_from(conversation, at));
    }
}

static void test_addresses_that_touch_are_restored(void **state)
{
    static const char *texts[] = {
        "00:1a:2b:3c:4d:011.1.1.1 00:1a:2b:3c:4d:120.1.1.1 aa-bb-cc-dd-ee-120.1.1.1",
        "10.1.1.1.4430::1 10.1.1.1.5core 1.2.3.4.5.core 2001:db8::1.5 2001:db8:::1",
        "x-1.10.1.1.1 x-1:2:3:4:5:6:7:8:9 x-11-aa-bb-cc-dd-ee-ff 1::2:3rd 10.1.1.1.1000000",
        "2001:db8::-00-11-22-33-44-55 ::ffff::ffff:10.1.1.1 1.2.3.4-1.2.3.5:80:2001:db8::1",
    };
    Fixture *fixture = *state;
    assert_that(standin_map_add_name(fixture->map, STANDIN_HOST, STR("x-1")));
    assert_that(standin_map_add_name(fixture->map, STANDIN_HOST, STR("x-11")));
    assert_that(standin_map_add_name(fixture->map, STANDIN_HOST, STR("5core")));
    assert_that(standin_map_add_name(fixture->map, STANDIN_HOST, STR("5.core")));
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        (void)testing_standin(fixture->map, fixture->arena, texts[i]);
}

static void test_spellings_of_one_address_are_told_apart(void **state)
{
    Fixture *fixture = *state;
    Str a = testing_standin(fixture->map, fixture->arena, "2001:db8:1::5");
    Str b = testing_standin(fixture->map, fixture->arena, "2001:DB8:1::5");
    Str c = testing_standin(fixture->map, fixture->arena, "2001:0db8:0001:0000::5");
    IpAddress x = {0};
    IpAddress y = {0};
    IpAddress z = {0};
    assert_that(ip_parse(a, &x) && ip_parse(b, &y) && ip_parse(c, &z));
    assert_that(ip_equal(x, y) && ip_equal(y, z));
    (void)testing_hide(fixture->map, fixture->arena, STR("1.1.1.1 01.1.1.1 1.001.1.1 001.1.01.1"));
}

static void test_a_derived_address_has_a_real_one(void **state)
{
    Fixture *fixture = *state;
    Str hidden = testing_standin(fixture->map, fixture->arena, "10.1.1.5");
    IpAddress address;
    IpText text;
    assert_that(ip_parse(hidden, &address));
    address.bytes[3] = 254;
    Str answer = arena_printf(fixture->arena, "use %.*s", STR_ARGS(ip_format(address, &text)));
    assert_str(standin_restore(fixture->map, fixture->arena, answer), "use 10.1.1.254");
    address.bytes[2] = address.bytes[3] = 0;
    answer = arena_printf(fixture->arena, "%.*s/16", STR_ARGS(ip_format(address, &text)));
    assert_str(standin_restore(fixture->map, fixture->arena, answer), "10.1.0.0/16");
    assert_str(standin_restore(fixture->map, fixture->arena, STR("192.0.2.1 HOST7 as65002")),
               "192.0.2.1 HOST7 as65002");
}

static void test_the_case_of_a_name_does_not_matter_in_an_answer(void **state)
{
    Fixture *fixture = *state;
    (void)testing_hide(fixture->map, fixture->arena, STR("hostname Zeus1"));
    assert_str(standin_restore(fixture->map, fixture->arena, STR("HOST1's host1, xhost1 host1x")),
               "Zeus1's Zeus1, xhost1 host1x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_addresses_share_as_many_bits_as_their_standins, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_v6_addresses_share_as_many_bits_as_their_standins,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_address_stands_for_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private_addresses_stay_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_addresses_with_a_meaning_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_networks_stay_networks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mac_addresses_keep_their_manufacturer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_names_that_were_told_are_hidden_everywhere, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_names_that_cannot_be_told_apart_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_names_are_learnt_from_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_as_numbers_are_hidden_where_they_are_known, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_as_numbers_stay_private_or_public, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_that_looks_like_standins_is_restored, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_number_that_was_sent_is_no_standin_later, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_real_text_comes_back_at_every_split, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_every_prefix_and_suffix_of_a_text_comes_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_addresses_that_touch_are_restored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_spellings_of_one_address_are_told_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_derived_address_has_a_real_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_case_of_a_name_does_not_matter_in_an_answer,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

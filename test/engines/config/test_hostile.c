/* SPDX-License-Identifier: Apache-2.0 */
/* Input that is out to hurt: size, depth, repetition, garbage. Linearity is shown by counted steps.
 */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef void (*Fill)(StrBuf *out, unsigned i);

static void fill_interfaces(StrBuf *out, unsigned i)
{
    strbuf_printf(out, "interface GigabitEthernet%u/%u\n ip address 10.%u.%u.1 255.255.255.0\n!\n",
                  i / 1000, i % 1000, i / 250 % 250, i % 250);
}

static void fill_acl(StrBuf *out, unsigned i)
{
    strbuf_printf(out, "access-list 101 permit tcp host 10.%u.%u.%u any eq %u\n", i >> 16 & 255,
                  i >> 8 & 255, i & 255, i % 60000 + 1);
}

static void fill_vlans(StrBuf *out, unsigned i)
{
    (void)i;
    strbuf_append(out, STR("interface Gi0/1\n switchport trunk allowed vlan 1-4094,5,6-4000\n"));
}

static void fill_open_banners(StrBuf *out, unsigned i)
{
    strbuf_printf(out, "banner motd %cnever closed\nhostname r%u\n", 'a' + (int)(i % 26), i);
}

static void fill_open_texts(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "macro name m%u\nbanner motd word%u\ncertificate ca %u\n  30820229\nputs x {\n"
                  "aaa authentication banner \xC3%c\n",
                  i, i, i, (int)(0x80 + i % 64));
}

static void fill_open_quotes(StrBuf *out, unsigned i)
{
    strbuf_printf(out, "set system login message \"open %u\n", i);
}

static void fill_undone(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "ip route 10.%u.%u.0 255.255.255.0 Null0\nno ip route 11.%u.%u.0 255.255.255.0\n",
                  i >> 8 & 255, i & 255, i >> 8 & 255, i & 255);
}

static void fill_unknown(StrBuf *out, unsigned i)
{
    strbuf_printf(out, "frobnicate %u password x\n", i);
}

static void fill_networks(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "router ospf 1\n network 10.%u.%u.0 0.0.%u.255 area %u\ninterface Gi0/%u\n"
                  " ip address 10.%u.%u.1 255.255.255.0\n",
                  i >> 8 & 255, i & 255, i & 127, i, i, i >> 8 & 255, i & 255);
}

static void fill_neighbors(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "router bgp 1\n neighbor G%u peer-group\n neighbor G%u peer-group G%u\n"
                  " neighbor 10.%u.%u.%u peer-group G%u\n",
                  i, i, i + 1, i >> 16 & 255, i >> 8 & 255, i & 255, i);
}

static void fill_terms(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "set firewall family inet filter F term T from source-address 10.%u.%u.0/24\n"
                  "set interfaces ge-0/0/0 unit %u family inet address 10.%u.%u.1/24\n",
                  i >> 8 & 255, i & 255, i, i >> 8 & 255, i & 255);
}

static void fill_deactivate(StrBuf *out, unsigned i)
{
    strbuf_printf(out, "deactivate interfaces ge-0/0/%u\nset interfaces ge-0/0/%u mtu 1500\n", i,
                  i);
}

/* Lines that are paths, and sets and policies that never end. */
static void fill_endless_policies(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "router ospf 1 area %u interface GigabitEthernet0/0/0/%u cost 5\n"
                  "prefix-set P%u\n  10.0.0.0/8,\n  nonsense\n"
                  "route-policy R%u\n  if destination in P%u then\n    drop\n",
                  i, i, i, i, i);
}

/* Blocks that nothing ends, without indentation. */
static void fill_endless_blocks(StrBuf *out, unsigned i)
{
    strbuf_printf(out,
                  "interface eth%u\nip address 10.%u.%u.1/24\nip ospf area %u\nnonsense\n"
                  "router bgp 1\nneighbor 10.%u.%u.2 peer-group G\n"
                  "address-family ipv4 unicast\nneighbor G activate\n",
                  i, i >> 8 & 255, i & 255, i, i >> 8 & 255, i & 255);
}

typedef struct {
    uint64_t steps;
    size_t bytes;
    Device device;
} Run;

static Run run(Arena *arena, const char *head, Fill fill, unsigned count)
{
    Run result = {0};
    Error error = {0};
    auto_strbuf StrBuf text;
    strbuf_init(&text, CONFIG_MAX_BYTES);
    strbuf_append(&text, str_of(head));
    for (unsigned i = 0; i < count; i++)
        fill(&text, i);
    assert_false(text.overflowed);
    Str kept = arena_copy(arena, strbuf_str(&text));
    assert_true(config_read(arena, kept, STR("big.cfg"), &result.device, &error));
    result.steps = result.device.steps;
    result.bytes = text.size;
    return result;
}

/* Ten times the input may take at most 12 times the steps, and memory stays in proportion. */
static void check_linear(const char *head, Fill fill, unsigned count)
{
    auto_arena Arena *small = arena_new();
    auto_arena Arena *large = arena_new();
    Run one = run(small, head, fill, count / 10);
    Run ten = run(large, head, fill, count);
    assert_true(ten.steps <= one.steps * 12 + 1000);
    assert_true(arena_size_bytes(large) < ten.bytes * 200 + (16u << 20));
}

static void test_work_grows_linearly_with_the_input(void **state)
{
    (void)state;
    const char *ios = "version 15.2\nhostname r\n", *junos = "set system host-name j\n";
    check_linear(ios, fill_interfaces, 100000); /* 300,000 lines */
    check_linear(ios, fill_acl, 100000);
    check_linear(ios, fill_vlans, 100000);
    check_linear(ios, fill_open_banners, 50000);
    check_linear(ios, fill_undone, 50000);
    check_linear(ios, fill_open_texts, 20000);
    check_linear(junos, fill_open_quotes, 50000);
    check_linear(ios, fill_unknown, 20000);
    check_linear(ios, fill_networks, 20000);
    check_linear(ios, fill_neighbors, 20000);
    check_linear("!! IOS XR Configuration version = 7.3.2\n", fill_endless_policies, 20000);
    check_linear("frr version 8.4\n", fill_endless_blocks, 20000);
    check_linear(junos, fill_terms, 50000);
    check_linear(junos, fill_deactivate, 50000);
}

static void test_counts_of_big_inputs(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Run interfaces = run(arena, "version 15.2\n", fill_interfaces, 100000);
    assert_int_equal(interfaces.device.interfaces.count, 100000);
    assert_int_equal(interfaces.device.lines.total, 300001);
    assert_int_equal(interfaces.device.lines.unknown, 0);
    Run acl = run(arena, "version 15.2\n", fill_acl, 100000);
    assert_int_equal(acl.device.acls.items[0].entries.count, 100000);
}

static Str repeat(Arena *arena, const char *head, const char *part, size_t count, const char *tail)
{
    auto_strbuf StrBuf text;
    strbuf_init(&text, 64u << 20);
    strbuf_append(&text, str_of(head));
    for (size_t i = 0; i < count; i++)
        strbuf_append(&text, str_of(part));
    strbuf_append(&text, str_of(tail));
    return arena_copy(arena, strbuf_str(&text));
}

static Device analyze(Arena *arena, Str text)
{
    Device device = {0};
    Error error = {0};
    if (!config_read(arena, text, STR("x"), &device, &error))
        fail_msg("%s", error.message);
    return device;
}

static void test_deep_nesting_is_survived(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *head = "system { host-name deep; }\nrouting-options { }\n";
    Device open = analyze(arena, repeat(arena, head, "a {\n", 100000, ""));
    assert_true(str_equal(open.hostname.text, STR("deep")));
    assert_true(open.warnings.count >= 2);
    Device close = analyze(arena, repeat(arena, head, "}\n", 100000, ""));
    assert_int_equal(close.lines.unknown, 100000);
    Device both = analyze(arena, repeat(arena, head, "a { ", 100000,
                                        "\ninterfaces { lo0 { unit 0 { family inet { address "
                                        "1.1.1.1/32; } } } }\n"));
    assert_int_equal(both.lines.total, 4);
    Device list = analyze(arena, repeat(arena, head, " x [ ", 100000, "];\n"));
    assert_true(list.lines.total > 0);
    Device indent = analyze(arena, repeat(arena, "version 15.2\nhostname r\ninterface Lo0\n",
                                          "  \t deeper and deeper\n", 1000, ""));
    assert_int_equal(indent.lines.unknown, 1000);
}

static void test_lines_below_a_block_that_is_taken_back_belong_to_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t not_understood; /* IOS takes back what is not there */
    } cases[] = {
        {"version 15.2\nhostname r\nno interface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n", 1},
        {"version 15.2\nhostname r\nno router bgp 1\n neighbor 10.0.0.1 remote-as 2\n", 1},
        {"version 15.2\nhostname r\nno router ospf 1\n network 10.0.0.0 0.0.0.255 area 0\n", 1},
        {"!! IOS XR Configuration version = 7.3.2\nno router bgp 1\n neighbor 10.0.0.1 shutdown\n",
         2},
        {"frr version 8.4\nhostname r\nno router bgp 1\n neighbor 10.0.0.1 remote-as 2\n", 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        Device device = analyze(arena, str_of(cases[i].text));
        assert_int_equal(device.interfaces.count + device.bgp.count + device.ospf.count, 0);
        assert_int_equal(device.not_understood.count, cases[i].not_understood);
    }
}

static void test_long_lines_and_wrong_files_are_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = analyze(arena, repeat(arena, "version 15.2\nhostname r\nip route ", "1.1.1.1 ",
                                          3000000, "\ninterface Loopback0\n"));
    assert_int_equal(device.interfaces.count, 1);
    assert_int_equal(device.lines.unknown, 1);
    assert_true(device.warnings.count == 1);
    Error error = {0};
    Device none = {0};
    assert_false(config_read(arena, repeat(arena, "", "a", CONFIG_MAX_BYTES + 1, ""), STR("x"),
                             &none, &error));
    assert_int_equal(error.code, ERR_FILE_TOO_LARGE);
    assert_false(config_read(arena, STR("Dear colleague,\nplease find attached.\n"), STR("x"),
                             &none, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_false(config_read(arena, (Str){0}, STR("x"), &none, &error));
}

/* What holds for the analysis of any text: nothing is counted twice, nothing stands outside of it.
 */
static void assert_consistent(const Device *device)
{
    const LineCounts *lines = &device->lines;
    uint32_t last = 0;
    assert_int_equal(lines->blank + lines->parsed + lines->known + lines->unknown, lines->total);
    assert_in_range(device->not_understood.count, 0, lines->unknown);
    for (size_t i = 0; i < device->stanzas.count; i++) {
        const Stanza *stanza = &device->stanzas.items[i];
        assert_true(stanza->first_line >= last); /* braces may share a line */
        assert_true(stanza->last_line >= stanza->first_line);
        assert_true(stanza->last_line <= lines->total);
        last = stanza->last_line;
    }
    for (size_t i = 0; i < device->interfaces.count; i++) {
        assert_false(str_empty(device->interfaces.items[i].name));
        assert_in_range(device->interfaces.items[i].line, 1, lines->total);
    }
}

static void test_every_truncation_counts_each_line_once(void **state)
{
    (void)state;
    static const char text[] =
        "version 15.2\nhostname r\ninterface Gi0/0\n ip address 10.0.0.1 255.255.255.0\n ip ospf 1 "
        "area 0\nrouter bgp 1\n neighbor 10.0.0.2 remote-as 2\n address-family ipv4\n  neighbor "
        "10.0.0.2 route-map A in\nip access-list extended X\n permit tcp any range 1 2 any eq 3\n"
        "ip route 0.0.0.0 0.0.0.0 10.0.0.1 tag 5\nbanner motd ^C\nx\n^C\nip prefix-list P seq 5 "
        "permit 1.0.0.0/8 le 9\nroute-map M permit 10\nvlan 1-9\n name x\n";
    static const char junos[] =
        "system { host-name a; }\ninterfaces { ge-0/0/0 { unit 0 { family inet { address "
        "10.0.0.1/24 { "
        "vrrp-group 1 { virtual-address 10.0.0.9; } } } } } }\nprotocols { bgp { group A "
        "{ neighbor "
        "1.1.1.1 { peer-as 5; } } } ospf { area 0 { interface ge-0/0/0.0 { metric 5; } } } }\n"
        "firewall { filter F { term T { from { source-address { 1.1.1.1/32; } } then "
        "accept; } } }\n"
        "policy-options { policy-statement P { term 1 { then accept; } } prefix-list L { "
        "1.0.0.0/8; } "
        "}\nrouting-options { static { route 0.0.0.0/0 next-hop [ 1.1.1.1 2.2.2.2 ]; } }\n";
    const Str texts[] = {str_of(text), str_of(junos)};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        for (size_t cut = 20; cut <= texts[i].size; cut++) {
            auto_arena Arena *arena = arena_new();
            Device device = analyze(arena, str_slice(texts[i], 0, cut));
            assert_consistent(&device);
        }
    }
}

/* Cheap mutations of a configuration. */
static void test_mutations_count_each_line_once(void **state)
{
    (void)state;
    static const char junk[] = "{};[]\"/*#! \n\t,-.:0999999999999\xFF\x03\x1B\b";
    static const char text[] =
        "version 15.2\nhostname r\ninterface Gi0/0.10\n encapsulation dot1Q 10\n switchport trunk "
        "allowed vlan add 1-5\n ip address 10.0.0.1 255.255.255.0\nrouter ospf 1\n "
        "network 10.0.0.0 "
        "0.0.0.255 area 0\naccess-list 101 permit ip any any\nsystem { host-name a; }\n"
        "interfaces { ge-0/0/0 { unit 0 { family inet { address 10.0.0.1/24; } } } }\n"
        "set system host-name a\nset protocols bgp group A neighbor 1.1.1.1 peer-as 5\n";
    uint32_t seed = 12345;
    for (int round = 0; round < 4000; round++) {
        auto_arena Arena *arena = arena_new();
        char *copy = arena_cstring(arena, str_of(text));
        Str damaged = str_make(copy, sizeof(text) - 1);
        for (int k = 0; k < 6; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % (sizeof(text) - 1)] = junk[seed % (sizeof(junk) - 1)];
        }
        Device device = {0};
        Error error = {0};
        auto_strbuf StrBuf out;
        strbuf_init(&out, 1 << 22);
        if (config_read(arena, damaged, STR("x"), &device, &error)) {
            assert_consistent(&device);
            device_write_text(&device, &out);
        } else {
            assert_int_equal(error.code, ERR_VALIDATION);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_grows_linearly_with_the_input),
        cmocka_unit_test(test_counts_of_big_inputs),
        cmocka_unit_test(test_deep_nesting_is_survived),
        cmocka_unit_test(test_lines_below_a_block_that_is_taken_back_belong_to_nothing),
        cmocka_unit_test(test_long_lines_and_wrong_files_are_refused),
        cmocka_unit_test(test_every_truncation_counts_each_line_once),
        cmocka_unit_test(test_mutations_count_each_line_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

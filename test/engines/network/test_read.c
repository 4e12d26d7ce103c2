/* SPDX-License-Identifier: Apache-2.0 */
/* A device that is written as JSON and read back is the same device. */
#include "engines/config/config_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char text[] =
    "version 15.2\nhostname r1\nip domain name example.net\nvlan 10\n name users\n"
    "vrf definition A\n rd 1:1\ninterface Loopback0\n ip address 1.1.1.1 255.255.255.255\n"
    " description a \"quoted\" \\ name with \xC3\xA7 and <tags>\ninterface Gi0/1\n switchport mode "
    "trunk\n switchport trunk allowed vlan 1-10,20\n switchport trunk native vlan 5\n"
    " channel-group 1 mode active\ninterface Gi0/2\n ip address 10.0.0.1 255.255.255.0\n"
    " ip address 10.0.1.1 255.255.255.0 secondary\n ipv6 address FE80::1 link-local\n"
    " ip ospf 1 area 0\n ip ospf hello-interval 3\n ip mtu 1400\n ip access-group A in\n"
    " vrf forwarding A\n shutdown\ninterface Gi0/3\n ip unnumbered Loopback0\n"
    "router ospf 1 vrf A\n router-id 9.9.9.9\n network 1.1.1.1 0.0.0.0 area 0\n"
    " passive-interface default\n area 1 stub no-summary\n redistribute static\n"
    "router bgp 65000\n bgp router-id 1.1.1.1\n no bgp default ipv4-unicast\n"
    " neighbor PG peer-group\n neighbor PG remote-as 65001\n neighbor 10.0.0.1 peer-group PG\n"
    " neighbor 10.0.0.1 password 7 S3CRET\n neighbor 2001:db8::1 remote-as 65000\n"
    " network 10.0.0.0 mask 255.255.255.0\nip access-list extended A\n 10 permit tcp any host "
    "10.0.0.1 eq 22 log\n deny ip any any\nip prefix-list P seq 5 permit 10.0.0.0/8 ge 9 le 24\n"
    "route-map M permit 10\nip route 0.0.0.0 0.0.0.0 10.0.0.1 250 name x\n"
    "ntp server 10.0.0.9\nmystery line\n";

static Str written(Arena *arena, const Device *device)
{
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 256u << 20);
    json_start(&json, &out);
    device_write_json(device, &json);
    assert_false(out.overflowed);
    return arena_copy(arena, strbuf_str(&out));
}

static Str round_trip(Arena *arena, Str json)
{
    Device device;
    Error error = {0};
    if (!config_read_stored(arena, json, &device, &error))
        fail_msg("%s", error.message);
    return written(arena, &device);
}

static void test_device_reads_back_the_same(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, text), read;
    Str json = written(arena, &device);
    Error error = {0};
    assert_str(round_trip(arena, json), json);
    assert_true(config_read_stored(arena, json, &read, &error));
    const Interface *interface = testing_interface(&read, "GigabitEthernet0/2");
    assert_int_equal(interface->addresses.count, 3);
    assert_true(interface->shutdown && interface->shutdown_line && interface->ospf[0].has_area);
    assert_int_equal(interface->ip_mtu, 1400);
    assert_true(testing_neighbor(&read, "PG")->is_group);
    assert_int_equal(testing_neighbor(&read, "10.0.0.1")->remote_as, 65001);
    assert_true(testing_neighbor(&read, "10.0.0.1")->has_password);
    assert_true(vlans_has(testing_interface(&read, "GigabitEthernet0/1")->allowed, 20));
    assert_int_equal(testing_acl(&read, "A")->entries.count, 2);
    assert_int_equal(read.not_understood.count, 1);
}

/* PostgreSQL sorts the keys, writes blanks, and escapes differently. */
static void test_order_of_keys_and_blanks_do_not_matter(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device;
    Error error = {0};
    Str json = STR(" {\"bgp\" : [ ] , \"file\":\"a\\u00e7\\uD83D\\uDE00\\n\",\"new\":[1,{\"x\":[]},"
                   "-1.5e3,null,true],\n\"hostname\": {\"line\": 3, \"value\": \"r\"},"
                   "\"vendor\":{\"parsed\":true,\"id\":\"cisco_ios\"}, \"shape\" : 4 } ");
    assert_true(config_read_stored(arena, json, &device, &error));
    assert_str(device.file, "a\xC3\xA7\xF0\x9F\x98\x80\n");
    assert_str(device.hostname.text, "r");
    assert_int_equal(device.hostname.line, 3);
}

static void test_what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
    } wrong[] = {
        {"", "expected an object"},
        {"[]", "expected an object"},
        {"{\"shape\":4", "expected a comma or the end"},
        {"{\"shape\":4} x", "more than one value"},
        {"{\"shape\":1}", "shape 1"},
        {"{\"file\":\"x\"}", "shape 0"},
        {"{\"shape\":-1}", "whole number"},
        {"{\"shape\":4294967296}", "out of range"},
        {"{\"shape\":2.5}", "whole number"},
        {"{\"shape\":4,\"file\":3}", "expected a string"},
        {"{\"file\":\"\\ud800\"}", "surrogate"},
        {"{\"file\":\"\\q\"}", "escape"},
        {"{\"file\":\"a\nb\"}", "control byte"},
        {"{\"shape\":4,\"vendor\":{\"id\":\"os/2\"}}", "system"},
        {"{\"interfaces\":[{\"kind\":\"cable\"}]}", "a word that is not"},
        {"{\"interfaces\":[{\"addresses\":[{\"address\":\"10.0.0.1/33\"}]}]}", "IP prefix"},
        {"{\"interfaces\":[{\"switchport\":{\"allowed_vlans\":\"9999\"}}]}", "VLAN"},
        {"{\"interfaces\":[{\"switchport\":{\"access_vlan\":65536}}]}", "out of range"},
        {"{\"bgp\":[{\"router_id\":\"1.1.1\"}]}", "IP address"},
        {"{\"acls\":[{\"family\":5}]}", "family"},
        {"{\"users\":{}}", "expected an array"},
        {"{\"x\":[1,2", "comma or the end"},
        {"{\"x\":nul}", "expected a value"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        auto_arena Arena *arena = arena_new();
        Device device;
        Error error = {0};
        assert_false(config_read_stored(arena, str_of(wrong[i].json), &device, &error));
        assert_int_equal(error.code, ERR_VALIDATION);
        if (!strstr(error.message, wrong[i].message))
            fail_msg("%s: \"%s\"", wrong[i].json, error.message);
    }
}

static void test_deep_nesting_is_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf json;
    Device device;
    Error error = {0};
    strbuf_init(&json, 1 << 20);
    strbuf_append(&json, STR("{\"x\":"));
    for (int i = 0; i < 100000; i++)
        strbuf_append_byte(&json, '[');
    assert_false(config_read_stored(arena, strbuf_str(&json), &device, &error));
    assert_non_null(strstr(error.message, "nested too deep"));
}

/* Cut at every byte: refused. Every byte changed: refused, or a device that can be written. */
static void test_damaged_json_is_refused_or_whole(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, text), read;
    Str json = written(arena, &device);
    char *copy = arena_cstring(arena, json);
    static const char replacements[] = "\"{}[],:0z\\";
    size_t taken = 0;
    for (size_t i = 0; i < json.size; i++) {
        auto_arena Arena *scratch = arena_new();
        Error error = {0};
        assert_false(config_read_stored(scratch, str_slice(json, 0, i), &read, &error));
        assert_true(error.message[0] != '\0');
        copy[i] = replacements[i % (sizeof(replacements) - 1)];
        error = (Error){0};
        if (config_read_stored(scratch, str_make(copy, json.size), &read, &error)) {
            assert_true(written(scratch, &read).size > 0);
            taken++;
        } else {
            assert_int_equal(error.code, ERR_VALIDATION);
        }
        copy[i] = json.data[i];
    }
    assert_true(taken > 0 && taken < json.size);
}

static void test_recorded_configurations_read_back_the_same(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    StrVec files = testing_files(arena, arena_printf(arena, "%.*s/configs", STR_ARGS(shared)));
    size_t read = 0;
    for (size_t i = 0; i < files.count; i++) {
        auto_arena Arena *scratch = arena_new();
        Device device;
        Error error = {0};
        if (!config_read(scratch, testing_file(scratch, files.items[i]), files.items[i], &device,
                         &error))
            continue;
        Str json = written(scratch, &device);
        if (!str_equal(json, round_trip(scratch, json)))
            fail_msg("%.*s reads back differently", STR_ARGS(files.items[i]));
        read++;
    }
    assert_true(read > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_reads_back_the_same),
        cmocka_unit_test(test_order_of_keys_and_blanks_do_not_matter),
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_deep_nesting_is_refused),
        cmocka_unit_test(test_damaged_json_is_refused_or_whole),
        cmocka_unit_test(test_recorded_configurations_read_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

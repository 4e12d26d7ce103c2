/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char text[] =
    "version 15.2\nhostname r1\nenable secret 5 $1$S3CRET$x\nusername u secret 9 $9$S3CRET\n"
    "snmp-server community S3CRET RO\ninterface Loopback0\n ip address 1.1.1.1 255.255.255.255\n"
    " description <script>alert(1)</script> \"quoted\"\n ip ospf message-digest-key 1 "
    "md5 7 S3CRET\n"
    "vlan 10\n name users\nrouter ospf 1\n network 1.1.1.1 0.0.0.0 area 0\nrouter bgp 65000\n"
    " neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 password 7 S3CRET\n"
    "ip access-list extended A\n permit tcp any any eq 22\nip route 0.0.0.0 0.0.0.0 10.0.0.1\n"
    "mystery password S3CRET\n";

static void test_json_is_valid_and_without_secrets(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, text);
    auto_strbuf StrBuf out;
    JsonWriter json;
    Error error = {0};
    strbuf_init(&out, 1 << 20);
    json_start(&json, &out);
    device_write_json(&device, &json);
    assert_true(str_find(strbuf_str(&out), STR("S3CRET")) == STR_NOT_FOUND);
    const JsonValue *value = json_parse(arena, strbuf_str(&out), &error);
    assert_non_null(value);
    const JsonValue *interface = &json_get(value, "interfaces")->items[0];
    Str canonical;
    assert_true(json_get_str(interface, "canonical", &canonical));
    assert_true(str_equal(canonical, STR("Loopback0")));
    int64_t line = 0;
    assert_true(json_get_i64(interface, "line", &line) && line == 6);
    assert_int_equal(json_get(value, "not_understood")->count, 1);
    const JsonValue *neighbor = &json_get(&json_get(value, "bgp")->items[0], "neighbors")->items[0];
    assert_true(json_get(neighbor, "authenticated")->boolean);
    assert_int_equal(json_get(value, "acls")->count, 1);
    assert_int_equal(json_get(value, "static_routes")->count, 1);
}

static void test_text_says_virtual_and_none(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out;
    Device device = testing_device(arena, "! device: s1 (vEOS-lab, EOS-4.30.1F)\nhostname s1\n"
                                          "interface Vlan9\n   ip address virtual 10.9.0.1/24\n"
                                          "interface Ethernet1\n   switchport mode trunk\n"
                                          "   switchport trunk allowed vlan none\n");
    strbuf_init(&out, 1 << 20);
    device_write_text(&device, &out);
    assert_true(str_find(strbuf_str(&out), STR("virtual")) != STR_NOT_FOUND);
    assert_true(str_find(strbuf_str(&out), STR("trunk none")) != STR_NOT_FOUND);
}

static void test_text_names_interfaces_without_secrets(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, text);
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 20);
    device_write_text(&device, &out);
    Str written = strbuf_str(&out);
    assert_true(str_find(written, STR("S3CRET")) == STR_NOT_FOUND);
    assert_true(str_find(written, STR("Loopback0")) != STR_NOT_FOUND);
    assert_true(str_find(written, STR("1.1.1.1/32")) != STR_NOT_FOUND);
    assert_true(str_find(written, STR("mystery password <redacted>")) != STR_NOT_FOUND);
    for (size_t i = 0; i < written.size; i++)
        assert_true((unsigned char)written.data[i] >= 0x20 || written.data[i] == '\n');
}

static void test_text_has_isis_and_eigrp(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.2\ninterface GigabitEthernet0/1\n"
                                          " ip address 10.0.0.1 255.255.255.252\n"
                                          " ip router isis CORE\n isis circuit-type level-2\n"
                                          "router isis CORE\n net 49.0001.0102.5500.0001.00\n"
                                          " is-type level-2-only\n"
                                          "router eigrp 100\n network 10.0.0.0\n"
                                          " passive-interface default\n");
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 20);
    device_write_text(&device, &out);
    static const char *const parts[] = {
        "IS-IS CORE level 2  EIGRP 100 passive",
        "IS-IS processes (1)\n      6  CORE  net 49.0001.0102.5500.0001.00  level 2\n",
        "EIGRP processes (1)\n      9  100  AS 100  1 network statements  passive by default\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (str_find(strbuf_str(&out), str_of(parts[i])) == STR_NOT_FOUND)
            fail_msg("no '%s' in\n%.*s", parts[i], STR_ARGS(strbuf_str(&out)));
    }
}

static void test_system_without_parser_is_named(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "#config-version=FGT-7.4\nconfig system global\n    set hostname "
                              "\"fw1\"\nend\nconfig system interface\n    edit \"port1\"\nend\n");
    assert_ptr_equal(device.vendor.system, &fortios_dialect.system);
    assert_true(str_equal(device.hostname.text, STR("fw1")));
    assert_false(device.vendor.system->parsed);
    assert_true(device_understood(&device) < 0.01);
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 20);
    device_write_text(&device, &out);
    assert_true(str_find(strbuf_str(&out), STR("not parsed yet")) != STR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_is_valid_and_without_secrets),
        cmocka_unit_test(test_text_names_interfaces_without_secrets),
        cmocka_unit_test(test_text_says_virtual_and_none),
        cmocka_unit_test(test_text_has_isis_and_eigrp),
        cmocka_unit_test(test_system_without_parser_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

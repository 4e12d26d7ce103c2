/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts: lines, words, names, VLAN sets. */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"
#include "engines/network/names.h"
#include "engines/network/vlans.h"
#include "engines/text/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static ConfigLines split(Arena *arena, Str text)
{
    ConfigLines lines = {0};
    Error error = {0};
    assert_true(lines_split(arena, arena, text, &lines, &error));
    return lines;
}

static void assert_line(const ConfigLines *lines, size_t i, const char *text)
{
    assert_true(i < lines->count);
    assert_int_equal(lines->items[i].number, i + 1);
    if (!str_equal(lines->items[i].text, str_of(text)))
        fail_msg("line %zu is '%.*s', not '%s'", i + 1, STR_ARGS(lines->items[i].text), text);
}

static void test_all_line_ends_give_the_same_lines(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char *const forms[] = {"a\n b\n\nc", "a\r\n b\r\n\r\nc\r\n",
                                        "a\r\r\n b\r\r\n\r\r\nc", "a\r b\r\rc",
                                        ("\xEF\xBB\xBF"
                                         "a\n b  \n\t\nc")};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        ConfigLines lines = split(arena, str_of(forms[i]));
        assert_int_equal(lines.count, 4);
        assert_line(&lines, 0, "a");
        assert_line(&lines, 1, " b");
        assert_int_equal(lines.items[1].indent, 1);
        assert_line(&lines, 2, "");
        assert_line(&lines, 3, "c");
    }
    assert_int_equal(split(arena, STR("")).count, 0);
}

static void test_terminal_remains_are_removed(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    ConfigLines lines =
        split(arena, STR("\x1b[1mhostname r1\x1b[0m\n"
                         "--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b ip address 10.0.0.1\n"
                         " --More-- \r\x1b[Kinterface Gi0/1\n"
                         "---(more 12%)---\rsystem {\n"
                         "a\0b\n"
                         "\tx\n"));
    assert_line(&lines, 0, "hostname r1");
    assert_line(&lines, 1, " ip address 10.0.0.1");
    assert_line(&lines, 2, "interface Gi0/1");
    assert_line(&lines, 3, "system {");
    assert_line(&lines, 4, "ab");
    assert_int_equal(lines.nul_bytes, 1);
    assert_int_equal(lines.first_nul, 5);
    assert_int_equal(lines.items[5].indent, 8);
}

static void test_terminal_noise_is_skipped(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char *const noise[] = {"core1#show running-config",
                                        "core1#",
                                        "root@d1> show configuration | no-more",
                                        "Building configuration...",
                                        "{master:0}",
                                        "Current configuration : 2606 bytes",
                                        "RP/0/RSP0/CPU0:pe1#sh run",
                                        "core1(config)#exit",
                                        "Using 1234 out of 5678 bytes"};
    static const char *const content[] = {"hostname a#b",   " core1#", "#",
                                          "## Last commit", "a > b",   "interface Gi0/1",
                                          "banner motd #"};
    for (size_t i = 0; i < COUNT_OF(noise); i++)
        assert_true(split(arena, str_of(noise[i])).items[0].noise);
    for (size_t i = 0; i < COUNT_OF(content); i++)
        assert_false(split(arena, str_of(content[i])).items[0].noise);
}

static void test_text_that_is_no_configuration_is_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    ConfigLines lines = {0};
    Error error = {0};
    assert_false(
        lines_split(arena, arena, str_make("h\0o\0s\0t\0n\0a\0m\0e\0 \0r\0", 20), &lines, &error));
    char binary[4096];
    for (size_t i = 0; i < sizeof(binary); i++)
        binary[i] = (char)(i * 7919 >> 3);
    assert_false(lines_split(arena, arena, str_make(binary, sizeof(binary)), &lines, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
}

static void test_words_are_split_at_blanks_and_quotes(void **state)
{
    (void)state;
    Words words;
    words_split(STR("  neighbor 10.0.0.1  description \"to the core\" x\"y\" \"open"), &words);
    assert_int_equal(words.count, 6);
    assert_true(str_equal(words_get(&words, 3), STR("to the core")));
    assert_true(str_equal(words_get(&words, 4), STR("x\"y\"")));
    assert_true(str_equal(words_rest(&words, 3), STR("\"to the core\" x\"y\" \"open")));
    assert_true(words_match(&words, 0, "neighbor 10.0* description"));
    assert_false(words_match(&words, 0, "neighbor 10.0"));
    assert_true(str_empty(words_get(&words, 99)) && str_empty(words_rest(&words, 99)));
    words_split(STR(""), &words);
    assert_int_equal(words.count, 0);
}

static void assert_canonical(Arena *arena, const char *name, const System *system,
                             const char *expected)
{
    Str canonical = interface_canonical(arena, str_of(name), system);
    if (!str_equal(canonical, str_of(expected)))
        fail_msg("%s became %.*s, not %s", name, STR_ARGS(canonical), expected);
}

static void test_interface_names_become_canonical(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_canonical(arena, "Gi0/1", &ios_dialect.system, "GigabitEthernet0/1");
    assert_canonical(arena, "gigabitethernet 0/1", &ios_dialect.system, "GigabitEthernet0/1");
    assert_canonical(arena, "Te1/1/1.20", &iosxe_dialect.system, "TenGigabitEthernet1/1/1.20");
    assert_canonical(arena, "Twe1/0/1", &iosxe_dialect.system, "TwentyFiveGigE1/0/1");
    assert_canonical(arena, "Et1", &eos_dialect.system, "Ethernet1");
    assert_canonical(arena, "e0/0", &ios_dialect.system, "Ethernet0/0");
    assert_canonical(arena, "Po10", &ios_dialect.system, "Port-channel10");
    assert_canonical(arena, "po10", &eos_dialect.system, "Port-Channel10");
    assert_canonical(arena, "Lo0", &eos_dialect.system, "Loopback0");
    assert_canonical(arena, "ge-0/0/0.100", &junos_dialect.system, "ge-0/0/0.100");
    assert_canonical(arena, "strange7", &ios_dialect.system, "strange7");
    assert_true(str_equal(interface_short(arena, STR("GigabitEthernet0/1")), STR("Gi0/1")));
    assert_true(str_equal(interface_short(arena, STR("ge-0/0/1.0")), STR("ge-0/0/1")));
    assert_true(str_equal(interface_short(arena, STR("Port-Channel10")), STR("Po10")));
    assert_int_equal(interface_kind(STR("lo0.0"), &system_unknown), INTERFACE_LOOPBACK);
    assert_int_equal(interface_kind(STR("irb.10"), &system_unknown), INTERFACE_VLAN);
    assert_int_equal(interface_kind(STR("ae0.0"), &system_unknown), INTERFACE_LAG);
    assert_int_equal(interface_kind(STR("xe-0/0/1"), &system_unknown), INTERFACE_PHYSICAL);
    assert_int_equal(interface_kind(STR("Management1"), &system_unknown), INTERFACE_MANAGEMENT);
    assert_true(interface_name_plausible(STR("Ethernet1/1")));
    assert_true(interface_name_plausible(STR("ge-0/0/0")));
    assert_false(interface_name_plausible(STR("core")));
    assert_false(interface_name_plausible(STR("10.0.0.1")));
}

static void test_vlan_sets_are_parsed_and_written(void **state)
{
    (void)state;
    auto_strbuf StrBuf out;
    VlanSet set = {0};
    strbuf_init(&out, 1 << 16);
    assert_true(vlans_parse(STR("1-10,20, 30-40 ,4094"), false, &set));
    vlans_write(&set, &out);
    assert_true(str_equal(strbuf_str(&out), STR("1-10,20,30-40,4094")));
    assert_int_equal(vlans_count(&set), 23);
    assert_true(vlans_parse(STR("5-35"), true, &set));
    strbuf_clear(&out);
    vlans_write(&set, &out);
    assert_true(str_equal(strbuf_str(&out), STR("1-4,36-40,4094")));
    assert_true(vlans_has(&set, 4094) && !vlans_has(&set, 4095) && !vlans_has(&set, 99999));
    static const char *const bad[] = {"", "0", "4095", "10-5", "1-", "-1", "a", "1,,2", "1-2-3"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        VlanSet other = {0};
        assert_false(vlans_parse(str_of(bad[i]), false, &other));
    }
    VlanSet all = {0};
    assert_true(vlans_parse(STR("all"), false, &all));
    assert_int_equal(vlans_count(&all), VLAN_MAX);
    assert_true(vlans_parse(STR("1-64"), true, &all));
    assert_false(vlans_has(&all, 64));
    assert_true(vlans_has(&all, 65));
    assert_int_equal(vlans_next(&all, 1), 65);
    assert_int_equal(vlans_next(&all, VLAN_MAX), VLAN_MAX);
    assert_int_equal(vlans_next(&all, VLAN_MAX + 1), 0);
    assert_int_equal(vlans_next(&all, 1 << 20), 0);
}

/* The tables of a dialect, maps and the reader are freed when the file has been read. */
static void test_a_device_keeps_only_the_model(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "version 15.2\nhostname r1\ninterface GigabitEthernet0/0\n"
                              " ip address 10.0.0.1 255.255.255.0\nrouter bgp 1\n"
                              " neighbor 10.0.0.2 remote-as 2\nbanner motd ^C\nhello\n^C\n");
    assert_int_equal(device.interfaces.count, 1);
    assert_true(arena_size_bytes(arena) < (64 << 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_line_ends_give_the_same_lines),
        cmocka_unit_test(test_terminal_remains_are_removed),
        cmocka_unit_test(test_terminal_noise_is_skipped),
        cmocka_unit_test(test_text_that_is_no_configuration_is_refused),
        cmocka_unit_test(test_words_are_split_at_blanks_and_quotes),
        cmocka_unit_test(test_interface_names_become_canonical),
        cmocka_unit_test(test_vlan_sets_are_parsed_and_written),
        cmocka_unit_test(test_a_device_keeps_only_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

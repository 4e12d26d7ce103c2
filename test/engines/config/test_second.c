/* SPDX-License-Identifier: Apache-2.0 */
/* Files with the configurations of two devices, and how honestly the lines are counted. */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Only the device a may be read; the warning stands at the line, and names the lines of both host
 * names. */
static void expect_first_only(const char *text, uint32_t line, const char *hosts)
{
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, text);
    const LineCounts *lines = &device.lines;
    assert_true(str_equal(device.hostname.text, STR("a")));
    assert_int_equal(device.warnings.count, 1);
    assert_int_equal(device.warnings.items[0].line, line);
    assert_true(str_find(device.warnings.items[0].message, str_of(hosts)) != STR_NOT_FOUND);
    for (size_t i = 0; i < device.interfaces.count; i++)
        assert_true(device.interfaces.items[i].addresses.count <= 1);
    assert_int_equal(lines->skipped, lines->total - line + 1);
    assert_int_equal(lines->blank + lines->parsed + lines->known + lines->unknown + lines->skipped,
                     lines->total);
    assert_true(device_understood(&device) < 1);
}

static void test_only_the_first_of_two_configurations_is_read(void **state)
{
    (void)state;
    expect_first_only("version 15.2\nhostname a\ninterface Gi0/0\n ip address 10.0.0.1 255.0.0.0\n"
                      "end\n!\nversion 15.2\nhostname b\ninterface Gi0/0\n"
                      " ip address 10.0.0.2 255.0.0.0\nend\n",
                      7, "line 8: only the first one, with its host name in line 2");
    expect_first_only("feature bgp\nversion 9.2(3)\nhostname a\ninterface Ethernet1/1\n"
                      "  ip address 10.0.0.1/24\nversion 9.2(3)\nhostname b\n"
                      "interface Ethernet1/1\n  ip address 10.0.0.2/24\n",
                      6, "in line 3");
    expect_first_only("! device: a (vEOS, EOS-4.30.1F)\nhostname a\ninterface Ethernet1\n"
                      "   ip address 10.0.0.1/31\nend\n! device: b (vEOS, EOS-4.30.1F)\n"
                      "hostname b\ninterface Ethernet1\n   ip address 10.0.0.0/31\nend\n",
                      7, "in line 2");
    expect_first_only("system {\n    host-name a;\n}\ninterfaces {\n    ge-0/0/0 {\n        unit 0 "
                      "{\n            family inet {\n                address 10.0.0.1/30;\n"
                      "            }\n        }\n    }\n}\n## Last commit: x\nversion 18.2;\n"
                      "system {\n    host-name b;\n}\ninterfaces {\n    ge-0/0/0 {\n        unit 0 "
                      "{\n            family inet {\n                address 10.0.0.2/30;\n"
                      "            }\n        }\n    }\n}\n",
                      13, "in line 2");
    expect_first_only("set system host-name a\nset interfaces ge-0/0/0 unit 0 family inet address "
                      "10.0.0.1/30\nset version 18.2\nset system host-name b\n"
                      "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.2/30\n",
                      3, "line 4");
}

static void test_an_indented_host_name_starts_a_configuration_too(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "  version 15.2\n  hostname a\n  interface Gi0/0\n"
                                          "    ip address 10.0.0.1 255.0.0.0\n"
                                          "    ip address 10.1.0.1 255.0.0.0 secondary\n"
                                          "  end\n  hostname b\n  interface Gi0/1\n");
    assert_int_equal(device.interfaces.count, 1);
    assert_int_equal(device.lines.skipped, 2);
}

static void test_a_version_of_rip_starts_no_configuration(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.2\nhostname a\ninterface Gi0/0\n"
                                          "ip address 10.0.0.1 255.0.0.0\nrouter rip\nversion 2\n"
                                          "network 10.0.0.0\nrouter ospf 1\nend\n! show clock\n");
    assert_int_equal(device.warnings.count, 0);
    assert_int_equal(device.lines.skipped, 0);
    assert_int_equal(device.ospf.count, 1);
}

static void test_lines_are_counted_in_three_figures(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.2\nhostname a\nsnmp-server location x\n"
                                          "quantum entangle\n");
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 16);
    device_write_text(&device, &out);
    assert_true(
        str_find(strbuf_str(&out), STR("4, of which 2 analysed (50 %), 1 recognised but not "
                                       "analysed, 1 not understood\n")) != STR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_first_of_two_configurations_is_read),
        cmocka_unit_test(test_an_indented_host_name_starts_a_configuration_too),
        cmocka_unit_test(test_a_version_of_rip_starts_no_configuration),
        cmocka_unit_test(test_lines_are_counted_in_three_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

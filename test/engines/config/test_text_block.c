/* SPDX-License-Identifier: Apache-2.0 */
/* Free text in configurations: whatever it says, it is no command. */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Reads the text between a host name and an interface, which must be all that is found. */
static void expect_no_facts(const char *head, const char *text)
{
    auto_arena Arena *arena = arena_new();
    Str whole =
        arena_printf(arena, "%shostname right\n%sinterface Ethernet1\n mtu 1400\n", head, text);
    Device device = testing_device(arena, whole.data);
    assert_true(str_equal(device.hostname.text, STR("right")));
    assert_int_equal(device.interfaces.count, 1);
    assert_int_equal(device.interfaces.items[0].mtu, 1400);
    assert_int_equal(device.ospf.count, 0);
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.warnings.count, 0);
}

static const char ios[] = "version 15.2\n", eos[] = "! device: x (vEOS, EOS-4.30.1F)\n",
                  nxos[] = "feature ospf\n";

static void test_banners_are_text_whatever_their_delimiter(void **state)
{
    (void)state;
    static const char *const types[] = {"motd",     "login",          "exec",       "incoming",
                                        "slip-ppp", "prompt-timeout", "config-save"};
    static const char *const forms[] = {
        "banner %s ^C\nhostname wrong\n^C\n",
        "banner %s ^CCWelcome\nrouter ospf 1\n^C\n",
        "banner %s \x03\nhostname wrong\n\x03\n",
        "banner %s #hostname a\nhostname wrong#\n",
        "banner %s EOF\nhostname wrong\nEOF\n",
        "banner %s ##\nhostname wrong\n##\n",
        "banner %s % one line %\n",
        "ban %s \xC2\xA7\nhostname wrong\n\xC2\xA7\n",
    };
    auto_arena Arena *arena = arena_new();
    for (size_t t = 0; t < COUNT_OF(types); t++) {
        for (size_t f = 0; f < COUNT_OF(forms); f++) {
            Str form = str_of(forms[f]);
            size_t at = str_find(form, STR("%s"));
            Str text = arena_printf(arena, "%.*s%s%.*s", (int)at, form.data, types[t],
                                    STR_ARGS(str_from(form, at + 2)));
            expect_no_facts(ios, text.data);
        }
    }
    expect_no_facts(nxos, "banner motd #\nhostname wrong\n#\n");
    expect_no_facts(eos, "banner login\nhostname wrong\nEOF\n");
}

static void test_texts_of_ios_are_no_commands(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "aaa authentication banner ^C\nhostname wrong\nrouter ospf 77\n^C\n",
        "aaa authentication fail-message #\nhostname wrong\n#\n",
        "ip admission auth-proxy-banner http ^C\nhostname wrong\n^C\n",
        "menu m title ^C\nhostname wrong\n^C\nmenu m text 1 hostname wrong\n",
        "macro name desk\nswitchport mode access\nhostname wrong\ninterface Loopback79\n@\n",
        "macro auto execute X {\nif [[ $LINKUP == YES ]]\nthen conf t\nhostname wrong\nfi\n}\n",
        "event manager applet A\nevent none\naction 1.0 cli command \"hostname wrong\"\n!\n",
        "puts [open \"flash:x.tcl\" w+] {\nhostname wrong\n}\n",
        "crypto pki certificate chain T\n certificate ca 01\n  30820229 30820192\n  quit\n",
        "crypto pki certificate chain T\ncertificate ca 01\n30820229 30820192\nquit\n!\n",
        "crypto key pubkey-chain rsa\n named-key x\n  key-string\nhostname wrong\n  quit\n",
        "-----BEGIN CERTIFICATE-----\nhostname wrong\n-----END CERTIFICATE-----\n",
        "ip sla 1\n http raw http://x\n  http-raw-request\n hostname wrong\n  exit\n",
        "crypto isakmp client configuration group G\n banner ^C\nhostname wrong\n^C\n",
        "line vty 0 4\n refuse-message #\nhostname wrong\n#\n login\n",
        "alias exec x hostname wrong\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        expect_no_facts(ios, texts[i]);
}

static void test_texts_of_eos_end_at_eof(void **state)
{
    (void)state;
    expect_no_facts(eos, "interface Ethernet1\n   comment\n   mtu 9000\n   shutdown\n   EOF\n");
    expect_no_facts(eos, "event-handler h\n   action bash\nhostname wrong\n   EOF\n");
    expect_no_facts(eos, "router general\n   control-functions\n      code\nhostname wrong\nEOF\n");
}

static void test_a_text_that_never_ends_is_said(void **state)
{
    (void)state;
    static const char *const texts[] = {"banner motd ^Cnever\n", "macro name m\n", "puts x {\n",
                                        "certificate ca 01\n 30820229\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        auto_arena Arena *arena = arena_new();
        Device device = testing_device(
            arena, arena_printf(arena, "version 15.2\n%shostname r\n", texts[i]).data);
        assert_int_equal(device.warnings.count, 1);
        assert_int_equal(device.warnings.items[0].line, 2);
        assert_true(str_equal(device.hostname.text, STR("r")));
    }
}

static void test_quoted_texts_of_junos_may_have_several_lines(void **state)
{
    (void)state;
    static const char *const files[] = {
        "system {\n host-name right;\n login {\n message \"Hi\n host-name wrong;\n bye\";\n }\n}\n"
        "/* note\n host-name wrong2; */\ninterfaces {\n ge-0/0/0 {\n description \"open;\n"
        " unit 0 {\n family inet { address 10.0.0.1/24; }\n }\n }\n}\n",
        "set system host-name right\nset system login message \"Hi\nset-like text\ndelete me\n"
        "bye\"\nset interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24\n"
        "set interfaces ge-0/0/0 description \"open\n",
    };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        auto_arena Arena *arena = arena_new();
        Device device = testing_device(arena, files[i]);
        assert_true(str_equal(device.hostname.text, STR("right")));
        assert_int_equal(testing_interface(&device, "ge-0/0/0.0")->addresses.count, 1);
        assert_int_equal(device.lines.unknown, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_banners_are_text_whatever_their_delimiter),
        cmocka_unit_test(test_texts_of_ios_are_no_commands),
        cmocka_unit_test(test_texts_of_eos_end_at_eof),
        cmocka_unit_test(test_a_text_that_never_ends_is_said),
        cmocka_unit_test(test_quoted_texts_of_junos_may_have_several_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

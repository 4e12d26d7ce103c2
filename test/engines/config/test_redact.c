/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/redact.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* S3CRET marks what must go; everything else must stay as it is. */
static const char *const secrets[] = {
    "enable secret 5 $1$S3CRET$S3CRET.",
    "enable password S3CRET",
    "enable secret 9 $9$S3CRET$S3CRET",
    "enable password level 7 7 S3CRET",
    "username a privilege 15 secret 5 $1$S3CRET",
    "username a password 0 S3CRET",
    "username a secret sha512 $6$S3CRET$S3CRET",
    "snmp-server community S3CRET RO 10",
    "snmp-server host 10.0.0.1 version 2c S3CRET",
    "snmp-server host 10.0.0.1 traps version 3 priv S3CRET",
    "snmp-server host 10.0.0.1 S3CRET bgp",
    "snmp-server user u g v3 auth sha S3CRET priv aes 128 S3CRET",
    "tacacs-server key 7 S3CRET",
    "radius-server host 10.0.0.1 key 7 S3CRET",
    " key 7 S3CRET",
    " key-string 7 S3CRET",
    " ip ospf message-digest-key 1 md5 7 S3CRET",
    " ip ospf authentication-key S3CRET",
    " isis authentication key 7 S3CRET",
    " neighbor 10.0.0.1 password 7 S3CRET",
    " standby 1 authentication md5 key-string 7 S3CRET",
    " vrrp 1 authentication text S3CRET",
    "ntp authentication-key 1 md5 S3CRET 7",
    "crypto isakmp key 6 S3CRET address 10.0.0.1",
    " pre-shared-key local S3CRET",
    " ppp chap password 7 S3CRET",
    " wpa-psk ascii 0 S3CRET",
    "   exec TerminAttr -cvauth=token-secure,S3CRET -smashexcludes=x",
    "        encrypted-password \"$6$S3CRET\"; ## SECRET-DATA",
    "set system root-authentication encrypted-password \"$6$S3CRET\"",
    "            secret \"$9$S3CRET\"; ## SECRET-DATA",
    "            authentication-key \"$9$S3CRET\";",
    "            pre-shared-key ascii-text \"$9$S3CRET\";",
    "set snmp community S3CRET authorization read-only",
    "set protocols bgp neighbor 10.0.0.1 password 'S3CRET'",
    "    set password ENC S3CRET",
    "    set psksecret ENC S3CRET",
    "add name=vpn password=S3CRET service=any",
    " url https://user:S3CRET@host/path",
    "archive path ftp://u:S3CRET@10.0.0.1/x",
    " description $9$S3CRETisAhash",
};

static const char *const harmless[] = {
    "service password-encryption",
    "no service password-encryption",
    "hostname key-router",
    "key chain OSPF",
    " key 1",
    "crypto key generate rsa",
    "ip ospf authentication key-chain OSPF",
    "aaa authentication login default group tacacs+ local",
    "authentication-order [ tacplus password ];",
    "interface GigabitEthernet0/1",
    " description secret project network",
    "policy-options { community NAME members 1:1; }",
    "ip route 10.0.0.0 255.0.0.0 10.0.0.1",
    "   password encryption-key common",
    "ip ssh pubkey-chain",
    " neighbor 10.0.0.1 remote-as 65000",
};

static Str redacted(Arena *arena, Str text)
{
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 22);
    device_redact(text, &out);
    return arena_copy(arena, strbuf_str(&out));
}

static void test_secrets_are_blanked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        Str out = redacted(arena, str_of(secrets[i]));
        if (str_find(out, STR("S3CRET")) != STR_NOT_FOUND)
            fail_msg("left in: %.*s", STR_ARGS(out));
        assert_true(str_find(out, STR("<redacted>")) != STR_NOT_FOUND);
        assert_true(str_equal(device_redact_line(arena, str_of(secrets[i])), out));
    }
}

static void test_the_rest_stays(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(harmless); i++) {
        Str out = redacted(arena, str_of(harmless[i]));
        if (!str_equal(out, str_of(harmless[i])))
            fail_msg("changed to: %.*s", STR_ARGS(out));
    }
    Str out = redacted(arena, STR("snmp-server community public RO SNMP-ACL\n"));
    assert_true(str_equal(out, STR("snmp-server community <redacted> RO SNMP-ACL\n")));
    out = redacted(arena, STR(" encrypted-password \"$6$a$b\"; ## SECRET-DATA"));
    assert_true(str_equal(out, STR(" encrypted-password \"<redacted>\"; ## SECRET-DATA")));
}

static void test_secret_blocks_are_blanked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str out =
        redacted(arena, STR("snmp {\n    community topsecret {\n        authorization "
                            "read-only;\n    }\n    community other;\n}\npolicy-options {\n    "
                            "community TAG members 1:1;\n}\n-----BEGIN RSA PRIVATE "
                            "KEY-----\nMIIEabc\nMIIEdef\n-----END RSA PRIVATE KEY-----\nend\n"));
    assert_true(str_find(out, STR("topsecret")) == STR_NOT_FOUND);
    assert_true(str_find(out, STR("other")) == STR_NOT_FOUND);
    assert_true(str_find(out, STR("community TAG members")) != STR_NOT_FOUND);
    assert_true(str_find(out, STR("MIIE")) == STR_NOT_FOUND);
    assert_true(str_ends_with(out, STR("-----END RSA PRIVATE KEY-----\nend\n")));
}

static size_t count_lines(Str text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    return lines;
}

static void test_line_numbers_and_long_lines(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("a\r\n\r\nenable secret S3CRET\r\n"));
    for (int i = 0; i < 2000; i++)
        strbuf_append(&text, i % 100 ? STR("word ") : STR("password S3CRET "));
    strbuf_append(&text, STR("\nlast"));
    Str out = redacted(arena, strbuf_str(&text));
    assert_int_equal(count_lines(out), count_lines(strbuf_str(&text)));
    assert_true(str_find(out, STR("S3CRET")) == STR_NOT_FOUND);
    assert_true(str_ends_with(out, STR("\nlast")));
    assert_true(str_starts_with(out, STR("a\r\n\r\nenable secret <redacted>\r\n")));
}

/* Text after "fail:" of a secret.yaml: what must not be left. */
static void check_recorded(Arena *arena, Str folder, const char *name, const char *const *left_out)
{
    Str text = testing_file(
        arena, arena_printf(arena, "%.*s/configs/oxidized/%s", STR_ARGS(folder), name));
    Str out = redacted(arena, text);
    assert_int_equal(count_lines(out), count_lines(text));
    for (size_t i = 0; left_out[i]; i++) {
        if (str_find(out, str_of(left_out[i])) != STR_NOT_FOUND)
            fail_msg("%s: %s is left", name, left_out[i]);
    }
}

static void test_recorded_sessions_lose_their_secrets(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str folder = testing_shared_data(arena);
    if (folder.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    check_recorded(arena, folder, "eos__DCS-7050SX3-48YC8_4.29.2F__output.txt",
                   (const char *[]){"string123", "string456", "publiccom", NULL});
    check_recorded(arena, folder, "asa__5512_9.12-4-67_single-context__output.txt",
                   (const char *[]){"AAAAAAAAAABBBBBBBBBBCCCCCCCCCC", NULL});
    check_recorded(arena, folder, "vyos__Supermicro_1.4.3__output.txt",
                   (const char *[]){"snmppublic", "AAAAAAAAAABBBBBBBBBB", NULL});
    check_recorded(arena, folder, "junos__srx300_22.4_wo_cluster__output.txt",
                   (const char *[]){"very-secret-encrypted-password", NULL});
    check_recorded(
        arena, folder, "ios__C9800-L-F-K9_17.06.05__output.txt",
        (const char *[]){"SECRET_REMOVED", "REMOVED_SECRET", "WLANSECR3T", "WLAN SECR3T",
                         "7df35f90c92ecff2a803e79577b85e978edc0a76404f6cfb534df8d9f9f67beb",
                         "DOT1XPASSW0RD", "MGMTPASSW0RD", "MGMTSECR3T", "DOT1X PASSW0RD",
                         "MGMT PASSW0RD", "MGMT SECR3T", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_blanked),
        cmocka_unit_test(test_the_rest_stays),
        cmocka_unit_test(test_secret_blocks_are_blanked),
        cmocka_unit_test(test_line_numbers_and_long_lines),
        cmocka_unit_test(test_recorded_sessions_lose_their_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/syslog.h"

#include "base/json.h"
#include "engines/embed/model_files.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct {
    const char *line;
    const char *timestamp;
    const char *host;
    const char *mnemonic;
    int facility;
    int severity;
    const char *message;
} Expected;

static void assert_field(Str found, const char *expected, const char *line)
{
    if (!str_equal(found, str_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\" in: %s", STR_ARGS(found), expected, line);
}

static void test_known_formats_are_parsed(void **state)
{
    (void)state;
    static const Expected rows[] = {
        {"*Mar  1 00:00:12.345: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
         "*Mar  1 00:00:12.345", "", "LINK-3-UPDOWN", -1, 3,
         "Interface Gi0/1, changed state to up"},
        {"<189>521: router1: *Mar 15 10:05:53.044: %OSPF-5-ADJCHG: Process 1",
         "*Mar 15 10:05:53.044", "router1", "OSPF-5-ADJCHG", 23, 5, "Process 1"},
        {"000123: Feb 12 2026 08:30:00 UTC: %SYS-5-CONFIG_I: Configured", "Feb 12 2026 08:30:00",
         "", "SYS-5-CONFIG_I", -1, 5, "Configured"},
        {"<187>94307: gw2.acy1 LC/0/2/CPU0:Jul  7 20:16:14.834 : ifmgr[214]: "
         "%PKT_INFRA-LINK-3-UPDOWN : Interface down",
         "Jul  7 20:16:14.834", "gw2.acy1", "PKT_INFRA-LINK-3-UPDOWN", 23, 3, "Interface down"},
        {"<190>2018 Oct 31 08:12:52 sw01.test %ETHPORT-5-IF_DOWN: Interface Ethernet1/3 is down",
         "2018 Oct 31 08:12:52", "sw01.test", "ETHPORT-5-IF_DOWN", 23, 5,
         "Interface Ethernet1/3 is down"},
        {"<29>Jun 21 14:03:12  vmx01 rpd[2902]: RPD_OSPF_NBRUP: OSPF neighbor 1.1.1.1",
         "Jun 21 14:03:12", "vmx01", "RPD_OSPF_NBRUP", 3, 5, "OSPF neighbor 1.1.1.1"},
        {"<165>1 2003-10-11T22:14:15.003Z host.example app 1 ID47 - text",
         "2003-10-11T22:14:15.003Z", "host.example", "", 20, 5, "1 ID47 - text"},
        {"<29>2018-7-23 01:00:33.270.1 sw %%01IFNET/4/IF_STATE(l)[4997]:Interface up",
         "2018-7-23 01:00:33.270.1", "sw", "IFNET/4/IF_STATE", 3, 4, "Interface up"},
        {"2026-03-12T06:00:01+00:00 lis-edge1 %BGP-5-ADJCHANGE: neighbor 198.51.100.1 Up",
         "2026-03-12T06:00:01+00:00", "lis-edge1", "BGP-5-ADJCHANGE", -1, 5,
         "neighbor 198.51.100.1 Up"},
        {"%LINEPROTO-5-UPDOWN: Line protocol on Interface Vlan1, changed state to up", "", "",
         "LINEPROTO-5-UPDOWN", -1, 5, "Line protocol on Interface Vlan1, changed state to up"},
        {"Feb  6 08:27:14 veos01 Ebra: %LINEPROTO-5-UPDOWN: up", "Feb  6 08:27:14", "veos01",
         "LINEPROTO-5-UPDOWN", -1, 5, "up"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SyslogLine line;
        if (!syslog_parse(str_of(rows[i].line), &line))
            fail_msg("not understood: %s", rows[i].line);
        assert_field(line.timestamp, rows[i].timestamp, rows[i].line);
        assert_field(line.host, rows[i].host, rows[i].line);
        assert_field(line.mnemonic, rows[i].mnemonic, rows[i].line);
        assert_field(line.message, rows[i].message, rows[i].line);
        assert_int_equal(line.facility, rows[i].facility);
        assert_int_equal(line.severity, rows[i].severity);
    }
}

static int64_t seconds_of(const char *text)
{
    SyslogLine line;
    assert_true(syslog_parse(str_of(text), &line));
    assert_true(line.has_time);
    return line.time_s;
}

static void test_known_times_are_parsed(void **state)
{
    (void)state;
    assert_int_equal(seconds_of("2026-02-12T08:30:00Z h x: y"), 1770885000);
    assert_int_equal(seconds_of("2026-02-12T10:30:00+02:00 h x: y"), 1770885000);
    assert_int_equal(seconds_of("2026-02-12T03:00:00.5-0530 h x: y"), 1770885000);
    assert_int_equal(seconds_of("Feb 12 2026 08:30:00: %A-1-BC: y"), 1770885000);
    assert_int_equal(seconds_of("Mar  1 00:00:00 h x: y") - seconds_of("Feb 29 23:59:50 h x: y"),
                     10);
    assert_int_equal(
        seconds_of("date=2026-02-12 time=08:30:00 devname=\"fw\" level=\"notice\" x=1"),
        1770885000);
}

static void test_what_is_no_log(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " ",
        "interface Gi0/1",
        "!",
        "ip address 10.0.0.1 255.0.0.0",
        "12:00:00",
        "Feb",
        "Feb 30",
        "<",
        "<999>x",
        "<13>",
        "2026-13-01T00:00:00Z host x",
        "2026-01-01T25:00:00Z host x",
        "% Invalid input",
        "date=2026",
        "%%%%%%%%",
        "Feb 12 99:00:00 h x",
        "Foo 12 08:00:00 h x",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        SyslogLine line;
        if (syslog_parse(str_of(lines[i]), &line))
            fail_msg("taken for a log line: %s", lines[i]);
    }
}

static void test_hostile_lines_are_survived(void **state)
{
    (void)state;
    static char bytes[100000];
    static const char fills[] = "1<%:[ -A/=";
    for (size_t i = 0; i < sizeof fills - 1; i++) {
        SyslogLine line;
        memset(bytes, fills[i], sizeof bytes);
        (void)!syslog_parse(str_make(bytes, sizeof bytes), &line);
        memcpy(bytes, "<189>Jun 21 14:03:12 ", 21);
        assert_true(syslog_parse(str_make(bytes, sizeof bytes), &line));
    }
    uint32_t seed = 5;
    static const char alphabet[] = "<>%:[]- 0123456789JunFebABZ_./T+=*\t";
    for (int round = 0; round < 20000; round++) {
        char text[60];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = alphabet[(seed >> 10) % (sizeof alphabet - 1)];
        }
        SyslogLine line;
        (void)!syslog_parse(str_make(text, seed % sizeof text), &line);
    }
}

static const JsonValue *details_of(Arena *arena, Str message_path)
{
    Error error = {0};
    size_t slash = str_find_last_byte(message_path, '/');
    const char *path = arena_printf(arena, "%.*s/yang.json", (int)slash, message_path.data).data;
    const JsonValue *json = json_parse(arena, test_read_file(arena, path), &error);
    const JsonValue *details = json_get(json, "message_details");
    return details ? details : json;
}

/* Whole corpora of device messages: host, facility, severity of the priority, and the time. */
static void test_shared_messages_are_parsed(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *shared = test_shared_data(arena);
    if (!shared) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    StrVec paths = test_list_files(arena, arena_printf(arena, "%s/logs", shared).data, ".msg");
    size_t hosts = 0, checked = 0;
    for (size_t i = 0; i < paths.count; i++) {
        SyslogLine line;
        Str text = test_read_file(arena, paths.items[i].data), host;
        if (!syslog_parse(text, &line))
            fail_msg("not understood: %.*s", STR_ARGS(text));
        const JsonValue *details = details_of(arena, paths.items[i]);
        int64_t facility = 0, severity = 0;
        if (!json_get_i64(details, "facility", &facility) ||
            !json_get_i64(details, "severity", &severity) || !json_get_str(details, "host", &host))
            continue;
        checked++;
        assert_int_equal(line.facility, facility);
        assert_int_equal(line.priority_severity, severity);
        assert_true(line.has_time);
        hosts += str_ends_with(line.host, host);
        if (!str_ends_with(line.host, host))
            printf("host \"%.*s\" instead of \"%.*s\"\n", STR_ARGS(line.host), STR_ARGS(host));
    }
    printf("%zu messages, %zu checked, %zu hosts\n", paths.count, checked, hosts);
    assert_true(checked > 50);
    assert_int_equal(hosts, checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_formats_are_parsed),
        cmocka_unit_test(test_known_times_are_parsed),
        cmocka_unit_test(test_what_is_no_log),
        cmocka_unit_test(test_hostile_lines_are_survived),
        cmocka_unit_test(test_shared_messages_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void expect_rows(const Expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        SyslogLine line;
        if (!syslog_parse(str_of(rows[i].line), &line))
            fail_msg("not understood: %s", rows[i].line);
        assert_field(line.timestamp, rows[i].timestamp, rows[i].line);
        assert_field(line.host, rows[i].host, rows[i].line);
        assert_field(line.mnemonic, rows[i].mnemonic, rows[i].line);
        assert_field(line.message, rows[i].message, rows[i].line);
        if (line.facility != rows[i].facility || line.severity != rows[i].severity)
            fail_msg("facility %d, severity %d in: %s", line.facility, line.severity, rows[i].line);
    }
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
         "2003-10-11T22:14:15.003Z", "host.example", "ID47", 20, 5, "text"},
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
    expect_rows(rows, COUNT_OF(rows));
}

static void test_each_cisco_system_writes_in_its_own_way(void **state)
{
    (void)state;
    static const Expected rows[] = {
        /* Uptime, with sequence numbers of the device and of its logging. */
        {"<189>82: 00:20:10: %LINK-3-UPDOWN: Gi0/1 down", "00:20:10", "", "LINK-3-UPDOWN", 23, 3,
         "Gi0/1 down"},
        {"<45>9121: r2: 008944: 13w1d: %HSRP-5-STATECHANGE: Speak -> Standby", "13w1d", "r2",
         "HSRP-5-STATECHANGE", 5, 5, "Speak -> Standby"},
        {"1d02h: %SYS-5-RESTART: System restarted", "1d02h", "", "SYS-5-RESTART", -1, 5,
         "System restarted"},
        {"*1y05w: %LINK-3-UPDOWN: x", "*1y05w", "", "LINK-3-UPDOWN", -1, 3, "x"},
        {"r7 00:00:09: %LINK-5-CHANGED: x", "00:00:09", "r7", "LINK-5-CHANGED", -1, 5, "x"},
        /* IOS XR without a host, with a year, and behind a relay. */
        {"RP/0/RSP0/CPU0:May 12 10:11:00.123 UTC: bgp[1052]: %ROUTING-BGP-5-ADJCHANGE : nbr Down",
         "May 12 10:11:00.123", "", "ROUTING-BGP-5-ADJCHANGE", -1, 5, "nbr Down"},
        {"0/RP0/CPU0:2024 May 12 10:11:00.123 UTC: ifmgr[4]: %PKT_INFRA-LINK-3-UPDOWN : down",
         "2024 May 12 10:11:00.123", "", "PKT_INFRA-LINK-3-UPDOWN", -1, 3, "down"},
        {"Mar 12 10:11:01 xr1 94307: RP/0/RP0/CPU0:May 12 10:11:00.123 UTC: isis[1]: "
         "%ROUTING-ISIS-4-ADJCHANGE : down",
         "Mar 12 10:11:01", "xr1", "ROUTING-ISIS-4-ADJCHANGE", -1, 4, "down"},
        {"Feb 12 08:30:00 core1 1234: *Feb 12 08:29:59.1: %SYS-2-MALLOCFAIL: x", "Feb 12 08:30:00",
         "core1", "SYS-2-MALLOCFAIL", -1, 2, "x"},
        /* NX-OS 9.3 and its accounting. */
        {"<187>: 2025 Jun 25 11:27:28 GMT: %AUTHPRIV-3-SYSTEM_MSG: pam failed",
         "2025 Jun 25 11:27:28", "", "AUTHPRIV-3-SYSTEM_MSG", 23, 3, "pam failed"},
        {"Tue Mar 12 10:52:00 2024:type=update:id=10.0.0.9@pts/0:user=adm",
         "Tue Mar 12 10:52:00 2024", "", "", -1, -1, "type=update:id=10.0.0.9@pts/0:user=adm"},
        /* ASA. */
        {"<166>Mar 12 2024 10:52:00 asa1 : %ASA-6-302013: Built outbound TCP",
         "Mar 12 2024 10:52:00", "asa1", "ASA-6-302013", 20, 6, "Built outbound TCP"},
        {"<166>:Mar 12 10:52:00 UTC: %ASA-session-5-111008: User 'x'", "Mar 12 10:52:00", "",
         "ASA-session-5-111008", 20, 5, "User 'x'"},
        {"%FTD-4-106023: Deny tcp src", "", "", "FTD-4-106023", -1, 4, "Deny tcp src"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void test_other_systems_write_in_their_own_ways(void **state)
{
    (void)state;
    static const Expected rows[] = {
        /* Junos: standard, explicit priority, structured. */
        {"Mar 12 10:52:00.123 r1 /kernel: %KERN-3: if_down", "Mar 12 10:52:00.123", "r1", "KERN-3",
         -1, 3, "if_down"},
        {"Mar 12 10:52:00 r1 rpd[2]: %DAEMON-4-RPD_OSPF_NBRDOWN: OSPF neighbor", "Mar 12 10:52:00",
         "r1", "DAEMON-4-RPD_OSPF_NBRDOWN", -1, 4, "OSPF neighbor"},
        {"<28>1 2024-03-12T10:52:00.000Z r1 rpd 2902 RPD_OSPF_NBRDOWN [junos@2636.1.1 "
         "reason=\"a ] \\\" b\"] OSPF neighbor down",
         "2024-03-12T10:52:00.000Z", "r1", "RPD_OSPF_NBRDOWN", 3, 4, "OSPF neighbor down"},
        {"<28>1 2024-03-12T10:52:00.000+01:00 r1 rpd 2902 UI_LOGIN [junos@2636 u=\"x\"]",
         "2024-03-12T10:52:00.000+01:00", "r1", "UI_LOGIN", 3, 4, "[junos@2636 u=\"x\"]"},
        {"<134>1 1374543213.342705328 MX84 urls src=10.0.0.1", "1374543213.342705328", "MX84", "",
         16, 6, "src=10.0.0.1"},
        /* Huawei and H3C. */
        {"<187>Mar 12 2024 10:52:00+01:00 SW1 %%01OSPF/3/NBR_DOWN(l)[12]:Neighbor down",
         "Mar 12 2024 10:52:00+01:00", "SW1", "OSPF/3/NBR_DOWN", 23, 3, "Neighbor down"},
        {"%Mar 12 10:52:00:123 2024 H3C IFNET/3/PHY_UPDOWN: link down", "%Mar 12 10:52:00:123 2024",
         "H3C", "IFNET/3/PHY_UPDOWN", -1, 3, "link down"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void test_lines_of_fields_are_parsed(void **state)
{
    (void)state;
    static const Expected rows[] = {
        /* FortiOS with a priority and behind a relay. */
        {"<189>date=2024-03-12 time=10:52:00 devname=\"my fw\" logid=\"0100\" level=\"critical\"",
         "2024-03-12 time=10:52:00", "my fw", "0100", 23, 2,
         "date=2024-03-12 time=10:52:00 devname=\"my fw\" logid=\"0100\" level=\"critical\""},
        {"Mar 12 10:52:00 10.0.0.1 date=2024-03-12 time=10:52:00 devname=fw level=warning",
         "2024-03-12 time=10:52:00", "fw", "", -1, 4,
         "date=2024-03-12 time=10:52:00 devname=fw level=warning"},
        /* PAN-OS. */
        {"Mar 12 10:52:00 PA 1,2024/03/12 10:52:00,0018,THREAT,url,9,2024/03/12 10:52:00,10.1.1.0,"
         "8.8.8.8,,,r1,,,web,vsys1,t,u,e1,e2,fwd,2024/03/12 10:52:00,1,1,5,80,0,0,0x2,tcp,alert,"
         "\"a,b\",\"x \"\",\"\" y(1)\",any,high,client",
         "Mar 12 10:52:00", "PA", "THREAT", -1, 3,
         "THREAT,url,9,2024/03/12 10:52:00,10.1.1.0,"
         "8.8.8.8,,,r1,,,web,vsys1,t,u,e1,e2,fwd,2024/03/12 10:52:00,1,1,5,80,0,0,0x2,tcp,alert,"
         "\"a,b\",\"x \"\",\"\" y(1)\",any,high,client"},
        {"<14>1 2024-03-12T10:52:00Z PA - - - - 1,2024/03/12 10:52:00,0018,SYSTEM,ha,0,x,,"
         "id,,0,0,ha,critical,\"HA, peer down\",9",
         "2024-03-12T10:52:00Z", "PA", "SYSTEM", 1, 2, "HA, peer down"},
        {"1,2024/03/12 10:52:00,0018,TRAFFIC,end,9,x,1.1.1.1", "2024/03/12 10:52:00", "", "TRAFFIC",
         -1, 6, "TRAFFIC,end,9,x,1.1.1.1"},
        {"<134>Mar 12 10:52:00 fw CEF:0|Palo Alto Networks|PAN-OS|10|sig|name|9|a=b",
         "Mar 12 10:52:00", "fw", "sig", 16, 2,
         "CEF:0|Palo Alto Networks|PAN-OS|10|sig|name|9|a=b"},
        /* RouterOS: of its memory, its files, and through syslog. */
        {"mar/12 10:52:00 ospf,info OSPF-v2 neighbor Down", "mar/12 10:52:00", "", "", -1, 6,
         "OSPF-v2 neighbor Down"},
        {"mar/12/2024 10:52:00 system,error,critical login failure", "mar/12/2024 10:52:00", "", "",
         -1, 2, "login failure"},
        {"2024-03-12 10:52:00 interface,warning ether1 link down", "2024-03-12 10:52:00", "", "",
         -1, 4, "ether1 link down"},
        {"10:52:00 firewall,debug x", "10:52:00", "", "", -1, 7, "x"},
        {"<30>Mar 12 10:52:00 MikroTik ospf,info x", "Mar 12 10:52:00", "MikroTik", "", 3, 6, "x"},
        {"<28>route,ospf,error x", "", "", "", 3, 3, "x"},
        /* FRR and Linux. */
        {"2024/03/12 10:52:00 BGP: %ADJCHANGE: neighbor 10.0.0.1 Down", "2024/03/12 10:52:00", "",
         "ADJCHANGE", -1, -1, "neighbor 10.0.0.1 Down"},
        {"2024/03/12 10:52:00 warnings: OSPF: x", "2024/03/12 10:52:00", "", "", -1, 4, "x"},
        {"2024-03-12 10:52:00,123 ERROR worker: x", "2024-03-12 10:52:00,123", "worker", "", -1, 3,
         "x"},
        {"Mar  2 10:52:00 web1 sshd[12]: Failed password", "Mar  2 10:52:00", "web1", "", -1, -1,
         "Failed password"},
        {"2024-03-12T10:52:00.123456+0100 web1 kernel: eth0 down",
         "2024-03-12T10:52:00.123456+0100", "web1", "", -1, -1, "eth0 down"},
    };
    expect_rows(rows, COUNT_OF(rows));
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

static void test_times_that_count_from_elsewhere_say_so(void **state)
{
    (void)state;
    SyslogLine line;
    assert_true(syslog_parse(STR("13w1d: %SYS-5-RESTART: x"), &line));
    assert_true(line.is_relative);
    assert_int_equal(line.time_s, (13 * 7 + 1) * 86400);
    assert_true(syslog_parse(STR("00:20:10: %SYS-5-RESTART: x"), &line));
    assert_int_equal(line.time_s, 1210);
    assert_true(syslog_parse(STR("*Mar  1 00:00:10: %SYS-5-RESTART: x"), &line));
    assert_true(line.is_unsynchronised);
    assert_false(line.is_relative);
}

static uint64_t sequence_of(const char *text)
{
    SyslogLine line;
    assert_true(syslog_parse(str_of(text), &line));
    return line.has_sequence ? line.sequence : 0;
}

static void test_sequence_numbers_are_those_of_the_device(void **state)
{
    (void)state;
    assert_int_equal(sequence_of("<45>9121: r2: 008944: 13w1d: %A-5-B: x"), 8944);
    assert_int_equal(sequence_of("000123: Feb 12 2026 08:30:00 UTC: %SYS-5-CONFIG_I: x"), 123);
    assert_int_equal(sequence_of("Feb 12 08:30:00 core1 77: Feb 12 08:29:59: %A-5-BC: x"), 77);
    assert_int_equal(sequence_of("<28>1 2024-03-12T10:52:00Z r1 a - - [meta sequenceId=\"29\"] x"),
                     29);
    assert_int_equal(sequence_of("Feb 12 08:30:00 core1 %A-5-BC: x"), 0);
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
        cmocka_unit_test(test_each_cisco_system_writes_in_its_own_way),
        cmocka_unit_test(test_other_systems_write_in_their_own_ways),
        cmocka_unit_test(test_lines_of_fields_are_parsed),
        cmocka_unit_test(test_times_that_count_from_elsewhere_say_so),
        cmocka_unit_test(test_sequence_numbers_are_those_of_the_device),
        cmocka_unit_test(test_known_times_are_parsed),
        cmocka_unit_test(test_what_is_no_log),
        cmocka_unit_test(test_hostile_lines_are_survived),
        cmocka_unit_test(test_shared_messages_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/report.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST_EVENTS = 1500, RESULT_MAX_BYTES = 8 << 20, PART_LINES = 3 };

/* As a caller does that has little memory: each part is gone before the next is added. */
static void add_in_parts(LogReport *report, Str log)
{
    while (!str_empty(log)) {
        Str rest = log, line;
        auto_arena Arena *arena = arena_new();
        for (int i = 0; i < PART_LINES && str_next_line(&rest, &line); i++)
            continue;
        log_report_add(report, arena_copy(arena, str_make(log.data, log.size - rest.size)));
        log = rest;
    }
}

static const JsonValue *analyse(Arena *arena, Str log)
{
    Str json;
    Error error = {0};
    auto_strbuf StrBuf text = {0};
    LogReport *report = log_report_new(arena);
    JsonWriter *writer = json_writer_new(arena, RESULT_MAX_BYTES);
    strbuf_init(&text, RESULT_MAX_BYTES);
    add_in_parts(report, log);
    log_report_end(report, NULL);
    json_begin_object(writer);
    log_report_write_json(report, writer);
    log_report_write_text(report, &text);
    json_end(writer);
    assert_that(json_writer_text(writer, &json));
    assert_that(!text.overflowed);
    const JsonValue *result = json_parse(arena, json, &error);
    assert_str(str_of(error.message), "");
    return result;
}

static const JsonValue *event(const JsonValue *result, size_t nth)
{
    const JsonValue *events = json_get(result, "events");
    assert_that(nth < events->count);
    return &events->items[nth];
}

static void expect_event(const JsonValue *result, size_t nth, const char *text, int64_t line,
                         int64_t messages)
{
    const JsonValue *found = event(result, nth);
    assert_str(json_str_or(found, "text", STR("")), text);
    assert_int(json_i64_or(found, "line_start", 0), line);
    assert_int(json_i64_or(found, "messages", 0), messages);
}

static const char morning[] = "Feb 12 08:30:00 core1 1: %LINK-3-UPDOWN: Gi0/1 down\n"
                              "Feb 12 08:30:05 core1 2: %LINK-3-UPDOWN: Gi0/1 up\n"
                              "a line without a header\n"
                              "Feb 12 08:31:00 core2 3: %LINK-3-UPDOWN: Gi0/2 down\n"
                              "Feb 12 08:32:00 core1 4: %OSPF-5-ADJCHG: Nbr 10.0.0.2 DOWN\n"
                              "Feb 12 08:33:00 core1 rpd[7]: RPD_OSPF_NBRDOWN: no severity here\n";

static void test_messages_of_one_kind_in_a_row_are_one_event(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, str_of(morning));
    assert_int(json_get(result, "events")->count, 4);
    expect_event(result, 0, "Gi0/1 down", 1, 2);
    assert_str(json_str_or(event(result, 0), "last_text", STR("")), "Gi0/1 up");
    assert_int(json_i64_or(event(result, 0), "line_end", 0), 2);
    expect_event(result, 1, "Gi0/2 down", 4, 1);
    assert_that(!json_get(event(result, 1), "last_text"));
    assert_that(!json_get(event(result, 3), "severity"));
}

static void test_the_whole_log_is_counted(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, str_of(morning));
    assert_int(json_i64_or(result, "lines", 0), 6);
    assert_int(json_i64_or(result, "messages", 0), 5);
    assert_int(json_i64_or(json_get(result, "by_severity"), "error", 0), 3);
    assert_int(json_i64_or(json_get(result, "first"), "line", 0), 1);
    assert_int(json_i64_or(json_get(result, "last"), "line", 0), 6);
    const JsonValue *host = &json_get(result, "hosts")->items[0];
    assert_str(json_str_or(host, "host", STR("")), "core1");
    assert_int(json_i64_or(host, "messages", 0), 4);
    const JsonValue *mnemonic = &json_get(result, "mnemonics")->items[0];
    assert_str(json_str_or(mnemonic, "mnemonic", STR("")), "LINK-3-UPDOWN");
    assert_int(json_i64_or(mnemonic, "line", 0), 1);
}

static void test_a_log_without_messages_has_an_empty_timeline(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char *const logs[] = {"", "\n\n", "no message here\n"};
    for (size_t i = 0; i < COUNT_OF(logs); i++) {
        const JsonValue *result = analyse(arena, str_of(logs[i]));
        assert_int(json_get(result, "events")->count, 0);
        assert_int(json_get(result, "hosts")->count, 0);
        assert_that(!json_get(result, "first"));
    }
}

static const JsonValue *analyse_many(Arena *arena, int errors, int notices)
{
    StrBuf log = {0};
    strbuf_init(&log, 64 << 20);
    for (int i = 0; i < notices; i++)
        strbuf_printf(&log, "Feb 12 08:30:00 host%d x: %%SYS-5-NOTE: note %d\n", i, i);
    for (int i = 0; i < errors; i++)
        strbuf_printf(&log, "Feb 12 08:30:00 host%d x: %%SYS-3-FAULT: fault %d\n", i, i);
    const JsonValue *result = analyse(arena, strbuf_str(&log));
    strbuf_done(&log);
    return result;
}

static int64_t left_out(const JsonValue *result, size_t severity)
{
    return json_get(result, "events_left_out")->items[severity].integer;
}

static void test_of_many_events_the_most_severe_are_kept(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse_many(arena, 100, MOST_EVENTS - 100);
    assert_int(json_get(result, "events")->count, MOST_EVENTS);
    assert_int(left_out(result, 5), 0);
    result = analyse_many(arena, 100, MOST_EVENTS - 99);
    assert_int(json_get(result, "events")->count, MOST_EVENTS);
    assert_int(left_out(result, 5), 1);
    expect_event(result, MOST_EVENTS - 1, "fault 99", MOST_EVENTS + 1, 1);
    result = analyse_many(arena, MOST_EVENTS + 7, 5);
    assert_int(left_out(result, 3), 7);
    assert_int(left_out(result, 5), 5);
    expect_event(result, 0, "fault 0", 6, 1);
}

/* Every byte of the longest texts takes six in JSON. */
static void test_the_largest_timeline_fits_into_a_result(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StrBuf log = {0};
    strbuf_init(&log, 64 << 20);
    for (int i = 0; i < 2 * MOST_EVENTS; i++) {
        strbuf_printf(&log, "Feb 12 08:30:00 h%d x: %%SYS-3-F%d: ", i / 2, i / 2);
        for (int j = 0; j < 300; j++)
            strbuf_append_byte(&log, '\x01');
        strbuf_append_byte(&log, '\n');
    }
    const JsonValue *result = analyse(arena, strbuf_str(&log));
    assert_int(json_get(result, "events")->count, MOST_EVENTS);
    strbuf_done(&log);
}

static const JsonValue *find(const JsonValue *result, const char *id)
{
    const JsonValue *findings = json_get(result, "findings");
    for (size_t i = 0; i < findings->count; i++)
        if (str_equal(json_str_or(&findings->items[i], "id", STR("")), str_of(id)))
            return &findings->items[i];
    return NULL;
}

static void expect_finding(const JsonValue *result, const char *id, const char *title,
                           const char *detail, int64_t line)
{
    const JsonValue *found = find(result, id);
    assert_that(found);
    assert_str(json_str_or(found, "title", STR("")), title);
    assert_str(json_str_or(found, "detail", STR("")), detail);
    assert_int(json_i64_or(found, "line", 0), line);
}

static void expect_none(Arena *arena, const char *log, const char *id)
{
    assert_that(!find(analyse(arena, str_of(log)), id));
}

static void test_an_interface_that_flaps_is_found_with_its_period(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 1 << 20);
    for (int i = 0; i < 4; i++) {
        /* Link and line protocol go down together: that is one fault. */
        strbuf_printf(
            &log, "Feb 12 08:%02d:00 r1 %%LINK-3-UPDOWN: Interface Gi0/1, changed state to down\n",
            i * 5);
        strbuf_printf(
            &log,
            "Feb 12 08:%02d:01 r1 %%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, "
            "changed state to down\n",
            i * 5);
        strbuf_printf(
            &log, "Feb 12 08:%02d:30 r1 %%LINK-3-UPDOWN: Interface Gi0/1, changed state to up\n",
            i * 5);
    }
    const JsonValue *result = analyse(arena, strbuf_str(&log));
    expect_finding(
        result, "interface_flap", "r1: interface Gi0/1 went down 4 times",
        "First Feb 12 08:00:00, last Feb 12 08:15:00, every 5 min; down for 2 min in all.", 1);
    assert_int(json_get(find(result, "interface_flap"), "lines")->count, 4);
    assert_that(!find(result, "interface_down"));
}

/* One neighbour in the words of each system. */
static void test_neighbours_that_flap_are_found_for_each_system(void **state)
{
    (void)state;
    static const struct {
        const char *down;
        const char *up;
        const char *title;
    } rows[] = {
        {"r1 %OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from FULL to DOWN, Neighbor "
         "Down: Dead",
         "r1 %OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from LOADING to FULL, Loading Done",
         "r1: OSPF neighbor 10.0.0.2 went down 3 times"},
        {"r1 %BGP-5-ADJCHANGE: neighbor 10.1.1.1 Down BGP Notification sent",
         "r1 %BGP-5-ADJCHANGE: neighbor 10.1.1.1 Up",
         "r1: BGP neighbor 10.1.1.1 went down 3 times"},
        {"r1 Bgp: %BGP-5-ADJCHANGE: peer 10.0.0.2 (VRF default AS 1) old state Established event "
         "Stop new state Idle",
         "r1 Bgp: %BGP-5-ADJCHANGE: peer 10.0.0.2 (VRF default AS 1) old state OpenConfirm event "
         "Established new state Established",
         "r1: BGP neighbor 10.0.0.2 went down 3 times"},
        {"r1 %DUAL-5-NBRCHANGE: EIGRP-IPv4 1: Neighbor 10.0.0.2 (Gi0/1) is down: holding time",
         "r1 %DUAL-5-NBRCHANGE: EIGRP-IPv4 1: Neighbor 10.0.0.2 (Gi0/1) is up: new adjacency",
         "r1: EIGRP neighbor 10.0.0.2 went down 3 times"},
        {"r1 %ROUTING-ISIS-4-ADJCHANGE: Adjacency to core2 (Gi0/0/0/1) (L2) Down, Hold timer",
         "r1 %ROUTING-ISIS-4-ADJCHANGE: Adjacency to core2 (Gi0/0/0/1) (L2) Up, New adjacency",
         "r1: IS-IS neighbor core2 went down 3 times"},
        {"r1 rpd[2]: RPD_OSPF_NBRDOWN: OSPF neighbor 1.1.1.1 (realm ospf-v2 ge-0/0/0.0 area 0) "
         "state changed from Full to Down due to InActiveTimer",
         "r1 rpd[2]: RPD_OSPF_NBRUP: OSPF neighbor 1.1.1.1 (realm ospf-v2 ge-0/0/0.0 area 0) state "
         "changed from Loading to Full due to LoadingDone",
         "r1: OSPF neighbor 1.1.1.1 went down 3 times"},
        {"r1 rpd[2]: RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer 10.0.0.1 (External AS 1) changed "
         "state from Established to Idle (event HoldTime)",
         "r1 rpd[2]: RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer 10.0.0.1 (External AS 1) changed "
         "state from OpenConfirm to Established (event RecvKeepAlive)",
         "r1: BGP neighbor 10.0.0.1 went down 3 times"},
        {"r1 mib2d[3]: SNMP_TRAP_LINK_DOWN: ifIndex 5, ifAdminStatus up(1), ifOperStatus down(2), "
         "ifName ge-0/0/1",
         "r1 mib2d[3]: SNMP_TRAP_LINK_UP: ifIndex 5, ifAdminStatus up(1), ifOperStatus up(1), "
         "ifName ge-0/0/1",
         "r1: interface ge-0/0/1 went down 3 times"},
        {"r1 %ETHPORT-5-IF_DOWN_LINK_FAILURE: Interface Ethernet1/3 is down (Link failure)",
         "r1 %ETHPORT-5-IF_UP: Interface Ethernet1/3 is up in mode trunk",
         "r1: interface Ethernet1/3 went down 3 times"},
        {"r1 %%01IFNET/4/IF_STATE(l)[4]:Interface GigabitEthernet0/0/1 has turned into DOWN state.",
         "r1 %%01IFNET/4/IF_STATE(l)[4]:Interface GigabitEthernet0/0/1 has turned into UP state.",
         "r1: interface GigabitEthernet0/0/1 went down 3 times"},
        {"r1 interface,info ether1 link down", "r1 interface,info ether1 link up (speed 1G)",
         "r1: interface ether1 went down 3 times"},
        {"r1 %%10IFNET/3/LINK_UPDOWN(l): -Slot=1; GigabitEthernet1/0/1 link status is DOWN.",
         "r1 %%10IFNET/3/LINK_UPDOWN(l): -Slot=1; GigabitEthernet1/0/1 link status is UP.",
         "r1: interface GigabitEthernet1/0/1 went down 3 times"},
        {"r1 kernel: eth0: NIC Link is Down", "r1 kernel: eth0: NIC Link is Up 1000 Mbps",
         "r1: interface eth0 went down 3 times"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf log = {0};
        strbuf_init(&log, 1 << 16);
        for (int at = 0; at < 3; at++)
            strbuf_printf(&log, "Feb 12 08:%02d:00 %s\nFeb 12 08:%02d:30 %s\n", at, rows[i].down,
                          at, rows[i].up);
        const JsonValue *result = analyse(arena, strbuf_str(&log));
        const JsonValue *flap = find(result, "interface_flap");
        flap = flap ? flap : find(result, "neighbor_flap");
        if (!flap)
            fail_msg("not found: %s", rows[i].title);
        assert_str(json_str_or(flap, "title", STR("")), rows[i].title);
    }
}

static void test_a_neighbour_that_never_comes_up_is_an_error(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(
        arena,
        STR("Feb 12 08:00:00 r1 %OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from EXSTART "
            "to DOWN, Neighbor Down: Too many retransmissions\n"
            "Feb 12 08:02:00 r1 %OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from EXSTART "
            "to DOWN, Neighbor Down: Too many retransmissions\n"
            "Feb 12 08:04:00 r1 %OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from EXSTART "
            "to DOWN, Neighbor Down: Too many retransmissions\n"));
    expect_finding(result, "neighbor_fails", "r1: OSPF neighbor 10.0.0.2 failed to come up 3 times",
                   "First Feb 12 08:00:00, last Feb 12 08:04:00, in state EXSTART, which different "
                   "MTUs at the two ends cause.",
                   1);
    assert_str(json_str_or(find(result, "neighbor_fails"), "severity", STR("")), "error");
}

static void test_what_an_operator_shuts_down_is_no_fault(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    expect_none(arena,
                "Feb 12 08:00:00 r1 %LINK-5-CHANGED: Interface Gi0/1, changed state to "
                "administratively down\n",
                "interface_down");
}

static const JsonValue *analyse_lines(Arena *arena, int count, const char *format)
{
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 8 << 20);
    for (int i = 0; i < count; i++)
        strbuf_printf(&log, "Feb 12 08:%02d:%02d r1 %s %d\n", i / 60 % 60, i % 60, format, i);
    return analyse(arena, arena_copy(arena, strbuf_str(&log)));
}

static void test_a_storm_is_found_and_a_steady_log_is_none(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 8 << 20);
    for (int i = 0; i < 500; i++)
        strbuf_printf(&log, "Feb 12 08:10:%02d r1 %%SYS-3-CPU: busy %d\n", i / 10, i);
    const JsonValue *result = analyse(arena, strbuf_str(&log));
    expect_finding(
        result, "message_storm", "r1: a storm of 500 messages SYS-3-CPU",
        "From Feb 12 08:10:00 to Feb 12 08:10:49, with 100 or more a minute for 1 min; the "
        "most were 500 in the minute from Feb 12 08:10:00.",
        1);
    assert_that(!find(analyse_lines(arena, 3000, "%SYS-3-CPU: slow"), "message_storm"));
    strbuf_clear(&log);
    for (int i = 0; i < 6000; i++) /* a firewall that logs each connection */
        strbuf_printf(&log, "Feb 12 08:%02d:%02d r1 %%ASA-6-302013: Built %d\n", i / 600,
                      i / 10 % 60, i);
    assert_that(!find(analyse(arena, strbuf_str(&log)), "message_storm"));
}

static void test_gaps_in_sequence_numbers_are_counted(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, STR("Feb 12 08:00:00 r1 10: %SYS-6-A: x\n"
                                                 "Feb 12 08:00:01 r1 11: %SYS-6-A: x\n"
                                                 "Feb 12 08:00:02 r1 15: %SYS-6-A: x\n"
                                                 "Feb 12 08:00:02 r1 14: %SYS-6-A: late\n"
                                                 "Feb 12 08:00:02 r2 900: %SYS-6-A: another\n"
                                                 "Feb 12 08:00:03 r1 16: %SYS-6-A: x\n"
                                                 "Feb 12 09:00:00 r1 1: %SYS-6-A: x\n"));
    expect_finding(result, "sequence_gap", "r1: 2 messages are missing",
                   "The sequence numbers jump once: messages were lost between the device and this "
                   "log.",
                   3);
    expect_finding(result, "sequence_restart", "r1: the sequence numbers start again once",
                   "The device was restarted, or its logging was cleared.", 7);
}

static void test_a_device_that_falls_silent_is_found(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 1 << 20);
    for (int minute = 0; minute < 240; minute++) {
        strbuf_printf(&log, "Feb 12 %02d:%02d:00 r1 %%SYS-6-A: x\n", 8 + minute / 60, minute % 60);
        if (minute < 60)
            strbuf_printf(&log, "Feb 12 %02d:%02d:00 r2 %%SYS-6-A: x\n", 8 + minute / 60,
                          minute % 60);
    }
    expect_finding(analyse(arena, strbuf_str(&log)), "silent_device",
                   "r2: no message in the last 3 h 0 min",
                   "The last of its 60 messages is of Feb 12 08:59:00, while the log goes on until "
                   "Feb 12 11:59:00; its longest pause before was 60 s.",
                   120);
}

static void test_a_clock_that_goes_back_is_found_but_not_new_year(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, STR("Feb 12 08:00:00 r1 %SYS-6-A: x\n"
                                                 "Feb 12 07:00:00 r1 %SYS-6-A: x\n"
                                                 "*Mar  1 00:00:10 r1 %SYS-6-A: x\n"));
    expect_finding(result, "clock_jump", "r1: the clock goes back by 60 min",
                   "Feb 12 08:00:00 is followed by Feb 12 07:00:00; the clock goes back once in "
                   "all.",
                   2);
    assert_that(find(result, "clock_unsynchronised"));
    expect_none(arena, "Dec 31 23:59:59 r1 %SYS-6-A: x\nJan  1 00:00:01 r1 %SYS-6-A: x\n",
                "clock_jump");
    expect_none(arena, "Feb 12 08:00:10 r1 %SYS-6-A: x\nFeb 12 08:00:09 r1 %SYS-6-A: x\n",
                "clock_jump");
}

static void test_messages_of_many_devices_are_one_finding(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result =
        analyse(arena, STR("Feb 12 08:00:00 r1 %IP-4-DUPADDR: Duplicate address 10.0.0.1 on Vlan1\n"
                           "Feb 12 08:00:01 r2 %IP-4-DUPADDR: Duplicate address 10.0.0.1 on Vlan1\n"
                           "Feb 12 08:00:02 r2 %IP-4-DUPADDR: Duplicate address 10.0.0.1 on Vlan1\n"
                           "Feb 12 08:00:03 r3 %CHASSIS-1-POWER: Power supply failed\n"));
    expect_finding(result, "duplicate_address", "2 devices (most: r2, 2): 3 messages IP-4-DUPADDR",
                   "Two devices use one address. First Feb 12 08:00:00, last Feb 12 08:00:02. "
                   "Example: Duplicate address 10.0.0.1 on Vlan1",
                   1);
    expect_finding(result, "critical_message", "r3: 1 message CHASSIS-1-POWER",
                   "The device calls this critical or worse. First Feb 12 08:00:03, last Feb 12 "
                   "08:00:03. Example: Power supply failed",
                   4);
    const JsonValue *findings = json_get(result, "findings");
    for (size_t i = 0; i < 2; i++)
        assert_str(json_str_or(&findings->items[i], "severity", STR("")), "error");
}

static void test_messages_without_a_mnemonic_are_told_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, STR("Feb 12 08:00:00 web sshd[1]: Accepted publickey\n"
                                                 "Feb 12 08:00:01 web sshd[2]: Failed password\n"
                                                 "Feb 12 08:00:02 web sshd[2]: Failed password\n"
                                                 "Feb 12 08:00:03 web sshd[2]: Failed password\n"
                                                 "Feb 12 08:00:04 web sshd[2]: Failed password\n"
                                                 "Feb 12 08:00:05 web sshd[2]: Failed password\n"
                                                 "Feb 12 08:00:06 mt system,info started\n"
                                                 "Feb 12 08:00:07 mt system,critical hot\n"));
    expect_finding(result, "login_failures", "web: 5 messages sshd",
                   "Logins fail. First Feb 12 08:00:01, last Feb 12 08:00:05. Example: Failed "
                   "password",
                   2);
    expect_finding(result, "critical_message", "mt: 1 message system",
                   "The device calls this critical or worse. First Feb 12 08:00:07, last Feb 12 "
                   "08:00:07. Example: hot",
                   8);
}

static void test_the_timeline_covers_the_whole_log(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 1 << 20);
    for (int day = 1; day <= 28; day++) /* in disorder: the days run backwards */
        strbuf_printf(&log, "2026-02-%02dT12:00:00Z r1 a: %%SYS-3-A: x\n", 29 - day);
    const JsonValue *timeline = json_get(analyse(arena, strbuf_str(&log)), "timeline");
    const JsonValue *messages = json_get(timeline, "messages");
    int64_t sum = 0;
    for (size_t i = 0; i < messages->count; i++)
        sum += messages->items[i].integer;
    assert_int(sum, 28);
    int64_t start = json_i64_or(timeline, "start_s", 0);
    int64_t width = json_i64_or(timeline, "interval_s", 0);
    assert_that(start <= 1769947200 && start + width > 1769947200);
    assert_that(messages->count <= 120);
    assert_int(json_get(timeline, "severe")->items[0].integer, messages->items[0].integer);
}

static void test_lines_have_their_merits(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LogReport *report = log_report_new(arena);
    const LogMerits *merits = log_report_add(report, STR("no message\n"
                                                         "Feb 12 08:00:00 r1 %A-1-BC: x\n"
                                                         "Feb 12 08:00:00 r1 %A-3-BD: x\n"
                                                         "Feb 12 08:00:00 r1 %A-6-BE: x\n"
                                                         "Feb 12 08:00:00 r1 %A-6-BE: x\n"
                                                         "Feb 12 08:00:00 r1 %A-6-BE: x\n"
                                                         "Feb 12 08:00:00 r1 %A-6-BE: x\n"
                                                         "Feb 12 08:00:00 r1 %A-6-BE: x\n"
                                                         "Feb 12 08:00:00 r1 %A-6-BE: x\n"));
    static const uint8_t expected[] = {LOG_MERIT_NONE, LOG_MERIT_ALERT, LOG_MERIT_ERROR,
                                       LOG_MERIT_RARE, LOG_MERIT_RARE,  LOG_MERIT_RARE,
                                       LOG_MERIT_RARE, LOG_MERIT_RARE,  LOG_MERIT_NONE};
    assert_int(merits->count, COUNT_OF(expected));
    assert_that(memcmp(merits->items, expected, sizeof expected) == 0);
    assert_int(log_report_lines(report), 9);
    assert_int(log_report_messages(report), 8);
}

static Str describe_one(void *context, Str host, Str object)
{
    (void)context;
    return str_equal(host, STR("r1")) && str_equal(object, STR("Gi0/1")) ? STR("to core2")
                                                                         : STR("");
}

static void test_findings_are_joined_with_what_is_known(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 16);
    LogReport *report = log_report_new(arena);
    LogNames names = {.describe = describe_one};
    log_report_add(
        report, STR("Feb 12 08:00:00 r1 %LINK-3-UPDOWN: Interface Gi0/1, changed state to down\n"
                    "Feb 12 08:00:00 r1 %LINK-3-UPDOWN: Interface Gi0/2, changed state to down\n"));
    log_report_end(report, &names);
    log_report_write_text(report, &text);
    Str written = strbuf_str(&text);
    assert_that(str_starts_with(written, STR("findings     2\n")));
    assert_that(str_find(written, STR("interface Gi0/1 (to core2) stays down (line 1)")) !=
                STR_NOT_FOUND);
    assert_that(str_find(written, STR("interface Gi0/2 stays down (line 2)")) != STR_NOT_FOUND);
}

static void test_hostile_logs_are_survived(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "*Feb 12 08:00:00 : %LINK-3-UPDOWN: Interface , changed state to down\n",
        "9999-12-31T23:59:59Z r1 a: %A-3-UPDOWN: neighbor 1 Down\n",
        "1970-01-01T00:00:00Z r1 a: %A-3-UPDOWN: neighbor 1 to\n",
        "<13>999999999999: r1: 00:00:00: %A-0-B: peer ( from to state new state\n",
        "Feb 12 08:00:00 \xff\xfe \x01\x02: adjacency to\n",
    };
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 1 << 20);
    for (size_t i = 0; i < 5000; i++)
        strbuf_append(&log, str_of(lines[i * 7 % COUNT_OF(lines)]));
    assert_int(json_i64_or(analyse(arena, strbuf_str(&log)), "lines", 0), 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_one_kind_in_a_row_are_one_event),
        cmocka_unit_test(test_the_whole_log_is_counted),
        cmocka_unit_test(test_a_log_without_messages_has_an_empty_timeline),
        cmocka_unit_test(test_of_many_events_the_most_severe_are_kept),
        cmocka_unit_test(test_the_largest_timeline_fits_into_a_result),
        cmocka_unit_test(test_an_interface_that_flaps_is_found_with_its_period),
        cmocka_unit_test(test_neighbours_that_flap_are_found_for_each_system),
        cmocka_unit_test(test_a_neighbour_that_never_comes_up_is_an_error),
        cmocka_unit_test(test_what_an_operator_shuts_down_is_no_fault),
        cmocka_unit_test(test_a_storm_is_found_and_a_steady_log_is_none),
        cmocka_unit_test(test_gaps_in_sequence_numbers_are_counted),
        cmocka_unit_test(test_a_device_that_falls_silent_is_found),
        cmocka_unit_test(test_a_clock_that_goes_back_is_found_but_not_new_year),
        cmocka_unit_test(test_messages_of_many_devices_are_one_finding),
        cmocka_unit_test(test_messages_without_a_mnemonic_are_told_apart),
        cmocka_unit_test(test_the_timeline_covers_the_whole_log),
        cmocka_unit_test(test_lines_have_their_merits),
        cmocka_unit_test(test_findings_are_joined_with_what_is_known),
        cmocka_unit_test(test_hostile_logs_are_survived),
    };
    return cmocka_run_group_tests_name("engines_log_report", tests, NULL, NULL);
}

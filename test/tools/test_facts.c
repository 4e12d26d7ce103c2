/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static void run(TaskMain *body)
{
    test_run(all->services.loop, body, NULL);
}

static Str str_at(const JsonValue *answer, const char *member, size_t nth, const char *name)
{
    return json_str_or(item(answer, member, nth), name, STR(""));
}

static void expect_section(Task *task, const char *section, size_t rows, int64_t first_line)
{
    Str arguments = arena_printf(task->arena, OF_WITH(CORE, "\"section\":\"%s\""), section);
    const JsonValue *answer = call(task, "device_facts", arguments.data);
    EXPECT(task, answer);
    EXPECT_INT(task, count(answer, "rows"), rows);
    EXPECT_INT(task, json_i64_or(answer, "total", -1), rows);
    EXPECT_INT(task, json_i64_or(item(answer, "rows", 0), "line", 0), first_line);
}

static void asks_for_sections(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_section(task, "interfaces", 2, 6);
    expect_section(task, "vlans", 1, 3);
    expect_section(task, "vrfs", 0, 0);
    expect_section(task, "ospf", 2, 9);
    expect_section(task, "isis", 2, 20);
    expect_section(task, "eigrp", 1, 30);
    expect_section(task, "bgp", 3, 10);
    expect_section(task, "static_routes", 1, 13);
    expect_section(task, "acls", 2, 15);
    expect_section(task, "prefix_lists", 0, 0);
    expect_section(task, "route_maps", 0, 0);
    expect_section(task, "nat", 2, 17);
    expect_section(task, "zones", 2, 19);
    expect_section(task, "not_understood", 0, 0);
    expect_failure(task, "device_facts", OF_WITH(CORE, "\"section\":\"users\""), ERR_VALIDATION,
                   "\"section\" must be one of: summary, interfaces");
    expect_failure(task, "device_facts", OF(CORE), ERR_VALIDATION, "\"section\" is missing");
}

static void test_each_section_has_its_facts_with_their_lines(void **state)
{
    (void)state;
    run(asks_for_sections);
}

static void asks_for_summary(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "device_facts", OF_WITH(CORE, "\"section\":\"summary\""));
    const JsonValue *row = item(answer, "rows", 0);
    EXPECT_STR(task, json_str_or(json_get(row, "hostname"), "value", STR("")), "core1");
    EXPECT_INT(task, json_i64_or(json_get(row, "counts"), "interfaces", 0), 2);
    EXPECT_INT(task, json_i64_or(json_get(row, "counts"), "vrfs", -1), 0);
}

static void test_the_summary_counts_the_sections(void **state)
{
    (void)state;
    run(asks_for_summary);
}

static void asks_for_members(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "device_facts", OF_WITH(CORE, "\"section\":\"ospf\""));
    EXPECT_STR(task, str_at(answer, "rows", 0, "row"), "process");
    EXPECT_STR(task, str_at(answer, "rows", 1, "row"), "interface");
    EXPECT_STR(task, str_at(answer, "rows", 1, "interface"), "GigabitEthernet0/1");
    answer = call(task, "device_facts", OF_WITH(CORE, "\"section\":\"bgp\""));
    EXPECT_STR(task, str_at(answer, "rows", 1, "row"), "neighbor");
    EXPECT_INT(task, json_i64_or(item(answer, "rows", 1), "asn", 0), 65010);
    EXPECT_STR(task, str_at(answer, "rows", 2, "row"), "group");
    answer = call(task, "device_facts", OF_WITH(CORE, "\"section\":\"acls\""));
    EXPECT_STR(task, str_at(answer, "rows", 1, "acl"), "EDGE");
    EXPECT_STR(task, str_at(answer, "rows", 1, "action"), "deny");
}

static void test_rows_of_nested_lists_name_what_they_belong_to(void **state)
{
    (void)state;
    run(asks_for_members);
}

static void asks_by_name(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    static const char *const names[] = {"Gi0/1", "gigabitethernet0/1", "10.0.1.1", "gig0/1"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str arguments = arena_printf(
            task->arena, OF_WITH(CORE, "\"section\":\"interfaces\",\"name\":\"%s\""), names[i]);
        const JsonValue *answer = call(task, "device_facts", arguments.data);
        EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
        EXPECT_STR(task, str_at(answer, "rows", 0, "name"), "Gi0/1");
    }
    const JsonValue *answer =
        call(task, "device_facts", OF_WITH(CORE, "\"section\":\"bgp\",\"name\":\"%\""));
    EXPECT_INT(task, json_i64_or(answer, "total", -1), 0);
}

static void test_facts_are_filtered_by_name(void **state)
{
    (void)state;
    run(asks_by_name);
}

static void asks_for_many(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    EXPECT_INT(task, count_all(task, "device_facts", OF_WITH(CORE, "\"section\":\"acls\""), "rows"),
               140);
    EXPECT_INT(task,
               count_all(task, "device_facts", OF_WITH(CORE, "\"section\":\"interfaces\""), "rows"),
               20);
    EXPECT_INT(task, count_all(task, "device_facts", OF_WITH(CORE, "\"section\":\"bgp\""), "rows"),
               1);
}

/* Rows are shortened until they fit, whatever a configuration holds. */
static void test_huge_facts_come_in_parts_that_fit(void **state)
{
    (void)state;
    fixture_run(
        "UPDATE analysis_tasks SET result = jsonb_build_object("
        "'acls', (SELECT jsonb_agg(jsonb_build_object('name', repeat('\"', 3000), 'entries',"
        "  (SELECT jsonb_agg(jsonb_build_object('line', m, 'text', repeat(E'\\t\\u0001', 2000)))"
        "   FROM generate_series(1, 7) AS m))) FROM generate_series(1, 20) AS n),"
        "'interfaces', (SELECT jsonb_agg(jsonb_build_object('name', repeat('n', 5000), 'line', n,"
        "  'description', jsonb_build_object('value', repeat('<', 6000)), 'addresses',"
        "  (SELECT jsonb_agg(jsonb_build_object('address', repeat('9', 400)))"
        "   FROM generate_series(1, 90)))) FROM generate_series(1, 20) AS n),"
        "'bgp', jsonb_build_array(jsonb_build_object('asn', 1, 'neighbors', '[]'::jsonb, 'groups',"
        "  '[]'::jsonb, 'networks', (SELECT jsonb_agg(jsonb_build_object('prefix', repeat('x',"
        "  300), 'line', n)) FROM generate_series(1, 3000) AS n)))) WHERE celery_task_id = 'core'");
    run(asks_for_many);
}

static void asks_of_other_types(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_failure(task, "device_facts", OF_WITH(LOG, "\"section\":\"summary\""), ERR_VALIDATION,
                   "core1.log is of type log, and this tool is for documents of type config");
    expect_failure(task, "capture_summary", OF(CORE), ERR_VALIDATION, "documents of type pcap");
    expect_failure(task, "capture_conversations", OF(LOG), ERR_VALIDATION,
                   "documents of type pcap");
    expect_failure(task, "log_timeline", OF(CAPTURE), ERR_VALIDATION, "documents of type log");
    expect_failure(task, "device_facts", OF_WITH(EDGE, "\"section\":\"summary\""), ERR_NOT_FOUND,
                   "the analysis of this document is not stored any more");
}

static void asks_for_findings_of_any_type(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    EXPECT(task, json_get(call(task, "findings", OF(LOG)), "findings"));
    EXPECT(task, json_get(call(task, "findings", OF(CAPTURE)), "findings"));
}

static void test_findings_are_of_documents_of_any_type(void **state)
{
    (void)state;
    run(asks_for_findings_of_any_type);
}

static void test_documents_of_another_type_are_refused(void **state)
{
    (void)state;
    run(asks_of_other_types);
}

static void asks_for_capture(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "capture_summary", OF(CAPTURE));
    EXPECT_INT(task, json_i64_or(answer, "packets", 0), 40);
    EXPECT_INT(task, json_i64_or(answer, "conversation_count", 0), 2);
    EXPECT_INT(task, json_i64_or(answer, "host_count", 0), 3);
    EXPECT_STR(task, str_at(answer, "protocols", 0, "name"), "tcp");
    EXPECT_STR(task, str_at(answer, "hosts", 0, "address"), "10.0.0.1");
    EXPECT(task, !json_get(answer, "conversations") && !json_get(answer, "text"));
}

static void test_a_capture_is_summarised(void **state)
{
    (void)state;
    run(asks_for_capture);
}

static void expect_first(Task *task, const char *more, int64_t port, size_t rows)
{
    Str arguments = arena_printf(task->arena, OF_WITH(CAPTURE, "%s"), more);
    const JsonValue *answer = call(task, "capture_conversations", arguments.data);
    EXPECT(task, answer);
    EXPECT_INT(task, json_i64_or(answer, "total", -1), rows);
    EXPECT_INT(task, json_i64_or(answer, "conversations_in_capture", 0), 2);
    EXPECT_INT(task, json_i64_or(item(answer, "conversations", 0), "port_b", -1), port);
}

static void asks_for_conversations(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_first(task, "\"order\":\"bytes\"", 443, 2);
    expect_first(task, "\"order\":\"packets\"", 80, 2);
    expect_first(task, "\"order\":\"duration\"", 443, 2);
    expect_first(task, "\"order\":\"retransmissions\"", 80, 2);
    expect_first(task, "\"order\":\"rtt\"", 80, 2);
    expect_first(task, "\"transport\":\"tcp\"", 443, 2);
    expect_first(task, "\"transport\":\"udp\"", -1, 0);
    expect_first(task, "\"port\":80", 80, 1);
    expect_first(task, "\"port\":0", -1, 0);
    expect_first(task, "\"address\":\"10.0.0.2\"", 443, 1);
    expect_first(task, "\"address\":\"2001:0DB8:0::1\"", 80, 1);
    expect_failure(task, "capture_conversations", OF_WITH(CAPTURE, "\"address\":\"web\""),
                   ERR_VALIDATION, "\"address\" must be an IP address");
}

static void test_conversations_are_ordered_and_filtered(void **state)
{
    (void)state;
    run(asks_for_conversations);
}

static void asks_for_timeline(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "log_timeline", OF(LOG));
    EXPECT_INT(task, json_i64_or(answer, "lines", 0), 5);
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 2);
    EXPECT_INT(task, json_i64_or(answer, "events_left_out", 0), 2);
    EXPECT_STR(task, str_at(answer, "events", 1, "host"), "core2");
    answer = call(task, "log_timeline", OF_WITH(LOG, "\"severity\":3"));
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
    EXPECT(task, !json_get(answer, "events_left_out"));
    answer = call(task, "log_timeline", OF_WITH(LOG, "\"severity\":7,\"host\":\"CORE1\""));
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 2);
    answer = call(task, "log_timeline", OF_WITH(LOG, "\"more\":1"));
    EXPECT_INT(task, count(answer, "events"), 1);
    EXPECT(task, !json_get(answer, "lines"));
}

static void test_events_of_a_log_are_filtered_by_severity_and_host(void **state)
{
    (void)state;
    run(asks_for_timeline);
}

static void asks_for_old_timeline(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_failure(task, "log_timeline", OF(LOG), ERR_CONFLICT,
                   "core1.log was analysed before timelines were stored");
}

static void test_a_log_without_a_timeline_is_said_so(void **state)
{
    (void)state;
    fixture_run("UPDATE analysis_tasks SET result = '{\"lines\": 5}' WHERE celery_task_id = 'log'");
    run(asks_for_old_timeline);
}

static void asks_for_newest(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "capture_summary", OF(CAPTURE));
    EXPECT_INT(task, json_i64_or(answer, "packets", 0), 41);
}

static void test_the_newest_analysis_of_a_document_counts(void **state)
{
    (void)state;
    fixture_run("INSERT INTO analysis_tasks (user_id, document_id, task_type, celery_task_id,"
                " status, settles_document, result, created_at) VALUES"
                " ('" ANA "', '" CAPTURE "', 'pcap_analysis', 'again', 'completed', true,"
                "  '{\"packets\": 41}', now() + interval '1 hour'),"
                " ('" ANA "', '" CAPTURE "', 'other', 'other', 'completed', false,"
                "  '{\"packets\": 42}', now() + interval '2 hours'),"
                " ('" ANA "', '" CAPTURE "', 'pcap_analysis', 'failed', 'failed', true, NULL,"
                "  now() + interval '3 hours')");
    run(asks_for_newest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each_section_has_its_facts_with_their_lines, fixture_fill),
        cmocka_unit_test_setup(test_the_summary_counts_the_sections, fixture_fill),
        cmocka_unit_test_setup(test_rows_of_nested_lists_name_what_they_belong_to, fixture_fill),
        cmocka_unit_test_setup(test_facts_are_filtered_by_name, fixture_fill),
        cmocka_unit_test_setup(test_huge_facts_come_in_parts_that_fit, fixture_fill),
        cmocka_unit_test_setup(test_documents_of_another_type_are_refused, fixture_fill),
        cmocka_unit_test_setup(test_findings_are_of_documents_of_any_type, fixture_fill),
        cmocka_unit_test_setup(test_a_capture_is_summarised, fixture_fill),
        cmocka_unit_test_setup(test_conversations_are_ordered_and_filtered, fixture_fill),
        cmocka_unit_test_setup(test_events_of_a_log_are_filtered_by_severity_and_host,
                               fixture_fill),
        cmocka_unit_test_setup(test_a_log_without_a_timeline_is_said_so, fixture_fill),
        cmocka_unit_test_setup(test_the_newest_analysis_of_a_document_counts, fixture_fill),
    };
    return cmocka_run_group_tests_name("tools_facts", tests, fixture_start, fixture_stop);
}

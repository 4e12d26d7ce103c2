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

static bool is_true(const JsonValue *answer, const char *name)
{
    const JsonValue *value = json_get(answer, name);
    return value && value->type == JSON_IS_BOOL && value->boolean;
}

static void asks_for_neighbors(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", "{\"device\":\"CORE1\"}");
    EXPECT(task, answer);
    EXPECT_STR(task, json_str_or(answer, "topology_id", STR("")), TOPOLOGY);
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 3);
    const JsonValue *device = json_get(answer, "device");
    EXPECT_STR(task, json_str_or(device, "document_id", STR("")), CORE);
    EXPECT_INT(task, json_i64_or(device, "asn", 0), 65010);
    const JsonValue *first = item(answer, "neighbors", 0);
    EXPECT_STR(task, json_str_or(first, "device", STR("")), "edge1.example.net");
    EXPECT_STR(task, json_str_or(first, "document_id", STR("")), EDGE);
    EXPECT_STR(task, json_str_or(first, "interface", STR("")), "Gi0/1");
    EXPECT_STR(task, json_str_or(first, "peer_interface", STR("")), "ge-0/0/0");
    EXPECT(task, is_true(first, "problem"));
    EXPECT_INT(task, count(first, "evidence"), 1);
    const JsonValue *evidence = item(first, "evidence", 0);
    EXPECT_STR(task, str_at(evidence, "at", 0, "document_id"), CORE);
    EXPECT_INT(task, json_i64_or(item(evidence, "at", 1), "line", 0), 4);
}

static void test_neighbors_have_both_ends_and_their_evidence(void **state)
{
    (void)state;
    run(asks_for_neighbors);
}

static void asks_from_other_end(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", OF(EDGE));
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 5);
    EXPECT_STR(task, str_at(answer, "neighbors", 0, "interface"), "ge-0/0/0");
    EXPECT_STR(task, str_at(answer, "neighbors", 0, "peer_address"), "10.0.1.1/30");
    answer = call(task, "topology_neighbors", "{\"device\":\"edge1\"}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 5);
    answer = call(task, "topology_neighbors", "{\"device\":\"edge1\",\"more\":4}");
    EXPECT_INT(task, count(answer, "neighbors"), 1);
}

static void test_a_device_is_named_by_its_document_or_its_host_name(void **state)
{
    (void)state;
    run(asks_from_other_end);
}

static void asks_for_what_was_deleted(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", "{\"device\":\"core1\"}");
    EXPECT(task, is_true(answer, "outdated"));
    for (size_t i = 0; i < count(answer, "neighbors"); i++)
        EXPECT(task, !str_equal(str_at(answer, "neighbors", i, "device"), STR("old1")));
    expect_failure(task, "topology_neighbors", "{\"device\":\"old1\"}", ERR_NOT_FOUND,
                   "no device \"old1\"; its devices are: core1, edge1.example.net");
    expect_failure(task, "topology_path", "{\"from\":\"core1\",\"to\":\"old1\"}", ERR_NOT_FOUND,
                   "no device \"old1\"");
    answer = call(task, "findings", "{\"severity\":\"error\"}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
}

static void test_what_came_from_a_deleted_document_is_left_out(void **state)
{
    (void)state;
    run(asks_for_what_was_deleted);
}

static void asks_for_up_to_date(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", "{\"device\":\"core1\"}");
    EXPECT(task, answer && !is_true(answer, "outdated"));
}

static void asks_for_outdated(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", "{\"device\":\"core1\"}");
    EXPECT(task, is_true(answer, "outdated"));
}

static void test_a_topology_is_outdated_by_a_newer_configuration(void **state)
{
    (void)state;
    fixture_run(
        "UPDATE topology_snapshots SET created_at = now() + interval '1 hour', metadata ="
        " jsonb_set(metadata, '{documents}', (metadata -> 'documents') - 2) WHERE id = '" TOPOLOGY
        "'");
    run(asks_for_up_to_date);
    fixture_run("UPDATE documents SET processed_at = now() + interval '2 hours' WHERE id = '" CORE
                "'");
    run(asks_for_outdated);
}

static void asks_by_file_name(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", "{\"device\":\"core1\"}");
    EXPECT_STR(task, json_str_or(json_get(answer, "device"), "document_id", STR("")), CORE);
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 3);
}

static void test_an_older_topology_is_read_by_the_names_of_its_files(void **state)
{
    (void)state;
    fixture_run("UPDATE topology_snapshots SET metadata = metadata - 'documents'");
    run(asks_by_file_name);
}

static void asks_with_equal_names(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_neighbors", "{\"device\":\"core1\"}");
    EXPECT(task, answer);
    EXPECT_INT(task, json_get(json_get(answer, "device"), "document_id")->type, JSON_IS_NULL);
    EXPECT_STR(task, json_str_or(json_get(answer, "device"), "document", STR("")), "core1.cfg");
}

static void test_a_name_that_two_documents_have_leads_to_neither(void **state)
{
    (void)state;
    fixture_run("UPDATE topology_snapshots SET metadata = jsonb_set(metadata, '{documents,2}',"
                " '{\"id\": \"" LOG "\", \"file\": \"core1.cfg\"}') WHERE id = '" TOPOLOGY "'");
    run(asks_with_equal_names);
}

static void asks_for_paths(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer =
        call(task, "topology_path", "{\"from\":\"core1\",\"to\":\"10.9.0.0/24\"}");
    EXPECT(task, is_true(answer, "found") && is_true(answer, "all_paths_shown"));
    EXPECT_INT(task, json_i64_or(answer, "hops", 0), 2);
    EXPECT_INT(task, count(answer, "paths"), 1);
    const JsonValue *path = item(answer, "paths", 0);
    EXPECT_INT(task, path->count, 3);
    EXPECT_STR(task, json_str_or(&path->items[1], "device", STR("")), "edge1.example.net");
    const JsonValue *link = json_get(&path->items[1], "link");
    EXPECT_STR(task, json_str_or(link, "interface", STR("")), "Gi0/1");
    EXPECT(task, is_true(link, "problem"));
    answer = call(task, "topology_path", "{\"from\":\"edge1\",\"to\":\"core1\"}");
    path = item(answer, "paths", 0);
    EXPECT_STR(task, json_str_or(json_get(&path->items[1], "link"), "interface", STR("")),
               "ge-0/0/0");
    answer = call(task, "topology_path", "{\"from\":\"core1\",\"to\":\"core1\"}");
    EXPECT_INT(task, json_i64_or(answer, "hops", -1), 0);
    EXPECT_INT(task, item(answer, "paths", 0)->count, 1);
    answer = call(task, "topology_path", "{\"from\":\"core1\",\"to\":\"as64500\"}");
    EXPECT_INT(task, json_i64_or(answer, "hops", -1), 2);
}

static void test_the_shortest_path_has_the_links_between_its_devices(void **state)
{
    (void)state;
    run(asks_for_paths);
}

static void asks_for_no_path(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_path", "{\"from\":\"core1\",\"to\":\"edge1\"}");
    EXPECT(task, answer && !is_true(answer, "found"));
    EXPECT_INT(task, count(answer, "paths"), 0);
}

static void test_sessions_are_no_links(void **state)
{
    (void)state;
    fixture_run("UPDATE topology_snapshots SET graph_data = jsonb_set(graph_data, '{edges}',"
                " graph_data -> 'edges' -> 5 || '[]'::jsonb) WHERE id = '" TOPOLOGY "'");
    run(asks_for_no_path);
}

static void asks_for_equal_paths(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "topology_path", "{\"from\":\"n0\",\"to\":\"n29\"}");
    EXPECT(task, answer);
    EXPECT_INT(task, json_i64_or(answer, "hops", 0), 29);
    EXPECT(task, count(answer, "paths") >= 1);
    EXPECT(task, !is_true(answer, "all_paths_shown"));
    answer = call(task, "topology_path", "{\"from\":\"n0\",\"to\":\"n3\"}");
    EXPECT_INT(task, count(answer, "paths"), 4);
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < i; j++) {
            Str a;
            Str b;
            EXPECT(task, json_value_text(task->arena, item(answer, "paths", i), 100000, &a));
            EXPECT(task, json_value_text(task->arena, item(answer, "paths", j), 100000, &b));
            EXPECT(task, !str_equal(a, b));
        }
    }
    expect_failure(task, "topology_path", "{\"from\":\"n0\",\"to\":\"n40\"}", ERR_FILE_TOO_LARGE,
                   "the shortest path has 40 hops");
}

/* A ladder: n0, then two nodes for each further hop, all joined to the two before. */
static void test_paths_of_the_same_length_are_counted_to_a_limit(void **state)
{
    (void)state;
    fixture_run(
        "UPDATE topology_snapshots SET metadata = '{\"documents\": []}', graph_data ="
        " jsonb_build_object('nodes', (SELECT jsonb_agg(jsonb_build_object('id', side || n, 'type',"
        "  'router', 'data', jsonb_build_object('label', side || n))) FROM generate_series(0, 60)"
        "  AS n, (VALUES ('n'), ('m')) AS s (side)), 'edges', (SELECT jsonb_agg("
        "  jsonb_build_object('source', a || n, 'target', b || n + 1, 'data',"
        "  jsonb_build_object('kind', 'link'))) FROM generate_series(0, 59) AS n,"
        "  (VALUES ('n'), ('m')) AS x (a), (VALUES ('n'), ('m')) AS y (b)))"
        " WHERE id = '" TOPOLOGY "'");
    run(asks_for_equal_paths);
}

static void asks_for_long_names(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_failure(task, "topology_path", "{\"from\":\"n0\",\"to\":\"n29\"}", ERR_FILE_TOO_LARGE,
                   "the path is too long to be shown");
    const JsonValue *answer = call(task, "topology_path", "{\"from\":\"n0\",\"to\":\"n9\"}");
    EXPECT(task, count(answer, "paths") >= 1);
}

static void test_a_path_that_does_not_fit_is_said_so(void **state)
{
    (void)state;
    fixture_run(
        "UPDATE topology_snapshots SET metadata = '{\"documents\": []}', graph_data ="
        " jsonb_build_object('nodes', (SELECT jsonb_agg(jsonb_build_object('id', 'n' || n, 'type',"
        "  'router', 'data', jsonb_build_object('label', 'n' || n || repeat('\"', 300))))"
        "   FROM generate_series(0, 29) AS n), 'edges', (SELECT jsonb_agg(jsonb_build_object("
        "  'source', 'n' || n, 'target', 'n' || n + 1, 'data', jsonb_build_object('kind', 'link',"
        "   'source', jsonb_build_object('interface', repeat('\"', 300), 'address',"
        "    repeat('\"', 300))))) FROM generate_series(0, 28) AS n)) WHERE id = '" TOPOLOGY "'");
    run(asks_for_long_names);
}

static void asks_for_findings(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "findings", "{}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 2);
    EXPECT_STR(task, str_at(answer, "findings", 0, "kind"), "ospf_mtu_mismatch");
    EXPECT_STR(task, str_at(item(answer, "findings", 0), "at", 1, "document_id"), EDGE);
    answer = call(task, "findings", OF(CORE));
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 2);
    EXPECT_STR(task, str_at(answer, "findings", 1, "kind"), "configuration_warning");
    EXPECT_INT(task, json_i64_or(item(item(answer, "findings", 1), "at", 0), "line", 0), 7);
    answer = call(task, "findings", OF_WITH(CORE, "\"severity\":\"error\""));
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
    answer = call(task, "findings", "{\"severity\":\"info\"}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
}

static void test_findings_are_filtered_by_document_and_severity(void **state)
{
    (void)state;
    run(asks_for_findings);
}

static void asks_for_many_findings(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    EXPECT_INT(task, count_all(task, "findings", "{}", "findings"), 400);
}

static void test_many_findings_come_in_parts(void **state)
{
    (void)state;
    fixture_run("UPDATE topology_snapshots SET metadata = jsonb_set(metadata, '{findings}',"
                " (SELECT jsonb_agg(jsonb_build_object('severity', 'error', 'kind', 'x', 'message',"
                " repeat('\"', 2000), 'at', '[{\"file\": \"core1.cfg\", \"line\": 1}]'::jsonb))"
                " FROM generate_series(1, 400))) WHERE id = '" TOPOLOGY "'");
    run(asks_for_many_findings);
}

static void asks_as_bob(Task *task, void *argument)
{
    (void)argument;
    act_as_bob(task);
    expect_failure(task, "topology_neighbors",
                   "{\"device\":\"core1\",\"topology_id\":\"" TOPOLOGY "\"}", ERR_NOT_FOUND,
                   "no such topology");
    expect_failure(task, "topology_path",
                   "{\"from\":\"a\",\"to\":\"b\",\"topology_id\":\"" TOPOLOGY "\"}", ERR_NOT_FOUND,
                   "no such topology");
    expect_failure(task, "topology_neighbors", "{\"device\":\"core1\"}", ERR_NOT_FOUND,
                   "no device \"core1\"");
    const JsonValue *answer = call(task, "findings", "{}");
    EXPECT_STR(task, json_str_or(answer, "topology_id", STR("")), TOPOLOGY_OF_BOB);
    EXPECT_INT(task, json_i64_or(answer, "total", -1), 0);
}

static void test_topologies_of_others_do_not_exist(void **state)
{
    (void)state;
    run(asks_as_bob);
}

static void asks_without_topology(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_failure(task, "topology_neighbors", "{\"device\":\"core1\"}", ERR_NOT_FOUND,
                   "no topology has been generated yet");
    const JsonValue *answer = call(task, "findings", OF(CORE));
    EXPECT_INT(task, json_get(answer, "topology_id")->type, JSON_IS_NULL);
    EXPECT_INT(task, json_i64_or(answer, "total", -1), 1);
    EXPECT(task, json_get(answer, "note"));
}

static void test_without_a_topology_there_are_only_warnings(void **state)
{
    (void)state;
    fixture_run("DELETE FROM topology_snapshots");
    run(asks_without_topology);
}

static void asks_wrongly(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_failure(task, "topology_neighbors", "{}", ERR_VALIDATION, "give either");
    expect_failure(task, "topology_neighbors", OF_WITH(CORE, "\"device\":\"core1\""),
                   ERR_VALIDATION, "give either");
    expect_failure(task, "topology_neighbors", OF(LOG), ERR_NOT_FOUND,
                   "this document is no device of the topology");
}

static void test_a_device_is_named_in_one_way(void **state)
{
    (void)state;
    run(asks_wrongly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_neighbors_have_both_ends_and_their_evidence, fixture_fill),
        cmocka_unit_test_setup(test_a_device_is_named_by_its_document_or_its_host_name,
                               fixture_fill),
        cmocka_unit_test_setup(test_what_came_from_a_deleted_document_is_left_out, fixture_fill),
        cmocka_unit_test_setup(test_a_topology_is_outdated_by_a_newer_configuration, fixture_fill),
        cmocka_unit_test_setup(test_an_older_topology_is_read_by_the_names_of_its_files,
                               fixture_fill),
        cmocka_unit_test_setup(test_a_name_that_two_documents_have_leads_to_neither, fixture_fill),
        cmocka_unit_test_setup(test_the_shortest_path_has_the_links_between_its_devices,
                               fixture_fill),
        cmocka_unit_test_setup(test_sessions_are_no_links, fixture_fill),
        cmocka_unit_test_setup(test_paths_of_the_same_length_are_counted_to_a_limit, fixture_fill),
        cmocka_unit_test_setup(test_a_path_that_does_not_fit_is_said_so, fixture_fill),
        cmocka_unit_test_setup(test_findings_are_filtered_by_document_and_severity, fixture_fill),
        cmocka_unit_test_setup(test_many_findings_come_in_parts, fixture_fill),
        cmocka_unit_test_setup(test_topologies_of_others_do_not_exist, fixture_fill),
        cmocka_unit_test_setup(test_without_a_topology_there_are_only_warnings, fixture_fill),
        cmocka_unit_test_setup(test_a_device_is_named_in_one_way, fixture_fill),
    };
    return cmocka_run_group_tests_name("tools_network", tests, fixture_start, fixture_stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "harness/asserts.h"
#include "knowledge/recall.h"

#include <stdio.h>

static const TestChunk chunks[] = {
    {"ana", "core1.cfg", "interface GigabitEthernet0/1\n ip address 10.0.0.1 255.255.255.252",
     "cisco", "config", false},
    {"ana", "core2.cfg", "interface GigabitEthernet0/2\n ip address 10.0.0.2 255.255.255.252",
     "cisco", "config", false},
    {"ana", "edge.set", "set protocols bgp group peers neighbor 192.0.2.1 peer-as 65001", "juniper",
     "config", false},
    {"ana", "boot.log", "%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.7 from LOADING to FULL", NULL,
     "log", true},
    {"bob", "secret.cfg", "username root secret hunter2 for 10.0.0.1 and ospf", "cisco", "config",
     false},
};

static int make_chunks(void **state)
{
    fixture_clear(state);
    add_chunks(chunks, COUNT_OF(chunks));
    Error error = {0};
    IngestProgress progress;
    TestDirectory directory;
    char path[100];
    test_directory_make(&directory, "nobody");
    snprintf(path, sizeof(path), "%s/ospf.md", directory.path);
    FILE *file = fopen(path, "we");
    assert_that(file);
    assert_that(
        fputs("# OSPF\n\nAn OSPF neighbor that stays in EXSTART has another MTU.\n", file) >= 0);
    assert_int(fclose(file), 0);
    assert_that(ingest(directory.path, all->services.embedder, &progress, &error));
    test_directory_remove(&directory);
    return 0;
}

static void check_first(Str token, const char *json, const char *name)
{
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = search_for(arena, token, json);
    if (!str_equal(result_name(&answer, 0), str_of(name)))
        print_error("%s: %.*s\n", json, STR_ARGS(result_name(&answer, 0)));
    assert_str(result_name(&answer, 0), name);
}

static void client_finds(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    check_first(ana, "\"query\":\"10.0.0.2\"", "core2.cfg");
    check_first(ana, "\"query\":\"10.0.0.1\"", "core1.cfg");
    check_first(ana, "\"query\":\"Gi0/2\"", "core2.cfg");
    check_first(ana, "\"query\":\"where is AS65001?\"", "edge.set");
    check_first(ana, "\"query\":\"OSPF-5-ADJCHG\"", "boot.log");
    check_first(ana, "\"query\":\"OSPF adjacency is stuck because of the MTU\"", "ospf.md");
    check_first(ana, "\"query\":\"border gateway protocol neighbor\"", "edge.set");
    TestAnswer answer = search_for(arena, ana, "\"query\":\"10.0.0.1\"");
    assert_that(is_relevant(&answer));
    const JsonValue *hit = &json_get(answer.json, "results")->items[0];
    assert_that(json_get(hit, "matched_words")->boolean);
    assert_that(json_get(hit, "distance"));
    double last = 9;
    const JsonValue *results = json_get(answer.json, "results");
    for (size_t i = 0; i < results->count; i++) {
        double score = json_get(&results->items[i], "score")->real;
        assert_that(score <= last);
        last = score;
    }
    answer = search_for(arena, ana, "\"query\":\"192.0.2.1\",\"limit\":1");
    assert_int(result_count(&answer), 1);
    answer = search_for(arena, ana, "\"query\":\"203.0.113.250\"");
    assert_that(!is_relevant(&answer));
    check_first(ana, "\"query\":\"which device owns the address 10.0.0.2?\"", "core2.cfg");
    check_first(ana, "\"query\":\"qual vizinho usa o AS 65001?\"", "edge.set");
    check_first(ana, "\"query\":\"what is the address of GigabitEthernet0/1 of core1?\"",
                "core1.cfg");
    static const char *const unknown[] = {
        "\"query\":\"which device owns the address 203.0.113.250?\"",
        "\"query\":\"qual vizinho usa o AS65009?\"",
        "\"query\":\"what is the address of GigabitEthernet0/1 of core7-b?\"",
    };
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        answer = search_for(arena, ana, unknown[i]);
        assert_that(!is_relevant(&answer));
    }
    answer = search_for(arena, ana, "\"query\":\"best recipe for chocolate cake\"");
    assert_that(!is_relevant(&answer));
}

static void client_asks_thrice(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const queries[] = {
        "\"query\":\"jumbo frames\"",
        "\"query\":\"jumbo frames\",\"vendor\":\"cisco\"",
        "\"query\":\"jumbo frames\",\"document_type\":\"config\"",
    };
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        TestAnswer answer = search_for(arena, ana, queries[i]);
        test_expect(&answer, 200);
    }
}

static void test_questions_without_a_filter_are_kept_for_the_check(void **state)
{
    (void)state;
    all->services.recall = recall_samples_new();
    test_server_run(server, client_asks_thrice, NULL);
    assert_int(recall_samples_count(all->services.recall), 1);
    recall_samples_free(all->services.recall);
    all->services.recall = NULL;
}

static void test_identifiers_and_meaning_are_found(void **state)
{
    (void)state;
    test_server_run(server, client_finds, NULL);
}

static void check_only(Str token, const char *json, const char *const *names, size_t count)
{
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = search_for(arena, token, json);
    for (size_t i = 0; i < result_count(&answer); i++) {
        bool known = false;
        for (size_t j = 0; j < count; j++)
            known |= str_equal(result_name(&answer, i), str_of(names[j]));
        assert_that(known);
    }
    assert_that(result_count(&answer) >= count);
}

static void client_filters(void *argument)
{
    const char *id = argument;
    auto_arena Arena *arena = arena_new();
    static const char *const ios[] = {"core1.cfg", "core2.cfg"};
    static const char *const junos[] = {"edge.set"};
    static const char *const global[] = {"ospf.md"};
    static const char *const one[] = {"core1.cfg"};
    check_only(ana, "\"query\":\"neighbor 10.0.0.1 address\",\"vendor\":\"cisco\"", ios, 2);
    check_only(ana, "\"query\":\"neighbor 10.0.0.1 address\",\"vendor\":\"juniper\"", junos, 1);
    check_only(ana, "\"query\":\"neighbor OSPF\",\"document_type\":\"markdown\"", global, 1);
    Str by_id =
        arena_printf(arena, "\"query\":\"neighbor address OSPF\",\"document_id\":\"%s\"", id);
    check_only(ana, by_id.data, one, 1);
    TestAnswer answer = search_for(arena, bob, by_id.data);
    assert_int(result_count(&answer), 0);
    answer = search_for(arena, ana, "\"query\":\"neighbor\",\"vendor\":\"nokia\"");
    assert_int(result_count(&answer), 0);
    assert_that(!is_relevant(&answer));
}

static void test_filters_narrow_the_results(void **state)
{
    (void)state;
    Error error = {0};
    char id[UUID_TEXT_SIZE];
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "id", &error);
    const DbStatement find = {NULL, "SELECT id FROM documents WHERE filename = 'core1.cfg'", NULL};
    const DbRows *rows = db_session_query(session, arena, &find, DB_NO_PARAMS, &error);
    Uuid uuid = db_read_uuid(rows, 0, 0);
    uuid_write(&uuid, id);
    test_server_run(server, client_filters, id);
}

static void client_isolated(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const queries[] = {
        "\"query\":\"username root secret hunter2\",\"limit\":50",
        "\"query\":\"10.0.0.1\",\"limit\":50",
        "\"query\":\"ospf\",\"limit\":50",
    };
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        TestAnswer answer = search_for(arena, ana, queries[i]);
        assert_int(str_find(answer.body, STR("hunter2")), STR_NOT_FOUND);
        assert_int(str_find(answer.body, STR("secret.cfg")), STR_NOT_FOUND);
        answer = search_for(arena, bob, queries[i]);
        assert_that(str_find(answer.body, STR("hunter2")) != STR_NOT_FOUND);
        assert_int(str_find(answer.body, STR("core1.cfg")), STR_NOT_FOUND);
    }
    TestAnswer answer = search_for(arena, STR("x"), queries[0]);
    test_expect_error(&answer, 401, "AUTH_ERROR");
}

static void test_another_users_chunks_never_appear(void **state)
{
    (void)state;
    test_server_run(server, client_isolated, NULL);
}

static void client_words(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = search_for(arena, ana, "\"query\":\"10.0.0.2\"");
    assert_str(result_name(&answer, 0), "core2.cfg");
    assert_that(is_relevant(&answer));
    assert_that(!json_get(answer.json, "by_meaning")->boolean);
    assert_that(!json_get(&json_get(answer.json, "results")->items[0], "distance"));
    answer = search_for(arena, ana, "\"query\":\"EXSTART\"");
    assert_str(result_name(&answer, 0), "ospf.md");
    answer = search_for(arena, ana, "\"query\":\"chocolate\"");
    assert_int(result_count(&answer), 0);
    assert_that(!is_relevant(&answer));
    answer = search_for(arena, ana, "\"query\":\"?!\"");
    assert_int(result_count(&answer), 0);
}

static void test_words_alone_work_without_a_model(void **state)
{
    struct Embedder *embedder = all->services.embedder;
    (void)state;
    all->services.embedder = NULL;
    test_server_run(server, client_words, NULL);
    all->services.embedder = embedder;
}

static void client_bad(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const bad[][2] = {
        {"", "query"},
        {"\"query\":\"\"", "query"},
        {"\"query\":1", "query"},
        {"\"query\":\"x\",\"limit\":0", "limit"},
        {"\"query\":\"x\",\"limit\":51", "limit"},
        {"\"query\":\"x\",\"document_id\":\"x\"", "document_id"},
        {"\"query\":\"x\",\"vendor\":[]", "vendor"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        TestAnswer answer = search_for(arena, ana, bad[i][0]);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
        assert_str(test_json_str(&answer, "error.details.field"), bad[i][1]);
    }
    static const char *const odd[] = {
        "\"query\":\"' OR 1=1; --\"",
        "\"query\":\"&|!():*<->\\\\\"",
        "\"query\":\"\\ud83d\\ude00\"",
        "\"query\":\"%\"",
        "\"query\":\" \"",
    };
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        TestAnswer answer = search_for(arena, ana, odd[i]);
        test_expect(&answer, 200);
    }
}

static void test_queries_are_checked(void **state)
{
    (void)state;
    test_server_run(server, client_bad, NULL);
}

static void client_once(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    search_for(arena, ana, "\"query\":\"10.0.0.1\"");
}

static void afterwards(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_search_is_cancelled_everywhere(void **state)
{
    (void)state;
    assert_true(test_server_cancel_everywhere(server, client_once, afterwards, NULL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_identifiers_and_meaning_are_found, make_chunks),
        cmocka_unit_test(test_questions_without_a_filter_are_kept_for_the_check),
        cmocka_unit_test(test_filters_narrow_the_results),
        cmocka_unit_test(test_another_users_chunks_never_appear),
        cmocka_unit_test(test_words_alone_work_without_a_model),
        cmocka_unit_test(test_queries_are_checked),
        cmocka_unit_test(test_search_is_cancelled_everywhere),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

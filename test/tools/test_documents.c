/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>

static void run(TaskMain *body)
{
    test_run(all->services.loop, body, NULL);
}

static void expect_passage(Task *task, const JsonValue *passage, const char *text, int64_t line)
{
    EXPECT(task, passage);
    EXPECT_STR(task, json_str_or(passage, "text", STR("")), text);
    EXPECT_INT(task, json_i64_or(passage, "line_start", 0), line);
}

static void reads_all(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "read_lines", OF(CORE));
    EXPECT(task, answer);
    EXPECT_INT(task, json_i64_or(answer, "last_line", 0), 12);
    EXPECT_INT(task, count(answer, "passages"), 1);
    expect_passage(task, item(answer, "passages", 0),
                   "hostname core1\n!\n\n\n\ninterface Gi0/1\n mtu 9000\n\n"
                   "banner motd one two three\nend",
                   1);
    EXPECT_INT(task, json_i64_or(item(answer, "passages", 0), "line_end", 0), 10);
    EXPECT_INT(task, json_get(answer, "more")->type, JSON_IS_NULL);
    EXPECT_STR(task, json_str_or(item(answer, "passages", 0), "document_id", STR("")), CORE);
    EXPECT_INT(task, json_get(item(answer, "passages", 0), "page")->type, JSON_IS_NULL);
}

static void test_lines_keep_their_numbers_between_chunks(void **state)
{
    (void)state;
    run(reads_all);
}

static void reads_some(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer =
        call(task, "read_lines", OF_WITH(CORE, "\"line_start\":2,\"line_end\":6"));
    expect_passage(task, item(answer, "passages", 0), "!\n\n\n\ninterface Gi0/1", 2);
    answer = call(task, "read_lines", OF_WITH(CORE, "\"line_start\":4,\"line_end\":5"));
    EXPECT_INT(task, count(answer, "passages"), 0);
    answer = call(task, "read_lines", OF_WITH(CORE, "\"line_start\":7,\"line_end\":7"));
    expect_passage(task, item(answer, "passages", 0), " mtu 9000", 7);
    answer = call(task, "read_lines", OF_WITH(CORE, "\"line_start\":2000000"));
    EXPECT_INT(task, count(answer, "passages"), 0);
    EXPECT_INT(task, json_get(answer, "more")->type, JSON_IS_NULL);
    expect_failure(task, "read_lines", OF_WITH(CORE, "\"line_start\":3,\"line_end\":2"),
                   ERR_VALIDATION, "\"line_end\" must not be before");
    expect_failure(task, "read_lines", OF_WITH(CORE, "\"line_start\":0"), ERR_VALIDATION,
                   "\"line_start\" must be an integer from 1");
}

static void test_a_range_of_lines_is_read(void **state)
{
    (void)state;
    run(reads_some);
}

static void reads_overlap(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "read_lines", OF(LOG));
    expect_passage(task, item(answer, "passages", 0), "one\ntwo\nthree\nfour\nfive", 1);
}

static void test_lines_of_overlapping_chunks_come_once(void **state)
{
    (void)state;
    run(reads_overlap);
}

static void reads_source(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "read_lines", "{\"source_id\":\"" SOURCE "\"}");
    expect_passage(task, item(answer, "passages", 0), "OSPF stays in EXSTART", 3);
    EXPECT_INT(task, json_get(item(answer, "passages", 0), "document_id")->type, JSON_IS_NULL);
    EXPECT_STR(task, json_str_or(item(answer, "passages", 0), "source_id", STR("")), SOURCE);
    expect_failure(task, "read_lines", "{\"source_id\":\"" CORE "\"}", ERR_NOT_FOUND,
                   "no such source of global knowledge");
    expect_failure(task, "read_lines",
                   "{\"source_id\":\"" SOURCE "\",\"document_id\":\"" CORE "\"}", ERR_VALIDATION,
                   "either");
    expect_failure(task, "read_lines", "", ERR_VALIDATION, "either");
}

static void test_global_knowledge_is_read_by_its_source(void **state)
{
    (void)state;
    run(reads_source);
}

/* Every line has text of its own, full of what JSON escapes. */
static void reads_in_parts(Task *task, void *argument)
{
    (void)argument;
    int64_t line = 0;
    int64_t more = 1;
    act_as_ana(task);
    while (more) {
        Str arguments = arena_printf(task->arena, OF_WITH(CORE, "\"more\":%lld"), (long long)more);
        const JsonValue *answer = call(task, "read_lines", arguments.data);
        EXPECT(task, answer && count(answer, "passages") > 0);
        for (size_t i = 0; i < count(answer, "passages"); i++) {
            const JsonValue *passage = item(answer, "passages", i);
            EXPECT_INT(task, json_i64_or(passage, "line_start", 0), line + 1);
            line = json_i64_or(passage, "line_end", 0);
        }
        more = json_i64_or(answer, "more", 0);
    }
    EXPECT_INT(task, line, 3000);
}

static void test_a_long_document_is_read_in_parts(void **state)
{
    (void)state;
    fixture_run("DELETE FROM embeddings WHERE document_id = '" CORE "';"
                "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start,"
                " line_end) SELECT '" ANA "', '" CORE
                "', n, (SELECT string_agg(n * 10 + m + 1 || ' '"
                " || repeat(E'\\\\\"\\u0001', 40), E'\\n') FROM generate_series(0, 9) AS m),"
                " n * 10 + 1, n * 10 + 10 FROM generate_series(0, 299) AS n");
    run(reads_in_parts);
}

static void reads_long_line(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "read_lines", OF(CORE));
    EXPECT_INT(task, count(answer, "passages"), 2);
    Str text = json_str_or(item(answer, "passages", 0), "text", STR(""));
    EXPECT(task, str_ends_with(text, STR("…")));
    EXPECT(task, text.size > 3000 && text.size < 3100);
    expect_passage(task, item(answer, "passages", 1), "end", 2);
}

static void test_a_very_long_line_is_cut(void **state)
{
    (void)state;
    fixture_run("DELETE FROM embeddings WHERE document_id = '" CORE "';"
                "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start,"
                " line_end) SELECT '" ANA "'::uuid, '" CORE "'::uuid, n, repeat('é\"', 1000), 1, 1"
                " FROM generate_series(0, 20) AS n UNION ALL SELECT '" ANA "'::uuid, '" CORE
                "'::uuid, 21,"
                " 'end', 2, 2");
    run(reads_long_line);
}

static void reads_pages(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "read_lines", OF(CORE));
    EXPECT_INT(task, count(answer, "passages"), 2);
    EXPECT_INT(task, json_i64_or(item(answer, "passages", 1), "page", 0), 2);
    answer = call(task, "read_lines", OF_WITH(CORE, "\"page\":2"));
    EXPECT_INT(task, count(answer, "passages"), 1);
    expect_passage(task, item(answer, "passages", 0), "second", 3);
}

static void test_a_passage_has_one_page(void **state)
{
    (void)state;
    fixture_run("DELETE FROM embeddings WHERE document_id = '" CORE "';"
                "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start,"
                " line_end, page) VALUES ('" ANA "', '" CORE "', 0, 'first', 1, 2, 1),"
                " ('" ANA "', '" CORE "', 1, 'second', 3, 3, 2)");
    run(reads_pages);
}

static void lists(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "list_documents", "{}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 6);
    EXPECT_STR(task, json_str_or(item(answer, "documents", 0), "failure", STR("")),
               "the PDF holds no text");
    EXPECT_STR(task, json_str_or(item(answer, "documents", 1), "status", STR("")), "processing");
    answer = call(task, "list_documents", "{\"type\":\"config\",\"name\":\"EDGE\"}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
    EXPECT_STR(task, json_str_or(item(answer, "documents", 0), "document_id", STR("")), EDGE);
    EXPECT_STR(task, json_str_or(item(answer, "documents", 0), "hostname", STR("")), "edge1");
    EXPECT_INT(task, json_i64_or(item(answer, "documents", 0), "lines", 0), 6);
    answer = call(task, "list_documents", "{\"name\":\"%\"}");
    EXPECT_INT(task, count(answer, "documents"), 0);
    EXPECT_INT(task, json_get(answer, "more")->type, JSON_IS_NULL);
}

static void test_documents_are_listed_and_filtered(void **state)
{
    (void)state;
    run(lists);
}

static void lists_many(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    EXPECT_INT(task, count_all(task, "list_documents", "{\"type\":\"text\"}", "documents"), 300);
    const JsonValue *answer = call(task, "list_documents", "{\"more\":5000}");
    EXPECT_INT(task, count(answer, "documents"), 0);
    EXPECT_INT(task, json_get(answer, "more")->type, JSON_IS_NULL);
}

static void test_a_long_list_comes_in_parts(void **state)
{
    (void)state;
    fixture_run("INSERT INTO documents (user_id, filename, original_filename, file_type,"
                " file_size_bytes, storage_path, status, metadata) SELECT '" ANA "', 'x',"
                " repeat('\"', 250) || n, 'text', 1, 'local:x', 'failed', jsonb_build_object("
                "'error', repeat('\\', 5000)) FROM generate_series(1, 300) AS n");
    run(lists_many);
}

static void compares(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer =
        call(task, "compare_documents", OF_WITH(CORE, "\"other_document_id\":\"" EDGE "\""));
    EXPECT(task, answer);
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 3);
    EXPECT_INT(task, json_i64_or(answer, "lines_removed", 0), 7);
    EXPECT_INT(task, json_i64_or(answer, "lines_added", 0), 3);
    const JsonValue *change = item(answer, "changes", 0);
    expect_passage(task, json_get(change, "removed"), "hostname core1", 1);
    expect_passage(task, json_get(change, "added"), "hostname edge1", 1);
    change = item(answer, "changes", 1);
    expect_passage(task, json_get(change, "removed"), "\n\n", 3);
    EXPECT_INT(task, json_get(change, "added")->type, JSON_IS_NULL);
    change = item(answer, "changes", 2);
    expect_passage(task, json_get(change, "removed"), " mtu 9000\n\nbanner motd one two three", 7);
    expect_passage(task, json_get(change, "added"), " mtu 1500\n shutdown", 4);
    EXPECT_STR(task, json_str_or(json_get(change, "added"), "document_id", STR("")), EDGE);
}

static void test_two_documents_are_compared_by_lines(void **state)
{
    (void)state;
    run(compares);
}

static void compares_wrongly(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    expect_failure(task, "compare_documents", OF_WITH(CORE, "\"other_document_id\":\"" CORE "\""),
                   ERR_VALIDATION, "the same document");
    expect_failure(task, "compare_documents",
                   OF_WITH(CORE, "\"other_document_id\":\"" CAPTURE "\""), ERR_VALIDATION,
                   "slow.pcap is a capture");
    expect_failure(task, "compare_documents", OF_WITH(CORE, "\"other_document_id\":\"" SECRET "\""),
                   ERR_NOT_FOUND, "no such document");
}

static void test_what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    run(compares_wrongly);
}

static void compares_many_changes(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const char *arguments = OF_WITH(CORE, "\"other_document_id\":\"" EDGE "\"");
    EXPECT_INT(task, count_all(task, "compare_documents", arguments, "changes"), 500);
}

static void test_many_changes_come_in_parts(void **state)
{
    (void)state;
    fixture_run("DELETE FROM embeddings WHERE document_id IN ('" CORE "', '" EDGE "');"
                "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start,"
                " line_end) SELECT '" ANA "', d.id, n, d.word || n || E'\\nline ' || n, n * 2 + 1,"
                " n * 2 + 2 FROM generate_series(0, 499) AS n, (VALUES ('" CORE "'::uuid,"
                " repeat('\"a', 2500)), ('" EDGE "'::uuid, 'b')) AS d (id, word)");
    run(compares_many_changes);
}

static void compares_large(Task *task, void *argument)
{
    const char *words = argument;
    act_as_ana(task);
    expect_failure(task, "compare_documents", OF_WITH(CORE, "\"other_document_id\":\"" EDGE "\""),
                   ERR_FILE_TOO_LARGE, words);
}

static void compares_largest(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer =
        call(task, "compare_documents", OF_WITH(CORE, "\"other_document_id\":\"" EDGE "\""));
    EXPECT(task, answer);
    EXPECT_INT(task, json_i64_or(answer, "lines_removed", 0), 39994 - 3);
}

#define LAST_LINE_OF_CORE(line)                                                                    \
    "UPDATE embeddings SET line_start = " line ", line_end = " line " WHERE document_id = '" CORE  \
    "' AND chunk_index = 4"

static void test_documents_that_are_too_large_are_not_compared(void **state)
{
    (void)state;
    char alone[] = "core1.cfg is too large to be compared: at most 40000 lines";
    char together[] = "both documents have more than 40000 lines together";
    fixture_run(LAST_LINE_OF_CORE("40001"));
    test_run(all->services.loop, compares_large, alone);
    fixture_run(LAST_LINE_OF_CORE("39995"));
    test_run(all->services.loop, compares_large, together);
    fixture_run(LAST_LINE_OF_CORE("39994"));
    run(compares_largest);
}

static void searches(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    const JsonValue *answer = call(task, "search", "{\"query\":\"ospf exstart\"}");
    EXPECT_INT(task, count(answer, "passages"), 1);
    const JsonValue *passage = item(answer, "passages", 0);
    EXPECT_STR(task, json_str_or(passage, "source_id", STR("")), SOURCE);
    EXPECT_STR(task, json_str_or(passage, "document", STR("")), "ospf.md");
    answer = call(task, "search", "{\"query\":\"hostname\",\"limit\":1}");
    EXPECT_INT(task, count(answer, "passages"), 1);
    EXPECT_INT(task, json_i64_or(answer, "more", 0), 1);
    answer = call(task, "search", "{\"query\":\"hostname\",\"limit\":1,\"more\":1}");
    EXPECT_INT(task, count(answer, "passages"), 1);
    answer = call(task, "search", "{\"query\":\"hostname\",\"document_id\":\"" EDGE "\"}");
    EXPECT_INT(task, count(answer, "passages"), 1);
    EXPECT_STR(task, json_str_or(item(answer, "passages", 0), "document_id", STR("")), EDGE);
    expect_failure(task, "search", "{\"query\":\"\"}", ERR_VALIDATION, "\"query\" must have 1");
}

static void test_passages_are_found_with_their_documents(void **state)
{
    (void)state;
    run(searches);
}

/* Each tool, with the document in question. */
static const char *const tools_of_a_document[][2] = {
    {"read_lines", "{\"document_id\":\"%s\"}"},
    {"search", "{\"document_id\":\"%s\",\"query\":\"hostname\"}"},
    {"device_facts", "{\"document_id\":\"%s\",\"section\":\"summary\"}"},
    {"findings", "{\"document_id\":\"%s\"}"},
    {"topology_neighbors", "{\"document_id\":\"%s\"}"},
    {"capture_summary", "{\"document_id\":\"%s\"}"},
    {"capture_conversations", "{\"document_id\":\"%s\"}"},
    {"log_timeline", "{\"document_id\":\"%s\"}"},
    {"compare_documents", "{\"document_id\":\"%s\",\"other_document_id\":\"" EDGE "\"}"},
    {"compare_documents", "{\"document_id\":\"" EDGE "\",\"other_document_id\":\"%s\"}"},
};

static void asks_everything(Task *task, const char *document, ErrorCode code, const char *words)
{
    char arguments[200];
    for (size_t i = 0; i < COUNT_OF(tools_of_a_document); i++) {
        const char *format = tools_of_a_document[i][1];
        const char *place = strstr(format, "%s");
        snprintf(arguments, sizeof(arguments), "%.*s%s%s", (int)(place - format), format, document,
                 place + 2);
        expect_failure(task, tools_of_a_document[i][0], arguments, code, words);
    }
}

static void asks_for_what_is_not_there(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    asks_everything(task, SECRET, ERR_NOT_FOUND, "no such document");
    asks_everything(task, SOURCE, ERR_NOT_FOUND, "no such document");
    asks_everything(task, PENDING, ERR_CONFLICT, "new.cfg has not been analysed yet");
    asks_everything(task, FAILED, ERR_CONFLICT,
                    "bad.pdf could not be analysed: the PDF holds no text");
    act_as_bob(task);
    const JsonValue *answer = call(task, "list_documents", "{}");
    EXPECT_INT(task, json_i64_or(answer, "total", 0), 1);
    answer = call(task, "search", "{\"query\":\"hostname core1 interface\"}");
    for (size_t i = 0; i < count(answer, "passages"); i++)
        EXPECT_STR(task, json_str_or(item(answer, "passages", i), "document_id", STR("")), SECRET);
}

static void test_documents_of_others_do_not_exist(void **state)
{
    (void)state;
    run(asks_for_what_is_not_there);
}

static void asks_after_deletion(Task *task, void *argument)
{
    (void)argument;
    DB_STATEMENT delete = {NULL, "SELECT document_delete('" CORE "')", NULL};
    act_as_ana(task);
    EXPECT(task, db_query(task, all->services.db, &delete, DB_NO_PARAMS, NULL));
    asks_everything(task, CORE, ERR_NOT_FOUND, "no such document");
    const JsonValue *answer = call(task, "search", "{\"query\":\"core1\"}");
    for (size_t i = 0; i < count(answer, "passages"); i++)
        EXPECT(task, !str_equal(json_str_or(item(answer, "passages", i), "document", STR("")),
                                STR("core1.cfg")));
}

static void test_deleted_documents_do_not_exist(void **state)
{
    (void)state;
    run(asks_after_deletion);
}

static void asks_a_thousand_times(Task *task, void *argument)
{
    (void)argument;
    act_as_ana(task);
    EXPECT(task, call(task, "read_lines", OF(CORE)));
    size_t before = arena_size_bytes(task->arena);
    for (int i = 0; i < 1000; i++) {
        Str answer;
        ArenaMark mark = arena_mark(task->arena);
        EXPECT(task, tool_run(task, &all->services, tool_find(STR("read_lines")), STR(OF(CORE)),
                              &answer));
        EXPECT(task, answer.size < 1000);
        arena_reset(task->arena, mark);
        expect_failure(task, "read_lines", "{\"document\":1}", ERR_VALIDATION,
                       "there is no argument");
    }
    EXPECT(task, arena_size_bytes(task->arena) < before + 64 * 1024);
}

/* Of a call only its answer stays in memory. */
static void test_a_thousand_calls_keep_no_memory(void **state)
{
    (void)state;
    run(asks_a_thousand_times);
}

static void asks_all_tools(Task *task, void *argument)
{
    static const char *const calls[][2] = {
        {"search", "{\"query\":\"hostname\"}"},
        {"list_documents", "{}"},
        {"read_lines", OF(CORE)},
        {"device_facts", OF_WITH(CORE, "\"section\":\"acls\"")},
        {"findings", OF(CORE)},
        {"topology_neighbors", "{\"device\":\"core1\"}"},
        {"topology_path", "{\"from\":\"core1\",\"to\":\"edge1\"}"},
        {"capture_summary", OF(CAPTURE)},
        {"capture_conversations", OF(CAPTURE)},
        {"log_timeline", OF(LOG)},
        {"compare_documents", OF_WITH(CORE, "\"other_document_id\":\"" EDGE "\"")},
    };
    (void)argument;
    act_as_ana(task);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if (!call(task, calls[i][0], calls[i][1])) {
            EXPECT_INT(task, task->error.code, ERR_CANCELLED);
            return;
        }
    }
}

static void nothing_is_held(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_every_tool_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    assert_that(test_cancel_everywhere(all->services.loop, asks_all_tools, nothing_is_held, NULL) >
                20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines_keep_their_numbers_between_chunks, fixture_fill),
        cmocka_unit_test_setup(test_a_range_of_lines_is_read, fixture_fill),
        cmocka_unit_test_setup(test_lines_of_overlapping_chunks_come_once, fixture_fill),
        cmocka_unit_test_setup(test_global_knowledge_is_read_by_its_source, fixture_fill),
        cmocka_unit_test_setup(test_a_long_document_is_read_in_parts, fixture_fill),
        cmocka_unit_test_setup(test_a_very_long_line_is_cut, fixture_fill),
        cmocka_unit_test_setup(test_a_passage_has_one_page, fixture_fill),
        cmocka_unit_test_setup(test_documents_are_listed_and_filtered, fixture_fill),
        cmocka_unit_test_setup(test_a_long_list_comes_in_parts, fixture_fill),
        cmocka_unit_test_setup(test_two_documents_are_compared_by_lines, fixture_fill),
        cmocka_unit_test_setup(test_what_cannot_be_compared_is_refused, fixture_fill),
        cmocka_unit_test_setup(test_many_changes_come_in_parts, fixture_fill),
        cmocka_unit_test_setup(test_documents_that_are_too_large_are_not_compared, fixture_fill),
        cmocka_unit_test_setup(test_passages_are_found_with_their_documents, fixture_fill),
        cmocka_unit_test_setup(test_documents_of_others_do_not_exist, fixture_fill),
        cmocka_unit_test_setup(test_deleted_documents_do_not_exist, fixture_fill),
        cmocka_unit_test_setup(test_a_thousand_calls_keep_no_memory, fixture_fill),
        cmocka_unit_test_setup(test_every_tool_is_cancelled_at_every_wait, fixture_fill),
    };
    return cmocka_run_group_tests_name("tools_documents", tests, fixture_start, fixture_stop);
}

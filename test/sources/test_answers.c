/* SPDX-License-Identifier: Apache-2.0 */
/* Answers from stored analyses, without a model for meanings: words alone find the passages. */
#include "harness/expect.h"
#include "harness/services.h"
#include "harness/tasks.h"
#include "sources/sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ANA "0a000000-0000-4000-8000-00000000000a"
#define BOB "0b000000-0000-4000-8000-00000000000b"
#define CORE "10000000-0000-4000-8000-000000000001"
#define EDGE "10000000-0000-4000-8000-000000000002"

static TestServices *all;

static const char fill_sql[] =
    "TRUNCATE documents, embeddings, analysis_tasks, topology_snapshots, users CASCADE;"
    "INSERT INTO users (id, email, hashed_password) VALUES"
    " ('" ANA "', 'ana@example.net', '$2b$x'), ('" BOB "', 'bob@example.net', '$2b$x');"
    "INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes,"
    "  storage_path, status, metadata) VALUES"
    " ('" CORE "', '" ANA "', 'a', 'core1.cfg', 'config', 100, 'local:a', 'completed',"
    "  '{\"hostname\": \"core1\"}'),"
    " ('" EDGE "', '" ANA "', 'b', 'edge1.cfg', 'config', 100, 'local:b', 'completed',"
    "  '{\"hostname\": \"edge1\"}');"
    "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start, line_end,"
    "  document_type) VALUES"
    " ('" ANA "', '" CORE "', 0, E'hostname core1\\n!', 1, 2, 'config'),"
    " ('" ANA "', '" CORE "', 1, E'interface Gi0/1\\n description ``` [9] **x**\\n mtu 9000',"
    "  3, 5, 'config'),"
    " ('" ANA "', '" CORE "', 2, E'ntp server 192.0.2.1\\nntp server 192.0.2.2', 7, 8, 'config'),"
    " ('" ANA "', '" EDGE "', 0, E'hostname edge1\\n!\\ninterface Gi0/1\\n mtu 1500', 1, 4,"
    "  'config');"
    "INSERT INTO analysis_tasks (user_id, document_id, task_type, celery_task_id, status,"
    "  settles_document, result) VALUES"
    " ('" ANA "', '" CORE "', 'document_processing', 'core', 'completed', true, '{"
    "  \"interfaces\": [{\"name\": \"Gi0/1\", \"line\": 3, \"addresses\": ["
    "   {\"address\": \"10.0.0.1/30\", \"line\": 4}]}], \"bgp\": [], \"ospf\": [], \"vlans\": ["
    "   {\"id\": 10, \"name\": \"USERS\", \"line\": 7}], \"static_routes\": [],"
    "  \"warnings\": []}');"
    "INSERT INTO topology_snapshots (user_id, title, graph_data, metadata) VALUES"
    " ('" ANA "', 'All', '{\"nodes\": [], \"edges\": []}', '{\"documents\": ["
    "   {\"id\": \"" CORE "\", \"file\": \"core1.cfg\"},"
    "   {\"id\": \"" EDGE "\", \"file\": \"edge1.cfg\"}], \"findings\": ["
    "   {\"severity\": \"error\", \"kind\": \"ospf_mtu_mismatch\", \"message\": \"9000 and 1500\","
    "    \"at\": [{\"file\": \"core1.cfg\", \"line\": 5}, {\"file\": \"edge1.cfg\", \"line\": 4}]}"
    "  ]}')";

static int start(void **state)
{
    (void)state;
    all = test_services_start();
    test_postgres_run(all->postgres, fill_sql);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_services_stop(all);
    return 0;
}

static bool ask_as(Task *task, const char *user, const SourcesQuestion *asked,
                   SourcesAnswer *answer)
{
    task->has_user = true;
    EXPECT(task, uuid_parse(str_of(user), &task->user_id), false);
    return sources_answer(task, &all->services, asked, answer);
}

static bool ask(Task *task, const char *user, const char *text, SourcesAnswer *answer)
{
    SourcesQuestion asked = {.question = str_of(text)};
    return ask_as(task, user, &asked, answer);
}

static void expect_words(Task *task, const SourcesAnswer *answer, const char *words)
{
    if (str_find(answer->text, str_of(words)) == STR_NOT_FOUND)
        EXPECT_STR(task, answer->text, words);
}

static void asks_for_lines(Task *task, void *argument)
{
    SourcesAnswer answer;
    (void)argument;
    EXPECT(task, ask(task, ANA, "Which NTP servers does core1 use?", &answer));
    EXPECT(task, answer.found);
    EXPECT_INT(task, answer.citation_count, 1);
    EXPECT_STR(task, answer.citations[0].document, "core1.cfg");
    EXPECT_INT(task, answer.citations[0].line_start, 7);
    EXPECT_INT(task, answer.citations[0].line_end, 8);
    EXPECT_STR(task, answer.citations[0].quote, "ntp server 192.0.2.1\nntp server 192.0.2.2");
    expect_words(task, &answer, "`core1.cfg:7-8` [1]");
}

static void test_lines_are_cited_by_file_and_number(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_for_lines, NULL);
}

static void asks_why(Task *task, void *argument)
{
    SourcesAnswer answer;
    (void)argument;
    EXPECT(task, ask(task, ANA, "Porque é que o core1 não vê o vizinho OSPF?", &answer));
    EXPECT(task, answer.found && answer.citation_count >= 2);
    expect_words(task, &answer, "**OSPF: a MTU é diferente nas duas pontas da ligação** (erro)");
    EXPECT_STR(task, answer.citations[0].document, "core1.cfg");
    EXPECT_INT(task, answer.citations[0].line_start, 3);
    EXPECT_INT(task, answer.citations[0].line_end, 5);
    EXPECT_STR(task, answer.citations[1].document, "edge1.cfg");
}

static void test_a_finding_is_quoted_with_its_stanza(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_why, NULL);
}

static void asks_for_a_list(Task *task, void *argument)
{
    SourcesAnswer answer;
    (void)argument;
    EXPECT(task, ask(task, ANA, "Which VLANs does core1 have?", &answer));
    expect_words(task, &answer, "VLANs of `core1`:");
    expect_words(task, &answer, "- `10`, `USERS`");
}

static void test_facts_of_a_device_are_listed(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_for_a_list, NULL);
}

static void asks_for_hostile_text(Task *task, void *argument)
{
    SourcesAnswer answer;
    (void)argument;
    EXPECT(task, ask(task, ANA, "description of Gi0/1 on core1", &answer));
    expect_words(task, &answer, "````text\n");
    expect_words(task, &answer, "    4   description ``` [9] **x**\n");
}

static void test_a_fence_is_longer_than_any_in_the_text(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_for_hostile_text, NULL);
}

static void asks_in_vain(Task *task, void *argument)
{
    static const char *const questions[] = {
        "Why is core7 down?", "best recipe for a chocolate cake", "Who has 172.31.9.9?", "?", "a",
    };
    (void)argument;
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        SourcesAnswer answer;
        EXPECT(task, ask(task, ANA, questions[i], &answer));
        EXPECT(task, !answer.found);
        EXPECT_INT(task, answer.citation_count, 0);
        expect_words(task, &answer, "Your sources hold nothing");
    }
}

static void test_what_is_not_there_is_said_so(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_in_vain, NULL);
}

static void asks_about_one_document(Task *task, void *argument)
{
    Uuid id;
    SourcesAnswer answer;
    (void)argument;
    EXPECT(task, uuid_parse(STR(EDGE), &id));
    SourcesQuestion asked = {STR("What is the mtu of Gi0/1?"), &id, 1};
    EXPECT(task, ask_as(task, ANA, &asked, &answer));
    EXPECT(task, answer.found);
    for (size_t i = 0; i < answer.citation_count; i++)
        EXPECT_STR(task, answer.citations[i].document, "edge1.cfg");
}

static void test_a_question_is_limited_to_its_documents(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_about_one_document, NULL);
}

static void asks_as_bob(Task *task, void *argument)
{
    Uuid id;
    SourcesAnswer answer;
    (void)argument;
    EXPECT(task, uuid_parse(STR(CORE), &id));
    SourcesQuestion asked = {STR("Which NTP servers does core1 use?"), &id, 1};
    EXPECT(task, ask_as(task, BOB, &asked, &answer));
    EXPECT(task, !answer.found);
    EXPECT(task, ask(task, BOB, "Which NTP servers does core1 use?", &answer));
    EXPECT(task, !answer.found);
    expect_words(task, &answer, "You have no documents yet");
}

static void test_another_user_has_other_sources(void **state)
{
    (void)state;
    test_run(all->services.loop, asks_as_bob, NULL);
}

static void asks_until_cancelled(Task *task, void *argument)
{
    SourcesAnswer answer;
    (void)argument;
    if (!ask(task, ANA, "Why does core1 not see its OSPF neighbour on Gi0/1?", &answer))
        EXPECT_INT(task, task->error.code, ERR_CANCELLED);
}

static void nothing_is_held(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_an_answer_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    assert_that(test_cancel_everywhere(all->services.loop, asks_until_cancelled, nothing_is_held,
                                       NULL) > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_cited_by_file_and_number),
        cmocka_unit_test(test_a_finding_is_quoted_with_its_stanza),
        cmocka_unit_test(test_facts_of_a_device_are_listed),
        cmocka_unit_test(test_a_fence_is_longer_than_any_in_the_text),
        cmocka_unit_test(test_what_is_not_there_is_said_so),
        cmocka_unit_test(test_a_question_is_limited_to_its_documents),
        cmocka_unit_test(test_another_user_has_other_sources),
        cmocka_unit_test(test_an_answer_is_cancelled_at_every_wait),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

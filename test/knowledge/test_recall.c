/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/recall.h"

#include "db/session.h"
#include "engines/embed/embed.h"
#include "harness/asserts.h"
#include "harness/expect.h"
#include "harness/services.h"
#include "harness/tasks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { WINDOW = 20 };

static TestServices *all;
static float question[EMBED_DIMENSIONS];
static Uuid ana_id;

static Str text_of(Arena *arena, const char *sql)
{
    Error error = {0};
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "look", &error);
    DbStatement statement = {NULL, sql, NULL};
    const DbRows *rows =
        session ? db_session_query(session, arena, &statement, DB_NO_PARAMS, &error) : NULL;
    assert_that(rows);
    return rows->count ? arena_copy(arena, db_str(rows, 0, 0)) : STR("none");
}

static void check_settings(const char *expected)
{
    auto_arena Arena *arena = arena_new();
    assert_str(text_of(arena, "SELECT string_agg(format('%s %s %s', CASE WHEN user_id IS NULL"
                              " THEN 'global' ELSE 'own' END, effort, wanted), ', ' ORDER BY"
                              " user_id IS NULL) FROM search_settings"),
               expected);
}

/* Chunks of ana in 40 clusters with a poor index: two links a node, found with the shortest of
 * looks. */
static void fill(void)
{
    test_postgres_run(
        all->postgres,
        "SELECT setseed(0.5);"
        "INSERT INTO embeddings (user_id, chunk_index, chunk_text, embedding)"
        " SELECT u.id, n, 'mtu ' || n, (SELECT array_agg(sin((n % 40 * 7 + 1) * (d + 1))"
        "  + 0.05 * (random() - 0.5) ORDER BY d)::real[]::vector FROM generate_series(0, 383) AS d)"
        " FROM users AS u, generate_series(1, 1200) AS n WHERE u.email = 'ana@example.net';"
        "DO $$ BEGIN EXECUTE (SELECT format('CREATE INDEX %s ON embeddings USING hnsw"
        " (embedding vector_cosine_ops) WITH (m = 2, ef_construction = 4) WHERE user_id = %L',"
        " embeddings_own_index_name(id), id) FROM users WHERE email = 'ana@example.net'); END $$");
}

/* Sets the question to the middle of a cluster. */
static void ask_about(int cluster)
{
    for (int i = 0; i < EMBED_DIMENSIONS; i++)
        question[i] = (float)sin((cluster * 7 + 1) * (i + 1));
}

static int set_up(void **state)
{
    auto_arena Arena *arena = arena_new();
    all->services.recall = recall_samples_new();
    test_postgres_run(all->postgres, "DELETE FROM search_settings");
    fill();
    assert_that(uuid_parse(text_of(arena, "SELECT id FROM users WHERE email = 'ana@example.net'"),
                           &ana_id));
    ask_about(0);
    (void)state;
    return 0;
}

static int tear_down(void **state)
{
    recall_samples_free(all->services.recall);
    all->services.recall = NULL;
    test_postgres_run(
        all->postgres,
        "DO $$ BEGIN EXECUTE (SELECT format('DROP INDEX %s', embeddings_own_index_name(id))"
        " FROM users WHERE email = 'ana@example.net'); END $$");
    test_postgres_run(all->postgres, "DELETE FROM embeddings");
    (void)state;
    return 0;
}

static int start(void **state)
{
    (void)state;
    all = test_services_start();
    test_postgres_run(all->postgres, "SELECT account_register('ana@example.net', '$2b$12$' ||"
                                     " repeat('a', 53), 'Ana')");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_services_stop(all);
    return 0;
}

static void ask(Task *task, const Uuid *user_id)
{
    task->has_user = user_id != NULL;
    if (user_id)
        task->user_id = *user_id;
    recall_samples_add(all->services.recall, task, str_of(embed_model_name()), question);
    task->has_user = false;
}

static void ask_much(Task *task, void *argument)
{
    (void)argument;
    for (int i = 0; i < 100 * RECALL_SAMPLES; i++)
        ask(task, &ana_id);
    ask(task, NULL);
    recall_samples_add(NULL, task, str_of(embed_model_name()), question);
}

static void test_few_of_many_questions_are_kept(void **state)
{
    (void)state;
    test_run(all->services.loop, ask_much, NULL);
    assert_int(recall_samples_count(all->services.recall), RECALL_SAMPLES);
}

static void check_window(Task *task, void *argument)
{
    (void)argument;
    for (int i = 0; i < WINDOW; i++) {
        ask_about(2 * i);
        ask(task, &ana_id);
    }
    EXPECT(task, recall_check(task, &all->services));
    EXPECT(task, !task->has_user);
    EXPECT_INT(task, recall_samples_count(all->services.recall), 0);
    EXPECT(task, recall_check(task, &all->services));
}

static void test_poor_index_raises_the_effort_of_its_account(void **state)
{
    (void)state;
    check_settings("");
    for (int effort = 1; effort <= 3; effort++) {
        char expected[16];
        test_run(all->services.loop, check_window, NULL);
        snprintf(expected, sizeof(expected), "own %d 0", effort);
        check_settings(expected);
    }
}

static void check_one(Task *task, void *argument)
{
    (void)argument;
    ask(task, &ana_id);
    if (recall_check(task, &all->services))
        EXPECT_INT(task, recall_samples_count(all->services.recall), 0);
}

static void nothing_is_held(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
}

static void test_check_can_be_cancelled_at_every_wait(void **state)
{
    (void)state;
    assert_that(test_cancel_everywhere(all->services.loop, check_one, nothing_is_held, NULL) >= 1);
}

static void check_after_the_account(Task *task, void *argument)
{
    (void)argument;
    Uuid gone = ana_id;
    gone.bytes[0] ^= 1;
    ask(task, &gone);
    EXPECT(task, recall_check(task, &all->services));
}

static void test_question_of_an_account_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    test_run(all->services.loop, check_after_the_account, NULL);
    check_settings("");
}

static bool is_noted(Task *task)
{
    DB_STATEMENT find = {"test_find_noted", "SELECT FROM search_settings"};
    const DbRows *rows = NULL;
    task->has_user = true;
    task->user_id = ana_id;
    bool done = db_query(task, all->services.db, &find, DB_NO_PARAMS, &rows);
    task->has_user = false;
    return done && rows->count > 0;
}

static void wait_for_the_check(Task *task, void *argument)
{
    (void)argument;
    TaskId id = task_spawn_background(task->loop, "search.recall", recall_maintain, &all->services);
    ask(task, &ana_id);
    EXPECT_SOON(task, is_noted(task));
    task_cancel(task->loop, id);
}

static void test_check_comes_again_and_again(void **state)
{
    Error error = {0};
    (void)state;
    assert_that(config_set(all->settings, "NETGURU_RECALL_CHECK_S", STR("1"), &error));
    test_run(all->services.loop, wait_for_the_check, NULL);
    check_settings("own 0 10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_few_of_many_questions_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_poor_index_raises_the_effort_of_its_account, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_check_can_be_cancelled_at_every_wait, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_question_of_an_account_that_is_gone_is_forgotten,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check_comes_again_and_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

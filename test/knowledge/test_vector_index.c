/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/vector_index.h"

#include "fixture.h"
#include "harness/asserts.h"

#include <stdio.h>
#include <stdlib.h>

enum { LARGE = 200, MAX_STEPS = 8 };

static VectorIndexStep steps[MAX_STEPS];
static size_t step_count;
static Arena *step_arena;

static void note_step(const VectorIndexStep *step)
{
    assert_that(step_count < MAX_STEPS);
    steps[step_count] = *step;
    steps[step_count].index = arena_copy(step_arena, step->index);
    steps[step_count].user = arena_copy(step_arena, step->user);
    step_count++;
}

static bool upkeep(Error *error)
{
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "maintain", error);
    assert_that(session);
    step_count = 0;
    return vector_index_upkeep(session, step_arena, LARGE, note_step, error);
}

static void upkeep_well(void)
{
    Error error = {0};
    if (upkeep(&error))
        return;
    fprintf(stderr, "%s\n", error.message);
    abort();
}

static int64_t number(const char *sql)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "count", &error);
    DbStatement statement = {NULL, sql, NULL};
    const DbRows *rows =
        session ? db_session_query(session, arena, &statement, DB_NO_PARAMS, &error) : NULL;
    assert_that(rows);
    return db_read_i64(rows, 0, 0);
}

static int64_t count_indexes(void)
{
    return number("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_embeddings_own_%'");
}

/* Chunks with vectors all over the place; every tenth of vendor juniper. */
static void fill(const char *owner, int count)
{
    auto_arena Arena *arena = arena_new();
    test_postgres_run(
        all->postgres,
        arena_printf(arena,
                     "INSERT INTO documents (user_id, filename, original_filename, file_type,"
                     " file_size_bytes, storage_path) SELECT id, 'f', 'f', 'config', 1, 'p'"
                     " FROM users WHERE email = '%s@example.net';"
                     "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text,"
                     " embedding, vendor) SELECT d.user_id, d.id, n, 'mtu ' || n,"
                     " (SELECT array_agg(random() - 0.5 + 0 * n + 0 * d)::real[]::vector"
                     "  FROM generate_series(1, 384) AS d),"
                     " CASE WHEN n %% 10 = 0 THEN 'juniper' ELSE 'cisco' END"
                     " FROM documents AS d JOIN users AS u ON u.id = d.user_id,"
                     " generate_series(1, %d) AS n WHERE u.email = '%s@example.net'",
                     owner, count, owner)
            .data);
}

static void test_large_accounts_get_their_graph(void **state)
{
    (void)state;
    fill("ana", LARGE);
    fill("bob", LARGE - 1);
    upkeep_well();
    assert_int_equal(step_count, 1);
    assert_true(steps[0].build && steps[0].chunks == LARGE);
    assert_int_equal(count_indexes(), 1);
    assert_int_equal(number("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), 0);
    upkeep_well(); /* and that is all */
    assert_int_equal(step_count, 0);
}

static void test_an_account_keeps_it_until_half_are_gone(void **state)
{
    (void)state;
    fill("ana", LARGE);
    upkeep_well();
    test_postgres_run(all->postgres, "DELETE FROM embeddings WHERE chunk_index > 100");
    upkeep_well();
    assert_int_equal(step_count, 0);
    test_postgres_run(all->postgres, "DELETE FROM embeddings WHERE chunk_index > 99");
    upkeep_well();
    assert_int_equal(step_count, 1);
    assert_false(steps[0].build);
    assert_int_equal(count_indexes(), 0);
}

static void test_what_was_cut_short_is_built_again(void **state)
{
    (void)state;
    fill("ana", LARGE);
    upkeep_well();
    test_postgres_run(all->postgres, "UPDATE pg_index SET indisvalid = false FROM pg_class AS c"
                                     " WHERE c.oid = indexrelid AND relname ~ '_own_[0-9a-f]+$'");
    upkeep_well();
    assert_int_equal(step_count, 1);
    assert_true(steps[0].build);
    assert_int_equal(number("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), 0);
}

static void test_two_at_once_are_one(void **state)
{
    Error error = {0};
    (void)state;
    auto_session DbSession *other =
        db_session_open(str_of(test_postgres_url(all->postgres)), "other", &error);
    assert_that(other);
    assert_that(db_session_lock(other, VECTOR_INDEX_LOCK, 0, &error));
    fill("ana", LARGE);
    assert_false(upkeep(&error));
    assert_int_equal(error.code, ERR_CONFLICT);
    assert_int_equal(count_indexes(), 0);
}

static void test_serve_only_counts(void **state)
{
    Error error = {0};
    int64_t wanted = -1;
    (void)state;
    fill("ana", VECTOR_INDEX_CHUNKS);
    const char *url = test_postgres_url_of(all->postgres, "netguru_app", NULL);
    auto_session DbSession *session = db_session_open(str_of(url), "doctor", &error);
    assert_that(session);
    assert_true(vector_index_count_wanted(session, step_arena, &wanted, &error));
    assert_int_equal(wanted, 1);
    assert_false(vector_index_upkeep(session, step_arena, LARGE, note_step, &error));
    assert_int_equal(error.code, ERR_FORBIDDEN);
    upkeep_well();
    assert_true(vector_index_count_wanted(session, step_arena, &wanted, &error));
    assert_int_equal(wanted, 0);
}

static void client_searches(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = search_for(arena, ana, "\"query\": \"jumbo frames\", \"limit\": 10");
    test_expect(&answer, 200);
    assert_int_equal(result_count(&answer), 10);
    answer = search_for(arena, ana,
                        "\"query\": \"jumbo frames\", \"vendor\": \"juniper\","
                        " \"limit\": 50");
    test_expect(&answer, 200);
    assert_int_equal(result_count(&answer), LARGE / 10);
    answer = search_for(arena, bob, "\"query\": \"jumbo frames\"");
    test_expect(&answer, 200);
    assert_int_equal(result_count(&answer), 0);
}

static void test_searches_find_with_it_what_they_found_without(void **state)
{
    (void)state;
    fill("ana", LARGE);
    test_server_run(server, client_searches, NULL);
    upkeep_well();
    test_server_run(server, client_searches, NULL);
}

static int set_up(void **state)
{
    step_arena = arena_new();
    return fixture_clear(state);
}

static int tear_down(void **state)
{
    fixture_clear(state);
    upkeep_well();
    assert_int_equal(count_indexes(), 0);
    arena_free(step_arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_large_accounts_get_their_graph, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_account_keeps_it_until_half_are_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_cut_short_is_built_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_at_once_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serve_only_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_searches_find_with_it_what_they_found_without, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

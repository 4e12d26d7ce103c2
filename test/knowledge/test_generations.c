/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "harness/asserts.h"
#include "harness/expect.h"
#include "harness/tasks.h"
#include "knowledge/generation_fill.h"
#include "services/generations.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A generation of the same model under another name: its vectors are those of the first. */
#define OTHER_SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const TestChunk chunks[] = {
    {"ana", "core1.cfg", "router ospf 1\n network 10.0.0.0 0.0.0.255 area 0", "ios", "config",
     false},
    {"ana", "boot.log", "%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.7 from LOADING to FULL", NULL,
     "log", true},
    {"bob", "edge.set", "set protocols bgp group peers neighbor 192.0.2.1 peer-as 65001", "junos",
     "config", false},
};

static TestDirectory home;

static const char *model_directory(void)
{
    const char *given = getenv("NETGURU_MODEL_DIR");
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    if (given && *given)
        return given;
    return arena_printf(all->arena, "%s/.cache/models/all-MiniLM-L6-v2", root ? root : ".").data;
}

/* Without a server, which would keep the loop going. */
static int start(void **state)
{
    Str directory;
    Error error = {0};
    (void)state;
    all = test_services_start();
    test_postgres_run(all->postgres,
                      "SELECT account_register(name || '@example.net', '$2b$12$' ||"
                      " repeat('a', 53), name) FROM unnest('{ana,bob}'::text[]) AS name");
    all->services.embedder = embedder_open(model_directory(), &error);
    assert_that(all->services.embedder);
    test_directory_make(&home, "nobody");
    directory = generation_model_directory(all->arena, str_of(home.path), STR(OTHER_SHA256));
    char *model = realpath(model_directory(), NULL);
    assert_that(model && symlink(model, directory.data) == 0);
    free(model);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    generations_free(all->services.generations);
    embedder_close(all->services.embedder);
    test_directory_remove(&home);
    test_services_stop(all);
    return 0;
}

static int make_chunks(void **state)
{
    fixture_clear(state);
    add_chunks(chunks, COUNT_OF(chunks));
    test_postgres_run(all->postgres,
                      "UPDATE embedding_generations SET state = 'active' WHERE is_inline;"
                      "INSERT INTO embedding_generations (name, sha256) VALUES ('other',"
                      " '\\x" OTHER_SHA256 "') ON CONFLICT DO NOTHING");
    generations_free(all->services.generations);
    all->services.generations = generations_new(str_of(home.path));
    return 0;
}

static int remove_other(void **state)
{
    (void)state;
    test_postgres_run(all->postgres, "DELETE FROM embedding_vectors;"
                                     "DELETE FROM embedding_generations WHERE NOT is_inline;"
                                     "UPDATE embedding_generations SET state = 'active'");
    return 0;
}

static int64_t number(const char *sql)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "count", &error);
    const DbStatement statement = {NULL, sql};
    const DbRows *rows =
        session ? db_session_query(session, arena, &statement, DB_NO_PARAMS, &error) : NULL;
    assert_that(rows);
    return db_read_i64(rows, 0, 0);
}

static char last_note[200];
static int64_t reported;

static void report(const GenerationFillReport *now)
{
    reported = now->filled;
    if (!str_empty(now->note))
        snprintf(last_note, sizeof(last_note), "%.*s", STR_ARGS(now->note));
}

static bool fill(const GenerationModels *models, Error *error)
{
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "fill", error);
    assert_that(session);
    GenerationFillOptions options = {.session = session,
                                     .models = *models,
                                     .load_percent = 100,
                                     .index_chunks = 5000,
                                     .report = report};
    last_note[0] = '\0';
    reported = 0;
    return generation_fill(&options, error);
}

static void test_filling_computes_what_is_missing_in_all_generations(void **state)
{
    Error error = {0};
    const GenerationModels models = {all->services.generations, all->services.embedder};
    (void)state;
    assert_int(number("SELECT count(*) FROM embeddings WHERE embedding IS NULL"), 1);
    assert_that(fill(&models, &error));
    assert_str(str_of(last_note), "is ready");
    assert_int(number("SELECT count(*) FROM embeddings WHERE embedding IS NULL"), 0);
    assert_int(number("SELECT count(*) FROM embedding_vectors AS v JOIN embeddings AS e"
                      " ON e.id = v.embedding_id AND e.user_id = v.user_id"),
               3);
    assert_int(number("SELECT count(*) FROM embedding_vectors AS v JOIN embeddings AS e"
                      " ON e.id = v.embedding_id WHERE v.embedding <=> e.embedding < 0.0001"),
               3);
    assert_that(fill(&models, &error));
    assert_int(reported, 0);
    assert_str(str_of(last_note), "");
}

static void test_a_generation_without_its_model_is_left_alone(void **state)
{
    Error error = {0};
    (void)state;
    assert_that(fill(&(GenerationModels){.first = all->services.embedder}, &error));
    assert_str(str_of(last_note),
               "its model is not on this machine: netguru embeddings add brings it");
    assert_int(number("SELECT count(*) FROM embedding_vectors"), 0);
    assert_int(number("SELECT count(*) FROM embeddings WHERE embedding IS NULL"), 0);
}

static void test_two_processes_do_not_fill_at_once(void **state)
{
    Error error = {0};
    (void)state;
    auto_session DbSession *other =
        db_session_open(str_of(test_postgres_url(all->postgres)), "other", &error);
    assert_that(other && db_session_lock(other, GENERATION_FILL_LOCK, 0, &error));
    assert_that(!fill(&(GenerationModels){.first = all->services.embedder}, &error));
    assert_int(error.code, ERR_CONFLICT);
}

static void search_after_switch(Task *task, void *argument)
{
    Uuid *user = argument;
    SearchResult found;
    const SearchQuery query = {.query = STR("adjacency of the routing protocol"), .limit = 5};
    generations_free(all->services.generations);
    all->services.generations = generations_new(str_of(home.path));
    task->has_user = true;
    task->user_id = *user;
    bool done = search_run(task, &all->services, &query, &found);
    task->has_user = false;
    if (!done && task_is_cancelled(task))
        return;
    EXPECT(task, done);
    EXPECT(task, found.by_meaning);
    EXPECT_INT(task, found.count, 2);
    for (size_t i = 0; i < found.count; i++)
        EXPECT(task, found.hits[i].has_distance);
    EXPECT_STR(task, generations_known(&all->services).name, "other");
}

static Uuid user_of(const char *email)
{
    Uuid id;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "user", &error);
    const DbStatement statement = {NULL, "SELECT id FROM users WHERE email = $1"};
    const DbRows *rows =
        db_session_query(session, arena, &statement, DB_PARAMS(db_text(str_of(email))), &error);
    assert_that(rows && rows->count == 1);
    id = db_read_uuid(rows, 0, 0);
    return id;
}

static void nothing_is_leased(Task *task, void *argument)
{
    (void)argument;
    EXPECT_INT(task, db_stats(all->services.db).leased, 0);
}

static void test_a_search_follows_a_switch_wherever_it_is_cancelled(void **state)
{
    Error error = {0};
    const GenerationModels models = {all->services.generations, all->services.embedder};
    Uuid user = user_of("ana@example.net");
    (void)state;
    assert_that(fill(&models, &error));
    test_postgres_run(all->postgres,
                      "UPDATE embedding_generations SET state = 'retired' WHERE is_inline;"
                      "UPDATE embedding_generations SET state = 'active' WHERE NOT is_inline");
    /* Twice a model and a statement, and between them the look at the generations. */
    uint32_t waits =
        test_cancel_everywhere(all->services.loop, search_after_switch, nothing_is_leased, &user);
    assert_int(waits, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filling_computes_what_is_missing_in_all_generations,
                                        make_chunks, remove_other),
        cmocka_unit_test_setup_teardown(test_a_generation_without_its_model_is_left_alone,
                                        make_chunks, remove_other),
        cmocka_unit_test_setup_teardown(test_two_processes_do_not_fill_at_once, make_chunks,
                                        remove_other),
        cmocka_unit_test_setup_teardown(test_a_search_follows_a_switch_wherever_it_is_cancelled,
                                        make_chunks, remove_other),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

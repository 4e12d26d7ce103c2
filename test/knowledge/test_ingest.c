/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "harness/asserts.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static TestDirectory directory;

static int set_up(void **state)
{
    fixture_clear(state);
    test_directory_make(&directory, "nobody");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_directory_remove(&directory);
    return 0;
}

static const char *path_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof(path), "%s/%s", directory.path, name);
    return path;
}

static void put(const char *name, Str bytes)
{
    int file = open(path_of(name), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    assert_that(file >= 0);
    assert_int(write(file, bytes.data, bytes.size), (ssize_t)bytes.size);
    close(file);
}

static IngestProgress ingest_well(Embedder *embedder)
{
    Error error = {0};
    IngestProgress progress = {0};
    bool done = ingest(directory.path, embedder, &progress, &error);
    if (!done)
        print_error("%s\n", error.message);
    assert_true(done);
    assert_int_equal(progress.files_done, progress.files);
    return progress;
}

static int64_t count(const char *from)
{
    auto_arena Arena *arena = arena_new();
    return test_postgres_count(all->postgres,
                               arena_printf(arena, "SELECT count(*) FROM %s", from).data);
}

static void test_only_what_changed_is_written(void **state)
{
    (void)state;
    put("a.md", STR("---\ntitle: Alpha\nvendor: ios\n---\n\n# One\n\nfirst text\n"));
    put("b.txt", STR("second text\n"));
    put("ignored.cfg", STR("hostname x\n"));
    put(".hidden.md", STR("hidden\n"));
    assert_int(mkdir(path_of("sub"), 0755), 0);
    put("sub/c.md", STR("# Three\n\nthird text\n"));
    IngestProgress progress = ingest_well(NULL);
    assert_int_equal(progress.files, 3);
    assert_int_equal(progress.changed, 3);
    assert_int_equal(count("knowledge_sources WHERE name IN ('a.md', 'b.txt', 'sub/c.md')"), 3);
    assert_int_equal(count("embeddings WHERE user_id IS NULL AND vendor = 'ios' AND "
                           "chunk_text LIKE '%first text%'"),
                     1);
    assert_int_equal(ingest_well(NULL).changed, 0);
    put("b.txt", STR("another second text\n"));
    progress = ingest_well(NULL);
    assert_int_equal(progress.changed, 1);
    assert_int_equal(count("embeddings WHERE chunk_text LIKE '%second text%'"), 1);
    assert_int_equal(count("embeddings WHERE chunk_text LIKE '%another second text%'"), 1);
    /* A model makes a difference. */
    progress = ingest_well(all->services.embedder);
    assert_int_equal(progress.changed, 3);
    assert_int_equal(count("embeddings WHERE embedding IS NULL AND NOT metadata ? 'front_matter'"),
                     0);
    assert_int_equal(count("embeddings WHERE embedding IS NULL AND tokens = ''"), 1);
    assert_int_equal(
        count("embeddings WHERE tokens IS DISTINCT FROM search_chunk_tokens(chunk_text, metadata)"),
        0);
    assert_int_equal(ingest_well(all->services.embedder).changed, 0);
}

static void assert_fails(const char *named, ErrorCode code)
{
    Error error = {0};
    IngestProgress progress = {0};
    assert_false(ingest(directory.path, NULL, &progress, &error));
    if (!strstr(error.message, named) || error.code != code)
        print_error("%d %s\n", (int)error.code, error.message);
    assert_non_null(strstr(error.message, named));
    assert_int_equal(error.code, code);
}

static void test_what_cannot_be_read_is_named(void **state)
{
    (void)state;
    Error error = {0};
    IngestProgress progress = {0};
    assert_fails(directory.path, ERR_NOT_FOUND);
    assert_false(ingest("/nonexistent/knowledge", NULL, &progress, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    put("a.md", STR("good\n"));
    put("b.md", STR("b\1i\2n\3a\4r\5y\n"));
    put("c.md", STR("as well\n"));
    assert_fails("b.md", ERR_UNSUPPORTED_MEDIA);
    assert_int_equal(count("knowledge_sources"), 2); /* the others are there */
    assert_false(ingest(path_of("a.md"), NULL, &progress, &error));
    assert_non_null(strstr(error.message, "not a directory"));
    assert_int(unlink(path_of("c.md")), 0);
    assert_int(unlink(path_of("b.md")), 0);
    assert_int(truncate(path_of("a.md"), 9 << 20), 0);
    assert_fails("a.md", ERR_FILE_TOO_LARGE);
    put("a.md", STR("---\nvendor: 0123456789012345678901234567890123456789012345678901234567\n---\n"
                    "text\n"));
    assert_fails("a.md", ERR_VALIDATION);
    assert_int_equal(count("embeddings WHERE chunk_text LIKE '%good%'"), 1);
}

static void test_file_without_permission_is_named(void **state)
{
    (void)state;
    Error error = {0};
    IngestProgress progress = {0};
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "ingest", &error);
    put("a.md", STR("text\n"));
    assert_that(session);
    assert_int(chmod(path_of("a.md"), 0), 0);
    assert_int(chmod(directory.path, 0755), 0);
    bool root = geteuid() == 0;
    assert_that(!root || seteuid(65534) == 0);
    bool done =
        ingest_with(&(IngestOptions){.session = session}, directory.path, &progress, &error);
    assert_that(!root || seteuid(0) == 0);
    assert_false(done);
    assert_int_equal(error.code, ERR_FORBIDDEN);
    assert_non_null(strstr(error.message, "a.md"));
}

/* Readers in between see the old chunks or the new ones, never none or both. */
static void test_a_changed_file_is_replaced_at_once(void **state)
{
    (void)state;
    put("a.md", STR("old text\n"));
    ingest_well(NULL);
    put("a.md", STR("new text\n"));
    test_postgres_run(all->postgres,
                      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                      "EXCEPTION 'not today'; END $$; CREATE TRIGGER refuse BEFORE INSERT ON "
                      "embeddings FOR EACH ROW EXECUTE FUNCTION refuse()");
    assert_fails("a.md", ERR_INTERNAL);
    assert_int_equal(count("embeddings WHERE chunk_text LIKE '%old text%'"), 1);
    test_postgres_run(all->postgres, "DROP FUNCTION refuse CASCADE");
    assert_int_equal(ingest_well(NULL).changed, 1);
    assert_int_equal(count("embeddings"), 1);
}

static void test_what_is_no_file_any_more_can_be_removed(void **state)
{
    (void)state;
    Error error = {0};
    IngestProgress progress = {0};
    const DbRows *rows = NULL;
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "ingest", &error);
    put("a.md", STR("one\n"));
    put("b.md", STR("two\n"));
    put("c.md", STR("three\n"));
    ingest_well(NULL);
    assert_int(unlink(path_of("b.md")), 0);
    ingest_well(NULL);
    assert_int_equal(count("knowledge_sources"), 3);
    IngestOptions options = {.session = session, .prune = true};
    assert_true(ingest_with(&options, directory.path, &progress, &error));
    assert_int_equal(progress.removed, 1);
    assert_int_equal(count("knowledge_sources WHERE name = 'b.md'"), 0);
    assert_int_equal(count("embeddings WHERE chunk_text LIKE '%two%'"), 0);
    assert_true(knowledge_list(session, arena, &rows, &error) && rows->count == 2);
    assert_true(str_equal(db_str(rows, 0, 0), STR("a.md")) &&
                str_equal(db_str(rows, 0, 1), STR("1")));
    assert_true(knowledge_remove(session, STR("a.md"), &error));
    assert_false(knowledge_remove(session, STR("a.md"), &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_int_equal(count("knowledge_sources"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_what_changed_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file_without_permission_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_file_any_more_can_be_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_changed_file_is_replaced_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

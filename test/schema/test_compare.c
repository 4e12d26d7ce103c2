/* SPDX-License-Identifier: Apache-2.0 */
/* Two databases with hostile names and tangled objects become equal, in both directions. */
#include "schema/compare.h"

#include "harness/asserts.h"
#include "harness/servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static TestPostgres *postgres;

static const char plain[] =
    "CREATE TABLE kept (id int PRIMARY KEY, a varchar(10) CHECK (a IN ('x', 'y')), b text);"
    "CREATE VIEW shown AS SELECT id, a FROM kept;"
    "CREATE FUNCTION double(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';"
    "CREATE TYPE mood AS ENUM ('glad')";

/* A chain of tables, views and functions that need one another, in names that need quotes. */
static const char tangled[] =
    "CREATE SEQUENCE \"Zähler; --\";"
    "CREATE FUNCTION \"next \"\"one\"() RETURNS bigint LANGUAGE sql AS "
    "$$ SELECT nextval('\"Zähler; --\"') -- ' $$;"
    "CREATE TABLE \"a'b\" (id bigint DEFAULT \"next \"\"one\"() PRIMARY KEY, \"%s\" text,"
    " up text GENERATED ALWAYS AS (upper(\"%s\")) STORED);"
    "CREATE TABLE kept (id bigint PRIMARY KEY REFERENCES \"a'b\", a varchar(10) NOT NULL"
    " CHECK (a IN ('x', 'y', 'z')), c \"a'b\"[]);"
    "CREATE FUNCTION double(n bigint) RETURNS SETOF \"a'b\" LANGUAGE sql STABLE AS "
    "'SELECT * FROM \"a''b\"';"
    "CREATE VIEW shown AS SELECT k.id, k.a, d.up FROM kept AS k, double(k.id) AS d;"
    "CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM shown;"
    "CREATE INDEX ON counted (n);"
    "CREATE VIEW keyed AS SELECT id, a FROM kept GROUP BY id;"
    "CREATE TYPE mood AS ENUM ('glad', 'sad');"
    "COMMENT ON COLUMN \"a'b\".\"%s\" IS E'\\\\ '' \\n %s'";

static int start(void **state)
{
    (void)state;
    postgres = test_postgres_start(NULL);
    test_postgres_run(postgres, "CREATE ROLE netguru_owner");
    test_postgres_run(postgres, "CREATE DATABASE one");
    test_postgres_run(postgres, "CREATE DATABASE other");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_postgres_free(postgres);
    return 0;
}

static DbSession *open_database(const char *name, const char *script)
{
    Error error = {0};
    const char *url = test_postgres_url_of(postgres, NULL, name);
    DbSession *session = db_session_open(str_of(url), "compare", &error);
    assert_that(session);
    assert_that(db_session_run(session,
                               STR("DROP SCHEMA public CASCADE; CREATE SCHEMA public; "
                                   "GRANT ALL ON SCHEMA public TO netguru_owner; "
                                   "SET ROLE netguru_owner"),
                               &error));
    if (!db_session_run(session, str_of(script), &error))
        print_error("%s\n", error.message);
    assert_that(error.code == ERR_NONE);
    assert_that(db_session_run(session, STR("RESET ROLE"), &error));
    return session;
}

static void compare(Arena *arena, DbSession *from, DbSession *to, SchemaComparison *out)
{
    Error error = {0};
    Catalog *first = catalog_read(from, arena, &error);
    Catalog *second = catalog_read(to, arena, &error);
    assert_that(first && second);
    assert_that(schema_compare(arena, first, second, out, &error));
}

static void apply(Arena *arena, DbSession *session, Str sql)
{
    Error error = {0};
    Str script =
        arena_printf(arena, "BEGIN; SET LOCAL ROLE netguru_owner;\n%.*s\nCOMMIT", STR_ARGS(sql));
    bool done = db_session_run(session, script, &error);
    if (!done)
        print_error("%s\n%.*s\n", error.message, STR_ARGS(sql));
    assert_true(done);
}

static void test_tangled_objects_become_equal_both_ways(void **state)
{
    (void)state;
    SchemaComparison there;
    SchemaComparison back;
    SchemaComparison left;
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *one = open_database("one", plain);
    auto_session DbSession *other = open_database("other", tangled);
    compare(arena, one, other, &there);
    compare(arena, other, one, &back);
    assert_true(there.count > 10);
    assert_true(there.deletes_data);
    assert_false(there.needs_superuser);
    assert_int(there.by_hand, 1);
    apply(arena, one, there.sql);
    apply(arena, other, back.sql);
    /* They have changed places, all but the enum. */
    auto_session DbSession *third = open_database("netguru", tangled);
    compare(arena, one, third, &left);
    assert_int(left.count, 1);
    assert_str(left.items[0].name, "public.mood");
    assert_that(str_find(left.sql, STR("-- Write by hand: type public.mood")) != STR_NOT_FOUND);
    db_session_close(third);
    third = open_database("netguru", plain);
    compare(arena, other, third, &left);
    assert_int(left.count, 1);
}

static void test_equal_databases_give_no_sql(void **state)
{
    (void)state;
    SchemaComparison result;
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *one = open_database("one", tangled);
    auto_session DbSession *other = open_database("other", tangled);
    compare(arena, one, other, &result);
    assert_int(result.count, 0);
    assert_str(result.sql, "");
}

static void test_a_catalog_can_be_compared_again(void **state)
{
    (void)state;
    Error error = {0};
    SchemaComparison first;
    SchemaComparison second;
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *one = open_database("one", plain);
    auto_session DbSession *other = open_database("other", tangled);
    Catalog *from = catalog_read(one, arena, &error);
    Catalog *to = catalog_read(other, arena, &error);
    assert_true(from && to);
    assert_true(schema_compare(arena, from, to, &first, &error));
    assert_true(schema_compare(arena, to, from, &second, &error));
    assert_true(schema_compare(arena, from, to, &second, &error));
    assert_true(str_equal(first.sql, second.sql));
    assert_int(first.count, second.count);
}

static void test_a_table_that_is_locked_is_named(void **state)
{
    (void)state;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *one = open_database("one", plain);
    auto_session DbSession *holder =
        db_session_open(str_of(test_postgres_url_of(postgres, NULL, "one")), "holder", &error);
    assert_true(holder != NULL);
    assert_true(db_session_run(holder, STR("BEGIN; LOCK TABLE kept"), &error));
    assert_true(catalog_read(one, arena, &error) == NULL);
    assert_int(error.code, ERR_TIMEOUT);
    assert_that(strstr(error.message, "(holder as netguru"));
    assert_that(strstr(error.message, "holds AccessExclusiveLock on kept"));
    assert_false(db_session_in_transaction(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tangled_objects_become_equal_both_ways),
        cmocka_unit_test(test_equal_databases_give_no_sql),
        cmocka_unit_test(test_a_catalog_can_be_compared_again),
        cmocka_unit_test(test_a_table_that_is_locked_is_named),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

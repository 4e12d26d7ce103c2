/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/common_passwords.h"
#include "fixture.h"
#include "harness/expect.h"

#include <sys/resource.h>

static TestAnswer register_with(Arena *arena, const char *email, const char *password)
{
    return post(arena, "/api/v1/auth/register", STR(""), test_login_body(arena, email, password));
}

static void client_registers(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer =
        post(arena, "/api/v1/auth/register", STR(""),
             STR("{\"email\":\"O'Brien@Example.net\",\"password\":\"correct horse\",\"full_name\":"
                 "\"Flann \\\"O'Brien\\\"\"}"));
    test_expect(&answer, 201);
    answer = me(arena, test_json_str(&answer, "access_token"));
    assert_str(test_json_str(&answer, "email"), STR("O'Brien@Example.net"));
    assert_str(test_json_str(&answer, "full_name"), STR("Flann \"O'Brien\""));
    assert_str(test_json_str(&answer, "plan_tier"), STR("solo"));
    answer = register_with(arena, "o'brien@example.NET", "another password");
    test_expect_error(&answer, 409, "CONFLICT");
    assert_int(test_postgres_count(all->postgres, "SELECT count(*) FROM users"), 1);
    answer = login(arena, "O'BRIEN@EXAMPLE.NET", "correct horse");
    test_expect(&answer, 200);
    answer = login(arena, "o'brien@example.net", "another password");
    check_refused(&answer);
    Str wrong = answer.body;
    answer = login(arena, "nobody@example.net", "another password");
    check_refused(&answer);
    assert_str(answer.body, wrong);
}

static void test_a_user_registers_and_logs_in(void **state)
{
    (void)state;
    fixture_serve(client_registers);
}

static void client_hostile(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + 251, "@b.c", 5); /* 255 bytes */
    static const char *const bad[] = {"",           "@",          "a@",
                                      "@b",         "a@b@c",      "a b@c",
                                      "ab",         "a@b\\n",     "a@b c",
                                      "a\\t@b",     "a@b\\u007f", "x'; DROP TABLE users; --@y",
                                      "a\\u0000@b", "\\ud800@b",  "a@b\\u0000",
                                      "a@\\u2028b", "a@b\\u00a0"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        TestAnswer answer = register_with(arena, bad[i], "correct horse");
        if (answer.status != 201)
            test_expect_error(&answer, 400, "VALIDATION_ERROR");
        /* The locale says which of Unicode's characters are spaces. */
        assert_that(i >= 15 || answer.status == 400);
        forget_logins();
    }
    static const char *const good[] = {"';--@x", "%s%n@x", "a@[::1]", "\\u00e9@x.y", "\\\"@x"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        TestAnswer answer = register_with(arena, good[i], "correct horse");
        test_expect(&answer, 201);
        answer = login(arena, good[i], "correct horse");
        test_expect(&answer, 200);
        forget_logins();
    }
    TestAnswer answer = register_with(arena, longest, "correct horse");
    test_expect(&answer, 201);
    answer = register_with(arena, arena_printf(arena, "a%s", longest).data, "correct horse");
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
}

static void test_hostile_addresses_are_refused(void **state)
{
    (void)state;
    fixture_serve(client_hostile);
}

static void client_passwords(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const size_t bad_sizes[] = {0, 1, 7, 73, 1024, 1025, 10 * 1024, 60 * 1024};
    char *text = arena_alloc(arena, 61 * 1024);
    memset(text, 'x', 60 * 1024);
    for (size_t i = 0; i < COUNT_OF(bad_sizes); i++) {
        const char *password = text + 60 * 1024 - bad_sizes[i];
        TestAnswer answer = register_with(arena, "ana@example.net", password);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
        answer = login(arena, "ana@example.net", password);
        if (bad_sizes[i] == 0 || bad_sizes[i] > 1024)
            test_expect_error(&answer, 400, "VALIDATION_ERROR");
        else
            check_refused(&answer);
    }
    TestAnswer answer = register_with(arena, "ana@example.net", "correct\\u0000horse");
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    /* Seventy-two bytes, and not one that is cut to them. */
    answer = register_with(arena, "ana@example.net", text + 60 * 1024 - 72);
    test_expect(&answer, 201);
    answer = login(arena, "ana@example.net", text + 60 * 1024 - 72);
    test_expect(&answer, 200);
    answer = login(arena, "ana@example.net", text + 60 * 1024 - 73);
    check_refused(&answer);
    answer = login(arena, "ana@example.net", text + 60 * 1024 - 71);
    check_refused(&answer);
}

static void test_passwords_have_bounds(void **state)
{
    (void)state;
    fixture_serve(client_passwords);
}

static void client_common(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const bad[] = {
        "password", "PassWord",      "12345678",         "iloveyou",   "Qwertyuiop",
        "trustno1", "1q2w3e4r5t",    "ana-maria",        "ANA-MARIA1", "ana-maria2026!",
        "netguru1", "NetGuru2026!!", "Ana-Maria@x.test", "password1",  "ana-maria@x.test1",
    };
    static const char *const good[] = {"correct horse", "ana-maria likes fish", "netguru is mine",
                                       "ana-mariana"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        TestAnswer answer = register_with(arena, "ana-maria@x.test", bad[i]);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
        assert_str(test_json_str(&answer, "error.details.field"), STR("password"));
        assert_that(str_find(answer.body, STR("choose another")) != STR_NOT_FOUND);
        forget_logins();
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        TestAnswer answer = register_with(arena, "ana-maria@x.test", good[i]);
        test_expect(&answer, 201);
        test_postgres_run(all->postgres, "DELETE FROM users");
    }
}

static void test_common_passwords_are_refused(void **state)
{
    (void)state;
    fixture_serve(client_common);
}

static void test_few_other_passwords_are_taken_for_common(void **state)
{
    (void)state;
    int matches = 0;
    auto_arena Arena *arena = arena_new();
    for (int i = 0; i < 50000; i++)
        matches += common_passwords_contain(arena_printf(arena, "not a common one %d", i));
    assert_true(matches <= 20); /* about 4 */
    assert_true(common_passwords_contain(STR("12345678")));
    assert_false(common_passwords_contain(STR("")));
}

static void client_disabled(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer opened = register_with(arena, "ana@example.net", "correct horse");
    test_expect(&opened, 201);
    test_postgres_run(all->postgres, "UPDATE users SET is_active = false");
    TestAnswer answer = login(arena, "ana@example.net", "correct horse");
    check_refused(&answer);
    assert_str(test_json_str(&answer, "error.message"), STR("wrong e-mail address or password"));
    answer = refresh(arena, test_json_str(&opened, "refresh_token"));
    check_refused(&answer);
    test_postgres_run(all->postgres, "DELETE FROM users");
    answer = refresh(arena, test_json_str(&opened, "refresh_token"));
    check_refused(&answer);
    answer = me(arena, test_json_str(&opened, "access_token"));
    assert_that(answer.status == 401 || answer.status == 404);
}

static void test_disabled_and_deleted_accounts_are_let_in_nowhere(void **state)
{
    (void)state;
    fixture_serve(client_disabled);
}

static void client_closed(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = register_with(arena, "ana@example.net", "correct horse");
    test_expect_error(&answer, 403, "FORBIDDEN");
}

static void test_registration_may_be_closed(void **state)
{
    (void)state;
    Error error = {0};
    assert_true(config_set(all->settings, "NETGURU_REGISTRATION", STR("false"), &error));
    fixture_serve(client_closed);
    assert_true(config_set(all->settings, "NETGURU_REGISTRATION", STR("true"), &error));
}

static double cpu_ms(void)
{
    struct rusage usage;
    assert_int(getrusage(RUSAGE_SELF, &usage), 0);
    return (double)usage.ru_utime.tv_sec * 1e3 + (double)usage.ru_utime.tv_usec / 1e3;
}

static double cost_of_logins(Arena *arena, const char *email)
{
    double before = cpu_ms();
    for (int i = 0; i < 5; i++) {
        TestAnswer answer = login(arena, email, "wrong horse");
        check_refused(&answer);
    }
    return (cpu_ms() - before) / 5;
}

static void client_cost(void *argument)
{
    double *cost = argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = register_with(arena, "ana@example.net", "correct horse");
    test_expect(&answer, 201);
    cost[0] = cost_of_logins(arena, "ana@example.net");
    cost[1] = cost_of_logins(arena, "nobody@example.net");
}

/* Processor time, of hashes that cost a hundred times what is around them. */
static void test_an_unknown_address_costs_as_much_as_a_known_one(void **state)
{
    (void)state;
    double cost[2];
    Error error = {0};
    assert_true(config_set(all->settings, "NETGURU_BCRYPT_COST", STR("9"), &error));
    test_server_run(server, client_cost, cost);
    assert_true(config_set(all->settings, "NETGURU_BCRYPT_COST", STR("4"), &error));
    if (cost[1] < cost[0] / 2 || cost[1] > cost[0] * 2)
        print_error("known %.2f ms, unknown %.2f ms\n", cost[0], cost[1]);
    assert_true(cost[1] > cost[0] / 2 && cost[1] < cost[0] * 2);
}

#define SQL(text) (&(const DbStatement){NULL, text, NULL})

static bool find_account(Task *task, const char *email, Uuid *out_id)
{
    bool found = false;
    Account account;
    EXPECT(task, account_find_for_login(task, all->services.db, str_of(email), &found, &account),
           false);
    if (found)
        *out_id = account.id;
    return found;
}

static void attack(Task *task, void *argument)
{
    (void)argument;
    Uuid ana;
    Uuid bob;
    Str json;
    Account account;
    const DbRows *rows = NULL;
    Db *db = all->services.db;
    EXPECT(task, find_account(task, " ANA@example.net", &ana));
    EXPECT(task, find_account(task, "bob@example.net", &bob));
    const DbStatement *read = SQL("SELECT email FROM users");
    EXPECT(task, db_query(task, db, read, DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->count, 0);
    task->has_user = true;
    task->user_id = ana;
    EXPECT(task, db_query(task, db, read, DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->count, 1);
    EXPECT_STR(task, db_str(rows, 0, 0), STR("ana@example.net"));
    EXPECT(task, db_query(task, db, SQL("SELECT 1 FROM users WHERE id = $1"),
                          DB_PARAMS(db_uuid(&bob)), &rows));
    EXPECT_INT(task, rows->count, 0);
    EXPECT(task, db_query(task, db, SQL("UPDATE users SET full_name = 'x' WHERE id = $1"),
                          DB_PARAMS(db_uuid(&bob)), &rows));
    EXPECT_INT(task, rows->affected, 0);
    static const char *const forbidden[] = {
        "SELECT hashed_password FROM users",
        "SELECT * FROM users",
        "UPDATE users SET is_superuser = true",
        "UPDATE users SET plan_tier = 'enterprise'",
        "UPDATE users SET email = 'x@y.z'",
        "DELETE FROM users",
        "INSERT INTO users (email, hashed_password) VALUES ('x@y.z', 'x')",
        "SELECT set_config('role', 'netguru_owner', true)",
        "SELECT * FROM admin_user_list('{}', 10)",
        "TRUNCATE users",
    };
    for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
        EXPECT(task, !db_query(task, db, SQL(forbidden[i]), DB_NO_PARAMS, &rows));
        EXPECT(task, task->error.code == ERR_FORBIDDEN || task->error.code == ERR_VALIDATION ||
                         task->error.code == ERR_INTERNAL);
    }
    EXPECT(task, account_load_self(task, db, &json, &account));
    EXPECT_STR(task, account.email, STR("ana@example.net"));
    task->user_id = uuid_new();
    EXPECT(task, !account_load_self(task, db, &json, &account));
    EXPECT_INT(task, task->error.code, ERR_NOT_FOUND);
}

static void client_two(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    test_register(arena, server->port, "ana@example.net");
    test_register(arena, server->port, "bob@example.net");
}

static void test_nobody_sees_the_row_of_another(void **state)
{
    (void)state;
    fixture_serve(client_two);
    test_server_run_task(server, attack, NULL);
    assert_int_equal(test_postgres_count(all->postgres,
                                         "SELECT count(*) FROM users WHERE full_name IS NULL AND "
                                         "plan_tier = 'solo' AND NOT is_superuser"),
                     2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_user_registers_and_logs_in, fixture_clear),
        cmocka_unit_test_setup(test_hostile_addresses_are_refused, fixture_clear),
        cmocka_unit_test_setup(test_passwords_have_bounds, fixture_clear),
        cmocka_unit_test_setup(test_common_passwords_are_refused, fixture_clear),
        cmocka_unit_test(test_few_other_passwords_are_taken_for_common),
        cmocka_unit_test_setup(test_disabled_and_deleted_accounts_are_let_in_nowhere,
                               fixture_clear),
        cmocka_unit_test_setup(test_registration_may_be_closed, fixture_clear),
        cmocka_unit_test_setup(test_an_unknown_address_costs_as_much_as_a_known_one, fixture_clear),
        cmocka_unit_test_setup(test_nobody_sees_the_row_of_another, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}

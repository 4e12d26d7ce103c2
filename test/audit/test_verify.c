/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a real log, with entries of a real database, and what a superuser tampers with. */
#include "audit/audit.h"

#include "harness/expect.h"
#include "harness/services.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ENTRIES = 2500 /* more than two pages */ };

static TestServices *all;
static Db *owner;

static int start(void **state)
{
    Error error = {0};
    (void)state;
    all = test_services_start();
    const DbOptions options = {.url = str_of(test_postgres_url(all->postgres))};
    owner = db_new(all->services.loop, &options, &error);
    return owner ? 0 : -1;
}

static void close_owner(Task *task, void *argument)
{
    (void)argument;
    db_close(task, owner);
}

static int stop(void **state)
{
    (void)state;
    test_run(all->services.loop, close_owner, NULL);
    db_free(owner);
    test_services_stop(all);
    return 0;
}

/* Writes the log anew, as only a superuser can. */
static int fill(void **state)
{
    (void)state;
    test_postgres_run(
        all->postgres,
        "SET session_replication_role = replica; TRUNCATE audit_log, audit_head;"
        " INSERT INTO audit_head (sequence, digest) VALUES (0, decode(repeat('00', 32), 'hex'));"
        " SELECT admin_note(jsonb_build_object('reason', 'é \\\" ' || n, 'operator', 'x'),"
        "  'session.list', NULL, 'number ' || n)"
        " FROM generate_series(1, 2500) AS n");
    return 0;
}

typedef struct {
    const char *script; /* what is done to the log; NULL: nothing */
    int64_t good;
    const char *said;
} Tampering;

static void verify(Task *task, void *argument)
{
    AuditVerdict verdict;
    const Tampering *tampering = argument;
    EXPECT(task, audit_verify(task, owner, NULL, &verdict));
    EXPECT_INT(task, verdict.entries, tampering->good);
    EXPECT(task, verdict.intact == (tampering->said == NULL));
    if (tampering->said)
        EXPECT(task, str_find(verdict.problem, str_of(tampering->said)) != STR_NOT_FOUND);
}

static void try_to_verify(Task *task, void *argument)
{
    AuditVerdict verdict;
    (void)argument;
    (void)!audit_verify(task, owner, NULL, &verdict);
}

static void test_database_and_program_compute_the_same_digests(void **state)
{
    (void)state;
    Tampering none = {.good = ENTRIES};
    test_run(all->services.loop, verify, &none);
    /* The head, three pages, and the empty one at the end. */
    assert_int(test_cancel_everywhere(all->services.loop, try_to_verify, NULL, NULL), 5);
}

static void test_tampering_is_found_where_it_was_done(void **state)
{
    static const Tampering all_kinds[] = {
        {"UPDATE audit_log SET reason = 'x' WHERE sequence = 1200", 1199, "entry 1200 was changed"},
        {"UPDATE audit_log SET at = at + interval '1 us' WHERE sequence = 3", 2,
         "entry 3 was changed"},
        {"UPDATE audit_log AS l SET subject = 'x' WHERE sequence = 7;"
         " UPDATE audit_log AS l SET digest = audit_digest(l) WHERE sequence = 7",
         7, "entry 8 does not continue entry 7"},
        {"DELETE FROM audit_log WHERE sequence = 1001", 1000, "entry 1001 is missing"},
        {"UPDATE audit_log SET sequence = 9999 WHERE sequence = 5;"
         " UPDATE audit_log SET sequence = 5 WHERE sequence = 6;"
         " UPDATE audit_log SET sequence = 6 WHERE sequence = 9999",
         4, "entry 5 was changed"},
        {"DELETE FROM audit_log WHERE sequence > 2000", 2000, "its head is entry 2500"},
        {"UPDATE audit_head SET sequence = 2000", 2500, "its head is entry 2000"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all_kinds); i++) {
        auto_arena Arena *arena = arena_new();
        Tampering tampering = all_kinds[i];
        fill(NULL);
        test_postgres_run(
            all->postgres,
            arena_printf(arena, "SET session_replication_role = replica; %s", tampering.script)
                .data);
        test_run(all->services.loop, verify, &tampering);
    }
}

static void verify_kept(Task *task, void *argument)
{
    AuditVerdict verdict;
    EXPECT(task, audit_verify(task, owner, argument, &verdict));
    EXPECT(task, !verdict.intact);
}

static void keep(Task *task, void *argument)
{
    EXPECT(task, audit_load_head(task, owner, argument));
}

static void test_cut_with_its_head_is_found_by_a_kept_head(void **state)
{
    AuditHead kept;
    Tampering none = {.good = 2000};
    (void)state;
    test_run(all->services.loop, keep, &kept);
    assert_int(kept.sequence, ENTRIES);
    test_postgres_run(all->postgres,
                      "SET session_replication_role = replica;"
                      " DELETE FROM audit_log WHERE sequence > 2000;"
                      " UPDATE audit_head SET sequence = 2000,"
                      "  digest = (SELECT digest FROM audit_log WHERE sequence = 2000)");
    test_run(all->services.loop, verify, &none);
    test_run(all->services.loop, verify_kept, &kept);
}

static void verify_as_the_application(Task *task, void *argument)
{
    AuditVerdict verdict;
    (void)argument;
    EXPECT(task, !audit_verify(task, all->services.db, NULL, &verdict));
    EXPECT_INT(task, task->error.code, ERR_FORBIDDEN);
}

static void test_servers_cannot_read_the_whole_log(void **state)
{
    (void)state;
    test_run(all->services.loop, verify_as_the_application, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_database_and_program_compute_the_same_digests, fill),
        cmocka_unit_test(test_tampering_is_found_where_it_was_done),
        cmocka_unit_test_setup(test_cut_with_its_head_is_found_by_a_kept_head, fill),
        cmocka_unit_test(test_servers_cannot_read_the_whole_log),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

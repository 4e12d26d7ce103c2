/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ENTRIES = 5 };

typedef struct {
    Arena *arena;
    AuditEntry entries[ENTRIES];
    size_t count;
    AuditHead head;
} Chain;

static AuditEntry make_entry(Arena *arena, int64_t sequence, const Sha256 *previous)
{
    AuditEntry entry = {.sequence = sequence, .previous_digest = *previous};
    for (size_t i = 0; i < AUDIT_FIELDS; i++)
        entry.fields[i] = arena_printf(arena, "field %zu of %lld", i, (long long)sequence);
    entry.fields[0] = arena_printf(arena, "%lld", (long long)sequence);
    entry.is_null[4] = sequence % 2 == 0;
    entry.digest = audit_entry_digest(arena, &entry);
    return entry;
}

static Chain make_chain(Arena *arena)
{
    Chain chain = {.arena = arena, .count = ENTRIES};
    for (size_t i = 0; i < ENTRIES; i++) {
        chain.entries[i] = make_entry(arena, (int64_t)i + 1, &chain.head.digest);
        chain.head = (AuditHead){(int64_t)i + 1, chain.entries[i].digest};
    }
    return chain;
}

static AuditVerdict judge(const Chain *chain, const AuditHead *kept)
{
    static AuditWalk walk; /* its verdict points into it */
    audit_walk_begin(&walk, kept);
    for (size_t i = 0; i < chain->count; i++) {
        if (!audit_walk_take(&walk, chain->arena, &chain->entries[i]))
            break;
    }
    audit_walk_end(&walk, &chain->head);
    return walk.verdict;
}

static void assert_broken(const Chain *chain, const AuditHead *kept, int64_t good, const char *said)
{
    AuditVerdict verdict = judge(chain, kept);
    assert_that(!verdict.intact);
    assert_int(verdict.entries, good);
    assert_that(str_find(verdict.problem, str_of(said)) != STR_NOT_FOUND);
}

static void test_intact_chain_is_accepted(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    const AuditHead kept = {3, chain.entries[2].digest};
    AuditVerdict verdict = judge(&chain, &kept);
    assert_that(verdict.intact);
    assert_int(verdict.entries, ENTRIES);
    assert_int(verdict.head.sequence, ENTRIES);
}

static void test_empty_log_is_intact(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = {.arena = arena};
    assert_that(judge(&chain, NULL).intact);
}

static void test_change_of_any_field_is_found(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t field = 0; field < AUDIT_FIELDS; field++) {
        Chain chain = make_chain(arena);
        chain.entries[2].fields[field] = STR("forged");
        assert_broken(&chain, NULL, 2, "entry 3 was changed");
        chain = make_chain(arena);
        chain.entries[2].is_null[field] = true;
        assert_broken(&chain, NULL, 2, "entry 3 was changed");
    }
}

static void test_bytes_moved_between_fields_are_found(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    chain.entries[2].fields[5] = STR("ab");
    chain.entries[2].fields[6] = STR("c");
    Sha256 one = audit_entry_digest(arena, &chain.entries[2]);
    chain.entries[2].fields[5] = STR("a");
    chain.entries[2].fields[6] = STR("bc");
    Sha256 other = audit_entry_digest(arena, &chain.entries[2]);
    assert_that(memcmp(one.bytes, other.bytes, SHA256_SIZE) != 0);
}

static void test_recomputed_entry_is_found_by_the_next(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    chain.entries[2].fields[7] = STR("forged");
    chain.entries[2].digest = audit_entry_digest(arena, &chain.entries[2]);
    assert_broken(&chain, NULL, 3, "entry 4 does not continue entry 3");
}

static void test_removed_entry_is_found(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    memmove(&chain.entries[1], &chain.entries[2], 3 * sizeof(chain.entries[0]));
    chain.count--;
    assert_broken(&chain, NULL, 1, "entry 2 is missing");
}

static void test_reordered_entries_are_found(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    AuditEntry second = chain.entries[1];
    chain.entries[1] = chain.entries[2];
    chain.entries[2] = second;
    assert_broken(&chain, NULL, 1, "entry 2 is missing");
    /* Their numbers are exchanged, too. */
    chain.entries[1].sequence = 2;
    chain.entries[1].fields[0] = STR("2");
    assert_broken(&chain, NULL, 1, "entry 2 was changed");
}

static void test_cut_tail_is_found_by_the_head_or_the_kept_one(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    const AuditHead kept = chain.head;
    chain.count = 3;
    assert_broken(&chain, NULL, 3, "ends at entry 3, but its head is entry 5");
    chain.head = (AuditHead){3, chain.entries[2].digest};
    assert_that(judge(&chain, NULL).intact);
    assert_broken(&chain, &kept, 3, "its end was cut off");
}

static void test_log_that_was_written_anew_is_found_by_the_kept_head(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Chain chain = make_chain(arena);
    const AuditHead kept = {2, chain.entries[4].digest};
    assert_broken(&chain, &kept, 2, "entry 2 is not the one that was kept");
}

static void test_heads_are_written_and_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    AuditHead head;
    char text[AUDIT_HEAD_TEXT_SIZE];
    Chain chain = make_chain(arena);
    assert_that(audit_head_parse(str_of(audit_head_write(&chain.head, text)), &head));
    assert_int(head.sequence, ENTRIES);
    assert_that(memcmp(head.digest.bytes, chain.head.digest.bytes, SHA256_SIZE) == 0);
    const char *const refused[] = {"", ":", "5", "5:", "5:ab", "-1:", "x:", "5:zz"};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_that(!audit_head_parse(str_of(refused[i]), &head));
    text[strlen(text) - 1] = 'g';
    assert_that(!audit_head_parse(str_of(text), &head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intact_chain_is_accepted),
        cmocka_unit_test(test_empty_log_is_intact),
        cmocka_unit_test(test_change_of_any_field_is_found),
        cmocka_unit_test(test_bytes_moved_between_fields_are_found),
        cmocka_unit_test(test_recomputed_entry_is_found_by_the_next),
        cmocka_unit_test(test_removed_entry_is_found),
        cmocka_unit_test(test_reordered_entries_are_found),
        cmocka_unit_test(test_cut_tail_is_found_by_the_head_or_the_kept_one),
        cmocka_unit_test(test_log_that_was_written_anew_is_found_by_the_kept_head),
        cmocka_unit_test(test_heads_are_written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

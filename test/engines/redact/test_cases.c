/* SPDX-License-Identifier: Apache-2.0 */
/* Files outside the repository: forms of secrets by system, and recorded device sessions. */
#include "redact_testing.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static Str shared_folder(Arena *arena)
{
    const char *set = getenv("NETGURU_SHARED_DATA");
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    return set ? arena_copy(arena, str_of(set)) : arena_printf(arena, "%s/../shared/data", root);
}

static void test_cases_of_every_system_in_every_wrapping(void **state)
{
    (void)state;
    static const char *const names[] = {"eos.cfg",  "ios.cfg",   "junos.conf", "junos.set",
                                        "nxos.cfg", "other.cfg", "syslog.log"};
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        auto_arena Arena *arena = arena_new();
        Str folder = shared_folder(arena);
        Str forms = testing_read(
            arena, arena_printf(arena, "%.*s/../cases/secrets/%s", STR_ARGS(folder), names[i]));
        found += forms.size > 0;
        for (int k = 0; k < STYLE_COUNT * WRAP_COUNT && forms.size; k++) {
            PlantedVec planted = {0};
            Str text = testing_plant(arena, forms, (SecretStyle)(k % STYLE_COUNT),
                                     (Wrapping)(k / STYLE_COUNT), &planted);
            assert_int_equal(testing_count_left(arena, text, &planted), 0);
        }
    }
    if (!found)
        skip_test("the cases of secrets are not there");
}

/* None of left_out, which ends with NULL, may be left of a recorded session. */
static bool check_recorded(const char *name, const char *const *left_out)
{
    auto_arena Arena *arena = arena_new();
    Str folder = shared_folder(arena);
    Str text = testing_read(
        arena, arena_printf(arena, "%.*s/configs/oxidized/%s", STR_ARGS(folder), name));
    Str safe = redact_text(arena, text);
    assert_int_equal(testing_count_byte(safe, '\n'), testing_count_byte(text, '\n'));
    for (size_t i = 0; left_out[i]; i++) {
        if (str_find(safe, str_of(left_out[i])) != STR_NOT_FOUND)
            fail_msg("%s: %s is left", name, left_out[i]);
    }
    return text.size > 0;
}

static void test_recorded_sessions_lose_their_secrets(void **state)
{
    (void)state;
    bool found = check_recorded("eos__DCS-7050SX3-48YC8_4.29.2F__output.txt",
                                (const char *[]){"string123", "string456", "publiccom", NULL});
    found |= check_recorded("asa__5512_9.12-4-67_single-context__output.txt",
                            (const char *[]){"AAAAAAAAAABBBBBBBBBBCCCCCCCCCC", NULL});
    found |= check_recorded("vyos__Supermicro_1.4.3__output.txt",
                            (const char *[]){"snmppublic", "AAAAAAAAAABBBBBBBBBB", NULL});
    found |= check_recorded("junos__srx300_22.4_wo_cluster__output.txt",
                            (const char *[]){"very-secret-encrypted-password", NULL});
    found |= check_recorded(
        "ios__C9800-L-F-K9_17.06.05__output.txt",
        (const char *[]){"SECRET_REMOVED", "REMOVED_SECRET", "WLANSECR3T", "WLAN SECR3T",
                         "7df35f90c92ecff2a803e79577b85e978edc0a76404f6cfb534df8d9f9f67beb",
                         "DOT1XPASSW0RD", "MGMTPASSW0RD", "MGMTSECR3T", "DOT1X PASSW0RD",
                         "MGMT PASSW0RD", "MGMT SECR3T", NULL});
    if (!found)
        skip_test("the recorded sessions are not there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_of_every_system_in_every_wrapping),
        cmocka_unit_test(test_recorded_sessions_lose_their_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

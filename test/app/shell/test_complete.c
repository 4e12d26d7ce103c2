/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in the place of a word. */
#include "app/shell/complete.h"

#include "base/vec.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const CommandRow rows[] = {
    {"files", NULL, "[ID] [--json | --download]", "list files", "  --json  print JSON\n"},
    {"user", NULL, "[--json] create EMAIL [--plan PLAN] | list", "accounts",
     "  create  make one\n"},
    {"analyze", NULL, "[--json] FILE…", "analyse", NULL},
    {"ingest", NULL, "DIR", "ingest", NULL},
    {"help", NULL, "[COMMAND | settings]", "help", NULL},
    {"parse", NULL, "VERB", NULL, NULL},
    {0},
};

static const CompleteValues values[] = {
    {"FILE", ":files"},       {"DIR", ":folders"},    {"PLAN", "solo team"},
    {"COMMAND", ":commands"}, {"WHEN", "auto never"}, {0},
};

static Str complete(StrBuf *out, const char *words)
{
    StrVec list = {0};
    Str word, rest = str_of(words);
    auto_arena Arena *arena = arena_new();
    const char *given[16] = {0};
    while (str_next_word(&rest, &word))
        *VEC_PUSH(arena, &list) = word;
    if (words[0] == '\0' || words[strlen(words) - 1] == ' ')
        *VEC_PUSH(arena, &list) = STR("");
    for (size_t i = 0; i < list.count; i++)
        given[i] = arena_cstring(arena, list.items[i]);
    strbuf_clear(out);
    complete_write(&(CompleteTable){rows, values}, given, list.count, out);
    return strbuf_str(out);
}

static void test_each_place_has_its_candidates(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *offered;
    } cases[] = {
        {"", "files\tlist files\nuser\taccounts\nanalyze\tanalyse\ningest\tingest\nhelp\thelp\n"},
        {"fi", "files\tlist files\n"},
        {"par", ""},
        {"nothing ", ""},
        {"files --j", "--json\tprint JSON\n"},
        {"files --c", "--color\tuse colours: auto, always or never\n"},
        {"files --color=n", "--color=never\n"},
        {"user ", "create\tmake one\nlist\n"},
        {"user create x ", ""},
        {"user list --p", ""},
        {"user create --p", "--plan\n"},
        {"user create x --plan ", "solo\nteam\n"},
        {"user create x --plan t", "team\n"},
        {"user create x --plan=t", "--plan=team\n"},
        {"user create x --plan =", "solo\nteam\n"},
        {"user create x --plan = t", "team\n"},
        {"user --json cr", "create\tmake one\n"},
        {"analyze ", ":files\n"},
        {"analyze a b c", ":files\n"},
        {"ingest ", ":folders\n"},
        {"ingest a ", ""},
        {"help s", "settings\n"},
        {"help us", "user\taccounts\n"},
    };
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 65536);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(complete(&out, cases[i].typed), str_of(cases[i].offered));
}

static void test_only_known_shells_have_a_script(void **state)
{
    (void)state;
    assert_that(complete_script(STR("bash")) && complete_script(STR("zsh")) &&
                complete_script(STR("fish")));
    assert_that(!complete_script(STR("csh")) && !complete_script(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_place_has_its_candidates),
        cmocka_unit_test(test_only_known_shells_have_a_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

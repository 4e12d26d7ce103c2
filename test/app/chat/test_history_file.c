/* SPDX-License-Identifier: Apache-2.0 */
/* The file of former questions: what it keeps, and who may read it. */
#include "app/chat/history_file.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/netguru-history-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? setenv("XDG_STATE_HOME", directory, 1) : -1;
}

static Str find(Arena *arena)
{
    Str path = {0};
    Error error = {0};
    assert_that(history_file_find(arena, &path, &error));
    return path;
}

static void test_lines_come_back_whatever_they_contain(void **state)
{
    (void)state;
    StrVec lines = {0};
    struct stat status;
    auto_arena Arena *arena = arena_new();
    Str path = find(arena);
    assert_that(history_file_load(arena, path, &lines));
    assert_int(lines.count, 0);
    static const char *const written[] = {"why?", "a\nb\n", "C:\\new \\\\ \\", "", "\303\251"};
    for (size_t i = 0; i < COUNT_OF(written); i++)
        assert_that(history_file_add(path, str_of(written[i])));
    assert_that(history_file_load(arena, path, &lines));
    assert_int(lines.count, COUNT_OF(written));
    for (size_t i = 0; i < COUNT_OF(written); i++)
        assert_str(lines.items[i], written[i]);
    assert_int(stat(path.data, &status), 0);
    assert_int(status.st_mode & 0777, 0600);
    Str parent = arena_printf(arena, "%s/netguru", directory);
    assert_int(stat(parent.data, &status), 0);
    assert_int(status.st_mode & 0777, 0700);
    assert_int(unlink(path.data), 0);
}

static void test_the_newest_lines_are_kept(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str path = find(arena);
    for (int i = 0; i < 2 * HISTORY_LINES + 1; i++)
        assert_that(history_file_add(path, arena_printf(arena, "line %d", i)));
    for (int i = 0; i < 2; i++) {
        StrVec lines = {0};
        assert_that(history_file_load(arena, path, &lines));
        assert_int(lines.count, HISTORY_LINES);
        assert_str(lines.items[0], "line 1001");
        assert_str(lines.items[HISTORY_LINES - 1], "line 2000");
    }
    assert_int(unlink(path.data), 0);
}

static void test_a_link_in_place_of_the_file_is_not_followed(void **state)
{
    (void)state;
    StrVec lines = {0};
    auto_arena Arena *arena = arena_new();
    Str path = find(arena);
    Str target = arena_printf(arena, "%s/target", directory);
    assert_int(symlink(target.data, path.data), 0);
    assert_that(!history_file_add(path, STR("x")));
    assert_that(!history_file_load(arena, path, &lines));
    assert_int(access(target.data, F_OK), -1);
    assert_int(unlink(path.data), 0);
}

static int remove_directory(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    (void)rmdir(arena_printf(arena, "%s/netguru", directory).data);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_back_whatever_they_contain),
        cmocka_unit_test(test_the_newest_lines_are_kept),
        cmocka_unit_test(test_a_link_in_place_of_the_file_is_not_followed),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

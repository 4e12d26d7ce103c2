/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_a_file_is_read_whole_or_refused(void **state)
{
    (void)state;
    Str bytes = {0};
    Error error = {0};
    char path[] = "/tmp/netguru-file-XXXXXX";
    auto_arena Arena *arena = arena_new();
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, "five\n", 5) == 5);
    assert_true(file_read(arena, path, 5, &bytes, &error));
    assert_true(str_equal(bytes, STR("five\n")));
    assert_false(file_read(arena, path, 4, &bytes, &error));
    assert_int_equal(error.code, ERR_FILE_TOO_LARGE);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(ftruncate(file, 0), 0);
    assert_true(file_read(arena, path, 4, &bytes, &error));
    assert_int_equal(bytes.size, 0);
    close(file);
    unlink(path);
    assert_false(file_read(arena, path, 4, &bytes, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
}

static void test_what_has_no_size_is_read_too(void **state)
{
    (void)state;
    Str bytes = {0};
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    assert_true(file_read(arena, "/proc/self/status", 64 * 1024, &bytes, &error));
    assert_true(str_starts_with(bytes, STR("Name:")));
    assert_false(file_read(arena, "/dev/zero", 1000, &bytes, &error));
    assert_int_equal(error.code, ERR_FILE_TOO_LARGE);
    assert_false(file_read(arena, "/tmp", 1000, &bytes, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_read_whole_or_refused),
        cmocka_unit_test(test_what_has_no_size_is_read_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

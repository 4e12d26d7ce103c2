/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/file.h"
#include "harness/asserts.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/netguru-log-XXXXXX";
static int kept_output;
static int kept_error;

static void name_file(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", directory, name);
}

static Str read_log(Arena *arena, const char *name)
{
    Str text = STR("");
    Error error = {0};
    char path[64];
    name_file(name, path, sizeof(path));
    assert_that(file_read(arena, path, 65536, &text, &error));
    return text;
}

static bool has(Str text, const char *part)
{
    return str_find(text, str_of(part)) != STR_NOT_FOUND;
}

static void find_context(LogContext *out_context)
{
    *out_context = (LogContext){.has_trace = true, .has_job = true};
    check(uuid_parse(STR("01234567-89ab-4def-8123-456789abcdef"), &out_context->trace_id));
    check(uuid_parse(STR("11234567-89ab-4def-8123-456789abcdef"), &out_context->job_id));
}

static int open_log(void **state)
{
    char path[64];
    Error error = {0};
    (void)state;
    name_file("log", path, sizeof(path));
    fflush(stdout);
    kept_output = dup(STDOUT_FILENO);
    kept_error = dup(STDERR_FILENO);
    log_setup(LOG_INFO, LOG_AS_JSON);
    return log_open(path, &error) ? 0 : -1;
}

static int close_log(void **state)
{
    (void)state;
    log_set_context(NULL);
    fflush(stdout);
    dup2(kept_output, STDOUT_FILENO);
    dup2(kept_error, STDERR_FILENO);
    close(kept_output);
    close(kept_error);
    static const char *const names[] = {"log", "log.1"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[64];
        name_file(names[i], path, sizeof(path));
        if (unlink(path) != 0)
            rmdir(path);
    }
    return 0;
}

static void test_line_has_the_ids_of_its_context(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    log_set_context(find_context);
    log_info("test.context", LOG_INT("n", 1));
    log_set_context(NULL);
    log_info("test.alone", LOG_INT("n", 2));
    Str text = read_log(arena, "log");
    assert_that(has(text, "\"event\":\"test.context\","
                          "\"trace\":\"01234567-89ab-4def-8123-456789abcdef\","
                          "\"job\":\"11234567-89ab-4def-8123-456789abcdef\",\"n\":1}\n"));
    assert_that(has(text, "\"event\":\"test.alone\",\"n\":2}\n"));
}

static void test_field_that_a_line_names_is_not_doubled(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    log_set_context(find_context);
    log_info("test.named", LOG_TEXT("job", "other"));
    Str text = read_log(arena, "log");
    assert_that(has(text, "\"trace\":\"01234567-89ab-4def-8123-456789abcdef\",\"job\":\"other\"}"));
}

static void test_text_for_people_has_the_ids_too(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    log_setup(LOG_INFO, LOG_AS_TEXT);
    log_set_context(find_context);
    log_info("test.text", LOG_INT("n", 1));
    assert_that(has(read_log(arena, "log"), "test.text trace="));
}

static void test_renamed_file_is_followed_by_a_new_one(void **state)
{
    char path[64];
    char renamed[64];
    struct stat status;
    auto_arena Arena *arena = arena_new();
    (void)state;
    name_file("log", path, sizeof(path));
    name_file("log.1", renamed, sizeof(renamed));
    log_info("test.first");
    assert_int(rename(path, renamed), 0);
    log_info("test.second");
    log_reopen();
    log_info("test.third");
    assert_that(has(read_log(arena, "log.1"), "test.second"));
    assert_that(!has(read_log(arena, "log.1"), "test.third"));
    assert_that(!has(read_log(arena, "log"), "test.second"));
    assert_that(has(read_log(arena, "log"), "test.third"));
    assert_int(stat(path, &status), 0);
    assert_int(status.st_mode & 0777, 0600);
}

static void test_former_file_stays_when_the_new_one_cannot_be_opened(void **state)
{
    char path[64];
    char renamed[64];
    auto_arena Arena *arena = arena_new();
    (void)state;
    name_file("log", path, sizeof(path));
    name_file("log.1", renamed, sizeof(renamed));
    assert_int(rename(path, renamed), 0);
    assert_int(mkdir(path, 0700), 0);
    log_reopen();
    log_info("test.stays");
    assert_that(has(read_log(arena, "log.1"), "log.not_reopened"));
    assert_that(has(read_log(arena, "log.1"), "test.stays"));
}

static void test_link_is_not_followed(void **state)
{
    char path[64];
    char target[64];
    Error error = {0};
    (void)state;
    name_file("log.1", path, sizeof(path));
    name_file("elsewhere", target, sizeof(target));
    assert_int(symlink(target, path), 0);
    assert_that(!log_open(path, &error));
    assert_that(access(target, F_OK) != 0);
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line_has_the_ids_of_its_context, open_log, close_log),
        cmocka_unit_test_setup_teardown(test_field_that_a_line_names_is_not_doubled, open_log,
                                        close_log),
        cmocka_unit_test_setup_teardown(test_text_for_people_has_the_ids_too, open_log, close_log),
        cmocka_unit_test_setup_teardown(test_renamed_file_is_followed_by_a_new_one, open_log,
                                        close_log),
        cmocka_unit_test_setup_teardown(test_former_file_stays_when_the_new_one_cannot_be_opened,
                                        open_log, close_log),
        cmocka_unit_test_setup_teardown(test_link_is_not_followed, open_log, close_log),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/kind.h"

#include "base/vec.h"
#include "engines/embed/model_files.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void expect_kind(const char *name, Str bytes, TextKind kind)
{
    TextKindFinding found = text_kind_detect(str_of(name), bytes);
    if (found.kind != kind)
        fail_msg("%s is %s (%s), not %s", name, text_kind_name(found.kind), found.reason,
                 text_kind_name(kind));
    assert_true(strlen(found.reason) > 5);
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    expect_kind("core.cfg",
                STR("\x7F"
                    "ELF\x02\x01\x01\0\0\0"),
                TEXT_BINARY);
    expect_kind("core.md", STR("\0\x01text"), TEXT_BINARY);
    expect_kind("x.log", STR("\x01\x02\x03\x04\x05\x06"), TEXT_BINARY);
    expect_kind("x", STR("\xFF\xFEh\0i\0"), TEXT_PLAIN);
    expect_kind("x.log", STR("M\0a\0r\0 \0\x31\0\x32\0"), TEXT_LOG);
    expect_kind("x", STR("\0\0\0\0<135>Dec 17 05:19:07 core1 %LINK-3-UPDOWN: down\n"), TEXT_LOG);
    expect_kind("", STR(""), TEXT_PLAIN);
    expect_kind("", (Str){0}, TEXT_PLAIN);
}

static void test_content_gives_the_kind(void **state)
{
    (void)state;
    expect_kind(
        "backup.txt",
        STR("!\nhostname core1\n!\ninterface Gi0/1\n ip address 10.0.0.1 255.0.0.0\n!\nend\n"),
        TEXT_CONFIG);
    expect_kind("r1", STR("set system host-name r1\nset interfaces ge-0/0/0 unit 0 family inet\n"),
                TEXT_CONFIG);
    expect_kind(
        "r1",
        STR("system {\n    host-name r;\n}\ninterfaces {\n    ge-0 {\n        mtu 9;\n    }\n}\n"),
        TEXT_CONFIG);
    expect_kind("m.txt",
                STR("*Mar  1 00:00:01.000: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\n"
                    "*Mar  1 00:00:02.000: %SYS-5-CONFIG_I: Configured from console\n"),
                TEXT_LOG);
    expect_kind("o.txt", STR("core1#show ip route\nGateway of last resort is not set\n"),
                TEXT_SHOW);
    expect_kind("show_version.txt", STR("Cisco IOS Software, Version 15.2\n"), TEXT_SHOW);
    expect_kind("README", STR("# Title\n\nText\n\n## Part\n\n- one\n- two\n"), TEXT_MARKDOWN);
    expect_kind("note.md", STR("nothing special"), TEXT_MARKDOWN);
    expect_kind("note.MD", STR("nothing special"), TEXT_MARKDOWN);
    expect_kind("note", STR("Dear team,\nthe router is down.\n"), TEXT_PLAIN);
    expect_kind("dir.cfg/x.cfg", STR("something odd\n"), TEXT_CONFIG);
}

static void test_sample_files_are_configurations(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StrVec configs = test_list_files(arena, test_source_path(arena, "sample/configs"), "");
    for (size_t i = 0; i < configs.count; i++)
        expect_kind("unnamed", test_read_file(arena, configs.items[i].data), TEXT_CONFIG);
}

static void test_shared_files_have_their_kinds(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *shared = test_shared_data(arena);
    if (!shared) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    StrVec logs = test_list_files(arena, arena_printf(arena, "%s/logs", shared).data, ".msg");
    assert_true(logs.count > 50);
    for (size_t i = 0; i < logs.count; i++)
        expect_kind("unnamed", test_read_file(arena, logs.items[i].data), TEXT_LOG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_content_gives_the_kind),
        cmocka_unit_test(test_sample_files_are_configurations),
        cmocka_unit_test(test_shared_files_have_their_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    SandboxEnd end;
    ErrorCode code;
    const char *message;
} Case;

#define TAIL(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const Case cases[] = {
    {{.exit_status = 0}, ERR_NONE, ""},
    {{.exit_status = 0, .tail = TAIL("out of memory\n")}, ERR_NONE, ""},
    {{.stop = STOP_TIME}, ERR_VALIDATION, "the parser was stopped: it took longer than 1.5 s"},
    {{.stop = STOP_OUTPUT}, ERR_VALIDATION, "the parser was stopped: it wrote more than 3 MB"},
    {{.stop = STOP_LINE},
     ERR_VALIDATION,
     "the parser was stopped: it wrote a line of more than 1 MB"},
    {{.stop = STOP_MEMORY},
     ERR_VALIDATION,
     "the parser was stopped: it used more than 1024 MB of memory"},
    {{.signal = SIGXCPU},
     ERR_VALIDATION,
     "the parser was stopped: it used more than 60 s of CPU time"},
    {{.signal = SIGSYS}, ERR_VALIDATION, "the parser was stopped: it tried a forbidden operation"},
    {{.signal = SIGXFSZ}, ERR_VALIDATION, "the parser was stopped: it tried to write to a file"},
    {{.signal = SIGSEGV}, ERR_VALIDATION, "the parser was stopped: it crashed (signal 11)"},
    {{.signal = SIGABRT}, ERR_VALIDATION, "the parser was stopped: it crashed (signal 6)"},
    {{.signal = SIGABRT, .tail = TAIL("src/base/mem.c:9: mem_alloc: check failed: pointer\n")},
     ERR_VALIDATION,
     "the parser was stopped: it used more than 1024 MB of memory"},
    {{.signal = SIGABRT, .tail = TAIL("terminate called after throwing 'std::bad_alloc'")},
     ERR_VALIDATION,
     "the parser was stopped: it used more than 1024 MB of memory"},
    {{.exit_status = 1, .tail = TAIL("Out of memory\n")},
     ERR_VALIDATION,
     "the parser was stopped: it used more than 1024 MB of memory"},
    {{.exit_status = 2, .tail = TAIL("one\nline 3: bad \xff\x1b[1m\x7f\n\n")},
     ERR_VALIDATION,
     "line 3: bad ??[1m?"},
    {{.exit_status = 2, .tail = TAIL("p\xc3\xa1gina 3\r\n")}, ERR_VALIDATION, "p\xc3\xa1gina 3"},
    {{.exit_status = 2, .tail = TAIL("a file says: out of memory")},
     ERR_VALIDATION,
     "a file says: out of memory"},
    {{.exit_status = 3, .tail = TAIL("seccomp: no\n")},
     ERR_UNAVAILABLE,
     "the parser could not be locked in: seccomp: no"},
    {{.exit_status = 7},
     ERR_VALIDATION,
     "the parser failed: the parser ended with status 7 and no reason"},
};

static void test_each_end_has_its_words(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    SandboxOptions limits = {.cpu_s = 60,
                             .wall_ms = 1500,
                             .memory_bytes = (uint64_t)1 << 30,
                             .output_bytes = 3 << 20,
                             .max_line_bytes = 1000};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Error error = {0};
        bool good = sandbox_end_is_good(arena, &cases[i].end, &limits, &error);
        assert_int_equal(good, cases[i].code == ERR_NONE);
        assert_int_equal(error.code, cases[i].code);
        assert_string_equal(error.message, cases[i].message);
    }
}

static void test_a_reason_is_cut(void **state)
{
    (void)state;
    static char text[SANDBOX_TAIL_BYTES];
    memset(text, 'x', sizeof(text));
    auto_arena Arena *arena = arena_new();
    SandboxOptions limits = {.cpu_s = 1};
    SandboxEnd end = {.exit_status = SANDBOX_EXIT_INPUT, .tail = {text, sizeof(text)}};
    Error error = {0};
    assert_false(sandbox_end_is_good(arena, &end, &limits, &error));
    assert_int_equal(strlen(error.message), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_end_has_its_words),
        cmocka_unit_test(test_a_reason_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

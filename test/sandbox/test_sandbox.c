/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

static const char *child_program;

/* One run of a child: what to start, and what came of it. */
typedef struct {
    SandboxOptions options;
    size_t stop_after; /* lines; 0: read all */
    bool raw;
    bool release_at_once;
    StrBuf text;
    size_t lines;
    bool finished;
    Error error;
} Run;

static void run_to_the_end(Task *task, Run *run)
{
    Str line = {0};
    bool more = true;
    auto_sandbox Sandbox *child = sandbox_start(task, &run->options);
    if (!child || run->release_at_once)
        return;
    while (more) {
        bool done = run->raw ? sandbox_read(task, child, &line)
                             : sandbox_read_line(task, child, &more, &line);
        if (!done)
            return;
        if (run->raw)
            more = !str_empty(line);
        if (!more)
            break;
        strbuf_append(&run->text, line);
        if (!run->raw)
            strbuf_append_byte(&run->text, '\n');
        if (++run->lines == run->stop_after)
            break;
    }
    run->finished = true;
}

static void run_main(Task *task, void *argument)
{
    Run *run = argument;
    run_to_the_end(task, run);
    run->error = task->error;
}

static int open_text(const void *text, size_t size)
{
    char path[64];
    int memory = memfd_create("input", MFD_CLOEXEC);
    assert_true(memory >= 0);
    assert_int_equal(write(memory, text, size), size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
    int reading = open(path, O_RDONLY | O_CLOEXEC);
    close(memory);
    assert_true(reading >= 0);
    return reading;
}

static void start_and_run(Run *run)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    run->options.program = child_program;
    strbuf_init(&run->text, TEXT_MAX_BYTES);
    assert_int_not_equal(task_spawn(loop, "run", run_main, run).generation, 0);
    loop_run(loop);
    loop_free(loop);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
    assert_int_equal(errno, ECHILD);
}

__attribute__((noinline)) static Run run_options(const SandboxOptions *options, Run run)
{
    run.options = *options;
    start_and_run(&run);
    return run;
}

__attribute__((noinline)) static Run run_verb_with(const char *verb, const char *input,
                                                   SandboxOptions options)
{
    options.verb = verb;
    options.input = open_text(input, strlen(input));
    Run run = run_options(&options, (Run){0});
    close(options.input);
    return run;
}

__attribute__((noinline)) static Run run_verb(const char *verb)
{
    return run_verb_with(verb, "", (SandboxOptions){0});
}

static void assert_text(Run *run, const char *text)
{
    assert_string_equal(run->error.message, "");
    assert_true(run->finished);
    strbuf_append_byte(&run->text, '\0');
    assert_string_equal(run->text.data, text);
    strbuf_done(&run->text);
}

static void assert_failed(Run *run, ErrorCode code, const char *message)
{
    assert_false(run->finished);
    assert_string_equal(run->error.message, message);
    assert_int_equal(run->error.code, code);
    strbuf_done(&run->text);
}

static void test_lines_come_out(void **state)
{
    (void)state;
    Run run = run_verb_with("copy", "first\n\nthird\n", (SandboxOptions){0});
    assert_int_equal(run.lines, 3);
    assert_text(&run, "first\n\nthird\n");
}

static void test_last_line_needs_no_newline(void **state)
{
    (void)state;
    Run run = run_verb("no-newline");
    assert_int_equal(run.lines, 3);
    assert_text(&run, "one\n\ntwo\n");
}

static void test_no_output_is_an_end(void **state)
{
    (void)state;
    Run run = run_verb("copy");
    assert_int_equal(run.lines, 0);
    assert_text(&run, "");
}

static void test_a_request_arrives_and_is_no_argument(void **state)
{
    (void)state;
    SandboxOptions options = {.request = STR("a b")};
    Run run = run_verb_with("request", "", options);
    assert_text(&run, "a b\n");
    run = run_verb("request");
    assert_text(&run, "");
}

static void test_environment_is_not_handed_down(void **state)
{
    (void)state;
    setenv("NETGURU_TEST_SECRET", "sesame", 1);
    Run run = run_verb("environment");
    assert_int_equal(str_find(strbuf_str(&run.text), STR("sesame")), STR_NOT_FOUND);
    assert_int_equal(str_find(strbuf_str(&run.text), STR("PATH=")), STR_NOT_FOUND);
    assert_int_not_equal(str_find(strbuf_str(&run.text), STR("SANDBOX_CPU_S=60\n")), STR_NOT_FOUND);
    strbuf_done(&run.text);
}

static void test_only_three_descriptors_are_open(void **state)
{
    (void)state;
    int leaked = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    Run run = run_verb("descriptors");
    close(leaked);
    assert_text(&run, "3\n");
}

/* 40 MB through the pipe: backpressure, and lines that straddle what is read at once. */
static void test_large_output_arrives_whole(void **state)
{
    (void)state;
    size_t size = 40 << 20;
    char *text = mem_alloc(1, size);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 1009 == 1008 ? '\n' : (char)('a' + i % 26);
    text[size - 1] = '\n';
    SandboxOptions options = {.verb = "copy", .input = open_text(text, size)};
    Run run = run_options(&options, (Run){0});
    close(options.input);
    assert_true(run.finished);
    assert_int_equal(run.text.size, size);
    assert_memory_equal(run.text.data, text, size);
    mem_free(text);
    strbuf_done(&run.text);
}

static void test_a_line_up_to_the_limit(void **state)
{
    (void)state;
    size_t size = 1 << 20;
    char *text = mem_alloc(1, size);
    memset(text, 'x', size);
    text[size - 1] = '\n';
    SandboxOptions options = {
        .verb = "copy", .input = open_text(text, size), .max_line_bytes = (uint32_t)size};
    Run run = run_options(&options, (Run){0});
    close(options.input);
    assert_true(run.finished);
    assert_int_equal(run.text.size, size);
    mem_free(text);
    strbuf_done(&run.text);
}

static void test_raw_bytes_are_read_unchanged(void **state)
{
    (void)state;
    SandboxOptions options = {.verb = "copy", .input = open_text("a\n\fb\0c", 6)};
    Run run = run_options(&options, (Run){.raw = true});
    close(options.input);
    assert_true(run.finished);
    assert_int_equal(run.text.size, 6);
    assert_memory_equal(run.text.data, "a\n\fb\0c", 6);
    strbuf_done(&run.text);
}

static void test_the_childs_own_reason(void **state)
{
    (void)state;
    Run run = run_verb("reason");
    assert_failed(&run, ERR_VALIDATION, "line 7: not a capture ?[31m");
    run = run_verb("no-reason");
    assert_failed(&run, ERR_VALIDATION,
                  "the parser failed: the parser ended with status 9 and no reason");
    run = run_verb("flood-errors");
    assert_failed(&run, ERR_VALIDATION, "the end");
}

static void test_out_of_cpu_time(void **state)
{
    (void)state;
    Run run = run_verb_with("loop", "", (SandboxOptions){.cpu_s = 1});
    assert_failed(&run, ERR_VALIDATION,
                  "the parser was stopped: it used more than 1 s of CPU time");
}

static void test_out_of_wall_time(void **state)
{
    (void)state;
    uint64_t start = time_monotonic_ms();
    Run run = run_verb_with("sleep", "", (SandboxOptions){.wall_ms = 300});
    assert_failed(&run, ERR_VALIDATION, "the parser was stopped: it took longer than 0.3 s");
    assert_true(time_monotonic_ms() - start >= 300);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    Run run = run_verb_with("allocate", "", (SandboxOptions){.memory_bytes = 256 << 20});
    assert_failed(&run, ERR_VALIDATION,
                  "the parser was stopped: it used more than 256 MB of memory");
}

static void test_too_much_output(void **state)
{
    (void)state;
    Run run = run_verb_with("endless", "", (SandboxOptions){.output_bytes = 2 << 20});
    assert_failed(&run, ERR_VALIDATION, "the parser was stopped: it wrote more than 2 MB");
    run = run_verb_with("long-line", "", (SandboxOptions){.max_line_bytes = 1 << 20});
    assert_failed(&run, ERR_VALIDATION,
                  "the parser was stopped: it wrote a line of more than 1 MB");
}

static void test_crash_is_reported_with_its_signal(void **state)
{
    (void)state;
    Run run = run_verb("crash");
    assert_int_equal(run.lines, 1);
    assert_failed(&run, ERR_VALIDATION, "the parser was stopped: it crashed (signal 11)");
}

static void test_forbidden_operations_kill_the_child(void **state)
{
    (void)state;
    static const char *const verbs[] = {"fork", "thread", "exec", "create", "connect"};
    char own[32];
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        Run run = run_verb(verbs[i]);
        assert_failed(&run, ERR_VALIDATION,
                      "the parser was stopped: it tried a forbidden operation");
    }
    snprintf(own, sizeof(own), "%d", getpid());
    for (int i = 0; i < 2; i++) {
        SandboxOptions options = {.request = str_of(own)};
        Run run = run_verb_with(i ? "ptrace" : "kill-parent", "", options);
        assert_failed(&run, ERR_VALIDATION,
                      "the parser was stopped: it tried a forbidden operation");
    }
}

/* Under a sanitizer reading is refused, not fatal, so that its reports come out. */
static void test_files_cannot_be_opened(void **state)
{
    (void)state;
    Run run = run_verb("open");
    if (SANDBOX_SANITIZED)
        assert_text(&run, "refused\n");
    else
        assert_failed(&run, ERR_VALIDATION,
                      "the parser was stopped: it tried a forbidden operation");
}

static void test_refused_operations_return_an_error(void **state)
{
    (void)state;
    static const char *const verbs[] = {"raise-limit", "new-code", "write-input"};
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        Run run = run_verb(verbs[i]);
        assert_text(&run, "refused\n");
    }
}

static void test_missing_program_is_an_error(void **state)
{
    (void)state;
    const char *former = child_program;
    child_program = "/nonexistent/program";
    Run run = run_verb("copy");
    child_program = former;
    assert_failed(&run, ERR_UNAVAILABLE, "no process for a parser: no such file or directory");
}

static void run_and_drop(const char *verb, size_t stop_after)
{
    SandboxOptions options = {.verb = verb, .input = open_text("", 0)};
    Run run = {.stop_after = stop_after, .release_at_once = stop_after == 0};
    run = run_options(&options, run);
    close(options.input);
    assert_int_equal(run.lines, stop_after);
    strbuf_done(&run.text);
}

static void test_child_released_early_is_killed(void **state)
{
    (void)state;
    uint64_t start = time_monotonic_ms();
    run_and_drop("endless", 3);
    run_and_drop("endless", 0);
    run_and_drop("unlocked-sleep", 0);
    assert_true(time_monotonic_ms() - start < 60000);
}

/* Cancels at the first, second, third … wait until a run completes. */
static void test_cancelled_at_every_wait(void **state)
{
    (void)state;
    bool reached = true;
    for (uint32_t nth = 1; reached; nth++) {
        Loop *loop = loop_new(&(LoopOptions){0});
        Run run = {.options = {.verb = "copy", .program = child_program}};
        run.options.input = open_text("one\ntwo\nthree", 13);
        strbuf_init(&run.text, TEXT_MAX_BYTES);
        task_cancel_next_at(loop, nth);
        assert_int_not_equal(task_spawn(loop, "run", run_main, &run).generation, 0);
        loop_run(loop);
        reached = task_cancel_point_reached(loop);
        loop_free(loop);
        close(run.options.input);
        assert_int_equal(run.finished, !reached);
        assert_int_equal(run.error.code, reached ? ERR_CANCELLED : ERR_NONE);
        assert_true(nth < 50);
        strbuf_done(&run.text);
    }
}

static void many_main(Task *task, void *argument)
{
    Run *run = argument;
    for (int i = 0; i < 10; i++) {
        strbuf_clear(&run->text);
        lseek(run->options.input, 0, SEEK_SET);
        run_to_the_end(task, run);
    }
    run->error = task->error;
}

static void test_many_at_once(void **state)
{
    (void)state;
    enum { MANY = 8 };
    static Run runs[MANY];
    Loop *loop = loop_new(&(LoopOptions){0});
    for (int i = 0; i < MANY; i++) {
        runs[i] = (Run){.options = {.verb = "copy", .program = child_program}};
        runs[i].options.input = open_text("x\ny", 3);
        strbuf_init(&runs[i].text, TEXT_MAX_BYTES);
        assert_int_not_equal(task_spawn(loop, "run", many_main, &runs[i]).generation, 0);
    }
    loop_run(loop);
    loop_free(loop);
    for (int i = 0; i < MANY; i++) {
        close(runs[i].options.input);
        assert_text(&runs[i], "x\ny\n");
    }
}

/* Two pages of text, as PDF 1.4; pdftotext rebuilds the missing table of offsets. */
static const char pdf[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 5 0 R"
    "/Resources<</Font<</F1 7 0 R>>>>>>endobj\n"
    "4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 6 0 R"
    "/Resources<</Font<</F1 7 0 R>>>>>>endobj\n"
    "5 0 obj<</Length 45>>stream\nBT /F1 12 Tf 20 200 Td (router ospf 1) Tj ET\nendstream endobj\n"
    "6 0 obj<</Length 44>>stream\nBT /F1 12 Tf 20 200 Td (second page) Tj ET  \nendstream endobj\n"
    "7 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "trailer<</Root 1 0 R/Size 8>>\n%%EOF\n";

static void test_pdf_as_raw_text(void **state)
{
    (void)state;
    SandboxOptions options = {.runs_pdftotext = true, .input = open_text(pdf, sizeof(pdf) - 1)};
    Run run = run_options(&options, (Run){.raw = true});
    close(options.input);
    assert_string_equal(run.error.message, "");
    Str text = strbuf_str(&run.text);
    assert_int_not_equal(str_find(text, STR("router ospf 1")), STR_NOT_FOUND);
    assert_int_not_equal(str_find(text, STR("\f")), STR_NOT_FOUND);
    assert_int_not_equal(str_find(text, STR("second page")), STR_NOT_FOUND);
    strbuf_done(&run.text);
}

static void test_pdf_through_a_parser(void **state)
{
    (void)state;
    SandboxOptions options = {
        .verb = "copy", .runs_pdftotext = true, .input = open_text(pdf, sizeof(pdf) - 1)};
    Run run = run_options(&options, (Run){0});
    close(options.input);
    assert_string_equal(run.error.message, "");
    assert_true(run.finished);
    assert_int_not_equal(str_find(strbuf_str(&run.text), STR("second page")), STR_NOT_FOUND);
    strbuf_done(&run.text);
}

static void test_pdf_that_is_none(void **state)
{
    (void)state;
    SandboxOptions options = {
        .verb = "copy", .runs_pdftotext = true, .input = open_text("%PDF-1.4 garbage", 16)};
    Run run = run_options(&options, (Run){0});
    close(options.input);
    assert_int_equal(run.error.code, ERR_VALIDATION);
    assert_true(str_starts_with(str_of(run.error.message), STR("PDF: the parser failed: ")));
    strbuf_done(&run.text);
}

static void test_pdf_whose_parser_crashes(void **state)
{
    (void)state;
    SandboxOptions options = {
        .verb = "crash", .runs_pdftotext = true, .input = open_text(pdf, sizeof(pdf) - 1)};
    Run run = run_options(&options, (Run){0});
    close(options.input);
    assert_failed(&run, ERR_VALIDATION, "the parser was stopped: it crashed (signal 11)");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_out),
        cmocka_unit_test(test_last_line_needs_no_newline),
        cmocka_unit_test(test_no_output_is_an_end),
        cmocka_unit_test(test_a_request_arrives_and_is_no_argument),
        cmocka_unit_test(test_environment_is_not_handed_down),
        cmocka_unit_test(test_only_three_descriptors_are_open),
        cmocka_unit_test(test_large_output_arrives_whole),
        cmocka_unit_test(test_a_line_up_to_the_limit),
        cmocka_unit_test(test_raw_bytes_are_read_unchanged),
        cmocka_unit_test(test_the_childs_own_reason),
        cmocka_unit_test(test_out_of_cpu_time),
        cmocka_unit_test(test_out_of_wall_time),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_too_much_output),
        cmocka_unit_test(test_crash_is_reported_with_its_signal),
        cmocka_unit_test(test_forbidden_operations_kill_the_child),
        cmocka_unit_test(test_files_cannot_be_opened),
        cmocka_unit_test(test_refused_operations_return_an_error),
        cmocka_unit_test(test_missing_program_is_an_error),
        cmocka_unit_test(test_child_released_early_is_killed),
        cmocka_unit_test(test_cancelled_at_every_wait),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_pdf_as_raw_text),
        cmocka_unit_test(test_pdf_through_a_parser),
        cmocka_unit_test(test_pdf_that_is_none),
        cmocka_unit_test(test_pdf_whose_parser_crashes),
    };
    check(argc == 2);
    child_program = realpath(argv[1], NULL); /* a child starts in / */
    check(child_program);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

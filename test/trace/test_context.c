/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/context.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define ZEROS "00000000000000000000000000000000"

static void test_traceparent_is_read_as_the_recommendation_writes_it(void **state)
{
    char text[UUID_TEXT_SIZE];
    TraceContext context = {0};
    (void)state;
    assert_that(trace_context_parse(STR("00-" TRACE "-" SPAN "-01"), &context));
    assert_str(str_of(uuid_write(&context.trace_id, text)), "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
    assert_that(context.span_id == UINT64_C(0x00f067aa0ba902b7));
    assert_that(context.is_sampled);
    assert_that(trace_context_parse(STR("00-" TRACE "-" SPAN "-00"), &context));
    assert_that(!context.is_sampled);
    assert_that(trace_context_parse(STR("00-" TRACE "-" SPAN "-ff"), &context));
    assert_that(context.is_sampled);
}

static void test_later_version_may_have_more_fields(void **state)
{
    TraceContext context = {0};
    (void)state;
    assert_that(trace_context_parse(STR("cc-" TRACE "-" SPAN "-01"), &context));
    assert_that(trace_context_parse(STR("cc-" TRACE "-" SPAN "-01-what-the-future"), &context));
    assert_that(!trace_context_parse(STR("cc-" TRACE "-" SPAN "-01.what"), &context));
    assert_that(!trace_context_parse(STR("00-" TRACE "-" SPAN "-01-what"), &context));
}

static void test_hostile_traceparent_is_refused_and_changes_nothing(void **state)
{
    static const Str wrong[] = {
        STR_INIT(""),
        STR_INIT("-"),
        STR_INIT("ff-" TRACE "-" SPAN "-01"),
        STR_INIT("0g-" TRACE "-" SPAN "-01"),
        STR_INIT("00-" ZEROS "-" SPAN "-01"),
        STR_INIT("00-" TRACE "-0000000000000000-01"),
        STR_INIT("00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01"),
        STR_INIT("00-" TRACE "-" SPAN "-0\n"),
        STR_INIT("00-" TRACE "-" SPAN "-1 "),
        STR_INIT("00_" TRACE "-" SPAN "-01"),
        STR_INIT("00-" TRACE "_" SPAN "-01"),
        STR_INIT("00-" TRACE "-" SPAN "_01"),
        STR_INIT(" 00-" TRACE "-" SPAN "-01"),
        STR_INIT("00-" TRACE "-" SPAN "-01 "),
        STR_INIT("00-" TRACE "-" SPAN "-01\0"),
        STR_INIT("00-\xff\xff\xff\xff" TRACE SPAN "-01"),
    };
    TraceContext context = {.span_id = 7};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (trace_context_parse(wrong[i], &context))
            test_fail_at(__FILE__, __LINE__, "taken: %.*s", STR_ARGS(wrong[i]));
    }
    assert_that(context.span_id == 7);
}

static void test_every_prefix_of_a_traceparent_is_refused(void **state)
{
    TraceContext context;
    Str whole = STR("00-" TRACE "-" SPAN "-01");
    (void)state;
    for (size_t size = 0; size < whole.size; size++)
        assert_that(!trace_context_parse(str_slice(whole, 0, size), &context));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traceparent_is_read_as_the_recommendation_writes_it),
        cmocka_unit_test(test_later_version_may_have_more_fields),
        cmocka_unit_test(test_hostile_traceparent_is_refused_and_changes_nothing),
        cmocka_unit_test(test_every_prefix_of_a_traceparent_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

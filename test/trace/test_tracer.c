/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tracer.h"

#include "harness/asserts.h"
#include "trace/otlp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const SpanName root_name = {SPAN_SERVER, STR_INIT("GET"), STR_INIT("/api/v1/search")};
static const SpanName child_name = {SPAN_INTERNAL, STR_INIT("execute_tool"), STR_INIT("search")};

static unsigned told;

static void on_spans(void *context)
{
    (void)context;
    told++;
}

static void start_with(const char *sampler)
{
    TraceSampler parsed;
    Error error = {0};
    assert_that(trace_sampler_parse(str_of(sampler), STR("0.25"), &parsed, &error));
    told = 0;
    tracer_start(&parsed, on_spans, NULL);
}

static int stop(void **state)
{
    (void)state;
    if (tracer_is_on())
        tracer_stop();
    return 0;
}

static void test_spans_are_children_of_what_runs(void **state)
{
    Span root;
    Span child;
    Span taken[4];
    Task task = {.trace_id = uuid_new(), .name = "request"};
    (void)state;
    start_with("parentbased_always_on");
    span_begin_root(&task, &root, &root_name, NULL);
    span_begin(&task, &child, &child_name);
    span_record_statement(&task, STR("chunk_search"), child.started_ns, true);
    span_end(&task, &child);
    assert_that(task.span_id == root.id);
    span_end(&task, &root);
    assert_that(task.span_id == 0);
    assert_int(tracer_take(taken, 4), 3);
    assert_str(taken[0].name.verb, "chunk_search");
    assert_that(taken[0].parent_id == taken[1].id);
    assert_that(taken[1].parent_id == taken[2].id);
    assert_that(taken[2].parent_id == 0);
    assert_that(uuid_equal(&taken[0].trace_id, &task.trace_id));
    assert_int(told, 1);
}

static void test_trace_of_the_parent_goes_on(void **state)
{
    Span root;
    Task task = {.trace_id = uuid_new()};
    TraceContext parent = {uuid_new(), 42, true};
    (void)state;
    start_with("parentbased_always_off");
    span_begin_root(&task, &root, &root_name, &parent);
    assert_that(uuid_equal(&task.trace_id, &parent.trace_id));
    assert_that(root.parent_id == 42);
    span_end(&task, &root);
    parent.is_sampled = false;
    span_begin_root(&task, &root, &root_name, &parent);
    assert_that(root.id == 0 && task.span_id == 0);
    span_end(&task, &root);
    assert_int(tracer_waiting(), 1);
}

static void test_nothing_is_recorded_without_a_root(void **state)
{
    Span span;
    Task task = {.trace_id = uuid_new()};
    (void)state;
    span_begin_root(&task, &span, &root_name, NULL); /* the tracer is off */
    span_note(&span, "http.route", STR("/"));
    span_fail(&span, "X");
    span_end(&task, &span);
    start_with("always_on");
    span_begin(&task, &span, &child_name);
    span_end(&task, &span);
    span_begin_aside(&task, &span, &child_name);
    span_end(NULL, &span);
    assert_int(tracer_waiting(), 0);
}

static void test_queue_is_bounded_and_counts_what_it_drops(void **state)
{
    enum { BEYOND = 10, MAX_TEXT = 4096 };
    Span span;
    static Span taken[TRACER_BATCH_SPANS];
    Task task = {.trace_id = uuid_new()};
    (void)state;
    start_with("always_on");
    for (int i = 0; i < TRACER_QUEUE_SPANS + BEYOND; i++) {
        span_begin_root(&task, &span, &root_name, NULL);
        span_note_number(&span, "number", i);
        span_end(&task, &span);
    }
    assert_int(tracer_waiting(), TRACER_QUEUE_SPANS);
    assert_int(told, 2);
    /* The oldest first, also when the ring goes round. */
    for (int i = 0; i < TRACER_QUEUE_SPANS; i += TRACER_BATCH_SPANS) {
        assert_int(tracer_take(taken, TRACER_BATCH_SPANS), TRACER_BATCH_SPANS);
        assert_int(taken[0].fields[0].number, i);
        tracer_add(&taken[0]);
    }
    assert_int(tracer_waiting(), TRACER_QUEUE_SPANS / TRACER_BATCH_SPANS);
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, MAX_TEXT);
    MetricRegistry registry = {0};
    metric_register(&registry, trace_collect, NULL);
    metric_write(&registry, METRIC_FORMAT_TEXT, &text);
    assert_that(
        str_find(strbuf_str(&text), STR("netguru_trace_spans_total{outcome=\"dropped\"} 10\n")) !=
        STR_NOT_FOUND);
}

static void test_attributes_beyond_the_limit_are_left_out(void **state)
{
    Span span;
    Task task = {.trace_id = uuid_new()};
    (void)state;
    start_with("always_on");
    span_begin_root(&task, &span, &root_name, NULL);
    for (int i = 0; i <= SPAN_MAX_FIELDS; i++)
        span_note_number(&span, "number", i);
    assert_int(span.field_count, SPAN_MAX_FIELDS);
    assert_int(span.fields[SPAN_MAX_FIELDS - 1].number, SPAN_MAX_FIELDS - 1);
    span_end(&task, &span);
}

static void test_sampler_takes_its_part_of_the_traces(void **state)
{
    enum { TRACES = 20000 };
    unsigned sampled = 0;
    TraceContext parent = {uuid_new(), 1, true};
    (void)state;
    start_with("traceidratio");
    for (int i = 0; i < TRACES; i++) {
        Uuid id = uuid_new();
        sampled += tracer_samples(&id, NULL);
        assert_that(tracer_samples(&id, NULL) == tracer_samples(&id, &parent));
    }
    /* A quarter; ten standard deviations on each side. */
    assert_that(sampled > TRACES / 4 - 620 && sampled < TRACES / 4 + 620);
}

static void test_names_of_samplers_are_those_of_opentelemetry(void **state)
{
    TraceSampler sampler;
    Error error = {0};
    static const char *const wrong[] = {"", "on", "jaeger_remote", "parentbased_", "always_on "};
    static const char *const ratios[] = {
        "", "1.1", "-0.1", "nan", "x", "0.5x", "1e999", "0.50000000000000000000000000000000"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_that(!trace_sampler_parse(str_of(wrong[i]), STR("1"), &sampler, &error));
    for (size_t i = 0; i < COUNT_OF(ratios); i++)
        assert_that(!trace_sampler_parse(STR("traceidratio"), str_of(ratios[i]), &sampler, &error));
    assert_that(trace_sampler_parse(STR("always_off"), STR("x"), &sampler, &error));
    assert_that(!sampler.follows_parent && sampler.ratio == 0);
    assert_that(trace_sampler_parse(STR("parentbased_traceidratio"), STR("0.5"), &sampler, &error));
    assert_that(sampler.follows_parent && sampler.ratio == 0.5);
}

static void test_message_that_does_not_fit_is_no_message(void **state)
{
    Span span;
    OtlpResource resource = {STR("netguru"), STR("serve"), uuid_new()};
    Task task = {.trace_id = uuid_new()};
    size_t whole = 0;
    (void)state;
    start_with("always_on");
    span_begin_root(&task, &span, &root_name, NULL);
    span_note(&span, "http.route", STR("/"));
    span_end(&task, &span);
    assert_int(tracer_take(&span, 1), 1);
    for (size_t limit = 1; whole == 0; limit++) {
        auto_strbuf StrBuf out = {0};
        strbuf_init(&out, limit);
        if (otlp_write(&resource, &span, 1, &out))
            whole = out.size;
        assert_that(limit < 1000);
        assert_that(whole == 0 || whole == limit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_spans_are_children_of_what_runs, stop),
        cmocka_unit_test_teardown(test_trace_of_the_parent_goes_on, stop),
        cmocka_unit_test_teardown(test_nothing_is_recorded_without_a_root, stop),
        cmocka_unit_test_teardown(test_attributes_beyond_the_limit_are_left_out, stop),
        cmocka_unit_test_teardown(test_sampler_takes_its_part_of_the_traces, stop),
        cmocka_unit_test_teardown(test_names_of_samplers_are_those_of_opentelemetry, stop),
        cmocka_unit_test_teardown(test_message_that_does_not_fit_is_no_message, stop),
    };
    /* In a group of its own: it reads what the process has counted. */
    const struct CMUnitTest counted[] = {
        cmocka_unit_test_teardown(test_queue_is_bounded_and_counts_what_it_drops, stop),
    };
    return cmocka_run_group_tests(counted, NULL, NULL) + cmocka_run_group_tests(tests, NULL, NULL);
}

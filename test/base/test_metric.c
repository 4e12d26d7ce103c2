/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include "base/log.h"
#include "harness/asserts.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static const MetricFamily answers = {
    "test_answers", METRIC_COUNTER, "Answers by class.", {"route", "class"}};
static const MetricFamily durations = {
    "test_seconds", METRIC_HISTOGRAM, "Time to answer.", {"route"}};

static void collect_one(MetricWriter *writer, const void *source)
{
    metric_begin(writer, &answers);
    metric_sample(writer, METRIC_VALUES(STR("/a/{id}"), STR("2xx")), *(const double *)source);
}

static Str written(MetricFormat format, double value, StrBuf *out)
{
    MetricRegistry registry = {0};
    strbuf_init(out, 1 << 16);
    metric_register(&registry, collect_one, &value);
    metric_write(&registry, format, out);
    return strbuf_str(out);
}

static void test_counter_is_written_in_both_formats(void **state)
{
    (void)state;
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf open = {0};
    assert_str(written(METRIC_FORMAT_TEXT, 7, &text),
               "# HELP test_answers_total Answers by class.\n"
               "# TYPE test_answers_total counter\n"
               "test_answers_total{route=\"/a/{id}\",class=\"2xx\"} 7\n");
    assert_str(written(METRIC_FORMAT_OPENMETRICS, 7, &open),
               "# HELP test_answers Answers by class.\n"
               "# TYPE test_answers counter\n"
               "test_answers_total{route=\"/a/{id}\",class=\"2xx\"} 7\n"
               "# EOF\n");
}

static Str value_of(double value, StrBuf *out)
{
    MetricWriter writer = {.out = out};
    strbuf_init(out, 1 << 16);
    metric_gauge(&writer, "x", "X.", value);
    Str text = strbuf_str(out);
    return str_from(text, str_find(text, STR("\nx ")) + 3);
}

static void test_numbers_keep_their_precision(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0\n"},           {-1, "-1\n"},
                 {0.1, "0.1\n"},       {1234567890123.0, "1234567890123\n"},
                 {INFINITY, "+Inf\n"}, {-INFINITY, "-Inf\n"},
                 {NAN, "NaN\n"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_strbuf StrBuf out = {0};
        assert_str(value_of(cases[i].value, &out), cases[i].text);
    }
}

static void test_values_of_labels_are_escaped(void **state)
{
    (void)state;
    auto_strbuf StrBuf out = {0};
    MetricWriter writer = {.out = &out};
    strbuf_init(&out, 1 << 16);
    metric_begin(&writer, &answers);
    strbuf_clear(&out);
    metric_sample(&writer, METRIC_VALUES(STR("a\"b\\c\nd"), STR("\xff")), 1);
    assert_str(strbuf_str(&out),
               "test_answers_total{route=\"a\\\"b\\\\c\\nd\",class=\"not UTF-8\"} 1\n");
}

static void test_buckets_are_cumulative_and_bounds_inclusive(void **state)
{
    (void)state;
    auto_strbuf StrBuf out = {0};
    MetricHistogram histogram = {0};
    MetricWriter writer = {.out = &out};
    strbuf_init(&out, 1 << 16);
    metric_observe(&histogram, 0.001, NULL);
    metric_observe(&histogram, 0.0011, NULL);
    metric_observe(&histogram, 1000, NULL);
    metric_begin(&writer, &durations);
    metric_sample_histogram(&writer, METRIC_VALUES(STR("r")), &histogram);
    Str text = strbuf_str(&out);
    assert_that(str_find(text, STR("_bucket{route=\"r\",le=\"0.001\"} 1\n")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("_bucket{route=\"r\",le=\"0.0025\"} 2\n")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("_bucket{route=\"r\",le=\"300.0\"} 2\n")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("_bucket{route=\"r\",le=\"+Inf\"} 3\n")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("_sum{route=\"r\"} 1000.0021\n")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("_count{route=\"r\"} 3\n")) != STR_NOT_FOUND);
    assert_int(metric_count(&histogram), 3);
}

static void test_exemplar_names_the_trace_of_a_slow_request(void **state)
{
    Uuid trace;
    auto_strbuf StrBuf out = {0};
    MetricHistogram histogram = {0};
    MetricWriter writer = {.out = &out, .format = METRIC_FORMAT_OPENMETRICS};
    (void)state;
    assert_that(uuid_parse(STR("01234567-89ab-cdef-0123-456789abcdef"), &trace));
    strbuf_init(&out, 1 << 16);
    metric_observe(&histogram, 4, &trace);
    metric_begin(&writer, &durations);
    metric_sample_histogram(&writer, METRIC_VALUES(STR("r")), &histogram);
    Str wanted = STR("le=\"5.0\"} 1 # {trace_id=\"01234567-89ab-cdef-0123-456789abcdef\"} 4 ");
    assert_that(str_find(strbuf_str(&out), wanted) != STR_NOT_FOUND);
    strbuf_clear(&out);
    writer.format = METRIC_FORMAT_TEXT;
    metric_sample_histogram(&writer, METRIC_VALUES(STR("r")), &histogram);
    assert_that(str_find(strbuf_str(&out), STR("trace_id")) == STR_NOT_FOUND);
}

static void test_format_follows_the_accept_header(void **state)
{
    static const struct {
        const char *accept;
        MetricFormat format;
    } cases[] = {
        {"", METRIC_FORMAT_TEXT},
        {"*/*", METRIC_FORMAT_TEXT},
        {"text/plain;version=0.0.4", METRIC_FORMAT_TEXT},
        {"application/openmetrics-text", METRIC_FORMAT_OPENMETRICS},
        {"text/html, Application/OpenMetrics-Text ; version=1.0.0;q=0.5",
         METRIC_FORMAT_OPENMETRICS},
        {"application/openmetrics-text;version=0.0.1,*/*;q=0.1", METRIC_FORMAT_TEXT},
        {"application/openmetrics-text;version=1.0.0;q=0", METRIC_FORMAT_TEXT},
        {"application/openmetrics-textual", METRIC_FORMAT_TEXT},
        {",;,;=", METRIC_FORMAT_TEXT},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         METRIC_FORMAT_OPENMETRICS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int(metric_format_accepted(str_of(cases[i].accept)), cases[i].format);
}

enum { THREADS = 8, LINES_OF_EACH = 2000 };

static void *log_many(void *argument)
{
    for (int i = 0; i < LINES_OF_EACH; i++)
        log_warn("test.line");
    return argument;
}

static void test_lines_of_several_threads_are_counted_exactly(void **state)
{
    pthread_t threads[THREADS];
    auto_strbuf StrBuf out = {0};
    MetricWriter writer = {.out = &out};
    char wanted[80];
    (void)state;
    strbuf_init(&out, 1 << 16);
    int error_file = dup(STDERR_FILENO);
    assert_that(freopen("/dev/null", "w", stderr) != NULL);
    for (size_t i = 0; i < THREADS; i++)
        assert_int(pthread_create(&threads[i], NULL, log_many, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int(pthread_join(threads[i], NULL), 0);
    assert_that(dup2(error_file, STDERR_FILENO) >= 0);
    close(error_file);
    log_collect(&writer, NULL);
    snprintf(wanted, sizeof(wanted), "netguru_log_lines_total{level=\"warn\"} %d\n",
             THREADS * LINES_OF_EACH);
    assert_that(str_find(strbuf_str(&out), str_of(wanted)) != STR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter_is_written_in_both_formats),
        cmocka_unit_test(test_numbers_keep_their_precision),
        cmocka_unit_test(test_values_of_labels_are_escaped),
        cmocka_unit_test(test_buckets_are_cumulative_and_bounds_inclusive),
        cmocka_unit_test(test_exemplar_names_the_trace_of_a_slow_request),
        cmocka_unit_test(test_format_follows_the_accept_header),
        cmocka_unit_test(test_lines_of_several_threads_are_counted_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

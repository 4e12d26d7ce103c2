/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include "base/time.h"

#include <math.h>

/* Written with a decimal point, as OpenMetrics wants it: another spelling would be another series.
 */
static const struct {
    double bound;
    const char *text;
} bounds[METRIC_BOUNDS] = {
    {0.001, "0.001"}, {0.0025, "0.0025"}, {0.005, "0.005"}, {0.01, "0.01"},
    {0.025, "0.025"}, {0.05, "0.05"},     {0.1, "0.1"},     {0.25, "0.25"},
    {0.5, "0.5"},     {1, "1.0"},         {2.5, "2.5"},     {5, "5.0"},
    {10, "10.0"},     {30, "30.0"},       {60, "60.0"},     {300, "300.0"},
};

static const char *const kind_names[] = {"counter", "gauge", "histogram"};

void metric_observe(MetricHistogram *histogram, double seconds, const Uuid *trace_id)
{
    size_t bucket = 0;
    while (bucket < METRIC_BOUNDS && seconds > bounds[bucket].bound)
        bucket++;
    histogram->counts[bucket]++;
    histogram->sum += seconds;
    if (trace_id && !uuid_equal(trace_id, &(Uuid){0}))
        histogram->exemplars[bucket] = (MetricExemplar){*trace_id, seconds, time_now_us()};
}

void metric_observe_since(MetricHistogram *histogram, uint64_t started_ns, const Uuid *trace_id)
{
    metric_observe(histogram, (double)(time_monotonic_ns() - started_ns) / 1e9, trace_id);
}

uint64_t metric_count(const MetricHistogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= METRIC_BOUNDS; i++)
        count += histogram->counts[i];
    return count;
}

/* Returns whether a media range like "application/openmetrics-text; version=1.0.0; q=0.7" takes the
 * version that we write. */
static bool takes_openmetrics(Str range)
{
    Str parameter;
    if (!str_next_field(&range, ';', &parameter) ||
        !str_equal_ignore_case(str_trim(parameter), STR("application/openmetrics-text")))
        return false;
    while (str_next_field(&range, ';', &parameter)) {
        parameter = str_trim(parameter);
        if (str_equal(parameter, STR("q=0")) || str_equal(parameter, STR("q=0.0")))
            return false;
        if (str_starts_with(parameter, STR("version=")) &&
            !str_equal(parameter, STR("version=1.0.0")))
            return false;
    }
    return true;
}

MetricFormat metric_format_accepted(Str accept)
{
    Str range;
    while (str_next_field(&accept, ',', &range)) {
        if (takes_openmetrics(range))
            return METRIC_FORMAT_OPENMETRICS;
    }
    return METRIC_FORMAT_TEXT;
}

Str metric_content_type(MetricFormat format)
{
    return format == METRIC_FORMAT_OPENMETRICS
               ? STR("application/openmetrics-text; version=1.0.0; charset=utf-8")
               : STR("text/plain; version=0.0.4; charset=utf-8");
}

void metric_begin(MetricWriter *writer, const MetricFamily *family)
{
    bool has_suffix = family->kind == METRIC_COUNTER && writer->format != METRIC_FORMAT_OPENMETRICS;
    const char *suffix = has_suffix ? "_total" : "";
    writer->family = *family;
    strbuf_printf(writer->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", family->name, suffix,
                  family->help, family->name, suffix, kind_names[family->kind]);
}

/* Writes the value of a label with its escapes. */
static void append_escaped(StrBuf *out, Str value)
{
    if (!str_is_utf8(value))
        value = STR("not UTF-8");
    for (size_t i = 0; i < value.size; i++) {
        char byte = value.data[i];
        if (byte == '\\' || byte == '"')
            strbuf_append_byte(out, '\\');
        if (byte == '\n')
            strbuf_append(out, STR("\\n"));
        else
            strbuf_append_byte(out, byte);
    }
}

/* Writes the name of a series. bound is the value of "le", or NULL. */
static void append_series(const MetricWriter *writer, const char *suffix, const Str *values,
                          const char *bound)
{
    StrBuf *out = writer->out;
    char before = '{';
    strbuf_printf(out, "%s%s", writer->family.name, suffix);
    for (size_t i = 0; i < METRIC_MAX_LABELS && writer->family.labels[i]; i++) {
        strbuf_printf(out, "%c%s=\"", before, writer->family.labels[i]);
        append_escaped(out, values[i]);
        strbuf_append_byte(out, '"');
        before = ',';
    }
    if (bound) {
        strbuf_printf(out, "%cle=\"%s\"", before, bound);
        before = ',';
    }
    if (before == ',')
        strbuf_append_byte(out, '}');
    strbuf_append_byte(out, ' ');
}

static void append_number(StrBuf *out, double value)
{
    if (isnan(value))
        strbuf_append(out, STR("NaN"));
    else if (isinf(value))
        strbuf_append(out, value > 0 ? STR("+Inf") : STR("-Inf"));
    else if (fabs(value) < 1e15 && value == trunc(value))
        strbuf_printf(out, "%.0f", value);
    else
        strbuf_printf(out, "%.12g", value);
}

void metric_sample(MetricWriter *writer, const Str *values, double value)
{
    check(writer->family.kind != METRIC_HISTOGRAM);
    append_series(writer, writer->family.kind == METRIC_COUNTER ? "_total" : "", values, NULL);
    append_number(writer->out, value);
    strbuf_append_byte(writer->out, '\n');
}

static void append_exemplar(StrBuf *out, const MetricExemplar *exemplar)
{
    char trace[UUID_TEXT_SIZE];
    strbuf_printf(out, " # {trace_id=\"%s\"} ", uuid_write(&exemplar->trace_id, trace));
    append_number(out, exemplar->value);
    strbuf_printf(out, " %.3f", (double)exemplar->time_us / 1e6);
}

void metric_sample_histogram(MetricWriter *writer, const Str *values,
                             const MetricHistogram *histogram)
{
    uint64_t count = 0;
    StrBuf *out = writer->out;
    check(writer->family.kind == METRIC_HISTOGRAM);
    for (size_t i = 0; i <= METRIC_BOUNDS; i++) {
        const MetricExemplar *exemplar = &histogram->exemplars[i];
        count += histogram->counts[i];
        append_series(writer, "_bucket", values, i < METRIC_BOUNDS ? bounds[i].text : "+Inf");
        append_number(out, (double)count);
        if (writer->format == METRIC_FORMAT_OPENMETRICS && exemplar->time_us)
            append_exemplar(out, exemplar);
        strbuf_append_byte(out, '\n');
    }
    append_series(writer, "_sum", values, NULL);
    append_number(out, histogram->sum);
    strbuf_append_byte(out, '\n');
    append_series(writer, "_count", values, NULL);
    append_number(out, (double)count);
    strbuf_append_byte(out, '\n');
}

void metric_gauge(MetricWriter *writer, const char *name, const char *help, double value)
{
    metric_begin(writer, &(MetricFamily){.name = name, .kind = METRIC_GAUGE, .help = help});
    metric_sample(writer, METRIC_NO_VALUES, value);
}

void metric_counter(MetricWriter *writer, const char *name, const char *help, double value)
{
    metric_begin(writer, &(MetricFamily){.name = name, .kind = METRIC_COUNTER, .help = help});
    metric_sample(writer, METRIC_NO_VALUES, value);
}

void metric_register(MetricRegistry *registry, MetricCollect *collect, const void *source)
{
    check(registry->count < METRIC_MAX_SOURCES);
    registry->items[registry->count].collect = collect;
    registry->items[registry->count++].source = source;
}

void metric_write_end(MetricFormat format, StrBuf *out)
{
    if (format == METRIC_FORMAT_OPENMETRICS)
        strbuf_append(out, STR("# EOF\n"));
}

void metric_write(const MetricRegistry *registry, MetricFormat format, StrBuf *out)
{
    MetricWriter writer = {.out = out, .format = format};
    for (size_t i = 0; i < registry->count; i++)
        registry->items[i].collect(&writer, registry->items[i].source);
    metric_write_end(format, out);
}

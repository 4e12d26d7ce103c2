/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics: what a process counts and measures, as Prometheus reads it. The module that owns a
 * number counts it in its own memory and lends one collector, which writes the numbers when they
 * are asked for. app/ registers the collectors; nothing else knows them.
 *
 *     static const MetricFamily turns = {"netguru_turns", METRIC_COUNTER, "Turns by their end.",
 *                                        {"state"}};
 *
 *     void conversations_collect(MetricWriter *writer, const void *source)
 *     {
 *         const Conversations *conversations = source;
 *         metric_gauge(writer, "netguru_turns_running", "Turns in progress.", …);
 *         metric_begin(writer, &turns);
 *         metric_sample(writer, METRIC_VALUES(STR("complete")), (double)stats.completed);
 *         metric_sample(writer, METRIC_VALUES(STR("failed")), (double)stats.failed);
 *     }
 *
 * The values of a label come from a set that the program closes: names in its tables, never ids,
 * addresses, or texts of users. A process counts on the thread of its loop, so counting is an
 * addition; what other threads count is atomic. docs/metrics.md lists all families.
 */
#pragma once

#include "base/strbuf.h"
#include "base/uuid.h"

typedef enum { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } MetricKind;

enum { METRIC_MAX_LABELS = 3, METRIC_BOUNDS = 16, METRIC_MAX_SOURCES = 32 };

/* All series of one name. All of them have all its labels. */
typedef struct {
    const char *name; /* in base units; of a counter without "_total", which is added */
    MetricKind kind;
    const char *help;                      /* one sentence without quotes and backslashes */
    const char *labels[METRIC_MAX_LABELS]; /* names, up to the first NULL */
} MetricFamily;

/* A request that took this long, for the traces. */
typedef struct {
    Uuid trace_id;
    double value;
    int64_t time_us; /* 0: none */
} MetricExemplar;

/* Durations in seconds, in buckets from a millisecond to five minutes. A zeroed one is empty. */
typedef struct {
    uint64_t counts[METRIC_BOUNDS + 1]; /* the last one is for what exceeds all bounds */
    MetricExemplar exemplars[METRIC_BOUNDS + 1];
    double sum;
} MetricHistogram;

/* Adds a duration. trace_id may be NULL, or of a task that has none. */
void metric_observe(MetricHistogram *histogram, double seconds, const Uuid *trace_id);
/* Adds the time since a value of time_monotonic_ns. */
void metric_observe_since(MetricHistogram *histogram, uint64_t started_ns, const Uuid *trace_id);
/* Returns the number of observations. */
uint64_t metric_count(const MetricHistogram *histogram);

typedef enum {
    METRIC_FORMAT_TEXT,        /* Prometheus's text format 0.0.4 */
    METRIC_FORMAT_OPENMETRICS, /* OpenMetrics 1.0, which has exemplars */
} MetricFormat;

/* Returns the best format that the value of an Accept header takes. */
MetricFormat metric_format_accepted(Str accept);
Str metric_content_type(MetricFormat format);

typedef struct {
    StrBuf *out;
    MetricFormat format;
    MetricFamily family; /* the one that was begun */
} MetricWriter;

/* Writes the head of a family, which its samples follow. A family is begun once in a scrape, also
 * when it has no samples now. */
void metric_begin(MetricWriter *writer, const MetricFamily *family);
/* The values of the labels, in the order of the family. Bytes outside UTF-8 are replaced. */
#define METRIC_VALUES(...) ((const Str[]){__VA_ARGS__})
#define METRIC_NO_VALUES ((const Str *)NULL)
void metric_sample(MetricWriter *writer, const Str *values, double value);
void metric_sample_histogram(MetricWriter *writer, const Str *values,
                             const MetricHistogram *histogram);
/* Write a family without labels. */
void metric_gauge(MetricWriter *writer, const char *name, const char *help, double value);
void metric_counter(MetricWriter *writer, const char *name, const char *help, double value);

/* Writes the families of one module. Must not wait. */
typedef void MetricCollect(MetricWriter *writer, const void *source);

typedef struct MetricRegistry {
    struct {
        MetricCollect *collect;
        const void *source;
    } items[METRIC_MAX_SOURCES];
    size_t count;
} MetricRegistry;

/* The source must outlive the registry. */
void metric_register(MetricRegistry *registry, MetricCollect *collect, const void *source);
/* Writes what all registered collectors say, with the end that the format has. */
void metric_write(const MetricRegistry *registry, MetricFormat format, StrBuf *out);
/* Writes the end of a text that was not written by metric_write. */
void metric_write_end(MetricFormat format, StrBuf *out);

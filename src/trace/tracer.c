/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tracer.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { RATIO_BITS = 56, RATIO_BYTES = RATIO_BITS / 8 };

static struct {
    bool is_on;
    TraceSampler sampler;
    void (*on_spans)(void *context);
    void *context;
    Span *queue; /* a ring */
    size_t first;
    size_t count;
    uint64_t outcomes[TRACE_OUTCOMES];
} tracer;

static bool parse_ratio(Str text, double *out_ratio)
{
    char copy[32];
    char *end = NULL;
    if (text.size == 0 || text.size >= sizeof(copy))
        return false;
    str_copy_to(text, copy, sizeof(copy));
    errno = 0;
    double ratio = strtod(copy, &end);
    if (*end || errno || !(ratio >= 0 && ratio <= 1))
        return false;
    *out_ratio = ratio;
    return true;
}

bool trace_sampler_parse(Str name, Str argument, TraceSampler *out_sampler, Error *error)
{
    Str prefix = STR("parentbased_");
    TraceSampler sampler = {.follows_parent = str_starts_with(name, prefix)};
    Str kind = sampler.follows_parent ? str_from(name, prefix.size) : name;
    if (str_equal(kind, STR("always_on")))
        sampler.ratio = 1;
    else if (str_equal(kind, STR("traceidratio"))) {
        if (!parse_ratio(argument, &sampler.ratio))
            return error_set(error, ERR_VALIDATION,
                             "the argument of the sampler must be a number from 0 to 1");
    } else if (!str_equal(kind, STR("always_off"))) {
        return error_set(error, ERR_VALIDATION,
                         "the sampler must be always_on, always_off or traceidratio, with "
                         "parentbased_ before it or not");
    }
    *out_sampler = sampler;
    return true;
}

void tracer_start(const TraceSampler *sampler, void (*on_spans)(void *context), void *context)
{
    check(!tracer.is_on);
    tracer.is_on = true;
    tracer.sampler = *sampler;
    tracer.on_spans = on_spans;
    tracer.context = context;
    tracer.queue = mem_alloc(TRACER_QUEUE_SPANS, sizeof(Span));
    tracer.first = tracer.count = 0;
}

void tracer_stop(void)
{
    tracer_count(TRACE_DROPPED, tracer.count);
    mem_free(tracer.queue);
    tracer.queue = NULL;
    tracer.count = 0;
    tracer.is_on = false;
}

bool tracer_is_on(void)
{
    return tracer.is_on;
}

/* Compares the last bytes of the id, which are random in ids of every origin. */
static bool is_within(const Uuid *trace_id, double ratio)
{
    uint64_t value = 0;
    for (size_t i = sizeof(trace_id->bytes) - RATIO_BYTES; i < sizeof(trace_id->bytes); i++)
        value = value << 8 | trace_id->bytes[i];
    return (double)value < ratio * (double)(UINT64_C(1) << RATIO_BITS);
}

bool tracer_samples(const Uuid *trace_id, const TraceContext *parent)
{
    if (!tracer.is_on)
        return false;
    if (parent && tracer.sampler.follows_parent)
        return parent->is_sampled;
    return is_within(trace_id, tracer.sampler.ratio);
}

void tracer_add(const Span *span)
{
    if (!tracer.is_on || tracer.count == TRACER_QUEUE_SPANS) {
        tracer_count(TRACE_DROPPED, 1);
        return;
    }
    tracer.queue[(tracer.first + tracer.count++) % TRACER_QUEUE_SPANS] = *span;
    if (tracer.count == 1 || tracer.count == TRACER_BATCH_SPANS)
        tracer.on_spans(tracer.context);
}

size_t tracer_waiting(void)
{
    return tracer.count;
}

size_t tracer_take(Span *out_spans, size_t capacity)
{
    size_t taken = MIN_OF(capacity, tracer.count);
    for (size_t i = 0; i < taken; i++)
        out_spans[i] = tracer.queue[(tracer.first + i) % TRACER_QUEUE_SPANS];
    tracer.first = (tracer.first + taken) % TRACER_QUEUE_SPANS;
    tracer.count -= taken;
    return taken;
}

void tracer_count(TraceOutcome outcome, size_t spans)
{
    tracer.outcomes[outcome] += spans;
}

void trace_collect(MetricWriter *writer, const void *source)
{
    static const char *const names[TRACE_OUTCOMES] = {"exported", "dropped", "failed"};
    static const MetricFamily spans = {"netguru_trace_spans",
                                       METRIC_COUNTER,
                                       "Spans of traces, by what became of them.",
                                       {"outcome"}};
    (void)source;
    metric_begin(writer, &spans);
    for (size_t i = 0; i < TRACE_OUTCOMES; i++)
        metric_sample(writer, METRIC_VALUES(str_of(names[i])), (double)tracer.outcomes[i]);
    metric_gauge(writer, "netguru_trace_spans_waiting", "Spans that wait for their export.",
                 (double)tracer.count);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tracer: which traces of this process are recorded, and the queue of spans that wait for their
 * export. There is one for the process, like the log. It is off until tracer_start.
 *
 * The queue is bounded and never waits: a span that ends while it is full is dropped and counted.
 * services/trace_export.h empties it.
 */
#pragma once

#include "base/metric.h"
#include "trace/span.h"

enum { TRACER_QUEUE_SPANS = 4096, TRACER_BATCH_SPANS = 512 };

/* Which traces are recorded; the names are OpenTelemetry's. */
typedef struct {
    double ratio;        /* of the traces that begin here: 0 to 1 */
    bool follows_parent; /* a request with a valid traceparent is recorded as that says */
} TraceSampler;

/* Reads the name of a sampler: [parentbased_]always_on, always_off or traceidratio, the last with
 * its ratio in the argument. Returns false with the reason. */
bool trace_sampler_parse(Str name, Str argument, TraceSampler *out_sampler, Error *error) MUST_USE;

/* Starts to record. on_spans(context) is called when the first span waits, and when a batch does;
 * it must not wait. */
void tracer_start(const TraceSampler *sampler, void (*on_spans)(void *context), void *context);
/* Ends recording and frees the queue with what is left in it, which counts as dropped. */
void tracer_stop(void);
bool tracer_is_on(void);

/* Decides whether the trace is recorded. parent may be NULL. */
bool tracer_samples(const Uuid *trace_id, const TraceContext *parent);
/* Queues a copy of a span that has ended. */
void tracer_add(const Span *span);

size_t tracer_waiting(void);
/* Moves the oldest spans out of the queue. Returns their number. */
size_t tracer_take(Span *out_spans, size_t capacity);

typedef enum { TRACE_EXPORTED, TRACE_DROPPED, TRACE_FAILED, TRACE_OUTCOMES } TraceOutcome;

void tracer_count(TraceOutcome outcome, size_t spans);
/* A MetricCollect: spans by what became of them, and those that wait. source is ignored. */
void trace_collect(MetricWriter *writer, const void *source);

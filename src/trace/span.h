/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans: what the program did for a request, a turn or a job, and how long it took, in the terms of
 * OpenTelemetry. A span is recorded only while traces are exported (trace/tracer.h) and its trace
 * is sampled. Otherwise every function here is one comparison.
 *
 *     Span span;
 *     span_begin(task, &span, &(SpanName){SPAN_INTERNAL, STR("execute_tool"), STR("find_path")});
 *     bool done = run(task);
 *     if (!done)
 *         span_fail(&span, error_traits(task->error.code)->name);
 *     span_end(task, &span);
 *
 * Between both, task->span_id is the span, so spans that begin and statements that run meanwhile
 * become its children. A trace begins with span_begin_root.
 *
 * Nothing of a user can get into a span: every name and text in it must live as long as the
 * process, which only names of the program and its settings do. There are no messages of errors, no
 * parameters and no ids but those of the trace itself.
 */
#pragma once

#include "task/task.h"
#include "trace/context.h"

enum { SPAN_MAX_FIELDS = 8 };

/* As OTLP numbers them. */
typedef enum {
    SPAN_INTERNAL = 1,
    SPAN_SERVER = 2,
    SPAN_CLIENT = 3,
    SPAN_PRODUCER = 4,
    SPAN_CONSUMER = 5,
} SpanKind;

typedef struct {
    SpanKind kind;
    Str verb;    /* "GET", "execute_tool" */
    Str subject; /* "/api/v1/search"; may be empty. The name of the span is both */
} SpanName;

typedef struct {
    const char *key; /* an attribute of OpenTelemetry's conventions: "http.route" */
    Str text;
    int64_t number;
    bool is_number;
} SpanField;

typedef struct {
    uint64_t id;        /* 0: it is not recorded */
    uint64_t parent_id; /* 0: it is the first one of its trace */
    uint64_t former_id; /* the task's present span before this one */
    Uuid trace_id;
    SpanName name;
    uint64_t started_ns; /* on the monotonic clock */
    int64_t ended_us;    /* on the wall clock */
    uint64_t took_ns;
    bool failed;
    size_t field_count;
    SpanField fields[SPAN_MAX_FIELDS];
} Span;

/* Begins a child of the task's present span. Without one, nothing is recorded. */
void span_begin(Task *task, Span *span, const SpanName *name);
/* Begins the first span of the task. With a parent, the trace of the parent goes on; otherwise the
 * sampler decides, and the trace is task->trace_id, which the caller has set. */
void span_begin_root(Task *task, Span *span, const SpanName *name, const TraceContext *parent);
/* Begins a child of the task's present span that does not become the present one, for a call that
 * is under way while the task does other things. End it with span_end(NULL, …). */
void span_begin_aside(const Task *task, Span *span, const SpanName *name);
/* Returns the task's place in its trace, for work that it leaves to others. */
TraceContext span_context(const Task *task);
/* Adds an attribute; the last ones are left out when there are more than SPAN_MAX_FIELDS. */
void span_note(Span *span, const char *key, Str text);
void span_note_number(Span *span, const char *key, int64_t number);
/* Marks the span as failed. The type is a name of the program, not a message. */
void span_fail(Span *span, const char *type);
/* Ends the span, hands it over to be exported, and makes the former span the present one again. */
void span_end(Task *task, Span *span);

/* Records a child of the task's present span that began at started_ns and ends now. The caller has
 * compared task->span_id with 0. */
void span_record_statement(const Task *task, Str statement, uint64_t started_ns, bool done);

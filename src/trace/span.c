/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span.h"

#include "base/random.h"
#include "base/time.h"
#include "trace/tracer.h"

static uint64_t new_span_id(void)
{
    uint64_t id = 0;
    while (id == 0)
        random_bytes(&id, sizeof(id));
    return id;
}

static void start(const Task *task, Span *span, const SpanName *name, uint64_t parent_id)
{
    *span = (Span){.id = new_span_id(),
                   .parent_id = parent_id,
                   .former_id = task->span_id,
                   .trace_id = task->trace_id,
                   .name = *name,
                   .started_ns = time_monotonic_ns()};
}

static void begin(Task *task, Span *span, const SpanName *name, uint64_t parent_id)
{
    start(task, span, name, parent_id);
    task->span_id = span->id;
}

void span_begin(Task *task, Span *span, const SpanName *name)
{
    span->id = 0;
    if (task->span_id)
        begin(task, span, name, task->span_id);
}

void span_begin_root(Task *task, Span *span, const SpanName *name, const TraceContext *parent)
{
    span->id = 0;
    if (!tracer_is_on())
        return;
    if (parent)
        task->trace_id = parent->trace_id;
    if (tracer_samples(&task->trace_id, parent))
        begin(task, span, name, parent ? parent->span_id : 0);
}

void span_begin_aside(const Task *task, Span *span, const SpanName *name)
{
    span->id = 0;
    if (task->span_id)
        start(task, span, name, task->span_id);
}

TraceContext span_context(const Task *task)
{
    return (TraceContext){task->trace_id, task->span_id, task->span_id != 0};
}

static void note(Span *span, const SpanField *field)
{
    if (span->id && span->field_count < SPAN_MAX_FIELDS)
        span->fields[span->field_count++] = *field;
}

void span_note(Span *span, const char *key, Str text)
{
    note(span, &(SpanField){.key = key, .text = text});
}

void span_note_number(Span *span, const char *key, int64_t number)
{
    note(span, &(SpanField){.key = key, .number = number, .is_number = true});
}

void span_fail(Span *span, const char *type)
{
    if (!span->id)
        return;
    span->failed = true;
    span_note(span, "error.type", str_of(type));
}

static void end(Span *span)
{
    span->ended_us = time_now_us();
    span->took_ns = time_monotonic_ns() - span->started_ns;
    tracer_add(span);
}

void span_end(Task *task, Span *span)
{
    if (!span->id)
        return;
    if (task)
        task->span_id = span->former_id;
    end(span);
    span->id = 0;
}

void span_record_statement(const Task *task, Str statement, uint64_t started_ns, bool done)
{
    Span span;
    const SpanName name = {SPAN_CLIENT, statement, STR("")};
    start(task, &span, &name, task->span_id);
    span.started_ns = started_ns;
    span_note(&span, "db.system.name", STR("postgresql"));
    span_note(&span, "db.operation.name", statement);
    if (!done)
        span_fail(&span, error_traits(task->error.code)->name);
    end(&span);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The export of traces: a background task that sends the spans of trace/tracer.h to a collector of
 * OpenTelemetry, by OTLP over HTTP. Requests never wait for it. Without NETGURU_TRACES_URL there is
 * none, and no span is recorded.
 *
 *     if (!trace_export_new(loop, settings, "serve", &export, &error)) …   // export may be NULL
 *     …
 *     trace_export_stop(task, export);
 *     trace_export_free(export);
 *
 * One batch is under way at a time. A batch that the collector cannot take now (no connection, no
 * answer in time, 429, 502, 503, 504) is sent again with back-off, or after Retry-After; one that
 * it refuses is given up. Meanwhile spans wait in the queue, and beyond its limit they are dropped
 * and counted. Failures are logged once until the export works again.
 */
#pragma once

#include "base/config.h"
#include "task/task.h"

typedef struct TraceExport TraceExport;

/* Starts the export that the settings ask for. process is a literal. Fails with ERR_VALIDATION when
 * a setting cannot be used. */
bool trace_export_new(Loop *loop, const Config *settings, const char *process,
                      TraceExport **out_export, Error *error) MUST_USE;
/* Sends what waits, for at most four seconds, and ends the recording. The loop must run once more
 * to close the handles. NULL is allowed. */
void trace_export_stop(Task *task, TraceExport *traces);
/* Frees it after trace_export_stop. NULL is allowed. */
void trace_export_free(TraceExport *traces);

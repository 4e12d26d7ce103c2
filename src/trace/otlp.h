/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OTLP: spans in the form that collectors of OpenTelemetry take over HTTP, the message
 * ExportTraceServiceRequest of opentelemetry/proto/collector/trace/v1 in the encoding of Protocol
 * Buffers (https://protobuf.dev/programming-guides/encoding/). docs/traces.md says why this and not
 * JSON.
 */
#pragma once

#include "base/strbuf.h"
#include "trace/span.h"

/* What all spans of a process have in common. */
typedef struct {
    Str service;   /* "netguru" */
    Str process;   /* "serve" */
    Uuid instance; /* of this process */
} OtlpResource;

/* Appends the message. Returns false if it does not fit the buffer. */
bool otlp_write(const OtlpResource *resource, const Span *spans, size_t count,
                StrBuf *out) MUST_USE;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The place in a trace that a request or a job comes from, as the header `traceparent` carries it:
 * W3C Trace Context, level 1, section 3.2, "00-<trace id>-<span id>-<flags>".
 */
#pragma once

#include "base/uuid.h"

typedef struct {
    Uuid trace_id;
    uint64_t span_id; /* 0: none */
    bool is_sampled;
} TraceContext;

/* Reads a traceparent. Returns false unless it is well formed and neither id is zero. A later
 * version than 00 may have more fields behind, which are ignored. */
bool trace_context_parse(Str text, TraceContext *out_context) MUST_USE;

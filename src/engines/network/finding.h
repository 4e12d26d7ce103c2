/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a device, as engines/judge finds it: a sentence with its lines, a reason, and
 * the command that fixes it.
 */
#pragma once

#include "base/json.h"
#include "base/vec.h"

typedef enum { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE, SEVERITY_COUNT } FindingSeverity;

typedef struct {
    FindingSeverity severity;
    const char *id; /* "undefined_reference", …: stable, and documented in docs/findings.md */
    Str title;      /* one sentence */
    Str detail;     /* why it matters, or empty */
    Str fix;        /* the command that fixes it, or empty */
    uint32_t line;
    uint32_t other_line; /* the second line it is about, or 0 */
} DeviceFinding;

typedef VEC(DeviceFinding) DeviceFindingVec;

/* Returns "error", "warning" or "note". */
const char *finding_severity_name(FindingSeverity severity);

/* Writes an array of objects. */
void findings_write_json(const DeviceFindingVec *findings, JsonWriter *json);

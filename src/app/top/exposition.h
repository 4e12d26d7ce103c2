/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads metrics in the text format 0.0.4 of Prometheus (prometheus.io/docs/instrumenting/
 * exposition_formats). Comments and times of samples are passed over. The text may come from any
 * server, so each part of it has a limit.
 *
 *     Exposition metrics;
 *     if (!exposition_parse(arena, text, &metrics, &error))
 *         …                                   error: "line 12: a value is missing"
 *     for (size_t i = 0; i < metrics.count; i++)
 *         … metrics.items[i].value
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

enum {
    EXPOSITION_MAX_BYTES = 8 * 1024 * 1024,
    EXPOSITION_MAX_SAMPLES = 100 * 1000,
    EXPOSITION_MAX_LABELS = 16,
    EXPOSITION_MAX_NAME_BYTES = 200,
    EXPOSITION_MAX_VALUE_BYTES = 1024, /* of a label */
};

typedef struct {
    Str name;
    Str value; /* any bytes but line breaks that were not escaped */
} ExpositionLabel;

typedef struct {
    Str name;
    const ExpositionLabel *labels;
    size_t label_count;
    double value; /* may be infinite or no number */
} ExpositionSample;

typedef VEC(ExpositionSample) Exposition;

/* Parses the whole text. The samples and their texts live in the arena. Fails with ERR_VALIDATION,
 * which names the line. */
bool exposition_parse(Arena *arena, Str text, Exposition *out_samples, Error *error) MUST_USE;
/* Returns the value of a label, or an empty string. */
Str exposition_label(const ExpositionSample *sample, const char *name);

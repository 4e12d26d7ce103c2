/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of figures, for figures.c only. Each row says where a figure stands, how it is called
 * in JSON and on the screen, and how it is computed from the metrics.
 */
#pragma once

#include "app/top/history.h"

typedef enum { UNIT_NUMBER, UNIT_RATE, UNIT_SECONDS, UNIT_BYTES, UNIT_BYTE_RATE, UNIT_PART } Unit;

typedef enum {
    AS_SUM,
    AS_MAX,
    AS_RATE,
    AS_QUANTILE,
    AS_PART,        /* of the sum of another metric */
    AS_PART_OF_RATE /* of the rate of all values of the label, or of both metrics together */
} Kind;

typedef struct {
    const char *section;
    const char *key;
    const char *title;
    Unit unit;
    Kind kind;
    Select select;
    const char *other; /* for the parts */
    double quantile;
    bool is_minor;
} Figure;

extern const Figure figures[];
extern const size_t figure_count;

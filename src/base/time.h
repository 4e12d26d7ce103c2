/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks and times. Durations and deadlines use the monotonic clock; wall-clock times are
 * microseconds since 1970 in UTC, and are written as in RFC 3339.
 */
#pragma once

#include "base/str.h"

enum { TIME_TEXT_SIZE = 40 };

/* Return the monotonic clock. Only differences have a meaning. */
uint64_t time_monotonic_ns(void);
uint64_t time_monotonic_ms(void);
/* Returns the wall clock in microseconds since 1970-01-01T00:00:00Z. */
int64_t time_now_us(void);
/* Writes a time as "2026-02-12T08:30:00.123456Z", for the years 0000 to 9999. Returns out. */
const char *time_write_rfc3339(int64_t time_us, char out[TIME_TEXT_SIZE]);
/* Parses a date and time of RFC 3339 with its offset; digits after the microseconds are dropped.
 * Returns false for anything else, a date that does not exist and the second 60 included. */
bool time_parse_rfc3339(Str text, int64_t *out_time_us) MUST_USE;

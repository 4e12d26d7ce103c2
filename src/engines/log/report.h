/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a log of any size and reports on all of it: counts, a timeline, the events, and findings in
 * sentences. The memory is bounded whatever the size of the log. docs/log-analysis.md says what is
 * found, and from which numbers on.
 *
 *     LogReport *report = log_report_new(arena);
 *     while (…more text…)
 *         log_report_add(report, text);        // whole lines; the text may be freed afterwards
 *     log_report_end(report, NULL);
 *     log_report_write_json(report, &json);    // members of an open object
 *     log_report_write_text(report, &out);
 */
#pragma once

#include "base/json.h"
#include "base/vec.h"

typedef struct LogReport LogReport;

/* Why a line is worth finding in a log that is too long to be searched whole. */
typedef enum {
    LOG_MERIT_EMERGENCY,
    LOG_MERIT_ALERT,
    LOG_MERIT_CRITICAL,
    LOG_MERIT_ERROR,
    LOG_MERIT_RARE, /* one of the first messages of its kind */
    LOG_MERIT_NONE,
} LogMerit;

typedef VEC(uint8_t) LogMerits; /* a LogMerit for each line */

/* Says what is known about an interface or a neighbour of a device, such as its description.
 * Returns an empty Str for the unknown. */
typedef struct {
    Str (*describe)(void *context, Str host, Str object);
    void *context;
} LogNames;

/* Returns an empty report, whose memory is the arena's. */
LogReport *log_report_new(Arena *arena) MUST_USE;
/* Reads the next lines. Returns the merits of these lines, valid until the next call. */
const LogMerits *log_report_add(LogReport *report, Str text);
/* Ends the reading and makes the findings. names may be NULL. */
void log_report_end(LogReport *report, const LogNames *names);

/* Return how many lines were read, and how many of them are messages. */
uint64_t log_report_lines(const LogReport *report);
uint64_t log_report_messages(const LogReport *report);

/* Writes members of an object: findings, lines, messages, by_severity, first, last, timeline,
 * hosts, mnemonics, events_left_out and events. They take at most about 6 MB. */
void log_report_write_json(LogReport *report, JsonWriter *json);
/* Writes the findings and the counts for people. */
void log_report_write_text(LogReport *report, StrBuf *out);

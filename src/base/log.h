/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one JSON object a line on standard error, or plain text for a person at a terminal.
 *
 *     log_info("http.request", LOG_STR("path", path), LOG_INT("status", 200));
 *     {"time":"2026-02-12T08:30:00.1Z","level":"info","event":"http.request","status":200}
 *
 * An event is a fixed dotted name; everything variable goes into fields. Secrets are never logged.
 * Log a failure once, at the boundary that answers it. The line of a task also has "trace", "user"
 * and "job": for whom the task works. They need not be named.
 */
#pragma once

#include "base/error.h"
#include "base/metric.h"

/* LOG_SILENT is for log_setup only: nothing is logged. */
typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_SILENT } LogLevel;
typedef enum { LOG_AS_JSON, LOG_AS_TEXT } LogFormat;

typedef struct {
    const char *name; /* NULL ends a list */
    enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_FLOAT } kind;
    Str str;
    int64_t integer;
    double number;
} LogField;

#define LOG_STR(field, value) ((LogField){.name = (field), .kind = LOG_FIELD_STR, .str = (value)})
#define LOG_TEXT(field, value) LOG_STR(field, str_of(value))
#define LOG_INT(field, value)                                                                      \
    ((LogField){.name = (field), .kind = LOG_FIELD_INT, .integer = (int64_t)(value)})
#define LOG_FLOAT(field, value)                                                                    \
    ((LogField){.name = (field), .kind = LOG_FIELD_FLOAT, .number = (value)})

#define log_debug(...) LOG_AT(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_WARN, __VA_ARGS__)
#define log_error(...) LOG_AT(LOG_ERROR, __VA_ARGS__)
#define LOG_AT(level, ...) LOG_FIELDS(level, __VA_ARGS__, (LogField){0})
#define LOG_FIELDS(level, event, ...) log_write(level, event, (LogField[]){__VA_ARGS__})

/* Sets the level and format. Events below level are dropped. The defaults are info and JSON. */
void log_setup(LogLevel level, LogFormat format);
/* Sets the name that every line carries as "process": "serve", "work", … The name must be a
 * literal. */
void log_set_process(const char *name);
bool log_level_parse(Str name, LogLevel *out_level) MUST_USE;

/* For whom the running code works. */
typedef struct {
    bool has_trace;
    bool has_user;
    bool has_job;
    Uuid trace_id;
    Uuid user_id;
    Uuid job_id;
} LogContext;

/* Sets the function that log_write asks for it, on the thread that logs. NULL: none. */
void log_set_context(void (*find)(LogContext *out_context));

/* Appends standard error to the file from now on. Creates it (0600); does not follow a link. */
bool log_open(const char *path, Error *error) MUST_USE;
/* Opens the file of log_open again by its name, after it was renamed, and puts it in place of
 * standard error, and of standard output if that was the same file. If it cannot be opened, the
 * former file stays and the reason is logged. Without log_open it has no effect. */
void log_reopen(void);
/* Writes one line in one write(2). A field with a NULL name ends the list. Lines are cut at 16 KiB.
 */
void log_write(LogLevel level, const char *event, const LogField *fields);
/* A MetricCollect: the lines of each level. source is ignored. */
void log_collect(MetricWriter *writer, const void *source);

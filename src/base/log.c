/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/json.h"
#include "base/time.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 * 1024 };

static LogLevel lowest_level = LOG_INFO;
static LogFormat line_format = LOG_AS_JSON;
static const char *process_name;

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static atomic_ullong line_counts[COUNT_OF(level_names)]; /* the watchdog logs too */

void log_setup(LogLevel level, LogFormat format)
{
    lowest_level = level;
    line_format = format;
}

void log_set_process(const char *name)
{
    process_name = name;
}

bool log_level_parse(Str name, LogLevel *out_level)
{
    for (size_t i = 0; i < COUNT_OF(level_names); i++) {
        if (str_equal(name, str_of(level_names[i]))) {
            *out_level = (LogLevel)i;
            return true;
        }
    }
    return false;
}

static void write_json_field(JsonWriter *json, const LogField *field)
{
    json_key(json, field->name);
    switch (field->kind) {
    case LOG_FIELD_STR:
        json_str(json, field->str);
        break;
    case LOG_FIELD_INT:
        json_i64(json, field->integer);
        break;
    case LOG_FIELD_FLOAT:
        json_double(json, field->number);
        break;
    }
}

static void format_json(StrBuf *line, LogLevel level, const char *event, const LogField *fields)
{
    char now[TIME_TEXT_SIZE];
    JsonWriter json;
    json_start(&json, line);
    json_begin_object(&json);
    json_field_text(&json, "time", time_write_rfc3339(time_now_us(), now));
    json_field_text(&json, "level", level_names[level]);
    if (process_name)
        json_field_text(&json, "process", process_name);
    json_field_text(&json, "event", event);
    for (const LogField *field = fields; field->name; field++)
        write_json_field(&json, field);
    json_end(&json);
}

static void format_text(StrBuf *line, LogLevel level, const char *event, const LogField *fields)
{
    char now[TIME_TEXT_SIZE];
    time_write_rfc3339(time_now_us(), now);
    strbuf_printf(line, "%.8s %-5s %s%s%s", now + 11, level_names[level],
                  process_name ? process_name : "", process_name ? ": " : "", event);
    for (const LogField *field = fields; field->name; field++) {
        strbuf_printf(line, " %s=", field->name);
        if (field->kind == LOG_FIELD_INT)
            strbuf_printf(line, "%lld", (long long)field->integer);
        else if (field->kind == LOG_FIELD_FLOAT)
            strbuf_printf(line, "%.6g", field->number);
        else
            json_escape(line, field->str);
    }
}

void log_write(LogLevel level, const char *event, const LogField *fields)
{
    if (level < lowest_level)
        return;
    atomic_fetch_add_explicit(&line_counts[level], 1, memory_order_relaxed);
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, LINE_MAX_BYTES);
    if (line_format == LOG_AS_JSON)
        format_json(&line, level, event, fields);
    else
        format_text(&line, level, event, fields);
    if (line.overflowed) {
        /* A cut line would not be JSON, so a line that names the oversized event is written
         * instead. */
        strbuf_clear(&line);
        strbuf_printf(&line, "{\"level\":\"%s\",\"event\":\"log.too_long\",\"was\":\"%.64s\"}",
                      level_names[level], event);
    }
    strbuf_append_byte(&line, '\n');
    ssize_t written = write(STDERR_FILENO, line.data, line.size);
    (void)written;
}

void log_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily lines = {
        "netguru_log_lines", METRIC_COUNTER, "Lines that were logged, by level.", {"level"}};
    (void)source;
    metric_begin(writer, &lines);
    for (size_t i = 0; i < COUNT_OF(level_names); i++)
        metric_sample(writer, METRIC_VALUES(str_of(level_names[i])),
                      (double)atomic_load_explicit(&line_counts[i], memory_order_relaxed));
}

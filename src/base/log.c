/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/json.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 * 1024, PATH_MAX_BYTES = 4096 };

static LogLevel lowest_level = LOG_INFO;
static LogFormat line_format = LOG_AS_JSON;
static const char *process_name;
static void (*find_context)(LogContext *out_context);
static char file_path[PATH_MAX_BYTES]; /* empty: standard error is what the caller gave */

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

void log_set_context(void (*find)(LogContext *out_context))
{
    find_context = find;
}

static bool is_same_file(int one, int other)
{
    struct stat a;
    struct stat b;
    return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Standard output too, so that no descriptor is left to keep the bytes of a deleted file. */
static bool put_in_place(int file)
{
    bool both = is_same_file(STDOUT_FILENO, STDERR_FILENO);
    return dup2(file, STDERR_FILENO) >= 0 && (!both || dup2(file, STDOUT_FILENO) >= 0);
}

static bool open_file(const char *path, Error *error)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int file = open(path, flags, 0600);
    if (file < 0)
        return error_set_errno(error, errno, path);
    bool done = put_in_place(file) || error_set_errno(error, errno, path);
    close(file);
    return done;
}

bool log_open(const char *path, Error *error)
{
    if (strlen(path) >= sizeof(file_path))
        return error_set(error, ERR_VALIDATION, "the path of the log is longer than %d bytes",
                         PATH_MAX_BYTES - 1);
    if (!open_file(path, error))
        return false;
    str_copy_to(str_of(path), file_path, sizeof(file_path));
    return true;
}

void log_reopen(void)
{
    Error error = {0};
    if (file_path[0] && !open_file(file_path, &error))
        log_error("log.not_reopened", LOG_TEXT("error", error.message));
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

static bool has_field(const LogField *fields, const char *name)
{
    for (const LogField *field = fields; field->name; field++) {
        if (strcmp(field->name, name) == 0)
            return true;
    }
    return false;
}

/* The ids of a line's context that the line does not name itself, in fields and texts. */
typedef struct {
    LogField fields[4];
    char texts[3][UUID_TEXT_SIZE];
    size_t count;
} ContextFields;

static void add_id(ContextFields *context, const LogField *fields, const char *name, const Uuid *id)
{
    if (has_field(fields, name))
        return;
    char *text = context->texts[context->count];
    context->fields[context->count++] = LOG_TEXT(name, uuid_write(id, text));
}

static void take_context(ContextFields *context, const LogField *fields)
{
    LogContext found = {0};
    *context = (ContextFields){0};
    if (find_context)
        find_context(&found);
    if (found.has_trace)
        add_id(context, fields, "trace", &found.trace_id);
    if (found.has_user)
        add_id(context, fields, "user", &found.user_id);
    if (found.has_job)
        add_id(context, fields, "job", &found.job_id);
}

static void format_json(StrBuf *line, LogLevel level, const char *event, const LogField *fields)
{
    ContextFields context;
    char now[TIME_TEXT_SIZE];
    JsonWriter json;
    json_start(&json, line);
    json_begin_object(&json);
    json_field_text(&json, "time", time_write_rfc3339(time_now_us(), now));
    json_field_text(&json, "level", level_names[level]);
    if (process_name)
        json_field_text(&json, "process", process_name);
    json_field_text(&json, "event", event);
    take_context(&context, fields);
    for (const LogField *field = context.fields; field->name; field++)
        write_json_field(&json, field);
    for (const LogField *field = fields; field->name; field++)
        write_json_field(&json, field);
    json_end(&json);
}

static void write_text_fields(StrBuf *line, const LogField *fields)
{
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

static void format_text(StrBuf *line, LogLevel level, const char *event, const LogField *fields)
{
    ContextFields context;
    char now[TIME_TEXT_SIZE];
    time_write_rfc3339(time_now_us(), now);
    strbuf_printf(line, "%.8s %-5s %s%s%s", now + 11, level_names[level],
                  process_name ? process_name : "", process_name ? ": " : "", event);
    take_context(&context, fields);
    write_text_fields(line, context.fields);
    write_text_fields(line, fields);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that follow one another and have the same host, severity and mnemonic are one event. Of
 * a log with more than LOG_EVENTS_MAX events the most severe are kept, and the earlier of those
 * that are equally severe.
 */
#include "engines/log/report_private.h"

#include <stdlib.h>

static uint8_t copy_text(Str text, char *out)
{
    Str kept = str_trim(str_slice(str_trim(text), 0, LOG_TEXT_BYTES));
    if (kept.size)
        memcpy(out, kept.data, kept.size);
    return (uint8_t)kept.size;
}

static bool is_same_event(const LogEvent *event, const SyslogLine *line)
{
    LogName host = log_name(line->host), mnemonic = log_name(line->mnemonic);
    return !str_empty(line->mnemonic) && event->severity == line->severity &&
           str_equal(log_name_str(&event->mnemonic), log_name_str(&mnemonic)) &&
           str_equal(log_name_str(&event->host), log_name_str(&host));
}

static size_t severity_of(const LogEvent *event)
{
    return event->severity >= 0 ? (size_t)event->severity : LOG_SEVERITY_ASSUMED;
}

static void close_event(Arena *arena, LogEvents *events)
{
    size_t severity = severity_of(&events->open);
    if (!events->is_open)
        return;
    events->is_open = false;
    events->counts[severity]++;
    if (events->kept[severity].count < LOG_EVENTS_MAX)
        *VEC_PUSH(arena, &events->kept[severity]) = events->open;
}

void events_add(Arena *arena, LogEvents *events, const LogMessage *message)
{
    const SyslogLine *line = &message->line;
    LogEvent *event = &events->open;
    if (!events->is_open || !is_same_event(event, line)) {
        close_event(arena, events);
        *event = (LogEvent){
            .host = log_name(line->host),
            .mnemonic = log_name(line->mnemonic),
            .first_timestamp = log_name(line->timestamp),
            .severity = (int8_t)line->severity,
            .first_line = message->number,
        };
        event->first_text_size = copy_text(line->message, event->first_text);
        events->is_open = true;
    } else {
        event->last_text_size = copy_text(line->message, event->last_text);
    }
    event->last_timestamp = log_name(line->timestamp);
    event->last_line = message->number;
    event->messages++;
}

void events_end(Arena *arena, LogEvents *events)
{
    close_event(arena, events);
}

static void write_event(JsonWriter *json, const LogEvent *event)
{
    json_begin_object(json);
    json_field_str(json, "timestamp", log_name_str(&event->first_timestamp));
    json_field_str(json, "host", log_name_str(&event->host));
    if (event->severity >= 0)
        json_field_i64(json, "severity", event->severity);
    json_field_str(json, "mnemonic", log_name_str(&event->mnemonic));
    json_field_u64(json, "line_start", event->first_line);
    json_field_u64(json, "line_end", event->last_line);
    json_field_u64(json, "messages", event->messages);
    json_field_str(json, "text", str_make(event->first_text, event->first_text_size));
    if (event->messages > 1) {
        json_field_str(json, "last_timestamp", log_name_str(&event->last_timestamp));
        json_field_str(json, "last_text", str_make(event->last_text, event->last_text_size));
    }
    json_end(json);
}

static int by_line(const void *left, const void *right)
{
    uint64_t a = (*(const LogEvent *const *)left)->first_line;
    uint64_t b = (*(const LogEvent *const *)right)->first_line;
    return a < b ? -1 : a > b;
}

void events_write_json(Arena *arena, const LogEvents *events, JsonWriter *json)
{
    const LogEvent **chosen = ARENA_ARRAY(arena, const LogEvent *, LOG_EVENTS_MAX);
    size_t count = 0;
    json_key(json, "events_left_out");
    json_begin_array(json);
    for (size_t severity = 0; severity < LOG_SEVERITIES; severity++) {
        size_t kept = MIN_OF(events->kept[severity].count, (size_t)LOG_EVENTS_MAX - count);
        for (size_t i = 0; i < kept; i++)
            chosen[count++] = &events->kept[severity].items[i];
        json_u64(json, events->counts[severity] - kept);
    }
    json_end(json);
    qsort(chosen, count, sizeof(chosen[0]), by_line);
    json_key(json, "events");
    json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        write_event(json, chosen[i]);
    json_end(json);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of a log: counts, and a timeline of events. Messages that follow one another and have
 * the same host, severity and mnemonic are one event. Of a log with more than MAX_EVENTS events the
 * most severe are kept, and the earlier of those that are equally severe.
 */
#include "analysis/child_private.h"

#include "base/map.h"
#include "engines/log/syslog.h"

#include <stdlib.h>

enum {
    SEVERITIES = 8,
    SEVERITY_ASSUMED = 5, /* of a message that states none */
    MAX_EVENTS = 1500,
    MAX_NAMES = 1000, /* that are counted */
    SHOWN_NAMES = 15,
    TEXT_MAX_BYTES = 160, /* escaped, MAX_EVENTS of them stay below WIRE_RESULT_MAX_BYTES */
    NAME_MAX_BYTES = 64,
};

typedef struct {
    SyslogLine first;
    SyslogLine last;
    uint32_t first_line;
    uint32_t last_line;
    uint32_t messages;
} LogEvent;

/* Reads the events of a log. */
typedef struct {
    Str rest;
    uint32_t line;
    bool has_next;
    SyslogLine next;
} LogReader;

static bool next_message(LogReader *reader)
{
    Str raw;
    while (str_next_line(&reader->rest, &raw)) {
        reader->line++;
        if (syslog_parse(raw, &reader->next))
            return true;
    }
    return false;
}

static LogReader read_log(Str log)
{
    LogReader reader = {.rest = log};
    reader.has_next = next_message(&reader);
    return reader;
}

static bool is_same_event(const LogEvent *event, const SyslogLine *message)
{
    return !str_empty(message->mnemonic) && str_equal(event->first.mnemonic, message->mnemonic) &&
           str_equal(event->first.host, message->host) &&
           event->first.severity == message->severity;
}

static bool next_event(LogReader *reader, LogEvent *event)
{
    if (!reader->has_next)
        return false;
    *event = (LogEvent){.first = reader->next, .first_line = reader->line};
    do {
        event->last = reader->next;
        event->last_line = reader->line;
        event->messages++;
        reader->has_next = next_message(reader);
    } while (reader->has_next && is_same_event(event, &reader->next));
    return true;
}

static int severity_of(const SyslogLine *message)
{
    return message->severity >= 0 && message->severity < SEVERITIES ? message->severity
                                                                    : SEVERITY_ASSUMED;
}

/* A host or a mnemonic. */
typedef struct {
    Str name;
    uint64_t messages;
    uint32_t line; /* the first */
} Tally;

typedef struct {
    Tally items[MAX_NAMES];
    size_t count;
    Map places; /* by name */
} Tallies;

typedef struct {
    uint64_t lines;
    uint64_t messages;
    uint64_t by_severity[SEVERITIES];
    uint64_t events[SEVERITIES]; /* by the severity that is stated or assumed */
    LogEvent first;              /* with a timestamp */
    LogEvent last;
    Tallies hosts;
    Tallies mnemonics;
} LogCounts;

static void tally(Arena *arena, Tallies *tallies, Str name, const LogEvent *event)
{
    size_t place = map_get_index(&tallies->places, name);
    if (str_empty(name) || (place == MAP_NO_INDEX && tallies->count == MAX_NAMES))
        return;
    if (place == MAP_NO_INDEX) {
        place = tallies->count++;
        tallies->items[place] = (Tally){.name = name, .line = event->first_line};
        map_put_index(arena, &tallies->places, name, place);
    }
    tallies->items[place].messages += event->messages;
}

static void count_event(Arena *arena, LogCounts *counts, const LogEvent *event)
{
    counts->messages += event->messages;
    counts->events[severity_of(&event->first)]++;
    if (event->first.severity >= 0 && event->first.severity < SEVERITIES)
        counts->by_severity[event->first.severity] += event->messages;
    tally(arena, &counts->hosts, event->first.host, event);
    tally(arena, &counts->mnemonics, event->first.mnemonic, event);
    if (str_empty(event->first.timestamp))
        return;
    if (!counts->first.messages)
        counts->first = *event;
    counts->last = *event;
}

static LogCounts *count_log(Arena *arena, Str log)
{
    Str raw;
    LogEvent event;
    LogCounts *counts = ARENA_NEW(arena, LogCounts);
    LogReader reader = read_log(log);
    while (next_event(&reader, &event))
        count_event(arena, counts, &event);
    for (Str rest = log; str_next_line(&rest, &raw);)
        counts->lines++;
    return counts;
}

static Str shorten(Str text, size_t max_bytes)
{
    return str_trim(str_slice(str_trim(text), 0, max_bytes));
}

static void write_place(JsonWriter *json, const char *key, Str timestamp, uint32_t line)
{
    json_key(json, key);
    json_begin_object(json);
    json_field_str(json, "timestamp", shorten(timestamp, NAME_MAX_BYTES));
    json_field_u64(json, "line", line);
    json_end(json);
}

static int by_messages(const void *left, const void *right)
{
    const Tally *a = left;
    const Tally *b = right;
    if (a->messages != b->messages)
        return a->messages > b->messages ? -1 : 1;
    return a->line < b->line ? -1 : 1;
}

static void write_tallies(JsonWriter *json, const char *key, const char *name, Tallies *tallies)
{
    if (tallies->count)
        qsort(tallies->items, tallies->count, sizeof(Tally), by_messages);
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < MIN_OF(tallies->count, (size_t)SHOWN_NAMES); i++) {
        json_begin_object(json);
        json_field_str(json, name, shorten(tallies->items[i].name, NAME_MAX_BYTES));
        json_field_u64(json, "messages", tallies->items[i].messages);
        json_field_u64(json, "line", tallies->items[i].line);
        json_end(json);
    }
    json_end(json);
}

static void write_event(JsonWriter *json, const LogEvent *event)
{
    json_begin_object(json);
    json_field_str(json, "timestamp", shorten(event->first.timestamp, NAME_MAX_BYTES));
    json_field_str(json, "host", shorten(event->first.host, NAME_MAX_BYTES));
    if (event->first.severity >= 0)
        json_field_i64(json, "severity", event->first.severity);
    json_field_str(json, "mnemonic", shorten(event->first.mnemonic, NAME_MAX_BYTES));
    json_field_u64(json, "line_start", event->first_line);
    json_field_u64(json, "line_end", event->last_line);
    json_field_u64(json, "messages", event->messages);
    json_field_str(json, "text", shorten(event->first.message, TEXT_MAX_BYTES));
    if (event->messages > 1) {
        json_field_str(json, "last_timestamp", shorten(event->last.timestamp, NAME_MAX_BYTES));
        json_field_str(json, "last_text", shorten(event->last.message, TEXT_MAX_BYTES));
    }
    json_end(json);
}

/* Stores how many events of each severity are kept. */
static void choose_events(const LogCounts *counts, uint64_t *out_kept)
{
    uint64_t room = MAX_EVENTS;
    for (int severity = 0; severity < SEVERITIES; severity++) {
        out_kept[severity] = MIN_OF(counts->events[severity], room);
        room -= out_kept[severity];
    }
}

static void write_events(JsonWriter *json, Str log, const LogCounts *counts)
{
    LogEvent event;
    uint64_t left[SEVERITIES];
    LogReader reader = read_log(log);
    choose_events(counts, left);
    json_key(json, "events_left_out");
    json_begin_array(json);
    for (int severity = 0; severity < SEVERITIES; severity++)
        json_u64(json, counts->events[severity] - left[severity]);
    json_end(json);
    json_key(json, "events");
    json_begin_array(json);
    while (next_event(&reader, &event)) {
        int severity = severity_of(&event.first);
        if (!left[severity])
            continue;
        left[severity]--;
        write_event(json, &event);
    }
    json_end(json);
}

static void write_text(StrBuf *text, const LogCounts *counts)
{
    strbuf_printf(text, "lines        %llu\nmessages     %llu\n", (unsigned long long)counts->lines,
                  (unsigned long long)counts->messages);
    for (int severity = 0; severity < SEVERITIES; severity++) {
        if (counts->by_severity[severity])
            strbuf_printf(text, "  %-10s %llu\n", syslog_severity_name(severity),
                          (unsigned long long)counts->by_severity[severity]);
    }
}

void child_write_log(Arena *arena, Str log, JsonWriter *json, StrBuf *text)
{
    LogCounts *counts = count_log(arena, log);
    json_field_u64(json, "lines", counts->lines);
    json_field_u64(json, "messages", counts->messages);
    json_key(json, "by_severity");
    json_begin_object(json);
    for (int severity = 0; severity < SEVERITIES; severity++)
        json_field_u64(json, syslog_severity_name(severity), counts->by_severity[severity]);
    json_end(json);
    if (counts->first.messages) {
        write_place(json, "first", counts->first.first.timestamp, counts->first.first_line);
        write_place(json, "last", counts->last.last.timestamp, counts->last.last_line);
    }
    write_tallies(json, "hosts", "host", &counts->hosts);
    write_tallies(json, "mnemonics", "mnemonic", &counts->mnemonics);
    write_events(json, log, counts);
    write_text(text, counts);
}

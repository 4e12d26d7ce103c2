/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/report.h"

#include "engines/log/report_private.h"

#include <stdlib.h>

enum {
    NAMES_MAX = 1000, /* that are counted */
    NAMES_SHOWN = 15,
    YEAR_S = 366 * 86400,     /* times without a year are of a leap year */
    YEAR_END_S = 300 * 86400, /* December lies so far behind January */
};

/* A host or a mnemonic. */
typedef struct {
    Str name;
    uint64_t messages;
    uint64_t line; /* the first */
} Tally;

typedef struct {
    Tally items[NAMES_MAX];
    size_t count;
    Map places; /* by name */
} Tallies;

struct LogReport {
    Arena *arena;
    uint64_t lines;
    uint64_t messages;
    uint64_t by_severity[LOG_SEVERITIES];
    bool has_place;
    LogPlace first; /* with a timestamp */
    LogPlace last;
    Tallies hosts;
    Tallies mnemonics;
    LogEvents events;
    Timeline timeline;
    LogFindings findings;
    DeviceWatch *devices;
    FlapWatch *flaps;
    MessageWatch *kinds;
    LogMerits merits;
    /* The clock of the log: its first time decides whether times have a year. */
    bool has_clock;
    bool has_year;
    int64_t year_shift_s;
    int64_t former_s;
};

LogName log_name(Str text)
{
    LogName name;
    Str kept = str_trim(str_slice(text, 0, LOG_NAME_BYTES));
    if (kept.size) /* an empty Str may have no data */
        memcpy(name.data, kept.data, kept.size);
    name.size = (uint8_t)kept.size;
    return name;
}

LogPlace log_place(const LogMessage *message)
{
    return (LogPlace){log_name(message->line.timestamp), message->number, message->time_s};
}

LogReport *log_report_new(Arena *arena)
{
    LogReport *report = ARENA_NEW(arena, LogReport);
    report->arena = arena;
    report->findings.arena = arena;
    report->devices = device_watch_new(arena);
    report->flaps = flap_watch_new(arena);
    report->kinds = message_watch_new(arena);
    return report;
}

static void tally(Arena *arena, Tallies *tallies, Str name, uint64_t line)
{
    LogName kept = log_name(name);
    size_t place = map_get_index(&tallies->places, log_name_str(&kept));
    if (str_empty(name) || (place == MAP_NO_INDEX && tallies->count == NAMES_MAX))
        return;
    if (place == MAP_NO_INDEX) {
        place = tallies->count++;
        Str copy = arena_copy(arena, log_name_str(&kept));
        tallies->items[place] = (Tally){.name = copy, .line = line};
        map_put_index(arena, &tallies->places, copy, place);
    }
    tallies->items[place].messages++;
}

/* Carries the year over from December to January where the times state none. */
static void set_clock(LogReport *report, LogMessage *message)
{
    const SyslogLine *line = &message->line;
    message->time_s = line->time_s;
    if (!line->has_time || line->is_relative || line->is_unsynchronised)
        return;
    if (!report->has_clock) {
        report->has_clock = true;
        report->has_year = line->has_year;
        report->former_s = line->time_s;
    }
    message->is_clocked = line->has_year == report->has_year;
    if (line->has_year || !message->is_clocked)
        return;
    int64_t step = line->time_s - report->former_s;
    if (step < -YEAR_END_S)
        report->year_shift_s += YEAR_S;
    else if (step > YEAR_END_S && report->year_shift_s)
        report->year_shift_s -= YEAR_S;
    report->former_s = line->time_s;
    message->time_s += report->year_shift_s;
}

static void count_message(LogReport *report, const LogMessage *message)
{
    const SyslogLine *line = &message->line;
    report->messages++;
    if (line->severity >= 0 && line->severity < LOG_SEVERITIES)
        report->by_severity[line->severity]++;
    tally(report->arena, &report->hosts, line->host, message->number);
    tally(report->arena, &report->mnemonics, line->mnemonic, message->number);
    if (message->is_clocked)
        timeline_add(&report->timeline, message->time_s,
                     line->severity >= 0 && line->severity <= LOG_MERIT_ERROR);
    if (str_empty(line->timestamp))
        return;
    if (!report->has_place)
        report->first = log_place(message);
    report->last = log_place(message);
    report->has_place = true;
}

static LogMerit add_message(LogReport *report, LogMessage *message)
{
    set_clock(report, message);
    count_message(report, message);
    events_add(report->arena, &report->events, message);
    device_watch_add(report->devices, message);
    flap_watch_add(report->flaps, message);
    bool is_rare = message_watch_add(report->kinds, message);
    if (message->line.severity >= 0 && message->line.severity <= LOG_MERIT_ERROR)
        return (LogMerit)message->line.severity;
    return is_rare ? LOG_MERIT_RARE : LOG_MERIT_NONE;
}

const LogMerits *log_report_add(LogReport *report, Str text)
{
    Str raw;
    report->merits.count = 0;
    while (str_next_line(&text, &raw)) {
        LogMessage message = {.number = ++report->lines};
        bool is_message = syslog_parse(raw, &message.line);
        *VEC_PUSH(report->arena, &report->merits) =
            (uint8_t)(is_message ? add_message(report, &message) : LOG_MERIT_NONE);
    }
    return &report->merits;
}

void log_report_end(LogReport *report, const LogNames *names)
{
    events_end(report->arena, &report->events);
    device_watch_end(report->devices, &report->findings);
    flap_watch_end(report->flaps, names, &report->findings);
    message_watch_end(report->kinds, &report->findings);
    findings_end(&report->findings);
}

uint64_t log_report_lines(const LogReport *report)
{
    return report->lines;
}

uint64_t log_report_messages(const LogReport *report)
{
    return report->messages;
}

static void write_place(JsonWriter *json, const char *key, const LogPlace *place)
{
    json_key(json, key);
    json_begin_object(json);
    json_field_str(json, "timestamp", log_name_str(&place->timestamp));
    json_field_u64(json, "line", place->line);
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
    for (size_t i = 0; i < MIN_OF(tallies->count, (size_t)NAMES_SHOWN); i++) {
        json_begin_object(json);
        json_field_str(json, name, tallies->items[i].name);
        json_field_u64(json, "messages", tallies->items[i].messages);
        json_field_u64(json, "line", tallies->items[i].line);
        json_end(json);
    }
    json_end(json);
}

void log_report_write_json(LogReport *report, JsonWriter *json)
{
    findings_write_json(&report->findings, json);
    json_field_u64(json, "lines", report->lines);
    json_field_u64(json, "messages", report->messages);
    json_key(json, "by_severity");
    json_begin_object(json);
    for (int severity = 0; severity < LOG_SEVERITIES; severity++)
        json_field_u64(json, syslog_severity_name(severity), report->by_severity[severity]);
    json_end(json);
    if (report->has_place) {
        write_place(json, "first", &report->first);
        write_place(json, "last", &report->last);
    }
    if (report->timeline.started)
        timeline_write_json(&report->timeline, json);
    write_tallies(json, "hosts", "host", &report->hosts);
    write_tallies(json, "mnemonics", "mnemonic", &report->mnemonics);
    events_write_json(report->arena, &report->events, json);
}

void log_report_write_text(LogReport *report, StrBuf *out)
{
    findings_write_text(&report->findings, out);
    strbuf_printf(out, "lines        %llu\nmessages     %llu\n", (unsigned long long)report->lines,
                  (unsigned long long)report->messages);
    for (int severity = 0; severity < LOG_SEVERITIES; severity++) {
        if (report->by_severity[severity])
            strbuf_printf(out, "  %-10s %llu\n", syslog_severity_name(severity),
                          (unsigned long long)report->by_severity[severity]);
    }
    if (report->has_place) {
        strbuf_printf(out, "from         %.*s\nto           %.*s\n",
                      STR_ARGS(log_name_str(&report->first.timestamp)),
                      STR_ARGS(log_name_str(&report->last.timestamp)));
    }
}

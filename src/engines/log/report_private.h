/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of a report share.
 *
 *     report.c          reads the lines, hands each message to the others, and writes the whole
 *     report_events.c   messages that follow one another and are alike
 *     timeline.c        how many messages there were, over time
 *     watch_device.c    gaps in sequence numbers, clocks that jump, devices that fall silent
 *     watch_flap.c      interfaces and neighbours that go up and down
 *     watch_message.c   storms, and messages that an expert looks for
 *     finding.c         the list of findings
 *
 * A watch keeps a bounded table of what it follows. What does not fit is counted by nobody, so the
 * tables are far larger than a network has devices and ports.
 */
#pragma once

#include "base/map.h"
#include "engines/log/report.h"
#include "engines/log/syslog.h"

enum {
    LOG_SEVERITIES = 8,
    LOG_SEVERITY_ASSUMED = 5, /* of a message that states none */
    LOG_NAME_BYTES = 64,
    LOG_TEXT_BYTES = 160,
    LOG_EVENTS_MAX = 1500,
    LOG_FINDING_LINES = 12,
};

/* A message on its way through the watches. */
typedef struct {
    SyslogLine line;
    uint64_t number;
    int64_t time_s;  /* with the year carried over from December to January */
    bool is_clocked; /* time_s is comparable with that of other messages */
} LogMessage;

/* A short text that is kept. */
typedef struct {
    char data[LOG_NAME_BYTES];
    uint8_t size;
} LogName;

LogName log_name(Str text);
static inline Str log_name_str(const LogName *name)
{
    return str_make(name->data, name->size);
}

/* Where something was seen: the time as the log writes it, and the line. */
typedef struct {
    LogName timestamp;
    uint64_t line;
    int64_t time_s;
} LogPlace;

LogPlace log_place(const LogMessage *message);

/* The first and the last lines of something that happened often. */
typedef struct {
    uint64_t lines[LOG_FINDING_LINES];
    size_t count;
} LogLines;

void log_lines_add(LogLines *lines, uint64_t line);
void log_lines_sort(LogLines *lines);

/* finding.c */
typedef enum { FINDING_ERROR, FINDING_WARNING, FINDING_NOTE } FindingLevel;

typedef struct {
    const char *id;
    FindingLevel level;
    Str title;
    Str detail;
    LogLines lines;
    uint64_t weight; /* among findings of one level, the greater come first */
} LogFinding;

typedef struct {
    Arena *arena;
    VEC(LogFinding) list;
    uint64_t left_out;
} LogFindings;

void findings_add(LogFindings *findings, const LogFinding *finding);
/* Sorts them: errors first. */
void findings_end(LogFindings *findings);
void findings_write_json(const LogFindings *findings, JsonWriter *json);
void findings_write_text(const LogFindings *findings, StrBuf *out);
/* Return the host or "the device", and a duration such as "5 minutes" or "2 h 10 min". */
Str finding_host(Str host);
Str finding_duration(Arena *arena, int64_t seconds);
/* Returns "once", or "7 times". */
Str finding_times(Arena *arena, uint64_t count);

/* timeline.c: a histogram whose intervals double when the log outgrows them. */
enum { TIMELINE_INTERVALS = 120, TIMELINE_FIRST_S = 60 };

typedef struct {
    bool started;
    int64_t width_s;
    int64_t base; /* of the first interval, in units of width_s */
    uint32_t count;
    uint64_t messages[TIMELINE_INTERVALS];
    uint64_t severe[TIMELINE_INTERVALS];
} Timeline;

void timeline_add(Timeline *timeline, int64_t time_s, bool is_severe);
void timeline_write_json(const Timeline *timeline, JsonWriter *json);

/* report_events.c */
typedef struct {
    LogName host;
    LogName mnemonic;
    LogName first_timestamp;
    LogName last_timestamp;
    char first_text[LOG_TEXT_BYTES];
    char last_text[LOG_TEXT_BYTES];
    uint8_t first_text_size;
    uint8_t last_text_size;
    int8_t severity; /* or -1 */
    uint64_t first_line;
    uint64_t last_line;
    uint64_t messages;
} LogEvent;

typedef struct {
    bool is_open;
    LogEvent open;
    uint64_t counts[LOG_SEVERITIES];    /* of all events */
    VEC(LogEvent) kept[LOG_SEVERITIES]; /* the earliest, at most LOG_EVENTS_MAX of each */
} LogEvents;

void events_add(Arena *arena, LogEvents *events, const LogMessage *message);
void events_end(Arena *arena, LogEvents *events);
void events_write_json(Arena *arena, const LogEvents *events, JsonWriter *json);

/* watch_device.c, watch_flap.c, watch_message.c */
typedef struct DeviceWatch DeviceWatch;
typedef struct FlapWatch FlapWatch;
typedef struct MessageWatch MessageWatch;

DeviceWatch *device_watch_new(Arena *arena);
void device_watch_add(DeviceWatch *watch, const LogMessage *message);
void device_watch_end(DeviceWatch *watch, LogFindings *findings);
FlapWatch *flap_watch_new(Arena *arena);
void flap_watch_add(FlapWatch *watch, const LogMessage *message);
void flap_watch_end(FlapWatch *watch, const LogNames *names, LogFindings *findings);
MessageWatch *message_watch_new(Arena *arena);
/* Returns whether the message is one of the first of its kind. */
bool message_watch_add(MessageWatch *watch, const LogMessage *message);
void message_watch_end(MessageWatch *watch, LogFindings *findings);

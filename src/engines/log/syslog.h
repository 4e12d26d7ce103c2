/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses one line of a device log as devices, relays and terminals actually write it: RFC 3164 and
 * RFC 5424, with or without priority, sequence number, year, fraction and time zone; Cisco IOS, XE,
 * XR, NX-OS and ASA, Arista, Juniper (standard and structured), Huawei, H3C, FortiOS, PAN-OS,
 * RouterOS, FRR, SONiC, Linux.
 *
 *     SyslogLine line;
 *     if (syslog_parse(text, &line) && line.severity <= 3) …
 *
 * All views point into the given text, which holds no escape sequences (text_decode drops them).
 */
#pragma once

#include "base/str.h"

typedef struct {
    Str timestamp; /* as written; empty if absent */
    bool has_time;
    int64_t time_s;         /* seconds since 1970, UTC assumed; only differences mean anything */
    bool has_year;          /* without one, time_s assumes 1972 (a leap year) */
    bool is_relative;       /* the time since the start of the device, or the time of a day */
    bool is_unsynchronised; /* the device marks its clock as not set, or no longer set (IOS: * .) */
    bool has_sequence;
    uint64_t sequence; /* of the device's messages */
    Str host;          /* empty if unknown */
    Str process;       /* "rpd", "bgp", without pid */
    Str mnemonic;      /* "OSPF-5-ADJCHG", "RPD_OSPF_NBRDOWN", "THREAT"; empty if absent */
    int facility;      /* 0-23, or -1 */
    int severity;      /* 0 emergency to 7 debug, from the message or else the priority; or -1 */
    int priority_severity; /* from <priority> only, or -1 */
    Str message;           /* the rest of the line */
} SyslogLine;

/* Parses a line. Returns true, and sets out, only if the line has a time, a mnemonic or, after a
 * priority, the topics of RouterOS. */
bool syslog_parse(Str line, SyslogLine *out_line) MUST_USE;
/* Returns the name of a severity, such as "error" for 3, or "" when it is out of range. */
const char *syslog_severity_name(int severity);

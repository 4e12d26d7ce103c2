/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a device log: RFC 3164 and RFC 5424 as devices really write them (Cisco IOS, XE, XR,
 * NX-OS, Arista, Juniper, Huawei, FortiOS, SONiC), with or without the <priority>.
 *
 *     SyslogLine line;
 *     if (syslog_parse(text, &line) && line.severity <= 3) …
 *
 * All views point into the given text.
 */
#pragma once

#include "base/str.h"

typedef struct {
    Str timestamp; /* as written; empty where there is none */
    bool has_time;
    int64_t time_s; /* seconds since 1970, UTC assumed; only differences mean anything */
    bool has_year;  /* without one, 1972 (a leap year) stands in time_s */
    Str host;       /* empty where unknown */
    Str process;    /* "rpd", "bgp", without pid */
    Str mnemonic;   /* "OSPF-5-ADJCHG", "RPD_OSPF_NBRDOWN"; empty where there is none */
    int facility;   /* 0-23, or -1 */
    int severity;   /* 0 emergency to 7 debug, of the mnemonic or else of the priority; or -1 */
    int priority_severity; /* of <priority> alone, or -1 */
    Str message;           /* the rest */
} SyslogLine;

/* Whether the line has at least a time or a mnemonic of a log; out is set only then. */
bool syslog_parse(Str line, SyslogLine *out_line) MUST_USE;
/* "error" for 3; "" when out of range. */
const char *syslog_severity_name(int severity);

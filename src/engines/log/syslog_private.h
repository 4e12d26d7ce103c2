/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the parser of a message share: syslog.c reads the header, syslog_time.c the
 * times, syslog_mnemonic.c the names of messages, syslog_form.c the lines that are made of fields.
 *
 * The take functions remove their text from the front of *rest and return true, or leave *rest
 * unchanged.
 */
#pragma once

#include "engines/log/syslog.h"

void syslog_skip_blanks(Str *rest);
bool syslog_take_byte(Str *rest, char byte);
/* Takes 1 to max_digits decimal digits that no further digit follows. */
bool syslog_take_number(Str *rest, size_t max_digits, int *out_value);

/* syslog_time.c */
/* Takes a date with a time of day and stores it in the line. */
bool syslog_take_time(Str *rest, SyslogLine *line);
/* Takes the time since the start of a device, with the colon behind it: "00:20:10:", "13w1d:". */
bool syslog_take_uptime(Str *rest, SyslogLine *line);
/* Takes a time of day that a blank follows: "10:52:00 ". */
bool syslog_take_time_of_day(Str *rest, SyslogLine *line);

/* syslog_mnemonic.c */
/* Finds the name of the message in text and stores it with its severity and the message behind it.
 * Returns false if there is none. */
bool syslog_find_mnemonic(Str text, SyslogLine *line);
/* The same for a mnemonic such as IFNET/4/IF_STATE at the start of text; H3C writes it so. */
bool syslog_read_slashed(Str text, SyslogLine *line);
/* Stores the MSGID of RFC 5424 as the mnemonic, and what follows its structured data as the
 * message. text begins at PROCID. */
void syslog_read_structured(Str text, SyslogLine *line);

/* syslog_form.c */
/* Reads the lines of systems that write fields instead of sentences: key=value pairs of FortiOS,
 * comma-separated values of PAN-OS, topics of RouterOS, CEF. text is the message, or the line if
 * there is no header. Returns false for any other line. */
bool syslog_read_form(Str text, SyslogLine *line);

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/syslog.h"

#include "base/ascii.h"
#include "engines/log/syslog_private.h"

enum { LINE_MAX_BYTES = 8192, HOST_MAX_BYTES = 255, NODE_MAX_BYTES = 40, SEQUENCE_DIGITS = 12 };

void syslog_skip_blanks(Str *rest)
{
    while (rest->size && ascii_is_blank(rest->data[0]))
        *rest = str_from(*rest, 1);
}

bool syslog_take_byte(Str *rest, char byte)
{
    if (!rest->size || rest->data[0] != byte)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

bool syslog_take_number(Str *rest, size_t max_digits, int *out_value)
{
    size_t size = 0;
    int value = 0;
    while (size < rest->size && size < max_digits && ascii_is_digit(rest->data[size]))
        value = value * 10 + (rest->data[size++] - '0');
    if (size == 0 || (size < rest->size && ascii_is_digit(rest->data[size])))
        return false;
    *rest = str_from(*rest, size);
    *out_value = value;
    return true;
}

/* Takes a priority such as <189>. NX-OS 9 writes a colon and a blank behind it. */
static bool take_priority(Str *rest, SyslogLine *line)
{
    Str at = *rest;
    int priority = 0;
    if (!syslog_take_byte(&at, '<') || !syslog_take_number(&at, 3, &priority) ||
        !syslog_take_byte(&at, '>') || priority > 191)
        return false;
    line->facility = priority / 8;
    line->priority_severity = priority % 8;
    line->severity = line->priority_severity;
    if (syslog_take_byte(&at, ':'))
        syslog_skip_blanks(&at);
    *rest = at;
    return true;
}

/* Takes the sequence number of a message, such as "1179: ". A time is none. */
static bool take_sequence(Str *rest, SyslogLine *line)
{
    Str at = *rest;
    size_t size = 0;
    while (size < at.size && size < SEQUENCE_DIGITS && ascii_is_digit(at.data[size]))
        size++;
    uint64_t sequence = 0;
    Str digits = str_slice(at, 0, size);
    at = str_from(at, size);
    if (!str_parse_u64(digits, &sequence) || !syslog_take_byte(&at, ':') || !at.size ||
        at.data[0] != ' ')
        return false;
    line->has_sequence = true;
    line->sequence = sequence;
    syslog_skip_blanks(&at);
    *rest = at;
    return true;
}

/* Takes the "1 " of RFC 5424. */
static bool take_version(Str *rest)
{
    if (!str_starts_with(*rest, STR("1 ")))
        return false;
    *rest = str_from(*rest, 2);
    return true;
}

static bool is_host_byte(char byte)
{
    return ascii_is_letter_or_digit(byte) || (byte && strchr(".-_/:@", byte));
}

/* Takes a word that can be a host name. A colon at its end is removed from the line but is not part
 * of the name. */
static bool take_host(Str *rest, Str *out_host)
{
    size_t size = 0;
    while (size < rest->size && is_host_byte(rest->data[size]))
        size++;
    if (size == 0 || size > HOST_MAX_BYTES || (size < rest->size && rest->data[size] != ' '))
        return false;
    Str host = str_slice(*rest, 0, size);
    *rest = str_from(*rest, size);
    while (str_ends_with(host, STR(":")))
        host.size--;
    if (str_empty(host))
        return false;
    *out_host = host;
    syslog_skip_blanks(rest);
    return true;
}

/* FRR writes no host, but one of these names and a colon. */
static bool is_frr_daemon(Str word)
{
    static const Str names[] = {
        STR_INIT("BGP"),   STR_INIT("OSPF"), STR_INIT("OSPF6"),    STR_INIT("ISIS"),
        STR_INIT("ZEBRA"), STR_INIT("RIP"),  STR_INIT("RIPNG"),    STR_INIT("BFD"),
        STR_INIT("LDP"),   STR_INIT("PIM"),  STR_INIT("EIGRP"),    STR_INIT("STATIC"),
        STR_INIT("VRRP"),  STR_INIT("NHRP"), STR_INIT("WATCHFRR"), STR_INIT("MGMTD"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_equal(word, names[i]))
            return true;
    return false;
}

/* Skips a zone name after a time: "UTC: ", " MEST:", "CET ". */
static void skip_zone_name(Str *rest)
{
    Str at = *rest;
    syslog_skip_blanks(&at);
    size_t size = 0;
    while (size < at.size && size < 6 && ascii_is_upper(at.data[size]))
        size++;
    Str after = str_from(at, size);
    if (size >= 2 && !is_frr_daemon(str_slice(at, 0, size)) && syslog_take_byte(&after, ':'))
        *rest = after;
    else if (syslog_take_byte(&at, ':'))
        *rest = at;
    syslog_skip_blanks(rest);
}

/* Skips the node of IOS XR that a time follows: "RP/0/RSP0/CPU0:". */
static bool skip_node(Str *rest, SyslogLine *line)
{
    size_t colon = str_find_byte(str_slice(*rest, 0, NODE_MAX_BYTES), ':');
    Str node = str_slice(*rest, 0, colon);
    if (colon == STR_NOT_FOUND || str_find_byte(node, '/') == STR_NOT_FOUND ||
        str_find_byte(node, ' ') != STR_NOT_FOUND)
        return false;
    Str at = str_from(*rest, colon + 1);
    if (!syslog_take_time(&at, line))
        return false;
    *rest = at;
    return true;
}

static bool take_any_time(Str *rest, SyslogLine *line)
{
    return syslog_take_time(rest, line) || syslog_take_uptime(rest, line) || skip_node(rest, line);
}

/* Takes the time of the message: at once, or after one or two words, the host and the line card. */
static bool take_header(Str *rest, SyslogLine *line)
{
    Str at = *rest, word;
    for (int words = 0; words < 3; words++) {
        (void)take_sequence(&at, line);
        if (take_any_time(&at, line)) {
            *rest = at;
            return true;
        }
        if (!take_host(&at, &word))
            break;
        if (words == 0)
            line->host = word;
    }
    line->host = STR("");
    return false;
}

/* Takes a process such as "rpd[2902]: ", "/kernel: " or "Bgp: ". */
static void take_process(Str *rest, SyslogLine *line)
{
    Str at = *rest;
    (void)syslog_take_byte(&at, '/');
    size_t size = 0;
    while (size < at.size && size < 64 &&
           (ascii_is_letter_or_digit(at.data[size]) ||
            (at.data[size] && strchr("_-./", at.data[size]))))
        size++;
    Str name = str_slice(at, 0, size);
    at = str_from(at, size);
    if (syslog_take_byte(&at, '[')) {
        size_t close = str_find_byte(at, ']');
        if (close == STR_NOT_FOUND || close > 16)
            return;
        at = str_from(at, close + 1);
    }
    if (str_empty(name) || !syslog_take_byte(&at, ':'))
        return;
    line->process = name;
    syslog_skip_blanks(&at);
    *rest = at;
}

/* Takes a severity behind the time: of FRR with "log record-priority", or of programs. */
static void take_severity_word(Str *rest, SyslogLine *line)
{
    static const struct {
        Str word;
        int severity;
    } words[] = {
        {STR_INIT("emergencies: "), 0},   {STR_INIT("alerts: "), 1},
        {STR_INIT("critical: "), 2},      {STR_INIT("errors: "), 3},
        {STR_INIT("warnings: "), 4},      {STR_INIT("notifications: "), 5},
        {STR_INIT("informational: "), 6}, {STR_INIT("debugging: "), 7},
        {STR_INIT("CRITICAL "), 2},       {STR_INIT("FATAL "), 2},
        {STR_INIT("ERROR "), 3},          {STR_INIT("WARNING "), 4},
        {STR_INIT("WARN "), 4},           {STR_INIT("NOTICE "), 5},
        {STR_INIT("INFO "), 6},           {STR_INIT("DEBUG "), 7},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (!str_starts_with(*rest, words[i].word))
            continue;
        line->severity = words[i].severity;
        *rest = str_from(*rest, words[i].word.size);
        return;
    }
}

/* Takes the host behind the time, where it stands unless the device is IOS. */
static void take_host_after_time(Str *rest, SyslogLine *line)
{
    Str at = *rest, host;
    if (!str_empty(line->host) || str_starts_with(at, STR("%")) || !take_host(&at, &host) ||
        is_frr_daemon(host))
        return;
    line->host = host;
    *rest = at;
}

/* A relay has put its header before that of the device: skips the device's sequence number, node
 * and time, but keeps the number. */
static void skip_inner_header(Str *rest, SyslogLine *line)
{
    SyslogLine inner = *line;
    Str at = *rest;
    bool has_sequence = take_sequence(&at, &inner);
    if (take_any_time(&at, &inner))
        skip_zone_name(&at);
    else if (!has_sequence)
        return;
    line->has_sequence = inner.has_sequence;
    line->sequence = inner.sequence;
    line->is_unsynchronised |= inner.is_unsynchronised;
    *rest = at;
}

/* Parses what follows the time. */
static void parse_rest(Str rest, SyslogLine *line, bool has_version)
{
    skip_zone_name(&rest);
    if (syslog_read_form(rest, line))
        return;
    take_severity_word(&rest, line);
    take_host_after_time(&rest, line);
    if (!has_version) {
        skip_inner_header(&rest, line);
        if (syslog_read_form(rest, line) || syslog_read_slashed(rest, line))
            return;
        take_process(&rest, line);
        line->message = str_trim(rest);
    } else {
        Str word;
        if (str_next_word(&rest, &word) && !str_equal(word, STR("-")))
            line->process = word;
        syslog_read_structured(rest, line);
        if (syslog_read_form(line->message, line))
            return;
    }
    (void)syslog_find_mnemonic(line->message, line);
}

/* Parses a line that begins with no date. */
static bool parse_without_date(Str rest, SyslogLine *line, bool has_priority)
{
    Str at = rest;
    if (syslog_take_time_of_day(&at, line)) {
        syslog_skip_blanks(&at);
        if (syslog_read_form(at, line))
            return true;
        line->has_time = line->is_relative = false;
    }
    if (has_priority && syslog_read_form(rest, line))
        return true;
    line->message = rest;
    return str_starts_with(rest, STR("%")) && syslog_find_mnemonic(rest, line);
}

bool syslog_parse(Str text, SyslogLine *out_line)
{
    SyslogLine line = {.facility = -1, .severity = -1, .priority_severity = -1};
    Str rest = str_trim(str_slice(text, 0, LINE_MAX_BYTES));
    bool has_priority = take_priority(&rest, &line);
    bool has_version = take_version(&rest);
    if (!has_version && syslog_read_form(rest, &line) && line.has_time) {
        *out_line = line;
        return true;
    }
    bool parsed = take_header(&rest, &line);
    if (parsed)
        parse_rest(rest, &line, has_version);
    else
        parsed = parse_without_date(rest, &line, has_priority);
    if (parsed)
        *out_line = line;
    return parsed;
}

const char *syslog_severity_name(int severity)
{
    static const char *const names[] = {"emergency", "alert",  "critical", "error",
                                        "warning",   "notice", "info",     "debug"};
    return severity >= 0 && (size_t)severity < COUNT_OF(names) ? names[severity] : "";
}

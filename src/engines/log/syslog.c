/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/syslog.h"

#include "base/ascii.h"

enum { MAX_LINE_BYTES = 8192, LEAP_YEAR = 1972, MAX_HOST_BYTES = 255 };

/* The take_ functions remove their text from the front of *rest, or leave *rest unchanged. */
static void skip_spaces(Str *rest)
{
    while (rest->size && ascii_is_blank(rest->data[0]))
        *rest = str_from(*rest, 1);
}

static bool take_byte(Str *rest, char byte)
{
    if (!rest->size || rest->data[0] != byte)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

/* Takes 1 to max_digits decimal digits that no further digit follows. */
static bool take_number(Str *rest, size_t max_digits, int *out_value)
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

static bool take_month(Str *rest, int *out_month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; month < 12; month++) {
        if (str_starts_with_ignore_case(*rest, str_make(names + (size_t)month * 3, 3))) {
            *rest = str_from(*rest, 3);
            *out_month = month + 1;
            return true;
        }
    }
    return false;
}

typedef struct {
    int year; /* 0: not stated */
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int zone_minutes;
} LogTime;

/* Returns the days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int64_t time_seconds(const LogTime *time)
{
    int64_t days = days_from_date(time->year ? time->year : LEAP_YEAR, time->month, time->day);
    return days * 86400 + time->hour * 3600 + time->minute * 60 + time->second -
           time->zone_minutes * 60;
}

static void skip_fraction(Str *rest)
{
    if (rest->size < 2 || (rest->data[0] != '.' && rest->data[0] != ',') ||
        !ascii_is_digit(rest->data[1]))
        return;
    while (rest->size &&
           (ascii_is_digit(rest->data[0]) || rest->data[0] == '.' || rest->data[0] == ','))
        *rest = str_from(*rest, 1);
}

/* Takes a time such as 12:17:17 or 12:17:17.123. */
static bool take_clock(Str *rest, LogTime *time)
{
    Str at = *rest;
    if (!take_number(&at, 2, &time->hour) || !take_byte(&at, ':') ||
        !take_number(&at, 2, &time->minute) || !take_byte(&at, ':') ||
        !take_number(&at, 2, &time->second))
        return false;
    if (time->hour > 23 || time->minute > 59 || time->second > 60)
        return false;
    skip_fraction(&at);
    *rest = at;
    return true;
}

/* Takes a zone offset: Z, +02:00 or +0200. */
static void take_zone_offset(Str *rest, LogTime *time)
{
    if (take_byte(rest, 'Z'))
        return;
    Str at = *rest;
    int sign = take_byte(&at, '+') ? 1 : take_byte(&at, '-') ? -1 : 0;
    int hours = 0, minutes = 0;
    if (!sign)
        return;
    if (at.size >= 4 && ascii_is_digit(at.data[2]) && take_number(&at, 4, &hours)) {
        minutes = hours % 100;
        hours /= 100;
    } else if (!take_number(&at, 2, &hours) ||
               (take_byte(&at, ':') && !take_number(&at, 2, &minutes))) {
        return;
    }
    time->zone_minutes = sign * (hours * 60 + minutes);
    *rest = at;
}

/* Takes a time such as 2020-03-31T08:41:59+00:00, 2018-7-23 01:00:33.270.1 or 2018-Nov- 9 15:41:30.
 */
static bool take_iso_time(Str *rest, LogTime *time)
{
    Str at = *rest;
    if (!take_number(&at, 4, &time->year) || time->year < 1970 ||
        (!take_byte(&at, '-') && !take_byte(&at, '/')))
        return false;
    if (!take_number(&at, 2, &time->month) && !take_month(&at, &time->month))
        return false;
    if (!take_byte(&at, '-') && !take_byte(&at, '/'))
        return false;
    skip_spaces(&at);
    if (!take_number(&at, 2, &time->day) || (!take_byte(&at, 'T') && !take_byte(&at, ' ')))
        return false;
    if (!take_clock(&at, time))
        return false;
    take_zone_offset(&at, time);
    *rest = at;
    return true;
}

/* Takes a time such as Jun 21 14:03:12, 2018 Oct 31 08:12:52 or Feb 12 2026 08:30:00. A * or . may
 * precede it. */
static bool take_month_time(Str *rest, LogTime *time)
{
    Str at = *rest;
    if (!take_byte(&at, '*'))
        (void)take_byte(&at, '.');
    if (at.size > 4 && ascii_is_digit(at.data[0])) {
        if (!take_number(&at, 4, &time->year) || time->year < 1970)
            return false;
        skip_spaces(&at);
    }
    if (!take_month(&at, &time->month) || !take_byte(&at, ' '))
        return false;
    skip_spaces(&at);
    if (!take_number(&at, 2, &time->day))
        return false;
    skip_spaces(&at);
    Str year = at;
    if (!time->year && take_number(&year, 4, &time->year) && time->year >= 1970) {
        at = year;
        skip_spaces(&at);
    } else if (at.data == year.data || time->year < 1970) {
        time->year = 0;
    }
    if (!take_clock(&at, time))
        return false;
    *rest = at;
    return true;
}

static bool take_time(Str *rest, SyslogLine *line)
{
    LogTime time = {0};
    Str at = *rest;
    if (!take_iso_time(&at, &time)) {
        time = (LogTime){0};
        if (!take_month_time(&at, &time))
            return false;
    }
    if (time.month < 1 || time.month > 12 || time.day < 1 || time.day > 31)
        return false;
    line->timestamp = str_make(rest->data, rest->size - at.size);
    line->has_time = true;
    line->has_year = time.year != 0;
    line->time_s = time_seconds(&time);
    *rest = at;
    return true;
}

/* Takes a priority such as <189>. */
static void take_priority(Str *rest, SyslogLine *line)
{
    Str at = *rest;
    int priority = 0;
    if (!take_byte(&at, '<') || !take_number(&at, 3, &priority) || !take_byte(&at, '>') ||
        priority > 191)
        return;
    line->facility = priority / 8;
    line->priority_severity = priority % 8;
    line->severity = line->priority_severity;
    *rest = at;
}

/* Takes the "1 " of RFC 5424, or a sequence number such as "1179: ". */
static bool take_version_or_sequence(Str *rest)
{
    Str at = *rest;
    size_t size = 0;
    while (size < at.size && size < 12 && ascii_is_digit(at.data[size]))
        size++;
    Str digits = str_slice(at, 0, size);
    at = str_from(at, size);
    if (size && take_byte(&at, ':')) {
        skip_spaces(&at);
        *rest = at;
        return false;
    }
    bool version = str_equal(digits, STR("1")) && take_byte(&at, ' ');
    if (version)
        *rest = at;
    return version;
}

static bool is_host_byte(char byte)
{
    return ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '.' || byte == '-' ||
           byte == '_' || byte == '/' || byte == ':' || byte == '@';
}

/* Takes a word that can be a host name. A colon at its end is removed from the line but is not part
 * of the name. */
static bool take_host(Str *rest, Str *out_host)
{
    size_t size = 0;
    while (size < rest->size && is_host_byte(rest->data[size]))
        size++;
    if (size == 0 || size > MAX_HOST_BYTES || (size < rest->size && rest->data[size] != ' '))
        return false;
    Str host = str_slice(*rest, 0, size);
    *rest = str_from(*rest, size);
    while (str_ends_with(host, STR(":")))
        host.size--;
    if (str_empty(host))
        return false;
    *out_host = host;
    skip_spaces(rest);
    return true;
}

/* Skips a zone name after a time: "UTC: ", " MEST:", "CET ". */
static void skip_zone_name(Str *rest)
{
    Str at = *rest;
    skip_spaces(&at);
    size_t size = 0;
    while (size < at.size && size < 6 && ascii_is_upper(at.data[size]))
        size++;
    Str after = str_from(at, size);
    if (size >= 2 && take_byte(&after, ':'))
        *rest = after;
    else if (take_byte(&at, ':'))
        *rest = at;
    skip_spaces(rest);
}

static bool is_mnemonic_byte(char byte)
{
    return ascii_is_upper(byte) || ascii_is_digit(byte) || byte == '_' || byte == '-';
}

/* Parses %LINK-3-UPDOWN, %PKT_INFRA-LINK-3-UPDOWN or %ADJCHANGE. text is the message without its
 * leading %. */
static bool parse_cisco_mnemonic(Str text, SyslogLine *line)
{
    size_t size = 0;
    while (size < text.size && size < 80 && is_mnemonic_byte(text.data[size]))
        size++;
    if (size < 3 || !ascii_is_upper(text.data[0]) || size == text.size ||
        (text.data[size] != ':' && text.data[size] != ' '))
        return false;
    line->mnemonic = str_slice(text, 0, size);
    for (size_t i = 1; i + 2 < size; i++) {
        if (text.data[i] == '-' && text.data[i + 1] >= '0' && text.data[i + 1] <= '7' &&
            text.data[i + 2] == '-')
            line->severity = text.data[i + 1] - '0';
    }
    Str message = str_from(text, size);
    skip_spaces(&message);
    (void)take_byte(&message, ':');
    line->message = str_trim(message);
    return true;
}

/* Parses a mnemonic as Huawei and H3C write it: %%01IFNET/4/IF_STATE(l)[4997]. */
static bool parse_huawei_mnemonic(Str text, SyslogLine *line)
{
    Str at = text;
    if (!take_byte(&at, '%'))
        return false;
    while (at.size && ascii_is_digit(at.data[0]))
        at = str_from(at, 1);
    size_t size = 0;
    while (size < at.size && size < 80 && (is_mnemonic_byte(at.data[size]) || at.data[size] == '/'))
        size++;
    Str mnemonic = str_slice(at, 0, size);
    size_t slash = str_find_byte(mnemonic, '/');
    if (slash == STR_NOT_FOUND || slash == 0 || slash + 2 >= size ||
        !ascii_is_digit(at.data[slash + 1]) || at.data[slash + 2] != '/')
        return false;
    line->mnemonic = mnemonic;
    line->severity = MIN_OF(at.data[slash + 1] - '0', 7);
    size_t colon = str_find_byte(at, ':');
    line->message = str_trim(colon == STR_NOT_FOUND ? str_from(at, size) : str_from(at, colon + 1));
    return true;
}

static bool find_percent_mnemonic(Str text, SyslogLine *line)
{
    Str rest = text;
    for (int tries = 0; tries < 8; tries++) {
        size_t percent = str_find_byte(rest, '%');
        if (percent == STR_NOT_FOUND)
            return false;
        rest = str_from(rest, percent + 1);
        if (parse_huawei_mnemonic(rest, line) || parse_cisco_mnemonic(rest, line))
            return true;
    }
    return false;
}

/* Parses a mnemonic of Junos, such as RPD_OSPF_NBRDOWN: upper case, with an underscore, before a
 * colon. */
static bool parse_junos_mnemonic(Str text, SyslogLine *line)
{
    size_t size = 0;
    while (size < text.size && size < 80 && is_mnemonic_byte(text.data[size]))
        size++;
    Str word = str_slice(text, 0, size);
    if (size < 4 || size >= text.size || text.data[size] != ':' ||
        str_find_byte(word, '_') == STR_NOT_FOUND)
        return false;
    line->mnemonic = word;
    line->message = str_trim(str_from(text, size + 1));
    return true;
}

/* Takes a process such as "rpd[2902]: ", "/kernel: " or "Bgp: ". */
static void take_process(Str *rest, SyslogLine *line)
{
    Str at = *rest;
    (void)take_byte(&at, '/');
    size_t size = 0;
    while (size < at.size && size < 64 &&
           (ascii_is_letter(at.data[size]) || ascii_is_digit(at.data[size]) ||
            strchr("_-./", at.data[size])))
        size++;
    Str name = str_slice(at, 0, size);
    at = str_from(at, size);
    if (take_byte(&at, '[')) {
        size_t close = str_find_byte(at, ']');
        if (close == STR_NOT_FOUND || close > 16)
            return;
        at = str_from(at, close + 1);
    }
    if (str_empty(name) || !take_byte(&at, ':'))
        return;
    line->process = name;
    skip_spaces(&at);
    *rest = at;
}

/* Returns the value of name= in a line of name=value pairs (FortiOS). */
static Str pair_value(Str text, Str name)
{
    for (Str rest = text, word; str_next_word(&rest, &word);) {
        if (str_starts_with(word, name)) {
            Str value = str_from(word, name.size);
            if (str_starts_with(value, STR("\"")))
                value = str_slice(value, 1, MAX_OF(value.size, (size_t)2) - 2);
            return value;
        }
    }
    return STR("");
}

static bool parse_pairs(Str text, SyslogLine *line)
{
    static const Str levels[] = {STR_INIT("emergency"),   STR_INIT("alert"),   STR_INIT("critical"),
                                 STR_INIT("error"),       STR_INIT("warning"), STR_INIT("notice"),
                                 STR_INIT("information"), STR_INIT("debug")};
    LogTime time = {0};
    Str date = str_from(text, 5);
    if (!str_starts_with(text, STR("date=")) || !take_number(&date, 4, &time.year) ||
        !take_byte(&date, '-') || !take_number(&date, 2, &time.month) || !take_byte(&date, '-') ||
        !take_number(&date, 2, &time.day))
        return false;
    Str clock = pair_value(text, STR("time="));
    const char *end = clock.data + clock.size;
    if (!take_clock(&clock, &time) || time.year < 1970 || time.month < 1 || time.month > 12)
        return false;
    line->has_time = line->has_year = true;
    line->time_s = time_seconds(&time);
    line->timestamp = str_make(text.data, (size_t)(end - text.data));
    line->host = pair_value(text, STR("devname="));
    Str level = pair_value(text, STR("level="));
    for (int i = 0; i < 8; i++)
        if (str_equal(level, levels[i]))
            line->severity = i;
    line->message = text;
    return true;
}

/* Parses the host and the process between the time and the message. IOS puts the host before the
 * time. */
static void parse_rest(Str rest, SyslogLine *line, bool version)
{
    skip_zone_name(&rest);
    Str at = rest, host;
    Str before = line->host;
    bool at_mnemonic = rest.size && rest.data[0] == '%';
    if (str_empty(before) && !at_mnemonic && take_host(&at, &host)) {
        line->host = host;
        rest = at;
    }
    if (version) {
        Str word;
        if (str_next_word(&rest, &word))
            line->process = word;
    } else {
        take_process(&rest, line);
    }
    skip_spaces(&rest);
    line->message = str_trim(rest);
    if (find_percent_mnemonic(rest, line) || parse_junos_mnemonic(rest, line))
        return;
}

bool syslog_parse(Str text, SyslogLine *out_line)
{
    SyslogLine line = {.facility = -1, .severity = -1, .priority_severity = -1};
    Str rest = str_trim(text.size > MAX_LINE_BYTES ? str_slice(text, 0, MAX_LINE_BYTES) : text);
    take_priority(&rest, &line);
    if (parse_pairs(rest, &line)) {
        *out_line = line;
        return true;
    }
    bool version = take_version_or_sequence(&rest);
    Str at = rest, word;
    /* The time comes first, or after one or two words: the host, and the line card (IOS XR). */
    for (int words = 0; words < 3 && !line.has_time; words++) {
        if (take_time(&at, &line))
            break;
        size_t colon = str_find_byte(str_slice(at, 0, 40), ':');
        Str card = colon == STR_NOT_FOUND ? STR("") : str_from(at, colon + 1);
        if (words > 0 && take_time(&card, &line)) {
            at = card;
            break;
        }
        if (!take_host(&at, &word))
            break;
        if (words == 0)
            line.host = word;
    }
    if (line.has_time) {
        parse_rest(at, &line, version);
        *out_line = line;
        return true;
    }
    line.host = STR("");
    line.message = rest;
    if (!str_starts_with(rest, STR("%")) || !find_percent_mnemonic(rest, &line))
        return false;
    *out_line = line;
    return true;
}

const char *syslog_severity_name(int severity)
{
    static const char *const names[] = {"emergency", "alert",  "critical", "error",
                                        "warning",   "notice", "info",     "debug"};
    return severity >= 0 && (size_t)severity < COUNT_OF(names) ? names[severity] : "";
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/syslog_private.h"

#include "base/ascii.h"

enum { LEAP_YEAR = 1972, YEAR_MIN = 1970, YEAR_AFTER_CLOCK_MIN = 1990, DAY_S = 86400 };

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

static void skip_weekday(Str *rest)
{
    static const char names[] = "MonTueWedThuFriSatSun";
    for (size_t day = 0; day < 7; day++) {
        if (str_starts_with(*rest, str_make(names + day * 3, 3)) && rest->size > 4 &&
            rest->data[3] == ' ')
            *rest = str_from(*rest, 4);
    }
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
    return days * DAY_S + time->hour * 3600 + time->minute * 60 + time->second -
           time->zone_minutes * 60;
}

/* Skips a fraction such as .123, ,123, .123.1 or, as H3C writes it, :123. */
static void skip_fraction(Str *rest)
{
    if (rest->size < 2 || !strchr(".,:", rest->data[0]) || !ascii_is_digit(rest->data[1]))
        return;
    *rest = str_from(*rest, 1);
    while (rest->size &&
           (ascii_is_digit(rest->data[0]) || rest->data[0] == '.' || rest->data[0] == ','))
        *rest = str_from(*rest, 1);
}

/* Takes a time such as 12:17:17 or 12:17:17.123. */
static bool take_clock(Str *rest, LogTime *time)
{
    Str at = *rest;
    if (!syslog_take_number(&at, 2, &time->hour) || !syslog_take_byte(&at, ':') ||
        !syslog_take_number(&at, 2, &time->minute) || !syslog_take_byte(&at, ':') ||
        !syslog_take_number(&at, 2, &time->second))
        return false;
    if (time->hour > 23 || time->minute > 59 || time->second > 60)
        return false;
    skip_fraction(&at);
    *rest = at;
    return true;
}

/* Takes a zone offset: Z, +02:00, +0200 or -05. */
static void take_zone_offset(Str *rest, LogTime *time)
{
    if (syslog_take_byte(rest, 'Z'))
        return;
    Str at = *rest;
    int sign = syslog_take_byte(&at, '+') ? 1 : syslog_take_byte(&at, '-') ? -1 : 0;
    int hours = 0, minutes = 0;
    if (!sign)
        return;
    if (at.size >= 4 && ascii_is_digit(at.data[2]) && syslog_take_number(&at, 4, &hours)) {
        minutes = hours % 100;
        hours /= 100;
    } else if (!syslog_take_number(&at, 2, &hours) ||
               (syslog_take_byte(&at, ':') && !syslog_take_number(&at, 2, &minutes))) {
        return;
    }
    time->zone_minutes = sign * (hours * 60 + minutes);
    *rest = at;
}

static bool take_separator(Str *rest)
{
    return syslog_take_byte(rest, '-') || syslog_take_byte(rest, '/');
}

/* Takes a time such as 2020-03-31T08:41:59+00:00, 2018-7-23 01:00:33.270.1 or
 * 2018-Nov- 9 15:41:30. */
static bool take_iso_time(Str *rest, LogTime *time)
{
    Str at = *rest;
    if (!syslog_take_number(&at, 4, &time->year) || time->year < YEAR_MIN || !take_separator(&at))
        return false;
    if (!syslog_take_number(&at, 2, &time->month) && !take_month(&at, &time->month))
        return false;
    if (!take_separator(&at))
        return false;
    syslog_skip_blanks(&at);
    if (!syslog_take_number(&at, 2, &time->day) ||
        (!syslog_take_byte(&at, 'T') && !syslog_take_byte(&at, ' ')) || !take_clock(&at, time))
        return false;
    take_zone_offset(&at, time);
    *rest = at;
    return true;
}

/* Takes the year behind the clock, as ctime and H3C write it: "10:52:00 2024 ". A number with a
 * colon and a blank behind it is the sequence number of a message. */
static void take_year_after_clock(Str *rest, LogTime *time)
{
    Str at = *rest;
    int year = 0;
    if (time->year || !syslog_take_byte(&at, ' ') || !syslog_take_number(&at, 4, &year) ||
        year < YEAR_AFTER_CLOCK_MIN || year >= 2100 || !at.size ||
        (at.data[0] != ' ' && at.data[0] != ':') ||
        (at.data[0] == ':' && (at.size < 2 || at.data[1] == ' ')))
        return;
    time->year = year;
    *rest = at;
}

static bool take_year_before_clock(Str *rest, LogTime *time)
{
    Str at = *rest;
    int year = 0;
    if (time->year || !syslog_take_number(&at, 4, &year) || year < YEAR_MIN)
        return false;
    time->year = year;
    (void)syslog_take_byte(&at, ',');
    syslog_skip_blanks(&at);
    *rest = at;
    return true;
}

/* Takes a time such as Jun 21 14:03:12, 2018 Oct 31 08:12:52, Feb 12 2026 08:30:00,
 * Tue Mar 12 10:52:00 2024 or, of RouterOS, mar/12/2024 10:52:00. */
static bool take_month_time(Str *rest, LogTime *time)
{
    Str at = *rest;
    skip_weekday(&at);
    (void)take_year_before_clock(&at, time);
    if (!take_month(&at, &time->month) || (!syslog_take_byte(&at, ' ') && !take_separator(&at)))
        return false;
    syslog_skip_blanks(&at);
    if (!syslog_take_number(&at, 2, &time->day))
        return false;
    (void)(syslog_take_byte(&at, ',') || take_separator(&at));
    syslog_skip_blanks(&at);
    (void)take_year_before_clock(&at, time);
    if (!take_clock(&at, time))
        return false;
    take_zone_offset(&at, time);
    take_year_after_clock(&at, time);
    *rest = at;
    return true;
}

/* Takes the seconds since 1970 with a fraction, as Meraki writes them. */
static bool take_epoch(Str *rest, int64_t *out_time_s)
{
    uint64_t seconds = 0;
    Str at = *rest;
    size_t dot = str_find_byte(str_slice(at, 0, 11), '.');
    if (dot != 10 || !str_parse_u64(str_slice(at, 0, dot), &seconds) || at.size < 12)
        return false;
    at = str_from(at, dot);
    skip_fraction(&at);
    if (!at.size || at.data[0] != ' ')
        return false;
    *out_time_s = (int64_t)seconds;
    *rest = at;
    return true;
}

static void store_time(SyslogLine *line, Str from, Str rest, int64_t time_s)
{
    line->timestamp = str_make(from.data, from.size - rest.size);
    line->has_time = true;
    line->time_s = time_s;
}

bool syslog_take_time(Str *rest, SyslogLine *line)
{
    LogTime time = {0};
    Str at = *rest;
    int64_t epoch = 0;
    if (take_epoch(&at, &epoch)) {
        store_time(line, *rest, at, epoch);
        line->has_year = true;
        *rest = at;
        return true;
    }
    /* IOS marks a clock that was never set, or that has lost its source; H3C marks every message.
     */
    bool mark = syslog_take_byte(&at, '*') || syslog_take_byte(&at, '.');
    if (!mark)
        (void)(syslog_take_byte(&at, '%') || syslog_take_byte(&at, '#'));
    if (!take_iso_time(&at, &time)) {
        time = (LogTime){0};
        if (!take_month_time(&at, &time))
            return false;
    }
    if (time.month < 1 || time.month > 12 || time.day < 1 || time.day > 31)
        return false;
    line->has_year = time.year != 0;
    line->is_unsynchronised = mark;
    store_time(line, *rest, at, time_seconds(&time));
    *rest = at;
    return true;
}

/* Takes units such as 1d02h, 13w1d or 1y05w. */
static bool take_units(Str *rest, int64_t *out_seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'y', 365 * DAY_S}, {'w', 7 * DAY_S}, {'d', DAY_S}, {'h', 3600}};
    Str at = *rest;
    size_t taken = 0;
    int64_t seconds = 0;
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        int value = 0;
        Str next = at;
        if (!syslog_take_number(&next, 4, &value) || !syslog_take_byte(&next, units[i].unit))
            continue;
        seconds += value * units[i].seconds;
        at = next;
        taken++;
    }
    if (taken < 2)
        return false;
    *out_seconds = seconds;
    *rest = at;
    return true;
}

bool syslog_take_uptime(Str *rest, SyslogLine *line)
{
    LogTime time = {0};
    int64_t seconds = 0;
    Str at = *rest;
    bool mark = syslog_take_byte(&at, '*') || syslog_take_byte(&at, '.');
    if (!take_units(&at, &seconds)) {
        if (!take_clock(&at, &time))
            return false;
        seconds = time.hour * 3600 + time.minute * 60 + time.second;
    }
    Str after = at;
    if (!syslog_take_byte(&after, ':') || !after.size || after.data[0] != ' ')
        return false;
    line->is_relative = true;
    line->is_unsynchronised = mark;
    store_time(line, *rest, at, seconds);
    *rest = at;
    return true;
}

bool syslog_take_time_of_day(Str *rest, SyslogLine *line)
{
    LogTime time = {0};
    Str at = *rest;
    if (!take_clock(&at, &time) || !at.size || at.data[0] != ' ')
        return false;
    line->is_relative = true;
    store_time(line, *rest, at, time.hour * 3600 + time.minute * 60 + time.second);
    *rest = at;
    return true;
}

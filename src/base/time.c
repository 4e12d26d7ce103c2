/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include "base/ascii.h"

#include <stdio.h>
#include <time.h>

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    check(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t time_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t time_monotonic_ms(void)
{
    return time_monotonic_ns() / 1000000u;
}

int64_t time_now_us(void)
{
    return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000u);
}

const char *time_write_rfc3339(int64_t time_us, char out[TIME_TEXT_SIZE])
{
    int64_t micros = time_us % 1000000;
    time_t seconds = (time_t)(time_us / 1000000);
    if (micros < 0) {
        micros += 1000000;
        seconds--;
    }
    struct tm utc;
    if (!gmtime_r(&seconds, &utc))
        utc = (struct tm){.tm_mday = 1};
    /* RFC 3339 has four digits for the year, so later times are cut to the year 9999. */
    unsigned year = (unsigned)MIN_OF(MAX_OF(utc.tm_year + 1900, 0), 9999);
    size_t length = strftime(out, TIME_TEXT_SIZE, "%m-%dT%H:%M:%S", &utc);
    check(length > 0);
    memmove(out + 5, out, length + 1);
    snprintf(out, 6, "%04u-", year);
    out[5] = (char)('0' + (utc.tm_mon + 1) / 10);
    snprintf(out + 5 + length, TIME_TEXT_SIZE - 5 - length, ".%06uZ", (unsigned)micros % 1000000u);
    return out;
}

/* Takes a number of exactly count digits off the text, if it is at most max. */
static bool take_number(Str *text, size_t count, uint32_t max, uint32_t *out_number)
{
    uint32_t number = 0;
    if (text->size < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(text->data[i] - '0');
    }
    *text = str_from(*text, count);
    *out_number = number;
    return number <= max;
}

static bool take_byte(Str *text, char lower_case)
{
    if (str_empty(*text) || ascii_to_lower(text->data[0]) != lower_case)
        return false;
    *text = str_from(*text, 1);
    return true;
}

/* Takes ".5" as 500000 microseconds. No fraction is none. */
static bool take_fraction(Str *text, uint32_t *out_us)
{
    uint32_t digit = 0;
    uint32_t unit = 100000;
    *out_us = 0;
    if (!take_byte(text, '.'))
        return true;
    if (!take_number(text, 1, 9, &digit))
        return false;
    do {
        *out_us += digit * unit;
        unit /= 10;
    } while (take_number(text, 1, 9, &digit));
    return true;
}

static bool take_offset(Str *text, int64_t *out_minutes)
{
    uint32_t hours = 0;
    uint32_t minutes = 0;
    *out_minutes = 0;
    if (take_byte(text, 'z'))
        return true;
    bool is_west = take_byte(text, '-');
    if ((!is_west && !take_byte(text, '+')) || !take_number(text, 2, 23, &hours) ||
        !take_byte(text, ':') || !take_number(text, 2, 59, &minutes))
        return false;
    *out_minutes = (int64_t)(hours * 60 + minutes) * (is_west ? -1 : 1);
    return true;
}

bool time_parse_rfc3339(Str text, int64_t *out_time_us)
{
    uint32_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
    int64_t offset_minutes = 0;
    if (!take_number(&text, 4, 9999, &year) || !take_byte(&text, '-') ||
        !take_number(&text, 2, 12, &month) || !take_byte(&text, '-') ||
        !take_number(&text, 2, 31, &day) || !take_byte(&text, 't') ||
        !take_number(&text, 2, 23, &hour) || !take_byte(&text, ':') ||
        !take_number(&text, 2, 59, &minute) || !take_byte(&text, ':') ||
        !take_number(&text, 2, 59, &second) || !take_fraction(&text, &micros) ||
        !take_offset(&text, &offset_minutes) || !str_empty(text))
        return false;
    struct tm given = {.tm_year = (int)year - 1900,
                       .tm_mon = (int)month - 1,
                       .tm_mday = (int)day,
                       .tm_hour = (int)hour,
                       .tm_min = (int)minute,
                       .tm_sec = (int)second};
    struct tm normal = given;
    int64_t seconds = timegm(&normal);
    /* timegm makes March of a 30th of February and of month 0. */
    if (normal.tm_mday != given.tm_mday || normal.tm_mon != given.tm_mon)
        return false;
    *out_time_us = (seconds - offset_minutes * 60) * 1000000 + micros;
    return true;
}

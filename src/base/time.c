/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

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

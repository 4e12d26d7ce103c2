/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/retention.h"

#include <time.h>

enum { DAY_S = 24 * 60 * 60, DAYS_TO_MONDAY = 3 /* 1970-01-01 was a Thursday */ };

const RetentionRule retention_default = {.days = 7, .weeks = 4, .months = 12};

static int64_t day_of(int64_t time_s)
{
    return time_s / DAY_S;
}

static int64_t week_of(int64_t time_s)
{
    return (day_of(time_s) + DAYS_TO_MONDAY) / 7;
}

static int64_t month_of(int64_t time_s)
{
    struct tm date;
    time_t time = (time_t)time_s;
    gmtime_r(&time, &date);
    return (int64_t)date.tm_year * 12 + date.tm_mon;
}

static bool counts(const RetentionItem *item, int64_t now_s)
{
    return !item->is_damaged && !item->is_being_written && item->created_s <= now_s;
}

/* Returns the newest item that counts and is dated before a time, or NULL. */
static RetentionItem *newest_before(RetentionItem *items, size_t count, int64_t before_s,
                                    int64_t now_s)
{
    RetentionItem *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        RetentionItem *item = &items[i];
        if (counts(item, now_s) && item->created_s < before_s &&
            (!newest || item->created_s > newest->created_s))
            newest = item;
    }
    return newest;
}

/* Keeps the newest item of each of the last periods that have one. */
static void keep_periods(RetentionItem *items, size_t count, int64_t (*period_of)(int64_t),
                         unsigned periods, int64_t now_s)
{
    int64_t before_s = INT64_MAX;
    int64_t last = INT64_MAX;
    while (periods > 0) {
        RetentionItem *item = newest_before(items, count, before_s, now_s);
        if (!item)
            return;
        before_s = item->created_s;
        if (period_of(item->created_s) == last)
            continue;
        last = period_of(item->created_s);
        item->keep = true;
        periods--;
    }
}

void retention_decide(RetentionItem *items, size_t count, const RetentionRule *rule, int64_t now_s)
{
    const RetentionItem *newest = newest_before(items, count, INT64_MAX, now_s);
    for (size_t i = 0; i < count; i++) {
        RetentionItem *item = &items[i];
        bool is_replaced = newest && newest->created_s > item->created_s &&
                           now_s - item->created_s > 7 * (int64_t)DAY_S;
        item->keep = item == newest || item->is_being_written || item->created_s > now_s ||
                     (item->is_damaged && !is_replaced);
    }
    keep_periods(items, count, day_of, rule->days, now_s);
    keep_periods(items, count, week_of, rule->weeks, now_s);
    keep_periods(items, count, month_of, rule->months, now_s);
}

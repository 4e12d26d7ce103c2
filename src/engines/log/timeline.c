/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/report_private.h"

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    int64_t quotient = value / divisor;
    return value % divisor < 0 ? quotient - 1 : quotient;
}

/* Doubles the width: each pair of intervals becomes one. */
static void widen(Timeline *timeline)
{
    Timeline wide = {.started = true, .width_s = timeline->width_s * 2};
    wide.base = floor_divide(timeline->base, 2);
    for (uint32_t i = 0; i < timeline->count; i++) {
        int64_t at = floor_divide(timeline->base + i, 2) - wide.base;
        wide.messages[at] += timeline->messages[i];
        wide.severe[at] += timeline->severe[i];
        wide.count = (uint32_t)at + 1;
    }
    *timeline = wide;
}

/* Moves the intervals up, so that the first of them is `base`. */
static void shift(Timeline *timeline, int64_t base)
{
    size_t by = (size_t)(timeline->base - base);
    size_t size = timeline->count * sizeof(timeline->messages[0]);
    memmove(timeline->messages + by, timeline->messages, size);
    memmove(timeline->severe + by, timeline->severe, size);
    memset(timeline->messages, 0, by * sizeof(timeline->messages[0]));
    memset(timeline->severe, 0, by * sizeof(timeline->severe[0]));
    timeline->base = base;
    timeline->count += (uint32_t)by;
}

void timeline_add(Timeline *timeline, int64_t time_s, bool is_severe)
{
    if (!timeline->started) {
        *timeline = (Timeline){.started = true, .width_s = TIMELINE_FIRST_S, .count = 1};
        timeline->base = floor_divide(time_s, timeline->width_s);
    }
    int64_t at = floor_divide(time_s, timeline->width_s);
    while (MAX_OF(at + 1, timeline->base + timeline->count) - MIN_OF(at, timeline->base) >
           TIMELINE_INTERVALS) {
        widen(timeline);
        at = floor_divide(time_s, timeline->width_s);
    }
    if (at < timeline->base)
        shift(timeline, at);
    size_t index = (size_t)(at - timeline->base);
    timeline->count = MAX_OF(timeline->count, (uint32_t)index + 1);
    timeline->messages[index]++;
    timeline->severe[index] += is_severe;
}

void timeline_write_json(const Timeline *timeline, JsonWriter *json)
{
    json_key(json, "timeline");
    json_begin_object(json);
    json_field_i64(json, "start_s", timeline->base * timeline->width_s);
    json_field_i64(json, "interval_s", timeline->width_s);
    json_key(json, "messages");
    json_begin_array(json);
    for (uint32_t i = 0; i < timeline->count; i++)
        json_u64(json, timeline->messages[i]);
    json_end(json);
    json_key(json, "severe");
    json_begin_array(json);
    for (uint32_t i = 0; i < timeline->count; i++)
        json_u64(json, timeline->severe[i]);
    json_end(json);
    json_end(json);
}

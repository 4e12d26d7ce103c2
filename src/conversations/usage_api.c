/* SPDX-License-Identifier: Apache-2.0 */
/* What a user has used, from the ledger, which outlives conversations. */
#include "conversations/internal.h"

#include "base/json.h"
#include "base/time.h"

enum { MAX_DAYS = 366, ZONE_MAX_BYTES = 64, DAY_S = 24 * 3600 };

static const DbStatement load_usage = {
    "usage_load",
    "SELECT usage_since(date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'),"
    " coalesce((SELECT json_agg(d ORDER BY d.date DESC) FROM ("
    "  SELECT (l.occurred_at AT TIME ZONE $3)::date AS date, count(l.message_id) AS answers,"
    "   coalesce(sum(l.tokens_in), 0) AS tokens_in, coalesce(sum(l.tokens_out), 0) AS tokens_out,"
    "   coalesce(sum(l.tokens_cached), 0) AS tokens_cached, sum(l.tokens_total) AS tokens_total,"
    "   coalesce(sum(l.cost_micros), 0) AS cost_micros"
    "  FROM usage_ledger AS l WHERE l.user_id = $1 AND l.occurred_at >="
    "   (date_trunc('day', now() AT TIME ZONE $3) - ($2::int - 1) * interval '1 day')"
    "    AT TIME ZONE $3 GROUP BY 1) AS d), '[]'),"
    " coalesce((SELECT json_agg(m ORDER BY m.tokens_total DESC, m.provider, m.model) FROM ("
    "  SELECT l.provider, l.model, count(l.message_id) AS answers, sum(l.tokens_total) AS tokens_total,"
    "   coalesce(sum(l.cost_micros), 0) AS cost_micros"
    "  FROM usage_ledger AS l WHERE l.user_id = $1 AND l.occurred_at >="
    "   (date_trunc('day', now() AT TIME ZONE $3) - ($2::int - 1) * interval '1 day')"
    "    AT TIME ZONE $3 GROUP BY 1, 2) AS m), '[]')",
};

/* A name of the time zone database or an offset; PostgreSQL checks that it exists. */
static bool is_zone(Str zone)
{
    for (size_t i = 0; i < zone.size; i++) {
        char c = zone.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            !strchr("/_+-:", c))
            return false;
    }
    return zone.size > 0;
}

static bool show_usage(Task *task, const Request *request, Response *response)
{
    int64_t days = 30;
    Str zone = STR("UTC");
    const DbRows *rows = NULL;
    char resets_at[TIME_TEXT_SIZE];
    const Services *services = request->services;
    if (!request_query_i64(task, request, "days", 1, MAX_DAYS, &days) ||
        !request_query_str(task, request, "tz", ZONE_MAX_BYTES, &zone))
        return false;
    if (!is_zone(zone))
        return request_fail_field(task, "tz", "not a time zone, such as Europe/Lisbon");
    if (!db_query_one(task, services->db, &load_usage,
                      DB_PARAMS(db_uuid(&task->user_id), db_i64(days), db_text(zone)), &rows)) {
        if (task->error.code == ERR_VALIDATION)
            request_fail_field(task, "tz", "not a time zone, such as Europe/Lisbon");
        return false;
    }
    int64_t next_day_s = (time_now_us() / 1000000 / DAY_S + 1) * DAY_S;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_i64(json, "quota", conversations_quota(services, request->plan_tier));
    json_field_i64(json, "used_today", db_read_i64(rows, 0, 0));
    json_field_text(json, "resets_at", time_write_rfc3339(next_day_s * 1000000, resets_at));
    json_field_str(json, "time_zone", zone);
    json_key(json, "days");
    json_raw(json, db_str(rows, 0, 1));
    json_key(json, "models");
    json_raw(json, db_str(rows, 0, 2));
    json_end(json);
    return response_json_end(task, response, 200, json);
}

const Route usage_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/usage", show_usage, .limit = &rate_limit_api},
    {0},
};

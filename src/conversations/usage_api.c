/* SPDX-License-Identifier: Apache-2.0 */
/* What a user has used, from the ledger, which outlives conversations. */
#include "conversations/internal.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/time.h"
#include "web/route_doc.h"

#define NOT_A_ZONE "not a time zone: give a name such as Europe/Lisbon, or an offset such as +01:00"

enum { MAX_DAYS = 366, ZONE_MAX_BYTES = 64, DAY_S = 24 * 3600 };

DB_STATEMENT load_usage = {
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
    "  SELECT l.provider, l.model, count(l.message_id) AS answers,"
    "   sum(l.tokens_total) AS tokens_total,"
    "   coalesce(sum(l.cost_micros), 0) AS cost_micros"
    "  FROM usage_ledger AS l WHERE l.user_id = $1 AND l.occurred_at >="
    "   (date_trunc('day', now() AT TIME ZONE $3) - ($2::int - 1) * interval '1 day')"
    "    AT TIME ZONE $3 GROUP BY 1, 2) AS m), '[]')",
    .runner = DB_BY_SERVE,
};

static bool are_digits(Str text, int most, int *out_value)
{
    uint32_t value = 0;
    if (text.size != 2 || !str_parse_u32(text, &value) || value > (uint32_t)most)
        return false;
    *out_value = (int)value;
    return true;
}

/* Reads an offset of ISO 8601, east of Greenwich positive: +01, +01:00 or +0100. PostgreSQL reads
 * its sign as POSIX does, west positive, so it is stored the other way round. */
static bool read_offset(Arena *arena, Str zone, Str *out_zone)
{
    enum { MOST_HOURS = 14, MOST_MINUTES = 59 };
    int hours = 0;
    int minutes = 0;
    Str rest = str_from(zone, 3);
    if (str_starts_with(rest, STR(":")))
        rest = str_from(rest, 1);
    if (!are_digits(str_slice(zone, 1, 2), MOST_HOURS, &hours) ||
        (zone.size > 3 && !are_digits(rest, MOST_MINUTES, &minutes)))
        return false;
    *out_zone = arena_printf(arena, "%c%02d:%02d", zone.data[0] == '+' ? '-' : '+', hours, minutes);
    return true;
}

/* A name of the time zone database; PostgreSQL checks that it exists. It would also take rules of
 * POSIX such as UTC+1, whose sign nobody expects: digits stand in no name but these. */
static bool is_name(Str zone)
{
    static const char *const with_digits[] = {"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0"};
    bool has_digit = false;
    for (size_t i = 0; i < zone.size; i++) {
        if (!ascii_is_letter_or_digit(zone.data[i]) && !strchr("/_+-", zone.data[i]))
            return false;
        has_digit |= zone.data[i] >= '0' && zone.data[i] <= '9';
    }
    for (size_t i = 0; has_digit && i < COUNT_OF(with_digits); i++)
        has_digit = !str_equal(zone, str_of(with_digits[i]));
    return zone.size > 0 && (!has_digit || str_starts_with(zone, STR("Etc/")));
}

static bool read_zone(Task *task, const Request *request, Str *out_given, Str *out_zone)
{
    Str zone = STR("UTC");
    if (!request_query_str(task, request, "tz", ZONE_MAX_BYTES, &zone))
        return false;
    bool is_offset = str_starts_with(zone, STR("+")) || str_starts_with(zone, STR("-"));
    *out_given = *out_zone = zone;
    if (is_offset ? read_offset(task->arena, zone, out_zone) : is_name(zone))
        return true;
    return request_fail_field(task, "tz", NOT_A_ZONE);
}

static bool show_usage(Task *task, const Request *request, Response *response)
{
    int64_t days = 30;
    Str given;
    Str zone;
    const DbRows *rows = NULL;
    char resets_at[TIME_TEXT_SIZE];
    const Services *services = request->services;
    if (!request_query_i64(task, request, "days", 1, MAX_DAYS, &days) ||
        !read_zone(task, request, &given, &zone))
        return false;
    if (!db_query_one(task, services->db, &load_usage,
                      DB_PARAMS(db_uuid(&task->user_id), db_i64(days), db_text(zone)), &rows)) {
        if (task->error.code == ERR_VALIDATION)
            request_fail_field(task, "tz", NOT_A_ZONE);
        return false;
    }
    int64_t next_day_s = (time_now_us() / 1000000 / DAY_S + 1) * DAY_S;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_i64(json, "quota", conversations_quota(services, request->plan_tier));
    json_field_i64(json, "used_today", db_read_i64(rows, 0, 0));
    json_field_text(json, "resets_at", time_write_rfc3339(next_day_s * 1000000, resets_at));
    json_field_str(json, "time_zone", given);
    json_key(json, "days");
    json_raw(json, db_str(rows, 0, 1));
    json_key(json, "models");
    json_raw(json, db_str(rows, 0, 2));
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static const ApiSchema usage = {
    "Usage",
    "quota: integer, used_today: integer, resets_at: time, time_zone: text, "
    "days: [{date: text, answers: integer, tokens_in: integer, tokens_out: integer, "
    "tokens_cached: integer, tokens_total: integer, cost_micros: integer}], "
    "models: [{provider?: text, model?: text, answers: integer, tokens_total: integer, "
    "cost_micros: integer}]",
};

static const RouteDoc usage_doc = {
    .summary = "Shows tokens and cost by day and by model",
    .query = "days?: integer 1..366, tz?: text 1..64",
    .answers = {{200, &usage}},
};

const Route usage_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/usage", show_usage, .doc = &usage_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {0},
};

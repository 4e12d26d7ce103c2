/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

static const JsonValue *search(Check *check, const char *query, Error *error)
{
    Str body = arena_printf(check->arena, "{\"query\":\"%s\",\"limit\":5}", query);
    return client_post(check->client, check->arena, "/api/v1/search", body, error);
}

static bool hits_contain(const JsonValue *answer, Str wanted)
{
    const JsonValue *results = json_get(answer, "results");
    for (size_t i = 0; results && i < results->count; i++) {
        if (str_find(check_text(&results->items[i], "text"), wanted) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

static void found_first(Check *check, const JsonValue *answer)
{
    const JsonValue *results = json_get(answer, "results");
    if (!results || results->count == 0)
        return;
    const JsonValue *first = &results->items[0];
    int64_t line = json_i64_or(first, "line_start", 0);
    check_found(check, "%zu hits, first %.*s:%lld (%.*s)", results->count,
                STR_ARGS(check_text(first, "document")), (long long)line,
                STR_ARGS(check_text(first, "source")));
}

bool check_step_search_identifier(Check *check, Error *error)
{
    const JsonValue *answer = search(check, "%OSPF-5-ADJCHG", error);
    found_first(check, answer);
    return answer && hits_contain(answer, STR("OSPF-5-ADJCHG"));
}

bool check_step_search_meaning(Check *check, Error *error)
{
    const JsonValue *answer =
        search(check, "why do two routers never become fully adjacent", error);
    const JsonValue *by_meaning = json_get(answer, "by_meaning");
    found_first(check, answer);
    if (!answer)
        return false;
    if (!by_meaning || !by_meaning->boolean) {
        check->skips = true;
        check_found(check, "no embedding model: install it with tools/get_model");
        return true;
    }
    return check_count(answer, "results") > 0;
}

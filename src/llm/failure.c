/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/internal.h"

#include <time.h>

enum { LONGEST_RETRY_AFTER_S = 24 * 3600 };

typedef struct {
    ErrorCode code;
    const char *text; /* what happened and what to do, after the provider's name */
} Words;

static const Words words[] = {
    [LLM_KEY_REFUSED] = {ERR_LLM_AUTH,
                         "refused the key: check that it is valid and may use this model"},
    [LLM_NO_CREDIT] = {ERR_INSUFFICIENT_QUOTA,
                       "has no credit left for this key: add credit there, or use another key"},
    [LLM_LIMITED] = {ERR_RATE_LIMIT_EXCEEDED, "limits how often this key may ask: try again later"},
    [LLM_OVERLOADED] = {ERR_UNAVAILABLE, "is overloaded or out of order: try again later"},
    [LLM_BAD_REQUEST] = {ERR_VALIDATION, "refused the request"},
    [LLM_TOO_LONG] = {ERR_VALIDATION, "says that the conversation is longer than this model can "
                                      "read: start a new one, or choose another model"},
    [LLM_UNREACHABLE] = {ERR_UNAVAILABLE,
                         "answered with a redirect, which is not followed: check its address"},
    [LLM_SILENT] = {ERR_TIMEOUT, "sent nothing"},
    [LLM_BROKEN] = {ERR_UNAVAILABLE, "broke off in the middle of its answer"},
};

/* Returns the provider's own words in brackets, without the key. A message about a refused key is
 * left out, because it usually repeats a part of the key. */
static Str quote_of(Task *task, const Failure *failure)
{
    Str quote = failure->trouble.quote;
    if (str_empty(quote) || failure->trouble.failure == LLM_KEY_REFUSED)
        return STR("");
    return arena_printf(task->arena, ": \"%.*s\"",
                        STR_ARGS(llm_without_secret(task->arena, quote, failure->account->key)));
}

bool failure_tell(Task *task, const Failure *failure)
{
    LlmFailure kind = failure->trouble.failure;
    const Words *what = &words[kind];
    const char *title = provider_of(failure->account->provider)->title;
    Str status =
        failure->status ? arena_printf(task->arena, " (status %d)", failure->status) : STR("");
    Str time = kind == LLM_SILENT ? arena_printf(task->arena, " for %u seconds", failure->silent_s)
                                  : STR("");
    Str quote = quote_of(task, failure);
    task_fail(task, what->code, "%s %s%.*s%.*s%.*s", title, what->text, STR_ARGS(time),
              STR_ARGS(status), STR_ARGS(quote));
    task->error.retry_after_s = failure->retry_after_s;
    return false;
}

LlmFailure failure_of_connection(const Task *task, bool was_connected, bool has_answered)
{
    if (task->error.code == ERR_CANCELLED)
        return LLM_OK;
    if (has_answered)
        return task->error.code == ERR_TIMEOUT ? LLM_SILENT : LLM_BROKEN;
    return task->error.code == ERR_TIMEOUT && was_connected ? LLM_SILENT : LLM_UNREACHABLE;
}

/* Reads a date like "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7), as seconds. */
static bool parse_date(Str text, int64_t *out_time_s)
{
    static const Str months = STR_INIT("JanFebMarAprMayJunJulAugSepOctNovDec");
    uint32_t day = 0;
    uint32_t year = 0;
    uint32_t hour = 0;
    uint32_t minute = 0;
    uint32_t second = 0;
    size_t month = str_find(months, str_slice(text, 8, 3));
    if (text.size != 29 || month == STR_NOT_FOUND || month % 3 != 0 ||
        !str_parse_u32(str_slice(text, 5, 2), &day) ||
        !str_parse_u32(str_slice(text, 12, 4), &year) ||
        !str_parse_u32(str_slice(text, 17, 2), &hour) ||
        !str_parse_u32(str_slice(text, 20, 2), &minute) ||
        !str_parse_u32(str_slice(text, 23, 2), &second))
        return false;
    struct tm parts = {.tm_mday = (int)day,
                       .tm_mon = (int)(month / 3),
                       .tm_year = (int)year - 1900,
                       .tm_hour = (int)hour,
                       .tm_min = (int)minute,
                       .tm_sec = (int)second};
    *out_time_s = timegm(&parts);
    return true;
}

/* Returns the seconds from the date of the answer, which is of the same clock, to the other. */
static uint64_t seconds_until(Str date, Str of_answer)
{
    int64_t then_s = 0;
    int64_t now_s = 0;
    if (!parse_date(date, &then_s) || !parse_date(of_answer, &now_s) || then_s <= now_s)
        return 0;
    return (uint64_t)(then_s - now_s);
}

uint64_t failure_retry_after_ms(Str milliseconds, Str seconds_or_date, Str date)
{
    uint64_t number = 0;
    const uint64_t longest_s = LONGEST_RETRY_AFTER_S;
    if (str_parse_u64(milliseconds, &number))
        return MIN_OF(number, longest_s * 1000);
    if (!str_parse_u64(seconds_or_date, &number))
        number = seconds_until(seconds_or_date, date);
    return MIN_OF(number, longest_s) * 1000;
}

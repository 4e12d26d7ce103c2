/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "llm/internal.h"

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

/* Dates are rare here, and a clock that is wrong would make them harmful: only seconds are read. */
uint64_t failure_retry_after_ms(const OutgoingCall *call)
{
    uint32_t number = 0;
    const uint32_t longest_ms = LONGEST_RETRY_AFTER_S * 1000u;
    if (str_parse_u32(outgoing_call_header(call, STR("retry-after-ms")), &number))
        return MIN_OF(number, longest_ms);
    if (str_parse_u32(outgoing_call_header(call, STR("retry-after")), &number))
        return 1000u * (uint64_t)MIN_OF(number, (uint32_t)LONGEST_RETRY_AFTER_S);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/internal.h"

enum { LIST_MAX_BYTES = 4 << 20, CHECK_MS = 20 * 1000 };

static bool fetch(Task *task, const Services *services, const LlmAccount *account,
                  const Target *target, OutgoingAnswer *out_answer)
{
    OutgoingRequest request = {
        .method = "GET",
        .url = target->provider->models_url(task->arena, &target->place, account),
        .headers = target->headers,
        .header_count = target->header_count,
        .reach = target->place.reach,
        .first_byte_timeout_ms = CHECK_MS,
        .idle_timeout_ms = CHECK_MS,
        .max_answer_bytes = LIST_MAX_BYTES,
    };
    return outgoing_fetch(task, services->outgoing, &request, LIST_MAX_BYTES, out_answer);
}

bool llm_check_key(Task *task, const Services *services, const LlmAccount *account)
{
    Target target;
    OutgoingAnswer answer;
    if (!target_find(task->arena, services, account, &target, &task->error) ||
        !fetch(task, services, account, &target, &answer))
        return false;
    if (answer.status >= 200 && answer.status <= 299)
        return true;
    Failure failure = {.account = account,
                       .trouble = llm_trouble_of_answer(task->arena, answer.status, answer.body),
                       .status = answer.status};
    uint64_t retry_after_ms = failure_retry_after_ms(
        outgoing_header_find(answer.headers, answer.header_count, STR("retry-after-ms")),
        outgoing_header_find(answer.headers, answer.header_count, STR("retry-after")),
        outgoing_header_find(answer.headers, answer.header_count, STR("date")));
    failure.retry_after_s = (uint32_t)((retry_after_ms + 999) / 1000);
    return failure_tell(task, &failure);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/internal.h"

Str job_message_of_row(Arena *arena, const JobRow *row)
{
    auto_strbuf StrBuf text = {0};
    CeleryCall call = {
        .id = row->celery_id,
        .task = row->task_type,
        .queue = arena_printf(arena, "celery:queue:%.*s", STR_ARGS(row->queue)),
        .retries = row->attempts,
        .user_id = row->user_id,
        .has_document = row->has_document,
        .document_id = row->document_id,
        .arguments = row->arguments,
    };
    strbuf_init(&text, CELERY_MAX_MESSAGE_BYTES);
    if (!celery_write_message(arena, &call, &text)) {
        /* Our workers read the arguments from the row, so the message may omit them. */
        call.arguments = STR("{}");
        strbuf_clear(&text);
        check(celery_write_message(arena, &call, &text));
    }
    return arena_copy(arena, strbuf_str(&text));
}

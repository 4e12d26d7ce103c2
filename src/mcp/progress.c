/* SPDX-License-Identifier: Apache-2.0 */
#include "mcp/mcp.h"

enum { EVERY_MS = 1000, MESSAGE_MAX_BYTES = 2048 };

/* How far a tool has come is not known beforehand: the number counts seconds, and there is no
 * total. It tells the client that the request is alive, and must grow with each notification. */
static void send_one(McpProgress *progress)
{
    Str text;
    auto_arena Arena *arena = arena_new();
    JsonWriter *json = json_writer_new(arena, MESSAGE_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "jsonrpc", "2.0");
    json_field_text(json, "method", "notifications/progress");
    json_key(json, "params");
    json_begin_object(json);
    json_key(json, "progressToken");
    json_raw(json, progress->token);
    json_field_u64(json, "progress", progress->count);
    json_field_str(json, "message",
                   arena_printf(arena, "%.*s: %u s", STR_ARGS(str_slice(progress->what, 0, 100)),
                                progress->count));
    json_end(json);
    json_end(json);
    progress->count++;
    if (json_writer_text(json, &text))
        progress->send(progress->context, text);
}

static void on_time(LoopTimer *timer)
{
    McpProgress *progress = CONTAINER_OF(timer, McpProgress, timer);
    send_one(progress);
    loop_timer_set(progress->loop, timer, loop_tick_ms(progress->loop) + EVERY_MS);
}

void mcp_progress_begin(McpProgress *progress)
{
    progress->timer = (LoopTimer){.run = on_time, .is_background = true};
    send_one(progress);
    loop_timer_set(progress->loop, &progress->timer, loop_now_ms(progress->loop) + EVERY_MS);
}

void mcp_progress_end(McpProgress *progress)
{
    loop_timer_stop(&progress->timer);
}

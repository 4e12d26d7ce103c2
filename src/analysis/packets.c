/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/packets.h"

#include "sandbox/sandbox.h"

#include <inttypes.h>

/* The largest capture of a plan is read in a few seconds, compressed ones in some more. */
enum { CPU_S = 20, WALL_MS = 30 * 1000 };

#define MEMORY_BYTES ((uint64_t)1 << 30)

/* What a thread does with the child's line: up to WIRE_PACKETS_MAX_BYTES take too long for the
 * loop. */
typedef struct {
    Str line;
    Arena *arena;
    bool is_read;
    bool is_missing;
    uint64_t packet_count;
    Str json;
    Error error;
} Answer;

static void read_answer(void *argument)
{
    Answer *answer = argument;
    WirePacketsAnswer read;
    if (!wire_read_packets(answer->arena, answer->line, &read, &answer->error))
        return;
    answer->is_missing = !read.packets;
    answer->packet_count = read.packet_count;
    answer->is_read = answer->is_missing || json_value_text(answer->arena, read.packets,
                                                            WIRE_PACKETS_MAX_BYTES, &answer->json);
}

static bool take_line(Task *task, Str line, uint64_t number, Str *out_json)
{
    auto_arena Arena *arena = arena_new();
    Answer answer = {.line = line, .arena = arena};
    if (!task_offload(task, read_answer, &answer))
        return false;
    if (answer.error.code)
        return task_fail(task, answer.error.code, "%s", answer.error.message);
    if (!answer.is_read)
        return task_fail(task, ERR_INTERNAL, "the parser wrote too many packets");
    if (answer.is_missing)
        return task_fail(task, ERR_NOT_FOUND,
                         "there is no packet %" PRIu64 ": the capture has %" PRIu64, number,
                         answer.packet_count);
    *out_json = arena_copy(task->arena, answer.json);
    return true;
}

bool analysis_packets(Task *task, const AnalysisPacketsInput *input, Str *out_json)
{
    Str line;
    bool more = false;
    WireRequest request = {.kind = STR("pcap"), .name = input->name, .packets = input->packets};
    SandboxOptions options = {
        .verb = "packets",
        .request = wire_write_request(task->arena, &request),
        .input = input->file,
        .cpu_s = CPU_S,
        .wall_ms = WALL_MS,
        .memory_bytes = MEMORY_BYTES,
        .output_bytes = WIRE_PACKETS_MAX_BYTES + 1,
        .max_line_bytes = WIRE_PACKETS_MAX_BYTES,
    };
    auto_sandbox Sandbox *child = sandbox_start(task, &options);
    if (!child || !sandbox_read_line(task, child, &more, &line))
        return false;
    if (!more)
        return task_fail(task, ERR_INTERNAL, "the parser wrote no packets");
    return take_line(task, line, input->packets.first, out_json);
}

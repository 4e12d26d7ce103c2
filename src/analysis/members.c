/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/members.h"

#include "base/mem.h"
#include "sandbox/sandbox.h"

#include <sys/stat.h>

enum {
    CPU_S = 60,
    MEGABYTES_PER_CPU_S = 4,
    /* The child waits for its reader, who stores each file and its row. */
    WALL_MS = 45 * 60 * 1000,
    OUTPUT_OVERHEAD_BYTES = 64 * 1024 * 1024,
};

struct Members {
    Sandbox *child;
    Arena *scratch; /* of the present line */
    bool has_begun; /* a file or a name has come */
    bool is_in_file;
};

Members *members_begin(Task *task, int file, const MemberLimits *limits)
{
    struct stat status;
    WireRequest request = {.members = *limits};
    uint64_t packed = fstat(file, &status) == 0 ? (uint64_t)status.st_size : 0;
    SandboxOptions options = {
        .verb = "members",
        .request = wire_write_request(task->arena, &request),
        .input = file,
        .cpu_s = CPU_S + (uint32_t)(((packed + limits->total_bytes) >> 20) / MEGABYTES_PER_CPU_S),
        .wall_ms = WALL_MS,
        .output_bytes = limits->total_bytes / 2 * 3 + OUTPUT_OVERHEAD_BYTES,
        .max_line_bytes = MEMBER_LINE_BYTES,
    };
    Members *members = MEM_NEW(Members);
    members->scratch = arena_new();
    members->child = sandbox_start(task, &options);
    if (!members->child)
        members_release(&members);
    return members;
}

static bool fail_order(Task *task)
{
    return task_fail(task, ERR_INTERNAL, "the parser wrote its lines in a wrong order");
}

static bool follow(Task *task, Members *members, MemberLineType type)
{
    bool of_file = type == MEMBER_DATA || type == MEMBER_END;
    if (members->is_in_file != of_file)
        return fail_order(task);
    members->is_in_file = type == MEMBER_FILE || type == MEMBER_DATA;
    members->has_begun |= type != MEMBER_LAST;
    return true;
}

/* A child that was stopped or gave up, after files of it were taken. */
static bool end_early(Task *task, Members *members, MemberLine *out_line)
{
    if (task->error.code != ERR_VALIDATION || !members->has_begun)
        return false;
    *out_line = (MemberLine){
        .type = MEMBER_LAST,
        .format = STR("archive"),
        .reason = arena_copy(members->scratch, str_of(task->error.message)),
    };
    task_forget_error(task);
    return true;
}

bool members_next(Task *task, Members *members, MemberLine *out_line)
{
    Str text;
    bool more = true;
    arena_free(members->scratch);
    members->scratch = arena_new();
    if (!sandbox_read_line(task, members->child, &more, &text))
        return end_early(task, members, out_line);
    if (!more)
        return fail_order(task);
    return member_read_line(members->scratch, text, out_line, &task->error) &&
           follow(task, members, out_line->type);
}

void members_release(Members **members)
{
    if (!*members)
        return;
    sandbox_release(&(*members)->child);
    arena_free((*members)->scratch);
    mem_free(*members);
    *members = NULL;
}

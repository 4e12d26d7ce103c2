/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks an archive of several files: sends each file that would be accepted as an upload. */
#include "analysis/child_private.h"

#include "analysis/member_wire.h"
#include "engines/unpack/unpack.h"

enum { FIRST_BYTES = 4096 };

_Static_assert((int)FIRST_BYTES <= (int)MEMBER_DATA_BYTES, "the first bytes fit a line");

typedef struct {
    const AnalysisInput *input;
    const MemberLimits *limits;
    Unpack *unpack;
    StrBuf line; /* of output */
    uint32_t sent;
    uint32_t folders;
    size_t held; /* bytes in data */
    char data[MEMBER_DATA_BYTES];
} Sending;

static bool send_line(Sending *sending, const MemberLine *line, Error *error)
{
    ArenaMark mark = arena_mark(sending->input->arena);
    member_write_line(sending->input->arena, &sending->line, line);
    arena_reset(sending->input->arena, mark);
    return child_send_line(&sending->line, error);
}

static bool send_left(Sending *sending, Str name, MemberFate fate, const Error *why, Error *error)
{
    MemberLine line = {
        .type = MEMBER_LEFT, .name = name, .fate = fate, .reason = str_of(why->message)};
    return send_line(sending, &line, error);
}

static bool send_end(Sending *sending, MemberFate fate, const Error *why, Error *error)
{
    MemberLine line = {.type = MEMBER_END,
                       .fate = fate,
                       .reason = str_of(why->message),
                       .percent = unpack_percent(sending->unpack)};
    return send_line(sending, &line, error);
}

/* Fills the buffer from the member. Fewer bytes than fit mean its end. */
static bool fill(Sending *sending, size_t size, Error *why)
{
    size_t got = 1;
    while (got > 0 && sending->held < size) {
        if (!unpack_read(sending->unpack, sending->data + sending->held, size - sending->held, &got,
                         why))
            return false;
        sending->held += got;
    }
    return true;
}

static MemberFate fail_too_large(uint64_t limit, Error *why)
{
    error_set(why, ERR_FILE_TOO_LARGE, "larger than %llu MB, the limit of your plan",
              (unsigned long long)(limit >> 20));
    return MEMBER_TOO_LARGE;
}

/* Sends the bytes up to the end of the member. Returns what became of it in *out_fate. */
static bool send_bytes(Sending *sending, MemberFate *out_fate, Error *why, Error *error)
{
    uint64_t total = 0;
    *out_fate = MEMBER_TAKEN;
    while (sending->held > 0) {
        total += sending->held;
        if (total > sending->limits->file_bytes) {
            *out_fate = fail_too_large(sending->limits->file_bytes, why);
            return true;
        }
        MemberLine line = {.type = MEMBER_DATA, .bytes = {sending->data, sending->held}};
        if (!send_line(sending, &line, error))
            return false;
        sending->held = 0;
        if (!fill(sending, sizeof(sending->data), why)) {
            *out_fate = MEMBER_DAMAGED;
            return true;
        }
    }
    return true;
}

static MemberFate judge_entry(const Sending *sending, const UnpackMember *member,
                              const AnalysisFile **out_file, Error *why)
{
    static const MemberFate of_type[] = {
        [UNPACK_HIDDEN] = MEMBER_HIDDEN,
        [UNPACK_LINK] = MEMBER_LINK,
        [UNPACK_SPECIAL] = MEMBER_SPECIAL,
    };
    if (member->type != UNPACK_FILE)
        return of_type[member->type];
    if (member->is_encrypted)
        return MEMBER_ENCRYPTED;
    if (member->has_size && member->size_bytes == 0)
        return MEMBER_EMPTY;
    if (member->has_size && member->size_bytes > sending->limits->file_bytes)
        return fail_too_large(sending->limits->file_bytes, why);
    return analysis_judge_member(member->name, out_file, why);
}

static MemberFate judge_content(Sending *sending, const AnalysisFile *file, Error *why)
{
    sending->held = 0;
    if (!fill(sending, FIRST_BYTES, why))
        return MEMBER_DAMAGED;
    if (sending->held == 0)
        return MEMBER_EMPTY;
    return analysis_judge_member_content(file, str_make(sending->data, sending->held), why);
}

/* A problem of the whole archive is left in problem. */
static bool send_member(Sending *sending, const UnpackMember *member, Error *problem, Error *error)
{
    Error why = {0};
    const AnalysisFile *file = NULL;
    MemberFate fate = judge_entry(sending, member, &file, &why);
    if (fate == MEMBER_TAKEN)
        fate = judge_content(sending, file, &why);
    if (fate != MEMBER_TAKEN) {
        if (unpack_is_broken(sending->unpack))
            *problem = why;
        return send_left(sending, member->name, fate, &why, error);
    }
    if (sending->sent >= sending->limits->files) {
        error_set(problem, ERR_FILE_TOO_LARGE, "only the first %u files were taken",
                  sending->limits->files);
        return true;
    }
    sending->sent++;
    MemberLine begin = {.type = MEMBER_FILE, .name = member->name};
    if (!send_line(sending, &begin, error) || !send_bytes(sending, &fate, &why, error))
        return false;
    if (unpack_is_broken(sending->unpack))
        *problem = why;
    return send_end(sending, fate, &why, error);
}

static bool send_members(Sending *sending, Error *problem, Error *error)
{
    bool more = true;
    UnpackMember member;
    while (!problem->code) {
        if (!unpack_next_entry(sending->unpack, &member, &more, problem) || !more)
            return true;
        if (member.type == UNPACK_DIRECTORY)
            sending->folders++;
        else if (!send_member(sending, &member, problem, error))
            return false;
    }
    return true;
}

/* Returns whether the archive has several files that are not hidden. */
static bool has_several(Str bytes)
{
    Error ignored = {0};
    bool more = true;
    size_t files = 0;
    UnpackMember member;
    auto_arena Arena *arena = arena_new();
    Unpack *unpack = unpack_open(arena, bytes, NULL, &ignored);
    while (unpack && files < 2 && unpack_next(unpack, &member, &more, &ignored) && more &&
           !member.is_compressed_file)
        files++;
    return files >= 2;
}

bool child_send_members(const AnalysisInput *input, const MemberLimits *limits, Error *error)
{
    Error problem = {0};
    MemberLine last = {.type = MEMBER_LAST};
    UnpackLimits unpack_limits = {.max_bytes = limits->total_bytes};
    Sending *sending = ARENA_NEW(input->arena, Sending); /* until the process ends */
    sending->input = input;
    sending->limits = limits;
    strbuf_init(&sending->line, MEMBER_LINE_BYTES);
    if (!has_several(input->bytes))
        return send_line(sending, &last, error);
    sending->unpack = unpack_open(input->arena, input->bytes, &unpack_limits, error);
    if (!sending->unpack || !send_members(sending, &problem, error))
        return false;
    last.format = str_of(unpack_format_find(input->bytes)->name);
    last.folders = sending->folders;
    last.reason = str_of(problem.message);
    return send_line(sending, &last, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document_unpack.h"

#include "analysis/members.h"
#include "base/map.h"
#include "base/vec.h"
#include "documents/document_record.h"
#include "documents/file_name.h"
#include "documents/storage_plan.h"
#include "engines/unpack/unpack.h"

#include <errno.h>
#include <unistd.h>

enum {
    MAX_FILES = 5000,
    TOTAL_FACTOR = 20, /* all files together may be as large as that many of the largest */
    MAX_LEFT_NAMED = 1000,
    MAX_REASON_BYTES = 300,
    FIRST_BYTES = 512,
    TEXT_NAMES = 20,
    METADATA_MAX_BYTES = 64 * 1024,
};

typedef struct {
    Uuid id;
    Str name;
    bool is_new;
} Member;

typedef struct {
    Str name;
    MemberFate fate;
    Str reason; /* may be empty */
} LeftOut;

typedef struct {
    JobRun *run;
    const Document *archive;
    Members *child;
    uint64_t file_bytes;  /* the largest file that the plan allows */
    uint64_t quota_bytes; /* of all files of the user */
    Arena *kept;          /* what outlives a member */
    Map ids;              /* of the members, as text */
    VEC(Member) members;
    VEC(LeftOut) left;
    uint32_t new_count;
    uint32_t left_count;
    uint32_t left_by[MEMBER_FATES];
    MemberLine last; /* in kept */
} Unpacking;

typedef struct {
    int file;
    char bytes[FIRST_BYTES];
    ssize_t size;
    int error_number;
} Peek;

static void peek(void *argument)
{
    Peek *work = argument;
    work->size = pread(work->file, work->bytes, sizeof(work->bytes), 0);
    work->error_number = errno;
}

/* A file that came out of an archive is not unpacked once more. */
static bool may_be_archive(Task *task, const Document *document, int file, bool *out_may)
{
    Peek work = {.file = file};
    *out_may = false;
    if (document->has_archive || str_equal(document->file_type, STR("pdf")))
        return true;
    if (!task_offload(task, peek, &work))
        return false;
    if (work.size < 0)
        return task_fail(task, ERR_IO, "the stored file: %s", strerror(work.error_number));
    const UnpackFormat *format = unpack_format_find(str_make(work.bytes, (size_t)work.size));
    *out_may = format && format->is_read;
    return true;
}

static void leave_out(Unpacking *unpacking, Str name, MemberFate fate, Str reason)
{
    unpacking->left_count++;
    unpacking->left_by[fate]++;
    if (unpacking->left.count >= MAX_LEFT_NAMED)
        return;
    /* Messages about uploads begin with the name of the form's field. */
    if (str_starts_with(reason, STR("file: ")))
        reason = str_from(reason, sizeof("file: ") - 1);
    *VEC_PUSH(unpacking->kept, &unpacking->left) = (LeftOut){
        .name = arena_copy(unpacking->kept, name),
        .fate = fate,
        .reason = arena_copy(unpacking->kept, str_slice(reason, 0, MAX_REASON_BYTES)),
    };
}

/* Copies the bytes of a member to the file, up to its end. */
static bool receive(Task *task, Unpacking *unpacking, FileUpload *upload, MemberLine *out_end)
{
    const Services *services = unpacking->run->services;
    for (;;) {
        if (!members_next(task, unpacking->child, out_end))
            return false;
        if (out_end->type != MEMBER_DATA)
            return true;
        if (file_upload_size(upload) + out_end->bytes.size > unpacking->file_bytes)
            return task_fail(task, ERR_INTERNAL, "the parser sent more than it may");
        if (!document_write(task, services, upload, out_end->bytes))
            return false;
    }
}

static bool is_members_fate(ErrorCode code, MemberFate *out_fate)
{
    *out_fate = code == ERR_INSUFFICIENT_QUOTA ? MEMBER_QUOTA : MEMBER_JOBS;
    return code == ERR_INSUFFICIENT_QUOTA || code == ERR_RATE_LIMIT_EXCEEDED;
}

static void keep_member(Unpacking *unpacking, const NewDocument *document, bool is_new)
{
    char id[UUID_TEXT_SIZE];
    Str key = arena_copy(unpacking->kept, str_of(uuid_write(&document->id, id)));
    if (map_get_index(&unpacking->ids, key) != MAP_NO_INDEX) {
        leave_out(unpacking, document->original_filename, MEMBER_DUPLICATE, STR(""));
        return;
    }
    map_put_index(unpacking->kept, &unpacking->ids, key, unpacking->members.count);
    *VEC_PUSH(unpacking->kept, &unpacking->members) = (Member){
        .id = document->id,
        .name = arena_copy(unpacking->kept, document->original_filename),
        .is_new = is_new,
    };
    unpacking->new_count += is_new;
}

static bool store_member(Task *task, Unpacking *unpacking, FileUpload *upload,
                         NewDocument *document)
{
    bool is_new = false;
    MemberFate fate;
    JobRun *run = unpacking->run;
    bool stored = file_upload_finish(task, upload, &task->user_id, &document->id, &document->digest,
                                     &document->storage_path) &&
                  document_record(task, run->services, run, upload, document, &is_new);
    if (stored) {
        keep_member(unpacking, document, is_new);
        return true;
    }
    if (task->error.code == ERR_CONFLICT) /* the same file is being deleted */
        task->error.code = ERR_UNAVAILABLE;
    if (!is_members_fate(task->error.code, &fate))
        return false;
    leave_out(unpacking, document->original_filename, fate, str_of(task->error.message));
    task_forget_error(task);
    return true;
}

/* The child has judged the member already, but it has read hostile bytes. */
static bool judge_again(Task *task, const FileUpload *upload, NewDocument *document)
{
    Error ignored;
    Str name = document->original_filename;
    bool is_good = analysis_judge_member(name, &document->file, &ignored) == MEMBER_TAKEN &&
                   file_upload_size(upload) > 0 &&
                   analysis_judge_member_content(document->file, file_upload_first_bytes(upload),
                                                 &ignored) == MEMBER_TAKEN;
    return is_good || task_fail(task, ERR_INTERNAL, "the parser sent a file that is not accepted");
}

/* Stores the member that has begun. *out_end is its end, or the end of all. */
static bool take_member(Task *task, Unpacking *unpacking, Str name, MemberLine *out_end)
{
    const Services *services = unpacking->run->services;
    NewDocument document = {
        .id = uuid_new(),
        .original_filename = file_name_sanitise_path(task->arena, name),
        .quota_bytes = unpacking->quota_bytes,
        .has_archive = true,
        .archive_id = unpacking->archive->id,
        .archive_name = unpacking->archive->original_filename,
    };
    document.filename = uuid_str(task->arena, &document.id);
    auto_file_upload FileUpload *upload = file_upload_begin(task, services->store_dir);
    if (!upload || !receive(task, unpacking, upload, out_end))
        return false;
    if (out_end->type == MEMBER_LAST || out_end->fate != MEMBER_TAKEN) {
        MemberFate fate = out_end->type == MEMBER_LAST ? MEMBER_DAMAGED : out_end->fate;
        leave_out(unpacking, document.original_filename, fate, out_end->reason);
        return true;
    }
    document.size_bytes = file_upload_size(upload);
    return judge_again(task, upload, &document) &&
           store_member(task, unpacking, upload, &document) &&
           job_progress(task, unpacking->run, out_end->percent, "unpacking");
}

static bool take_all(Task *task, Unpacking *unpacking)
{
    MemberLine line = {.type = MEMBER_DATA};
    while (line.type != MEMBER_LAST) {
        ArenaMark mark = arena_mark(task->arena);
        if (!members_next(task, unpacking->child, &line))
            return false;
        if (line.type == MEMBER_LEFT) {
            Str name = file_name_sanitise_path(task->arena, line.name);
            leave_out(unpacking, name, line.fate, line.reason);
        } else if (line.type == MEMBER_FILE) {
            Str name = arena_copy(task->arena, line.name);
            if (!take_member(task, unpacking, name, &line))
                return false;
        }
        arena_reset(task->arena, mark);
    }
    unpacking->last = line;
    unpacking->last.format = arena_copy(unpacking->kept, line.format);
    unpacking->last.reason = arena_copy(unpacking->kept, line.reason);
    return true;
}

static Str write_metadata(const Unpacking *unpacking)
{
    Str text;
    JsonWriter *json = json_writer_new(unpacking->kept, METADATA_MAX_BYTES);
    json_begin_object(json);
    json_key(json, "archive");
    json_begin_object(json);
    json_field_str(json, "format", unpacking->last.format);
    json_field_u64(json, "files", unpacking->members.count);
    json_field_u64(json, "new_files", unpacking->new_count);
    json_field_u64(json, "folders", unpacking->last.folders);
    json_field_u64(json, "left_out", unpacking->left_count);
    json_key(json, "left_out_by_reason");
    json_begin_object(json);
    for (size_t fate = MEMBER_TAKEN + 1; fate < MEMBER_FATES; fate++) {
        if (unpacking->left_by[fate])
            json_field_u64(json, member_fate_name((MemberFate)fate), unpacking->left_by[fate]);
    }
    json_end(json);
    if (!str_empty(unpacking->last.reason))
        json_field_str(json, "incomplete", unpacking->last.reason);
    json_end(json);
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

static void print_left(StrBuf *text, const Unpacking *unpacking)
{
    for (size_t i = 0; i < MIN_OF(unpacking->left.count, (size_t)TEXT_NAMES); i++) {
        const LeftOut *left = &unpacking->left.items[i];
        strbuf_printf(text, "%s%.*s (%s)", i ? ", " : "", STR_ARGS(left->name),
                      member_fate_name(left->fate));
    }
    if (unpacking->left_count > TEXT_NAMES)
        strbuf_printf(text, " and %u more", unpacking->left_count - TEXT_NAMES);
}

static void print_text(StrBuf *text, const Unpacking *unpacking)
{
    strbuf_printf(text, "%.*s archive: %zu files, %u of them new\n",
                  STR_ARGS(unpacking->last.format), unpacking->members.count, unpacking->new_count);
    if (unpacking->left_count) {
        strbuf_printf(text, "left out: ");
        print_left(text, unpacking);
        strbuf_append_byte(text, '\n');
    }
    if (!str_empty(unpacking->last.reason))
        strbuf_printf(text, "incomplete: %.*s\n", STR_ARGS(unpacking->last.reason));
}

static void write_members(JsonWriter *json, const Unpacking *unpacking)
{
    char id[UUID_TEXT_SIZE];
    json_key(json, "members");
    json_begin_array(json);
    for (size_t i = 0; i < unpacking->members.count; i++) {
        const Member *member = &unpacking->members.items[i];
        json_begin_object(json);
        json_field_text(json, "id", uuid_write(&member->id, id));
        json_field_str(json, "name", member->name);
        json_field_bool(json, "is_new", member->is_new);
        json_end(json);
    }
    json_end(json);
}

static void write_left(JsonWriter *json, const Unpacking *unpacking)
{
    json_key(json, "left_out");
    json_begin_array(json);
    for (size_t i = 0; i < unpacking->left.count; i++) {
        const LeftOut *left = &unpacking->left.items[i];
        json_begin_object(json);
        json_field_str(json, "name", left->name);
        json_field_text(json, "reason", member_fate_name(left->fate));
        if (!str_empty(left->reason))
            json_field_str(json, "message", left->reason);
        json_end(json);
    }
    json_end(json);
}

static Str write_result(const Unpacking *unpacking)
{
    Str result;
    auto_strbuf StrBuf text = {0};
    JsonWriter *json = json_writer_new(unpacking->kept, JOB_MAX_RESULT_BYTES);
    strbuf_init(&text, WIRE_TEXT_MAX_BYTES);
    print_text(&text, unpacking);
    json_begin_object(json);
    write_members(json, unpacking);
    write_left(json, unpacking);
    json_field_str(json, "text", strbuf_str(&text));
    json_end(json);
    check(json_writer_text(json, &result)); /* names have at most 255 bytes */
    return result;
}

static bool fail_nothing(Task *task, const Unpacking *unpacking)
{
    auto_strbuf StrBuf names = {0};
    strbuf_init(&names, sizeof(task->error.message) / 2);
    print_left(&names, unpacking);
    return task_fail(task, ERR_UNSUPPORTED_MEDIA, "the %.*s archive holds no file to take: %.*s",
                     STR_ARGS(unpacking->last.format), STR_ARGS(strbuf_str(&names)));
}

static bool unpack(Task *task, Unpacking *unpacking, int file, UnpackedArchive *out_archive)
{
    MemberLimits limits = {
        .file_bytes = unpacking->file_bytes,
        .total_bytes = unpacking->file_bytes * TOTAL_FACTOR,
        .files = MAX_FILES,
    };
    auto_members Members *child = members_begin(task, file, &limits);
    unpacking->child = child;
    if (!child || !take_all(task, unpacking))
        return false;
    out_archive->is_archive = !str_empty(unpacking->last.format);
    if (!out_archive->is_archive)
        return true;
    if (unpacking->members.count == 0)
        return fail_nothing(task, unpacking);
    out_archive->metadata = write_metadata(unpacking);
    out_archive->result = write_result(unpacking);
    return true;
}

static void free_arena(void *arena)
{
    arena_free(arena);
}

bool document_unpack(Task *task, JobRun *run, const Document *document, int file,
                     UnpackedArchive *out_archive)
{
    bool may = false;
    Str plan_tier;
    Arena *kept = arena_new();
    const Services *services = run->services;
    Unpacking unpacking = {.run = run, .archive = document, .kept = kept};
    arena_on_free(task->arena, free_arena, kept);
    *out_archive = (UnpackedArchive){0};
    if (!may_be_archive(task, document, file, &may))
        return false;
    if (!may)
        return true;
    if (!document_load_plan(task, services->db, &plan_tier))
        return false;
    unpacking.file_bytes = storage_max_file_bytes(services->settings, plan_tier);
    unpacking.quota_bytes = storage_max_total_bytes(services->settings, plan_tier);
    return unpack(task, &unpacking, file, out_archive);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed files and archives: one member is analysed as if it had been the file. */
#include "analysis/child_private.h"

#include "engines/unpack/unpack.h"

enum {
    FIRST_BYTES = 4096,
    TEXT_MAX_BYTES = 64 * 1024 * 1024,
    READ_BYTES = 64 * 1024,
    LEFT_SHOWN = 20,
    LEFT_COUNTED = 1000,
};

struct Unpacked {
    const UnpackFormat *format;
    Unpack *unpack;
    Str taken;   /* the member's name; empty for a compressed file that is no archive */
    StrVec left; /* members that were not analysed */
    size_t left_count;
    char first[FIRST_BYTES]; /* read ahead, to know the kind */
    size_t first_size;
    size_t first_used;
    Error failure; /* of reading on */
};

bool child_is_packed(const AnalysisInput *input)
{
    const UnpackFormat *format = unpack_format_find(input->bytes);
    /* The capture engine reads gzip by itself. */
    bool is_gzip_capture =
        input->kind->content == CONTENT_SIGNATURE && format && strcmp(format->name, "gzip") == 0;
    return format && !input->kind->is_pdf && !is_gzip_capture;
}

static bool read_member(void *context, void *buffer, size_t size, size_t *out_size)
{
    Unpacked *unpacked = context;
    size_t ready = unpacked->first_size - unpacked->first_used;
    if (ready > 0) {
        *out_size = MIN_OF(ready, size);
        memcpy(buffer, unpacked->first + unpacked->first_used, *out_size);
        unpacked->first_used += *out_size;
        return true;
    }
    if (!unpacked->failure.code &&
        unpack_read(unpacked->unpack, buffer, size, out_size, &unpacked->failure))
        return true;
    *out_size = 0;
    return true;
}

static bool read_first(Unpacked *unpacked, Error *error)
{
    size_t got = 1;
    unpacked->first_size = 0;
    unpacked->first_used = 0;
    while (got > 0 && unpacked->first_size < FIRST_BYTES) {
        if (!unpack_read(unpacked->unpack, unpacked->first + unpacked->first_size,
                         FIRST_BYTES - unpacked->first_size, &got, error))
            return false;
        unpacked->first_size += got;
    }
    return true;
}

static Str first_bytes(const Unpacked *unpacked)
{
    return str_make(unpacked->first, unpacked->first_size);
}

/* Whether the member read ahead is one that can be analysed. */
static bool is_taken(const Unpacked *unpacked)
{
    Str first = first_bytes(unpacked);
    const AnalysisKind *kind = analysis_kind_of_bytes(first);
    if (str_empty(first) || (unpack_format_find(first) && !kind) || (kind && kind->is_pdf))
        return false;
    return kind || text_kind_detect(unpacked->taken, first).kind != TEXT_BINARY;
}

static void leave(const AnalysisInput *input, Unpacked *unpacked, Str name)
{
    unpacked->left_count++;
    if (unpacked->left.count < LEFT_SHOWN)
        *VEC_PUSH(input->arena, &unpacked->left) = name;
}

/* Goes to the first member that can be analysed. */
static bool find_member(const AnalysisInput *input, Unpacked *unpacked, Error *error)
{
    bool more = true;
    UnpackMember member;
    while (unpack_next(unpacked->unpack, &member, &more, error) && more) {
        unpacked->taken = member.name;
        if (!read_first(unpacked, error))
            return false;
        if (member.is_compressed_file || is_taken(unpacked))
            return true;
        leave(input, unpacked, member.name);
    }
    return !more && error_set(error, ERR_UNSUPPORTED_MEDIA,
                              "the %s archive holds no text and no capture; unpack it with `%s` "
                              "and upload its files",
                              unpacked->format->name, unpacked->format->program);
}

/* Names the members behind the one that was taken. */
void child_list_left(const AnalysisInput *input)
{
    Unpacked *unpacked = input->unpacked;
    if (!unpacked)
        return;
    Error ignored = {0};
    bool more = true;
    UnpackMember member;
    while (unpacked->left_count < LEFT_COUNTED &&
           unpack_next(unpacked->unpack, &member, &more, &ignored) && more)
        leave(input, unpacked, member.name);
}

static bool read_text(Arena *arena, Unpacked *unpacked, Str *out_text, Error *error)
{
    size_t got = 1;
    StrBuf *text = ARENA_NEW(arena, StrBuf); /* until the process ends */
    strbuf_init(text, TEXT_MAX_BYTES);
    while (got > 0) {
        char *room = strbuf_reserve(text, READ_BYTES);
        if (!room)
            return error_set(error, ERR_FILE_TOO_LARGE, "more than %d MB of text when unpacked",
                             TEXT_MAX_BYTES / (1024 * 1024));
        (void)read_member(unpacked, room, READ_BYTES, &got);
        strbuf_commit(text, got);
    }
    *error = unpacked->failure;
    *out_text = strbuf_str(text);
    return !error->code;
}

/* The name of what is inside: the member's, or the file's without its last ending. */
static Str inner_name(const AnalysisInput *input, const Unpacked *unpacked)
{
    if (!str_empty(unpacked->taken))
        return unpacked->taken;
    for (size_t size = input->name.size; size > 1; size--) {
        if (input->name.data[size - 1] == '.')
            return str_slice(input->name, 0, size - 1);
    }
    return input->name;
}

void child_write_unpacked(JsonWriter *json, const AnalysisInput *input)
{
    const Unpacked *unpacked = input->unpacked;
    if (!unpacked)
        return;
    json_key(json, "unpacked");
    json_begin_object(json);
    json_field_text(json, "format", unpacked->format->name);
    if (!str_empty(unpacked->taken)) {
        json_field_str(json, "taken", unpacked->taken);
        json_field_u64(json, "left_count", unpacked->left_count);
        json_key(json, "left");
        json_begin_array(json);
        for (size_t i = 0; i < unpacked->left.count; i++)
            json_str(json, unpacked->left.items[i]);
        json_end(json);
    }
    json_end(json);
}

void child_print_unpacked(StrBuf *text, const AnalysisInput *input)
{
    const Unpacked *unpacked = input->unpacked;
    if (!unpacked || str_empty(unpacked->taken))
        return;
    strbuf_printf(text, "%s archive: %.*s was analysed", unpacked->format->name,
                  STR_ARGS(unpacked->taken));
    for (size_t i = 0; i < unpacked->left.count; i++)
        strbuf_printf(text, "%s%.*s",
                      i ? ", " : "; not analysed: ", STR_ARGS(unpacked->left.items[i]));
    if (unpacked->left_count > unpacked->left.count)
        strbuf_printf(text, " and %zu more", unpacked->left_count - unpacked->left.count);
    strbuf_append_byte(text, '\n');
}

static bool analyze_capture(AnalysisInput *input, Unpacked *unpacked, Error *error)
{
    PcapSource source = {.read = read_member,
                         .context = unpacked,
                         .compression = unpacked->format->name,
                         .failure = &unpacked->failure};
    return child_analyze_capture(input, &source, error);
}

bool child_unpack_text(const AnalysisInput *input, Str *bytes, Error *error)
{
    AnalysisInput packed = {.arena = input->arena, .bytes = *bytes};
    if (!unpack_format_find(*bytes))
        return true;
    Unpacked *unpacked = ARENA_NEW(input->arena, Unpacked);
    unpacked->format = unpack_format_find(*bytes);
    unpacked->unpack = unpack_open(input->arena, *bytes, NULL, error);
    return unpacked->unpack && find_member(&packed, unpacked, error) &&
           read_text(input->arena, unpacked, bytes, error);
}

bool child_analyze_packed(const AnalysisInput *packed, Error *error)
{
    AnalysisInput input = *packed;
    Unpacked *unpacked = ARENA_NEW(input.arena, Unpacked);
    unpacked->format = unpack_format_find(input.bytes);
    unpacked->unpack = unpack_open(input.arena, input.bytes, NULL, error);
    if (!unpacked->unpack || !find_member(&input, unpacked, error))
        return false;
    input.unpacked = unpacked;
    input.name = inner_name(packed, unpacked);
    const AnalysisKind *kind = analysis_kind_of_bytes(first_bytes(unpacked));
    if (kind && kind->is_pdf)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "a PDF inside a %s file is not read; %s",
                         unpacked->format->name, "upload the PDF itself");
    if (kind) {
        input.kind = kind;
        return analyze_capture(&input, unpacked, error);
    }
    if (input.kind->content == CONTENT_SIGNATURE)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "the %s file holds no capture",
                         unpacked->format->name);
    if (!read_text(input.arena, unpacked, &input.bytes, error))
        return false;
    child_list_left(&input);
    const AnalysisFile *file = analysis_file_of_name(input.name, &(Error){0});
    if (file && file->kind->analyze == analysis_text && !file->kind->is_pdf)
        input.kind = file->kind;
    return input.kind->analyze(&input, error);
}

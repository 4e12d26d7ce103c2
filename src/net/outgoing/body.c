/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/body.h"

#include "base/random.h"
#include "base/strbuf.h"

#include <errno.h>
#include <unistd.h>

enum { PART_BYTES = OUTGOING_BUFFER_BYTES, FORM_TEXT_MAX_BYTES = 1024 * 1024 };

typedef struct {
    int file;
    uint64_t offset;
    size_t wanted;
    char *buffer;
    ssize_t got;
    int error_number;
} Reading;

static void read_on_thread(void *argument)
{
    Reading *reading = argument;
    do {
        reading->got =
            pread(reading->file, reading->buffer, reading->wanted, (off_t)reading->offset);
    } while (reading->got < 0 && errno == EINTR);
    reading->error_number = reading->got < 0 ? errno : 0;
}

static bool write_parts(Task *task, OutgoingCall *call, Reading *reading, uint64_t size_bytes)
{
    while (size_bytes > 0 && !outgoing_call_is_answered(call)) {
        reading->wanted = (size_t)MIN_OF((uint64_t)PART_BYTES, size_bytes);
        if (!task_offload(task, read_on_thread, reading))
            return false;
        if (reading->error_number)
            return error_set_errno(&task->error, reading->error_number, "reading the file");
        if (reading->got == 0)
            return task_fail(task, ERR_IO, "the file has become shorter while it was sent");
        if (!outgoing_call_write(task, call, str_make(reading->buffer, (size_t)reading->got)))
            return false;
        reading->offset += (uint64_t)reading->got;
        size_bytes -= (uint64_t)reading->got;
    }
    return true;
}

bool outgoing_call_write_file(Task *task, OutgoingCall *call, int file, uint64_t offset,
                              uint64_t size_bytes)
{
    ArenaMark mark = arena_mark(task->arena);
    Reading reading = {
        .file = file, .offset = offset, .buffer = arena_alloc(task->arena, PART_BYTES)};
    bool done = write_parts(task, call, &reading, size_bytes);
    arena_reset(task->arena, mark);
    return done;
}

/* Appends a name as browsers write it in a quoted string. */
static void append_quoted(StrBuf *out, Str text)
{
    strbuf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '"' || c == '\r' || c == '\n' || c == '\0')
            strbuf_printf(out, "%%%02X", (unsigned)c);
        else
            strbuf_append_byte(out, c);
    }
    strbuf_append_byte(out, '"');
}

static void append_text(StrBuf *out, const OutgoingForm *form, Str boundary)
{
    for (size_t i = 0; i < form->field_count; i++) {
        strbuf_printf(out, "--%.*s\r\nContent-Disposition: form-data; name=", STR_ARGS(boundary));
        append_quoted(out, form->fields[i].name);
        strbuf_append(out, STR("\r\n\r\n"));
        strbuf_append(out, form->fields[i].value);
        strbuf_append(out, STR("\r\n"));
    }
    strbuf_printf(out, "--%.*s\r\nContent-Disposition: form-data; name=", STR_ARGS(boundary));
    append_quoted(out, form->file_field);
    strbuf_append(out, STR("; filename="));
    append_quoted(out, form->file_name);
    strbuf_append(out, STR("\r\nContent-Type: "));
    strbuf_append(out, str_empty(form->content_type) ? STR("application/octet-stream")
                                                     : form->content_type);
    strbuf_append(out, STR("\r\n\r\n"));
}

static Str make_boundary(Arena *arena)
{
    uint64_t bytes[2];
    random_bytes(bytes, sizeof(bytes));
    return arena_printf(arena, "netguru-%016llx%016llx", (unsigned long long)bytes[0],
                        (unsigned long long)bytes[1]);
}

static void set_headers(Arena *arena, OutgoingRequest *request, Str boundary)
{
    size_t count = 0;
    OutgoingHeader *headers = ARENA_ARRAY(arena, OutgoingHeader, request->header_count + 1);
    for (size_t i = 0; i < request->header_count; i++) {
        if (!str_equal_ignore_case(request->headers[i].name, STR("content-type")))
            headers[count++] = request->headers[i];
    }
    headers[count++] = (OutgoingHeader){
        STR("Content-Type"),
        arena_printf(arena, "multipart/form-data; boundary=%.*s", STR_ARGS(boundary))};
    request->headers = headers;
    request->header_count = count;
}

OutgoingCall *outgoing_form_start(Task *task, Outgoing *outgoing, const OutgoingRequest *request,
                                  const OutgoingForm *form)
{
    auto_strbuf StrBuf text = {0};
    OutgoingRequest sent = *request;
    Str boundary = make_boundary(task->arena);
    Str end = arena_printf(task->arena, "\r\n--%.*s--\r\n", STR_ARGS(boundary));
    strbuf_init(&text, FORM_TEXT_MAX_BYTES);
    append_text(&text, form, boundary);
    if (text.overflowed) {
        task_fail(task, ERR_VALIDATION, "the fields of a form are larger than %d KiB",
                  FORM_TEXT_MAX_BYTES / 1024);
        return NULL;
    }
    set_headers(task->arena, &sent, boundary);
    sent.body = STR("");
    sent.streams_body = true;
    sent.body_bytes = text.size + form->file_bytes + end.size;
    OutgoingCall *call = outgoing_call_start(task, outgoing, &sent);
    if (call && outgoing_call_write(task, call, strbuf_str(&text)) &&
        outgoing_call_write_file(task, call, form->file, 0, form->file_bytes) &&
        outgoing_call_write(task, call, end) && outgoing_call_write_end(task, call))
        return call;
    outgoing_call_end(call);
    return NULL;
}

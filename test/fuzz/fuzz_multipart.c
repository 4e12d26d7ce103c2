/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a multipart body: how it is cut into pieces must change nothing of what is read. */
#include "base/strbuf.h"
#include "web/multipart.h"

struct HttpRequest {
    Str rest;
    size_t piece;
    char last[64 * 1024];
};

Str http_request_header(const HttpRequest *request, Str lower_case_name)
{
    (void)request;
    (void)lower_case_name;
    return STR("multipart/form-data; boundary=b");
}

bool http_body_read(Task *task, HttpRequest *request, Str *out_part)
{
    (void)task;
    Str part = str_slice(request->rest, 0, MIN_OF(request->piece, sizeof(request->last)));
    request->rest = str_from(request->rest, part.size);
    memset(request->last, '#', sizeof(request->last));
    if (part.size)
        memcpy(request->last, part.data, part.size);
    *out_part = str_make(request->last, part.size);
    return true;
}

static bool read_all(Task *task, HttpRequest *request, StrBuf *out)
{
    Str bytes;
    bool found = true;
    MultipartPart part;
    Multipart *multipart = multipart_begin(task, &(Request){.http = request});
    check(multipart);
    for (;;) {
        if (!multipart_next_part(task, multipart, &found, &part))
            return false;
        if (!found)
            return true;
        strbuf_printf(out, "\n[%.*s|%.*s|%d|%.*s]\n", STR_ARGS(part.name), STR_ARGS(part.file_name),
                      part.is_file, STR_ARGS(part.content_type));
        do {
            if (!multipart_read(task, multipart, &bytes))
                return false;
            strbuf_append(out, bytes);
        } while (bytes.size);
    }
}

static bool read_in_pieces(Str body, size_t piece, StrBuf *out)
{
    static HttpRequest request;
    Task task = {.arena = arena_new()};
    request = (HttpRequest){.rest = body, .piece = piece};
    strbuf_init(out, 16 << 20);
    bool done = read_all(&task, &request, out);
    check(done || task.error.code == ERR_VALIDATION);
    check(arena_size_bytes(task.arena) < (1 << 20) + 4 * body.size);
    arena_free(task.arena);
    return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_strbuf StrBuf whole = {0};
    auto_strbuf StrBuf pieces = {0};
    if (size < 1)
        return 0;
    Str body = str_make(data + 1, size - 1);
    bool done = read_in_pieces(body, 64 * 1024, &whole);
    bool done_in_pieces = read_in_pieces(body, 1 + data[0] % 32, &pieces);
    check(done == done_in_pieces);
    /* Where it ends in an error, how much was given out before is no promise. */
    check(!done || str_equal(strbuf_str(&whole), strbuf_str(&pieces)));
    return 0;
}

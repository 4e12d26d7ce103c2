/* SPDX-License-Identifier: Apache-2.0 */
#include "web/multipart.h"

enum {
    BOUNDARY_MAX_BYTES = 70, /* RFC 2046 */
    HEAD_MAX_BYTES = 8 * 1024,
    MAX_PARTS = 16,
    WINDOW_BYTES = 64 * 1024 + HEAD_MAX_BYTES,
};

/*
 * The window holds the bytes of the body that have not been returned yet. A delimiter is CRLF "--"
 * boundary. The body is treated as if a CRLF preceded its first byte, so that the first delimiter
 * is no special case.
 */
struct Multipart {
    HttpRequest *http;
    char delimiter[BOUNDARY_MAX_BYTES + 5];
    size_t delimiter_size;
    char *window;
    size_t start;
    size_t end;
    bool body_ended;
    bool in_part;
    bool finished;
    unsigned parts;
};

static Str window_str(const Multipart *multipart)
{
    return str_make(multipart->window + multipart->start, multipart->end - multipart->start);
}

/* Takes a parameter's value off *rest, up to its quote or semicolon. Browsers escape only the
 * quote; any other backslash is literal, because old browsers send Windows paths. */
static Str take_value(Str *rest, bool *out_quoted)
{
    size_t used = 0;
    Str text = *rest;
    *out_quoted = str_starts_with(text, STR("\""));
    text = str_from(text, *out_quoted ? 1 : 0);
    char end = *out_quoted ? '"' : ';';
    while (used < text.size && text.data[used] != end) {
        bool escaped = *out_quoted && str_starts_with(str_from(text, used), STR("\\\""));
        used += escaped ? 2 : 1;
    }
    *rest = str_from(text, used);
    return str_slice(text, 0, used);
}

static Str without_escapes(Arena *arena, Str quoted)
{
    char *text = arena_alloc(arena, quoted.size + 1);
    size_t length = 0;
    for (size_t i = 0; i < quoted.size; i++) {
        i += str_starts_with(str_from(quoted, i), STR("\\\"")) ? 1 : 0;
        text[length++] = quoted.data[i];
    }
    return str_make(text, length);
}

/* Finds the value of a parameter in a header such as: form-data; name="a"; filename="b". */
static bool find_parameter(Arena *arena, Str header, Str name, Str *out_value)
{
    bool quoted = false;
    for (;;) {
        size_t semicolon = str_find_byte(header, ';');
        if (semicolon == STR_NOT_FOUND)
            return false;
        header = str_from(header, semicolon + 1);
        size_t equals = str_find_byte(header, '=');
        if (equals == STR_NOT_FOUND)
            return false;
        Str key = str_trim(str_slice(header, 0, equals));
        header = str_from(header, equals + 1);
        Str value = take_value(&header, &quoted);
        if (!str_equal_ignore_case(key, name))
            continue;
        *out_value = quoted ? without_escapes(arena, value) : str_trim(value);
        return true;
    }
}

static bool is_form_data(Str type)
{
    size_t semicolon = str_find_byte(type, ';');
    Str essence = str_trim(str_slice(type, 0, semicolon));
    return str_equal_ignore_case(essence, STR("multipart/form-data"));
}

Multipart *multipart_begin(Task *task, const Request *request)
{
    Str type = http_request_header(request->http, STR("content-type"));
    Str boundary;
    if (!is_form_data(type)) {
        task_fail(task, ERR_UNSUPPORTED_MEDIA, "the body must be multipart/form-data");
        return NULL;
    }
    if (!find_parameter(task->arena, type, STR("boundary"), &boundary) || str_empty(boundary) ||
        boundary.size > BOUNDARY_MAX_BYTES) {
        task_fail(task, ERR_VALIDATION, "multipart/form-data without a usable boundary");
        return NULL;
    }
    Multipart *multipart = ARENA_NEW(task->arena, Multipart);
    multipart->http = request->http;
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary.data, boundary.size);
    multipart->delimiter_size = boundary.size + 4;
    multipart->window = arena_alloc(task->arena, WINDOW_BYTES + 64 * 1024);
    memcpy(multipart->window, "\r\n", 2);
    multipart->end = 2;
    multipart->in_part = true; /* the preamble is skipped like a part */
    return multipart;
}

/* Appends one more piece of the body to the window. */
static bool fill(Task *task, Multipart *multipart)
{
    Str piece;
    if (multipart->body_ended)
        return task_fail(task, ERR_VALIDATION, "the multipart body ends before its last boundary");
    if (multipart->start) {
        memmove(multipart->window, multipart->window + multipart->start,
                multipart->end - multipart->start);
        multipart->end -= multipart->start;
        multipart->start = 0;
    }
    if (multipart->end > WINDOW_BYTES)
        return task_fail(task, ERR_VALIDATION, "the head of a multipart part is too long");
    if (!http_body_read(task, multipart->http, &piece))
        return false;
    multipart->body_ended = str_empty(piece);
    if (piece.size)
        memcpy(multipart->window + multipart->end, piece.data, piece.size);
    multipart->end += piece.size;
    return true;
}

bool multipart_read(Task *task, Multipart *multipart, Str *out_bytes)
{
    Str delimiter = {multipart->delimiter, multipart->delimiter_size};
    *out_bytes = STR("");
    while (multipart->in_part) {
        Str window = window_str(multipart);
        size_t at = str_find(window, delimiter);
        /* The window may end with the first bytes of a delimiter. */
        size_t safe = at != STR_NOT_FOUND            ? at
                      : window.size > delimiter.size ? window.size - delimiter.size
                                                     : 0;
        if (at != STR_NOT_FOUND && at == 0) {
            multipart->start += delimiter.size;
            multipart->in_part = false;
            return true;
        }
        if (safe > 0) {
            *out_bytes = str_slice(window, 0, safe);
            multipart->start += safe;
            return true;
        }
        if (!fill(task, multipart))
            return false;
    }
    return true;
}

static bool read_head_line(Task *task, Multipart *multipart, Str *out_line)
{
    for (;;) {
        Str window = window_str(multipart);
        size_t end = str_find(str_slice(window, 0, HEAD_MAX_BYTES), STR("\r\n"));
        if (end != STR_NOT_FOUND) {
            *out_line = arena_copy(task->arena, str_slice(window, 0, end));
            multipart->start += end + 2;
            return true;
        }
        if (window.size >= HEAD_MAX_BYTES)
            return task_fail(task, ERR_VALIDATION, "the head of a multipart part is too long");
        if (!fill(task, multipart))
            return false;
    }
}

static void read_header(Arena *arena, Str line, MultipartPart *part)
{
    size_t colon = str_find_byte(line, ':');
    if (colon == STR_NOT_FOUND)
        return;
    Str name = str_slice(line, 0, colon);
    Str value = str_trim(str_from(line, colon + 1));
    if (str_equal_ignore_case(name, STR("content-type")))
        part->content_type = value;
    if (!str_equal_ignore_case(name, STR("content-disposition")))
        return;
    (void)find_parameter(arena, value, STR("name"), &part->name);
    part->is_file = find_parameter(arena, value, STR("filename"), &part->file_name);
}

static bool skip_rest_of_part(Task *task, Multipart *multipart)
{
    Str skipped;
    do {
        if (!multipart_read(task, multipart, &skipped))
            return false;
    } while (multipart->in_part);
    return true;
}

/* An empty part's delimiter may follow its head at once and share the head's last CRLF. */
static bool enter_part(Task *task, Multipart *multipart)
{
    Str delimiter = {multipart->delimiter, multipart->delimiter_size};
    multipart->start -= 2;
    multipart->in_part = true;
    while (str_starts_with(delimiter, window_str(multipart)) &&
           window_str(multipart).size < delimiter.size) {
        if (!fill(task, multipart))
            return false;
    }
    if (!str_starts_with(window_str(multipart), delimiter))
        multipart->start += 2;
    return true;
}

bool multipart_next_part(Task *task, Multipart *multipart, bool *out_found, MultipartPart *out_part)
{
    Str line = {0};
    size_t head_bytes = 0;
    MultipartPart part = {0};
    *out_found = false;
    if (multipart->finished)
        return true;
    if (!skip_rest_of_part(task, multipart))
        return false;
    while (window_str(multipart).size < 2) {
        if (!fill(task, multipart))
            return false;
    }
    multipart->finished = str_starts_with(window_str(multipart), STR("--"));
    if (multipart->finished)
        return true;
    if (!read_head_line(task, multipart, &line))
        return false;
    if (!str_empty(str_trim(line)))
        return task_fail(task, ERR_VALIDATION, "malformed multipart boundary");
    if (++multipart->parts > MAX_PARTS)
        return task_fail(task, ERR_VALIDATION, "more than %d multipart parts", MAX_PARTS);
    do {
        if (!read_head_line(task, multipart, &line))
            return false;
        head_bytes += line.size;
        if (head_bytes > HEAD_MAX_BYTES)
            return task_fail(task, ERR_VALIDATION, "the head of a multipart part is too long");
        read_header(task->arena, line, &part);
    } while (line.size);
    if (!enter_part(task, multipart))
        return false;
    *out_found = true;
    *out_part = part;
    return true;
}

bool multipart_read_all(Task *task, Multipart *multipart, size_t max_bytes, Str *out_value)
{
    char *value = arena_alloc(task->arena, max_bytes + 1);
    size_t size = 0;
    Str piece;
    do {
        if (!multipart_read(task, multipart, &piece))
            return false;
        if (piece.size > max_bytes - size)
            return task_fail(task, ERR_VALIDATION, "a form field is longer than %zu bytes",
                             max_bytes);
        if (piece.size)
            memcpy(value + size, piece.data, piece.size);
        size += piece.size;
    } while (piece.size);
    *out_value = (Str){value, size};
    return true;
}

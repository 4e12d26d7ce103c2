/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/parts.h"

/* A key or a chain of certificates is smaller than this. */
enum { BLOCK_MAX_BYTES = 256 * 1024 };

TextParts text_parts(Str bytes)
{
    size_t mark = 0;
    TextEncoding encoding = text_encoding(bytes, &mark);
    return (TextParts){.rest = str_from(bytes, mark), .encoding = encoding};
}

static bool is_wide(const TextParts *parts)
{
    return parts->encoding == TEXT_UTF16LE || parts->encoding == TEXT_UTF16BE;
}

/* Returns whether a line ends with the newline at this offset. */
static bool ends_line(const TextParts *parts, size_t at)
{
    Str rest = parts->rest;
    if (!is_wide(parts))
        return true;
    if (parts->encoding == TEXT_UTF16LE)
        return at % 2 == 0 && at + 1 < rest.size && rest.data[at + 1] == '\0';
    return at % 2 == 1 && rest.data[at - 1] == '\0';
}

static size_t line_end(const TextParts *parts, size_t at)
{
    return at + (parts->encoding == TEXT_UTF16LE ? 2 : 1);
}

/* Returns the end of the last line within size bytes, or 0. */
static size_t last_end(const TextParts *parts, size_t size)
{
    while (size) {
        size_t at = str_find_last_byte(str_slice(parts->rest, 0, size), '\n');
        if (at == STR_NOT_FOUND)
            return 0;
        if (ends_line(parts, at))
            return line_end(parts, at);
        size = at;
    }
    return 0;
}

/* Returns the end of the first line that ends at start or later. */
static size_t next_end(const TextParts *parts, size_t start)
{
    while (start < parts->rest.size) {
        size_t at = str_find_byte(str_from(parts->rest, start), '\n');
        if (at == STR_NOT_FOUND)
            break;
        if (ends_line(parts, start + at))
            return line_end(parts, start + at);
        start += at + 1;
    }
    return parts->rest.size;
}

/* Returns the offset of the last occurrence, or STR_NOT_FOUND. */
static size_t find_last(Str text, Str needle)
{
    size_t found = STR_NOT_FOUND;
    for (size_t at = str_find(text, needle); at != STR_NOT_FOUND;) {
        found = found == STR_NOT_FOUND ? at : found + needle.size + at;
        at = str_find(str_from(text, found + needle.size), needle);
    }
    return found;
}

/* Returns the end of the part, moved before a block that has begun but not ended. */
static size_t before_block(const TextParts *parts, size_t end)
{
    size_t from = end > BLOCK_MAX_BYTES ? end - BLOCK_MAX_BYTES : 0;
    Str tail = str_slice(parts->rest, from, end - from);
    size_t begin = find_last(tail, STR("-----BEGIN "));
    if (is_wide(parts) || begin == STR_NOT_FOUND ||
        str_find(str_from(tail, begin), STR("-----END ")) != STR_NOT_FOUND)
        return end;
    size_t before = last_end(parts, from + begin);
    return before ? before : end;
}

static size_t count_bytes(Str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] != '\0';
    return count;
}

static uint64_t count_lines(Str text)
{
    uint64_t lines = 0;
    Str line;
    while (str_next_line(&text, &line))
        lines++;
    return lines;
}

bool text_next_part(TextParts *parts, Arena *arena, DecodedText *out_part, Error *error)
{
    size_t end = parts->rest.size;
    if (end > TEXT_PART_BYTES) {
        end = last_end(parts, TEXT_PART_BYTES);
        end = end ? before_block(parts, end) : next_end(parts, TEXT_PART_BYTES);
    }
    Str bytes = str_slice(parts->rest, 0, end);
    if (bytes.size > TEXT_LINE_MAX_BYTES && count_bytes(bytes) > TEXT_LINE_MAX_BYTES) {
        unsigned long long line = parts->lines + 1;
        return error_set(error, ERR_FILE_TOO_LARGE,
                         "line %llu has %zu bytes; the limit of a line is %d MB", line, bytes.size,
                         TEXT_LINE_MAX_BYTES / (1024 * 1024));
    }
    text_decode_as(arena, bytes, parts->encoding, out_part);
    parts->rest = str_from(parts->rest, end);
    parts->lines += count_lines(out_part->utf8);
    return true;
}

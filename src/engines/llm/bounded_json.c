/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/internal.h"

enum { ESCAPE_BYTES = 6 }; /* \uXXXX */

/* Returns the value of the escape \uXXXX at offset, or -1 if there is none. */
static int64_t unicode_escape(Str text, size_t offset)
{
    uint64_t value = 0;
    Str escape = str_slice(text, offset, ESCAPE_BYTES);
    if (escape.size != ESCAPE_BYTES || escape.data[0] != '\\' || escape.data[1] != 'u' ||
        !str_parse_hex(str_from(escape, 2), &value))
        return -1;
    return (int64_t)value;
}

static bool is_high(int64_t value)
{
    return value >= 0xD800 && value <= 0xDBFF;
}

static bool is_low(int64_t value)
{
    return value >= 0xDC00 && value <= 0xDFFF;
}

/* Repairs the escape at offset, which is in a string. Returns how many bytes it has. */
static size_t repair_escape(char *text, Str view, size_t offset)
{
    int64_t value = unicode_escape(view, offset);
    if (value < 0)
        return 2;
    if (is_high(value) && is_low(unicode_escape(view, offset + ESCAPE_BYTES)))
        return 2 * (size_t)ESCAPE_BYTES;
    if (value == 0 || is_high(value) || is_low(value))
        memcpy(text + offset, "\\ufffd", ESCAPE_BYTES);
    return ESCAPE_BYTES;
}

/* Repairs the strings of the text. Returns the number of values, roughly: never less. */
static size_t repair_and_count(char *text, size_t size)
{
    size_t values = 1;
    bool in_string = false;
    Str view = {text, size};
    for (size_t i = 0; i < size;) {
        char byte = text[i];
        if (in_string && byte == '\\') {
            i += repair_escape(text, view, i);
            continue;
        }
        if (byte == '"')
            in_string = !in_string;
        else if (!in_string && (byte == ',' || byte == '[' || byte == '{'))
            values++;
        i++;
    }
    return values;
}

const JsonValue *bounded_json_parse(Arena *arena, Str text, Error *error)
{
    if (text.size > LLM_EVENT_MAX_BYTES) {
        error_set(error, ERR_VALIDATION, "larger than %d bytes", LLM_EVENT_MAX_BYTES);
        return NULL;
    }
    char *copy = arena_cstring(arena, text);
    if (repair_and_count(copy, text.size) > LLM_EVENT_MAX_VALUES) {
        error_set(error, ERR_VALIDATION, "more than %d JSON values", LLM_EVENT_MAX_VALUES);
        return NULL;
    }
    return json_parse(arena, str_make(copy, text.size), error);
}

Str bounded_json_object(Arena *arena, Str text)
{
    Error ignored = {0};
    const JsonValue *value = bounded_json_parse(arena, text, &ignored);
    return value && value->type == JSON_IS_OBJECT ? text : STR("{}");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The gate for texts of others on their way to a model: secrets are masked, frames stay closed. */
#include "assistant/internal.h"
#include "base/ascii.h"
#include "base/json.h"
#include "base/utf8.h"
#include "engines/redact/redact.h"

enum { GROWTH = 10, SLACK_BYTES = 4096 };

Str data_cut(Str text, size_t max_bytes)
{
    return str_slice(text, 0, utf8_cut_words(text, max_bytes));
}

/* json_parse limits the depth. */
static void write_masked(Arena *arena, JsonWriter *json, const JsonValue *value)
{
    bool is_object = value->type == JSON_IS_OBJECT;
    if (value->type == JSON_IS_STRING) {
        json_str(json, redact_text(arena, value->string));
        return;
    }
    if (!is_object && value->type != JSON_IS_ARRAY) {
        json_value(json, value);
        return;
    }
    if (is_object)
        json_begin_object(json);
    else
        json_begin_array(json);
    for (size_t i = 0; i < value->count; i++) {
        if (is_object)
            json_key_str(json, value->keys[i]);
        write_masked(arena, json, &value->items[i]);
    }
    json_end(json);
}

Str data_mask(Arena *arena, Str text)
{
    Str masked;
    Error error = {0};
    const JsonValue *value = json_parse(arena, text, &error);
    if (!value)
        return redact_text(arena, text);
    /* String by string, since the escapes of JSON hide where words and lines end. */
    JsonWriter *json = json_writer_new(arena, GROWTH * text.size + SLACK_BYTES);
    write_masked(arena, json, value);
    return json_writer_text(json, &masked) ? masked : STR("{}");
}

/* Returns whether a mark of our frame begins here, as generously as a model might read it. */
static bool is_frame_mark(Str text)
{
    size_t at = 1;
    while (at < text.size && (ascii_is_space(text.data[at]) || text.data[at] == '/'))
        at++;
    return str_equal_ignore_case(str_slice(text, at, 6), STR("source"));
}

Str data_frame(Arena *arena, Str json)
{
    StrBuf out;
    strbuf_init(&out, 6 * json.size + SLACK_BYTES);
    strbuf_append(&out, STR("<sources>\n"));
    for (size_t i = 0; i < json.size; i++) {
        if (json.data[i] == '<' && is_frame_mark(str_from(json, i)))
            strbuf_append(&out, STR("\\u003c"));
        else
            strbuf_append_byte(&out, json.data[i]);
    }
    strbuf_append(&out, STR("\n</sources>\n"));
    Str framed = arena_copy(arena, strbuf_str(&out));
    strbuf_done(&out);
    return framed;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void json_start(JsonWriter *json, StrBuf *out)
{
    *json = (JsonWriter){.out = out};
}

typedef struct {
    JsonWriter json; /* first, because callers get a pointer to it */
    StrBuf buffer;
} OwnedWriter;

static void free_buffer(void *argument)
{
    strbuf_done(argument);
}

JsonWriter *json_writer_new(Arena *arena, size_t max_bytes)
{
    OwnedWriter *writer = ARENA_NEW(arena, OwnedWriter);
    strbuf_init(&writer->buffer, max_bytes);
    if (arena_keeps_secret(arena))
        strbuf_keep_secret(&writer->buffer);
    arena_on_free(arena, free_buffer, &writer->buffer);
    json_start(&writer->json, &writer->buffer);
    return &writer->json;
}

bool json_writer_text(const JsonWriter *json, Str *out_text)
{
    check(json->depth == 0);
    if (json->out->overflowed)
        return false;
    *out_text = strbuf_str(json->out);
    return true;
}

static void begin_value(JsonWriter *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth == 0)
        return;
    if (json->has_items[json->depth - 1])
        strbuf_append_byte(json->out, ',');
    json->has_items[json->depth - 1] = true;
}

static void open_nesting(JsonWriter *json, bool is_array)
{
    begin_value(json);
    check(json->depth < JSON_MAX_DEPTH);
    json->has_items[json->depth] = false;
    json->is_array[json->depth] = is_array;
    json->depth++;
    strbuf_append_byte(json->out, is_array ? '[' : '{');
}

void json_begin_object(JsonWriter *json)
{
    open_nesting(json, false);
}

void json_begin_array(JsonWriter *json)
{
    open_nesting(json, true);
}

void json_end(JsonWriter *json)
{
    check(json->depth > 0 && !json->after_key);
    json->depth--;
    strbuf_append_byte(json->out, json->is_array[json->depth] ? ']' : '}');
}

void json_key_str(JsonWriter *json, Str key)
{
    check(json->depth > 0 && !json->is_array[json->depth - 1] && !json->after_key);
    begin_value(json);
    json_escape(json->out, key);
    strbuf_append_byte(json->out, ':');
    json->after_key = true;
}

void json_key(JsonWriter *json, const char *key)
{
    json_key_str(json, str_of(key));
}

void json_str(JsonWriter *json, Str value)
{
    begin_value(json);
    json_escape(json->out, value);
}

void json_text(JsonWriter *json, const char *value)
{
    if (value)
        json_str(json, str_of(value));
    else
        json_write_null(json);
}

void json_u64(JsonWriter *json, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    begin_value(json);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    strbuf_append(json->out, str_make(digits + at, sizeof(digits) - at));
}

void json_i64(JsonWriter *json, int64_t value)
{
    begin_value(json);
    strbuf_printf(json->out, "%lld", (long long)value);
}

void json_double(JsonWriter *json, double value)
{
    if (!isfinite(value)) {
        json_write_null(json);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    begin_value(json);
    strbuf_append(json->out, str_of(text));
}

void json_fixed(JsonWriter *json, double value, int decimals)
{
    if (!isfinite(value)) {
        json_write_null(json);
        return;
    }
    begin_value(json);
    strbuf_printf(json->out, "%.*f", decimals, value);
}

void json_bool(JsonWriter *json, bool value)
{
    begin_value(json);
    strbuf_append(json->out, value ? STR("true") : STR("false"));
}

void json_write_null(JsonWriter *json)
{
    begin_value(json);
    strbuf_append(json->out, STR("null"));
}

void json_raw(JsonWriter *json, Str value)
{
    begin_value(json);
    strbuf_append(json->out, value);
}

static void write_items(JsonWriter *json, const JsonValue *value)
{
    for (size_t i = 0; i < value->count; i++) {
        if (value->type == JSON_IS_OBJECT)
            json_key_str(json, value->keys[i]);
        json_value(json, &value->items[i]);
    }
    json_end(json);
}

void json_value(JsonWriter *json, const JsonValue *value)
{
    switch (value->type) {
    case JSON_IS_NULL:
        json_write_null(json);
        break;
    case JSON_IS_BOOL:
        json_bool(json, value->boolean);
        break;
    case JSON_IS_INTEGER:
        json_i64(json, value->integer);
        break;
    case JSON_IS_REAL:
        json_double(json, value->real);
        break;
    case JSON_IS_STRING:
        json_str(json, value->string);
        break;
    case JSON_IS_ARRAY:
        json_begin_array(json);
        write_items(json, value);
        break;
    case JSON_IS_OBJECT:
        json_begin_object(json);
        write_items(json, value);
        break;
    }
}

bool json_value_text(Arena *arena, const JsonValue *value, size_t max_bytes, Str *out_text)
{
    JsonWriter *json = json_writer_new(arena, max_bytes);
    json_value(json, value);
    return json_writer_text(json, out_text);
}

void json_field_str(JsonWriter *json, const char *key, Str value)
{
    json_key(json, key);
    json_str(json, value);
}

void json_field_text(JsonWriter *json, const char *key, const char *value)
{
    json_key(json, key);
    json_text(json, value);
}

void json_field_u64(JsonWriter *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_u64(json, value);
}

void json_field_i64(JsonWriter *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_i64(json, value);
}

void json_field_bool(JsonWriter *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

static void escape_control(StrBuf *out, unsigned char c)
{
    static const char short_forms[] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    if (c < sizeof(short_forms) && short_forms[c])
        strbuf_printf(out, "\\%c", short_forms[c]);
    else
        strbuf_printf(out, "\\u%04x", c);
}

/* Writes bytes that contain no quote, backslash or control byte. */
static void escape_run(StrBuf *out, Str run)
{
    if (str_is_utf8(run)) {
        strbuf_append(out, run);
        return;
    }
    for (size_t at = 0; at < run.size;) {
        size_t length = utf8_length(str_from(run, at));
        strbuf_append(out, length ? str_slice(run, at, length) : STR("\xEF\xBF\xBD"));
        at += MAX_OF(length, (size_t)1);
    }
}

void json_escape(StrBuf *out, Str value)
{
    strbuf_append_byte(out, '"');
    size_t run = 0;
    for (size_t at = 0; at < value.size; at++) {
        unsigned char c = (unsigned char)value.data[at];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        escape_run(out, str_slice(value, run, at - run));
        run = at + 1;
        if (c == '"' || c == '\\')
            strbuf_printf(out, "\\%c", c);
        else
            escape_control(out, c);
    }
    escape_run(out, str_from(value, run));
    strbuf_append_byte(out, '"');
}

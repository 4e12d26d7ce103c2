/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/compare.h"

enum { VALUE_SHOWN_BYTES = 400 };

/* Values come from files: no byte of them may drive a terminal. */
static void append_safe(StrBuf *out, Str text)
{
    for (size_t i = 0; i < MIN_OF(text.size, (size_t)VALUE_SHOWN_BYTES); i++) {
        unsigned char byte = (unsigned char)text.data[i];
        strbuf_append_byte(out, byte < 0x20 || byte == 0x7f ? '.' : (char)byte);
    }
    if (text.size > VALUE_SHOWN_BYTES)
        strbuf_append(out, STR("..."));
}

static void write_lines(StrBuf *out, uint32_t old_line, uint32_t new_line)
{
    if (old_line && new_line)
        strbuf_printf(out, "  (line %u -> %u)\n", old_line, new_line);
    else if (old_line || new_line)
        strbuf_printf(out, "  (line %u)\n", old_line ? old_line : new_line);
    else
        strbuf_append_byte(out, '\n');
}

static char sign_of(CompareKind kind)
{
    static const char signs[] = {'+', '-', '~'};
    return signs[kind];
}

static void write_detail(StrBuf *out, const CompareDetail *detail)
{
    bool is_list = str_equal(detail->name, STR("entry")) || str_equal(detail->name, STR("line"));
    bool has_value = !str_empty(detail->old_value) || !str_empty(detail->new_value);
    strbuf_printf(out, "  %c ", sign_of(detail->kind));
    if (!is_list)
        append_safe(out, detail->name);
    if (!is_list && has_value)
        strbuf_append(out, STR(": "));
    append_safe(out, detail->kind == COMPARE_ADDED ? detail->new_value : detail->old_value);
    if (detail->kind == COMPARE_CHANGED) {
        strbuf_append(out, STR(" -> "));
        append_safe(out, detail->new_value);
    }
    write_lines(out, detail->old_line, detail->new_line);
}

void compare_write_text(const Comparison *comparison, StrBuf *out)
{
    for (size_t i = 0; i < comparison->objects.count; i++) {
        const CompareObject *object = &comparison->objects.items[i];
        strbuf_printf(out, "%c %s ", sign_of(object->kind), object->group);
        append_safe(out, object->name);
        write_lines(out, object->old_line, object->new_line);
        for (size_t k = 0; k < object->details.count; k++)
            write_detail(out, &object->details.items[k]);
    }
    if (!comparison->has_other_lines)
        strbuf_append(out, STR("The systems differ: lines outside of these objects were not "
                               "compared.\n"));
}

/* Absent is null, so that an empty value differs from none. */
static void write_value(JsonWriter *json, const char *key, bool is_there, Str value)
{
    if (is_there)
        json_field_str(json, key, value);
    else
        json_field_text(json, key, NULL);
}

static void write_line(JsonWriter *json, const char *key, uint32_t line)
{
    json_key(json, key);
    if (line)
        json_u64(json, line);
    else
        json_write_null(json);
}

static void write_detail_json(JsonWriter *json, const CompareDetail *detail)
{
    json_begin_object(json);
    json_field_text(json, "change", compare_kind_name(detail->kind));
    json_field_str(json, "name", detail->name);
    write_value(json, "old", detail->kind != COMPARE_ADDED, detail->old_value);
    write_value(json, "new", detail->kind != COMPARE_REMOVED, detail->new_value);
    write_line(json, "old_line", detail->old_line);
    write_line(json, "new_line", detail->new_line);
    json_end(json);
}

void compare_write_json(const Comparison *comparison, JsonWriter *json)
{
    json_begin_object(json);
    json_field_bool(json, "is_same", comparison->objects.count == 0);
    json_field_bool(json, "has_other_lines", comparison->has_other_lines);
    json_key(json, "objects");
    json_begin_array(json);
    for (size_t i = 0; i < comparison->objects.count; i++) {
        const CompareObject *object = &comparison->objects.items[i];
        json_begin_object(json);
        json_field_text(json, "change", compare_kind_name(object->kind));
        json_field_text(json, "kind", object->group);
        json_field_str(json, "name", object->name);
        write_line(json, "old_line", object->old_line);
        write_line(json, "new_line", object->new_line);
        json_key(json, "details");
        json_begin_array(json);
        for (size_t k = 0; k < object->details.count; k++)
            write_detail_json(json, &object->details.items[k]);
        json_end(json);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

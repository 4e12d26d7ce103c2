/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/member_wire.h"

#include "base/base64.h"

static void write_fate(JsonWriter *json, const MemberLine *line)
{
    json_field_text(json, "end", member_fate_name(line->fate));
    if (!str_empty(line->reason))
        json_field_str(json, "reason", line->reason);
}

static void write_last(JsonWriter *json, const MemberLine *line)
{
    json_field_str(json, "archive", line->format);
    json_field_u64(json, "folders", line->folders);
    if (!str_empty(line->reason))
        json_field_str(json, "problem", line->reason);
}

void member_write_line(Arena *scratch, StrBuf *out, const MemberLine *line)
{
    JsonWriter json;
    json_start(&json, out);
    json_begin_object(&json);
    switch (line->type) {
    case MEMBER_FILE:
        json_field_str(&json, "file", str_slice(line->name, 0, MEMBER_NAME_BYTES));
        break;
    case MEMBER_DATA:
        json_field_str(&json, "data", base64_encode(scratch, line->bytes, BASE64_STANDARD));
        break;
    case MEMBER_END:
        write_fate(&json, line);
        json_field_u64(&json, "percent", line->percent);
        break;
    case MEMBER_LEFT:
        json_field_str(&json, "left", str_slice(line->name, 0, MEMBER_NAME_BYTES));
        write_fate(&json, line);
        break;
    case MEMBER_LAST:
        write_last(&json, line);
        break;
    }
    json_end(&json);
}

static bool read_fate(const JsonValue *line, MemberLine *out)
{
    int64_t percent = json_i64_or(line, "percent", 0);
    out->fate = member_fate_find(json_str_or(line, "end", STR("")));
    out->reason = json_str_or(line, "reason", STR(""));
    out->percent = (unsigned)MIN_OF(MAX_OF(percent, INT64_C(0)), INT64_C(100));
    return out->fate < MEMBER_FATES;
}

static bool read_last(const JsonValue *line, MemberLine *out)
{
    int64_t folders = json_i64_or(line, "folders", 0);
    out->type = MEMBER_LAST;
    out->reason = json_str_or(line, "problem", STR(""));
    out->folders = (uint32_t)MIN_OF(MAX_OF(folders, INT64_C(0)), (int64_t)UINT32_MAX);
    return true;
}

static bool read_members(Arena *arena, const JsonValue *line, MemberLine *out)
{
    Str data;
    out->type = MEMBER_FILE;
    if (json_get_str(line, "file", &out->name))
        return true;
    out->type = MEMBER_DATA;
    if (json_get_str(line, "data", &data))
        return base64_decode(arena, data, BASE64_STANDARD, &out->bytes) && out->bytes.size > 0;
    out->type = MEMBER_LEFT;
    if (json_get_str(line, "left", &out->name))
        return read_fate(line, out) && out->fate != MEMBER_TAKEN;
    out->type = MEMBER_END;
    return json_get_str(line, "archive", &out->format) ? read_last(line, out)
                                                       : read_fate(line, out);
}

bool member_read_line(Arena *arena, Str text, MemberLine *out_line, Error *error)
{
    MemberLine line = {0};
    const JsonValue *read = json_parse(arena, text, error);
    if (!read || !read_members(arena, read, &line))
        return error_set(error, ERR_INTERNAL, "the parser wrote a malformed line");
    *out_line = line;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/mem.h"

#include <jansson.h>

/* Less than the writer can nest, so that every value that was read can be written again. */
enum { READ_MAX_DEPTH = JSON_MAX_DEPTH - 16 };

static bool convert(Arena *arena, json_t *source, int depth, JsonValue *out);

static bool convert_array(Arena *arena, json_t *source, int depth, JsonValue *out)
{
    out->type = JSON_IS_ARRAY;
    out->count = json_array_size(source);
    out->items = ARENA_ARRAY(arena, JsonValue, out->count);
    for (size_t i = 0; i < out->count; i++) {
        if (!convert(arena, json_array_get(source, i), depth + 1, &out->items[i]))
            return false;
    }
    return true;
}

static bool convert_object(Arena *arena, json_t *source, int depth, JsonValue *out)
{
    const char *key = NULL;
    json_t *member = NULL;
    size_t i = 0;
    out->type = JSON_IS_OBJECT;
    out->count = json_object_size(source);
    out->items = ARENA_ARRAY(arena, JsonValue, out->count);
    out->keys = ARENA_ARRAY(arena, Str, out->count);
    json_object_foreach(source, key, member)
    {
        out->keys[i] = arena_copy(arena, str_of(key));
        if (!convert(arena, member, depth + 1, &out->items[i++]))
            return false;
    }
    return true;
}

static bool convert(Arena *arena, json_t *source, int depth, JsonValue *out)
{
    if (depth > READ_MAX_DEPTH)
        return false;
    switch (json_typeof(source)) {
    case JSON_OBJECT:
        return convert_object(arena, source, depth, out);
    case JSON_ARRAY:
        return convert_array(arena, source, depth, out);
    case JSON_STRING:
        out->type = JSON_IS_STRING;
        out->string =
            arena_copy(arena, str_make(json_string_value(source), json_string_length(source)));
        return true;
    case JSON_INTEGER:
        out->type = JSON_IS_INTEGER;
        out->integer = json_integer_value(source);
        out->real = (double)out->integer;
        return true;
    case JSON_REAL:
        out->type = JSON_IS_REAL;
        out->real = json_real_value(source);
        return true;
    default:
        out->type = json_is_null(source) ? JSON_IS_NULL : JSON_IS_BOOL;
        out->boolean = json_is_true(source);
        return true;
    }
}

/* jansson recurses up to 2,048 levels, too deep for a task's small stack, so the depth is checked
 * first. */
static bool is_nested_too_deep(Str text)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte == '"')
            in_string = !in_string;
        else if (in_string && byte == '\\')
            i++;
        else if (!in_string && (byte == '[' || byte == '{') && ++depth > READ_MAX_DEPTH + 1)
            return true;
        else if (!in_string && (byte == ']' || byte == '}'))
            depth--;
    }
    return false;
}

static const JsonValue *refuse_depth(Error *error)
{
    error_set(error, ERR_VALIDATION, "invalid JSON: nested deeper than %d", READ_MAX_DEPTH);
    return NULL;
}

static void *take_memory(size_t size)
{
    return mem_resize(NULL, 1, size);
}

/* Texts may hold passwords and keys, so what jansson has copied of them is overwritten. */
__attribute__((constructor)) static void set_memory(void)
{
    json_set_alloc_funcs(take_memory, mem_free_secret);
}

const JsonValue *json_parse(Arena *arena, Str text, Error *error)
{
    json_error_t problem = {0};
    if (is_nested_too_deep(text))
        return refuse_depth(error);
    json_t *source = json_loadb(text.data ? text.data : "", text.size,
                                JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!source) {
        /* The text after "near" is part of the input, which may be a password. */
        Str what = str_of(problem.text);
        what = str_slice(what, 0, str_find(what, STR(" near ")));
        error_set(error, ERR_VALIDATION, "invalid JSON at line %d column %d: %.*s", problem.line,
                  problem.column, STR_ARGS(what));
        explicit_bzero(&problem, sizeof(problem));
        return NULL;
    }
    JsonValue *value = ARENA_NEW(arena, JsonValue);
    bool fits = convert(arena, source, 0, value);
    json_decref(source);
    return fits ? value : refuse_depth(error);
}

const JsonValue *json_get(const JsonValue *value, const char *key)
{
    if (!value || value->type != JSON_IS_OBJECT)
        return NULL;
    for (size_t i = 0; i < value->count; i++) {
        if (str_equal(value->keys[i], str_of(key)))
            return &value->items[i];
    }
    return NULL;
}

bool json_get_str(const JsonValue *value, const char *key, Str *out_str)
{
    const JsonValue *member = json_get(value, key);
    if (!member || member->type != JSON_IS_STRING)
        return false;
    *out_str = member->string;
    return true;
}

bool json_get_i64(const JsonValue *value, const char *key, int64_t *out_integer)
{
    const JsonValue *member = json_get(value, key);
    if (!member || member->type != JSON_IS_INTEGER)
        return false;
    *out_integer = member->integer;
    return true;
}

Str json_str_or(const JsonValue *value, const char *key, Str fallback)
{
    Str text;
    return json_get_str(value, key, &text) ? text : fallback;
}

int64_t json_i64_or(const JsonValue *value, const char *key, int64_t fallback)
{
    int64_t integer = 0;
    return json_get_i64(value, key, &integer) ? integer : fallback;
}

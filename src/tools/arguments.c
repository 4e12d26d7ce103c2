/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"

#include "base/strbuf.h"

/* Of a hostile name or value that a message repeats. */
enum { SHOWN_MAX_BYTES = 60, LIST_MAX_BYTES = 256 };

typedef struct {
    const Tool *tool;
    Str name;
    const JsonValue *schema; /* of the argument */
    const JsonValue *value;
    Error *error;
} Argument;

static bool is_present(const JsonValue *value)
{
    return value && value->type != JSON_IS_NULL;
}

#define FAIL_ARGUMENT(argument, format, ...)                                                       \
    fail_argument(argument, arena_printf(arena, format, __VA_ARGS__))

static bool fail_argument(const Argument *argument, Str reason)
{
    char field[sizeof(argument->error->field)];
    error_set(argument->error, ERR_VALIDATION, "%s: \"%.*s\" %.*s", argument->tool->name,
              STR_ARGS(argument->name), STR_ARGS(reason));
    str_copy_to(argument->name, field, sizeof(field));
    return error_set_field(argument->error, field);
}

static void list_name(StrBuf *list, Str name)
{
    strbuf_printf(list, "%s%.*s", list->size ? ", " : "", STR_ARGS(name));
}

static bool fail_enum(Arena *arena, const Argument *argument, const JsonValue *allowed)
{
    auto_strbuf StrBuf list = {0};
    strbuf_init(&list, LIST_MAX_BYTES);
    for (size_t i = 0; i < allowed->count; i++)
        list_name(&list, allowed->items[i].string);
    Str words = strbuf_str(&list);
    return FAIL_ARGUMENT(argument, "must be one of: %.*s", STR_ARGS(words));
}

static bool fail_unknown(const Argument *argument, const JsonValue *properties)
{
    auto_strbuf StrBuf list = {0};
    Str name = str_slice(argument->name, 0, SHOWN_MAX_BYTES);
    strbuf_init(&list, LIST_MAX_BYTES);
    for (size_t i = 0; i < properties->count; i++)
        list_name(&list, properties->keys[i]);
    Str known = strbuf_str(&list);
    return error_set(argument->error, ERR_VALIDATION,
                     "%s: there is no argument \"%.*s\"; the arguments are: %.*s",
                     argument->tool->name, STR_ARGS(name), STR_ARGS(known));
}

static bool check_enum(Arena *arena, const Argument *argument)
{
    const JsonValue *allowed = json_get(argument->schema, "enum");
    for (size_t i = 0; allowed && i < allowed->count; i++) {
        if (str_equal(allowed->items[i].string, argument->value->string))
            return true;
    }
    return !allowed || fail_enum(arena, argument, allowed);
}

static bool check_string(Arena *arena, const Argument *argument)
{
    Uuid id;
    int64_t least = json_i64_or(argument->schema, "minLength", 0);
    int64_t most = json_i64_or(argument->schema, "maxLength", TOOL_ARGUMENTS_MAX_BYTES);
    bool is_uuid = str_equal(json_str_or(argument->schema, "format", STR("")), STR("uuid"));
    if (argument->value->type != JSON_IS_STRING)
        return fail_argument(argument, STR("must be a string"));
    if (is_uuid && !uuid_parse(argument->value->string, &id))
        return fail_argument(argument, STR("must be an id (a UUID), as list_documents gives it"));
    if ((int64_t)argument->value->string.size < least ||
        (int64_t)argument->value->string.size > most)
        return FAIL_ARGUMENT(argument, "must have %lld to %lld bytes", (long long)least,
                             (long long)most);
    return check_enum(arena, argument);
}

static bool check_integer(Arena *arena, const Argument *argument)
{
    int64_t least = json_i64_or(argument->schema, "minimum", INT64_MIN);
    int64_t most = json_i64_or(argument->schema, "maximum", INT64_MAX);
    if (argument->value->type != JSON_IS_INTEGER)
        return fail_argument(argument, STR("must be an integer"));
    if (argument->value->integer < least || argument->value->integer > most)
        return FAIL_ARGUMENT(argument, "must be an integer from %lld to %lld", (long long)least,
                             (long long)most);
    return true;
}

static bool check_argument(Arena *arena, const Argument *argument, const JsonValue *properties)
{
    if (!argument->schema)
        return fail_unknown(argument, properties);
    if (!is_present(argument->value))
        return true;
    bool is_string = str_equal(json_str_or(argument->schema, "type", STR("")), STR("string"));
    return is_string ? check_string(arena, argument) : check_integer(arena, argument);
}

static bool check_all(Arena *arena, const Tool *tool, const JsonValue *arguments, Error *error)
{
    Error schema_error;
    const JsonValue *schema = json_parse(arena, str_of(tool->parameters), &schema_error);
    check(schema); /* a constant of the table */
    const JsonValue *properties = json_get(schema, "properties");
    const JsonValue *required = json_get(schema, "required");
    for (size_t i = 0; i < arguments->count; i++) {
        Str name = arguments->keys[i];
        const JsonValue *property = json_get(properties, arena_cstring(arena, name));
        Argument argument = {tool, name, property, &arguments->items[i], error};
        if (!check_argument(arena, &argument, properties))
            return false;
    }
    for (size_t i = 0; required && i < required->count; i++) {
        Str name = required->items[i].string;
        Argument argument = {tool, name, NULL, NULL, error};
        if (!is_present(json_get(arguments, arena_cstring(arena, name))))
            return fail_argument(&argument, STR("is missing"));
    }
    return true;
}

const JsonValue *arguments_check(Arena *arena, const Tool *tool, Str text, Error *error)
{
    if (text.size > TOOL_ARGUMENTS_MAX_BYTES) {
        error_set(error, ERR_VALIDATION, "%s: the arguments have more than %d bytes", tool->name,
                  TOOL_ARGUMENTS_MAX_BYTES);
        return NULL;
    }
    if (str_empty(str_trim(text)))
        text = STR("{}");
    const JsonValue *arguments = json_parse(arena, text, error);
    if (!arguments) {
        error_prefix(error, "%s: the arguments are not JSON: ", tool->name);
        return NULL;
    }
    if (arguments->type != JSON_IS_OBJECT) {
        error_set(error, ERR_VALIDATION, "%s: the arguments must be a JSON object", tool->name);
        return NULL;
    }
    return check_all(arena, tool, arguments, error) ? arguments : NULL;
}

Str argument_str(const JsonValue *arguments, const char *name)
{
    return json_str_or(arguments, name, STR(""));
}

int64_t argument_i64(const JsonValue *arguments, const char *name, int64_t fallback)
{
    return json_i64_or(arguments, name, fallback);
}

bool argument_uuid(const JsonValue *arguments, const char *name, Uuid *out_id)
{
    Str text = argument_str(arguments, name);
    if (str_empty(text))
        return false;
    check(uuid_parse(text, out_id));
    return true;
}

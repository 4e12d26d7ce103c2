/* SPDX-License-Identifier: Apache-2.0 */
#include "web/api_notation.h"

#include "base/ascii.h"

/* The end of the text up to a mark that is in no brackets. */
static size_t find_outside(Str text, char mark)
{
    size_t at = 0;
    for (unsigned depth = 0; at < text.size && (depth > 0 || text.data[at] != mark); at++) {
        char c = text.data[at];
        depth += c == '{' || c == '[' || c == '(';
        depth -= c == '}' || c == ']' || c == ')';
    }
    return at;
}

bool api_member_next(Str *rest, ApiMember *out_member)
{
    Str member = str_trim(str_slice(*rest, 0, find_outside(*rest, ',')));
    if (str_empty(member))
        return false;
    size_t end = find_outside(*rest, ',');
    *rest = end < rest->size ? str_from(*rest, end + 1) : STR("");
    size_t colon = str_find_byte(member, ':');
    check(colon != STR_NOT_FOUND);
    Str name = str_slice(member, 0, colon);
    bool is_optional = str_ends_with(name, STR("?"));
    *out_member = (ApiMember){.name = str_slice(name, 0, name.size - is_optional),
                              .type = str_trim(str_from(member, colon + 1)),
                              .is_optional = is_optional};
    return true;
}

/* Writes the ends of "least..most" under these keys. */
static void write_range(JsonWriter *json, Str range, const char *least_key, const char *most_key)
{
    int64_t value = 0;
    size_t dots = str_find(range, STR(".."));
    if (str_empty(range))
        return;
    check(dots != STR_NOT_FOUND);
    if (str_parse_i64(str_slice(range, 0, dots), &value))
        json_field_i64(json, least_key, value);
    if (str_parse_i64(str_from(range, dots + 2), &value))
        json_field_i64(json, most_key, value);
}

static void write_words(JsonWriter *json, Str words)
{
    Str word;
    json_field_text(json, "type", "string");
    json_key(json, "enum");
    json_begin_array(json);
    while (str_next_field(&words, '|', &word))
        json_str(json, word);
    json_end(json);
}

typedef struct {
    const char *name;
    const char *type;
    const char *format;
    const char *least_key;
    const char *most_key;
} PlainType;

static const PlainType plain_types[] = {
    {"text", "string", NULL, "minLength", "maxLength"},
    {"integer", "integer", NULL, "minimum", "maximum"},
    {"number", "number", NULL, NULL, NULL},
    {"boolean", "boolean", NULL, NULL, NULL},
    {"uuid", "string", "uuid", NULL, NULL},
    {"time", "string", "date-time", NULL, NULL},
    {"object", "object", NULL, NULL, NULL},
    {"file", "string", "binary", NULL, NULL},
    {"any", NULL, NULL, NULL, NULL},
};

static void write_plain(JsonWriter *json, Str name, Str range)
{
    const PlainType *found = NULL;
    for (size_t i = 0; i < COUNT_OF(plain_types); i++) {
        if (str_equal(name, str_of(plain_types[i].name)))
            found = &plain_types[i];
    }
    check(found && (str_empty(range) || found->least_key));
    if (found->type)
        json_field_text(json, "type", found->type);
    if (found->format)
        json_field_text(json, "format", found->format);
    write_range(json, range, found->least_key, found->most_key);
}

/* The keywords of members, inside an object that is open. */
static void write_members(JsonWriter *json, Str members)
{
    Str rest = members;
    ApiMember member;
    json_field_text(json, "type", "object");
    json_key(json, "properties");
    json_begin_object(json);
    while (api_member_next(&rest, &member)) {
        json_key_str(json, member.name);
        if (member.is_optional) {
            json_begin_object(json);
            json_key(json, "anyOf");
            json_begin_array(json);
        }
        api_type_write(json, member.type);
        if (member.is_optional) {
            json_raw(json, STR("{\"type\":\"null\"}"));
            json_end(json);
            json_end(json);
        }
    }
    json_end(json);
    json_key(json, "required");
    json_begin_array(json);
    for (rest = members; api_member_next(&rest, &member);) {
        if (!member.is_optional)
            json_str(json, member.name);
    }
    json_end(json);
}

static void write_array(JsonWriter *json, Str items, Str range)
{
    json_field_text(json, "type", "array");
    json_key(json, "items");
    api_type_write(json, items);
    write_range(json, range, "minItems", "maxItems");
}

void api_type_write(JsonWriter *json, Str type)
{
    size_t end = find_outside(type, ' ');
    Str kind = str_slice(type, 0, end);
    Str range = str_trim(str_from(type, end));
    check(kind.size >= 2);
    Str inside = str_slice(kind, 1, kind.size - 2);
    json_begin_object(json);
    switch (kind.data[0]) {
    case '(':
        write_words(json, inside);
        break;
    case '[':
        write_array(json, inside, range);
        break;
    case '{':
        write_members(json, inside);
        break;
    default:
        write_plain(json, kind, range);
    }
    json_end(json);
}

void api_members_write(JsonWriter *json, Str members)
{
    json_begin_object(json);
    write_members(json, members);
    json_end(json);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/fields.h"

/* Any VEC, whose items are passed over by their size. */
typedef struct {
    const char *items;
    size_t count, capacity;
} AnyVec;

static uint64_t number_of(const Field *field, const void *at)
{
    uint64_t number = 0;
    static const size_t sizes[] = {[FIELD_U8] = 1, [FIELD_U16] = 2, [FIELD_U32] = 4};
    if (field->type == FIELD_U8)
        return *(const uint8_t *)at;
    if (field->type == FIELD_U16)
        return *(const uint16_t *)at;
    memcpy(&number, at, sizes[FIELD_U32]);
    return number;
}

static void write_sourced(JsonWriter *json, const Sourced *value)
{
    json_begin_object(json);
    json_field_str(json, "value", value->text);
    json_field_u64(json, "line", value->line);
    json_end(json);
}

static void write_sourced_list(JsonWriter *json, const SourcedVec *list)
{
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++)
        write_sourced(json, &list->items[i]);
    json_end(json);
}

static void write_bits(JsonWriter *json, const FieldNames *names, uint32_t bits)
{
    json_begin_array(json);
    for (size_t i = 0; i < names->count; i++) {
        if (bits >> i & 1)
            json_text(json, names->names[i]);
    }
    json_end(json);
}

static void write_vlans(JsonWriter *json, const VlanSet *set)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 32 << 10);
    vlans_write(set, &text);
    json_str(json, strbuf_str(&text));
}

static void write_list(JsonWriter *json, const Structure *structure, const void *at)
{
    AnyVec list;
    memcpy(&list, at, sizeof(list));
    json_begin_array(json);
    for (size_t i = 0; i < list.count; i++) {
        const char *item = list.items + i * structure->size;
        if (!structure->is_present || structure->is_present(item))
            fields_write(json, structure, item);
    }
    json_end(json);
}

/* Returns the word of an enum or of a bool; NULL if the value has none. */
static const char *word_of(const Field *field, const void *at)
{
    const FieldNames *names = field->of;
    size_t value = field->type == FIELD_WORD ? *(const bool *)at : *(const unsigned *)at;
    return value < names->count ? names->names[value] : NULL;
}

static bool has_items(const void *at)
{
    AnyVec list;
    memcpy(&list, at, sizeof(list));
    return list.count > 0;
}

static bool is_set(const Field *field, const void *at)
{
    switch (field->type) {
    case FIELD_STR:
        return ((const Str *)at)->size > 0;
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
        return number_of(field, at) > 0;
    case FIELD_BITS:
        return *(const uint32_t *)at > 0;
    case FIELD_BOOL:
        return *(const bool *)at;
    case FIELD_PREFIX:
        return ip_is_set(((const IpPrefix *)at)->address);
    case FIELD_LIST:
        return has_items(at);
    default:
        return true;
    }
}

/* These are absent without a value, however they are declared. */
static bool is_written(const Field *field, const void *at)
{
    switch (field->type) {
    case FIELD_SOURCED:
        return ((const Sourced *)at)->line > 0;
    case FIELD_IP:
        return ip_is_set(*(const IpAddress *)at);
    case FIELD_VLANS:
        return *(VlanSet *const *)at != NULL;
    case FIELD_ENUM:
    case FIELD_WORD:
        return word_of(field, at) != NULL;
    case FIELD_OBJECT: {
        const Structure *structure = field->of;
        return !structure->is_present || structure->is_present(at);
    }
    default:
        return field->presence == FIELD_ALWAYS || is_set(field, at);
    }
}

static void write_value(JsonWriter *json, const Field *field, const void *at)
{
    IpText text;
    switch (field->type) {
    case FIELD_STR:
        json_str(json, *(const Str *)at);
        break;
    case FIELD_SOURCED:
        write_sourced(json, at);
        break;
    case FIELD_SOURCED_LIST:
        write_sourced_list(json, at);
        break;
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
        json_u64(json, number_of(field, at));
        break;
    case FIELD_BOOL:
        json_bool(json, *(const bool *)at);
        break;
    case FIELD_IP:
        json_str(json, ip_format(*(const IpAddress *)at, &text));
        break;
    case FIELD_PREFIX:
        json_str(json, ip_prefix_format(*(const IpPrefix *)at, &text));
        break;
    case FIELD_ENUM:
    case FIELD_WORD:
        json_text(json, word_of(field, at));
        break;
    case FIELD_BITS:
        write_bits(json, field->of, *(const uint32_t *)at);
        break;
    case FIELD_VLANS:
        write_vlans(json, *(VlanSet *const *)at);
        break;
    case FIELD_OBJECT:
        fields_write(json, field->of, at);
        break;
    case FIELD_LIST:
        write_list(json, field->of, at);
        break;
    case FIELD_CODEC:
        break;
    }
}

void fields_write(JsonWriter *json, const Structure *structure, const void *from)
{
    json_begin_object(json);
    for (size_t i = 0; i < structure->count; i++) {
        const Field *field = &structure->fields[i];
        const void *at = (const char *)from + field->offset;
        if (field->type == FIELD_CODEC) {
            ((const FieldCodec *)field->of)->write(json, field->key, at);
        } else if (is_written(field, at)) {
            json_key(json, field->key);
            write_value(json, field, at);
        }
    }
    json_end(json);
}

void device_write_json(const Device *device, JsonWriter *json)
{
    fields_write(json, &device_structure, device);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/fields.h"

typedef struct {
    char *items;
    size_t count, capacity;
} AnyVec;

static bool read_sourced(JsonPull *pull, Sourced *out)
{
    Str key;
    uint64_t line = 0;
    if (!json_pull_object(pull))
        return false;
    while (json_pull_key(pull, &key)) {
        if (str_equal(key, STR("value")))
            json_pull_str(pull, &out->text);
        else if (str_equal(key, STR("line")))
            json_pull_u64(pull, UINT32_MAX, &line);
        else
            json_pull_skip(pull);
    }
    out->line = (uint32_t)line;
    return !pull->problem;
}

static bool read_sourced_list(JsonPull *pull, SourcedVec *out)
{
    if (!json_pull_array(pull))
        return false;
    while (json_pull_item(pull))
        read_sourced(pull, VEC_PUSH(pull->arena, out));
    return !pull->problem;
}

static bool read_number(JsonPull *pull, FieldType type, void *out)
{
    uint64_t number = 0;
    uint64_t max = type == FIELD_U8 ? UINT8_MAX : type == FIELD_U16 ? UINT16_MAX : UINT32_MAX;
    if (!json_pull_u64(pull, max, &number))
        return false;
    if (type == FIELD_U8)
        *(uint8_t *)out = (uint8_t)number;
    else if (type == FIELD_U16)
        *(uint16_t *)out = (uint16_t)number;
    else
        *(uint32_t *)out = (uint32_t)number;
    return true;
}

static bool read_ip(JsonPull *pull, IpAddress *out)
{
    Str text;
    return json_pull_str(pull, &text) &&
           (ip_parse(text, out) || json_pull_fail(pull, "expected an IP address"));
}

/* A prefix that was not set is empty. */
static bool read_prefix(JsonPull *pull, IpPrefix *out)
{
    Str text;
    return json_pull_str(pull, &text) && (text.size == 0 || ip_prefix_parse(text, out) ||
                                          json_pull_fail(pull, "expected an IP prefix"));
}

static bool read_name(JsonPull *pull, const FieldNames *names, size_t *out_value)
{
    Str text;
    if (!json_pull_str(pull, &text))
        return false;
    for (size_t i = 0; i < names->count; i++) {
        if (names->names[i] && str_equal(text, str_of(names->names[i]))) {
            *out_value = i;
            return true;
        }
    }
    return json_pull_fail(pull, "a word that is not one of the known ones");
}

static bool read_bits(JsonPull *pull, const FieldNames *names, uint32_t *out)
{
    size_t bit = 0;
    if (!json_pull_array(pull))
        return false;
    while (json_pull_item(pull)) {
        if (read_name(pull, names, &bit))
            *out |= 1u << bit;
    }
    return !pull->problem;
}

static bool read_vlans(JsonPull *pull, VlanSet **out)
{
    Str text;
    VlanSet *set = ARENA_NEW(pull->arena, VlanSet);
    if (!json_pull_str(pull, &text))
        return false;
    if (text.size && !vlans_parse(text, false, set))
        return json_pull_fail(pull, "expected VLAN ids");
    *out = set;
    return true;
}

static bool read_list(JsonPull *pull, const Structure *structure, void *out)
{
    AnyVec list;
    memcpy(&list, out, sizeof(list));
    if (!json_pull_array(pull))
        return false;
    while (json_pull_item(pull)) {
        list.items = vec_grow(pull->arena, list.items, list.count, &list.capacity, structure->size);
        if (!fields_read(pull, structure, list.items + list.count++ * structure->size))
            return false;
    }
    memcpy(out, &list, sizeof(list));
    return !pull->problem;
}

static bool read_value(JsonPull *pull, const Field *field, void *out)
{
    size_t value = 0;
    switch (field->type) {
    case FIELD_STR:
        return json_pull_str(pull, out);
    case FIELD_SOURCED:
        return read_sourced(pull, out);
    case FIELD_SOURCED_LIST:
        return read_sourced_list(pull, out);
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
        return read_number(pull, field->type, out);
    case FIELD_BOOL:
        return json_pull_bool(pull, out);
    case FIELD_IP:
        return read_ip(pull, out);
    case FIELD_PREFIX:
        return read_prefix(pull, out);
    case FIELD_ENUM:
        if (read_name(pull, field->of, &value))
            *(unsigned *)out = (unsigned)value;
        return !pull->problem;
    case FIELD_WORD:
        if (read_name(pull, field->of, &value))
            *(bool *)out = value == 1;
        return !pull->problem;
    case FIELD_BITS:
        return read_bits(pull, field->of, out);
    case FIELD_VLANS:
        return read_vlans(pull, out);
    case FIELD_OBJECT:
        return fields_read(pull, field->of, out);
    case FIELD_LIST:
        return read_list(pull, field->of, out);
    case FIELD_CODEC: {
        const FieldCodec *codec = field->of;
        return codec->read ? codec->read(pull, out) : json_pull_skip(pull);
    }
    }
    return false;
}

/* Keys come in the order in which they were written, or in that of PostgreSQL. */
static const Field *find_field(const Structure *structure, Str key, size_t *next)
{
    for (size_t i = 0; i < structure->count; i++) {
        size_t at = (*next + i) % structure->count;
        if (str_equal(key, str_of(structure->fields[at].key))) {
            *next = at + 1;
            return &structure->fields[at];
        }
    }
    return NULL;
}

bool fields_read(JsonPull *pull, const Structure *structure, void *out)
{
    Str key;
    size_t next = 0;
    if (!json_pull_object(pull))
        return false;
    while (json_pull_key(pull, &key)) {
        const Field *field = find_field(structure, key, &next);
        if (field)
            read_value(pull, field, (char *)out + field->offset);
        else
            json_pull_skip(pull);
    }
    if (!pull->problem && structure->complete)
        structure->complete(pull->arena, out);
    return !pull->problem;
}

bool device_read_json(Arena *arena, Str text, Device *out_device, Error *error)
{
    Device device = {0};
    JsonPull pull = {.arena = arena, .text = text};
    fields_read(&pull, &device_structure, &device);
    if (!json_pull_end(&pull, error))
        return false;
    if (device.shape != DEVICE_SHAPE)
        return error_set(error, ERR_VALIDATION,
                         "the analysis has shape %u, but this version reads shape %u", device.shape,
                         DEVICE_SHAPE);
    *out_device = device;
    return true;
}

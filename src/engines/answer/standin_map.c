/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"

enum { VERSION = 1, JSON_MAX_BYTES = 16 << 20 };

StandinMap *standin_map_new(void)
{
    StandinMap *map = MEM_NEW(StandinMap);
    map->arena = arena_new();
    random_bytes(map->key.bytes, sizeof(map->key.bytes));
    learn_prepare(map);
    return map;
}

void standin_map_free(StandinMap *map)
{
    if (!map)
        return;
    arena_free(map->arena);
    mem_free(map);
}

size_t standin_map_count(const StandinMap *map)
{
    return map->pairs.count + map->names.count;
}

static const Pair *find_pair(const StandinMap *map, const Map *by, Str key)
{
    size_t index = map_get_index(by, key);
    return index == MAP_NO_INDEX ? NULL : &map->pairs.items[index];
}

const Pair *map_find_real(const StandinMap *map, Str real)
{
    return find_pair(map, &map->by_real, real);
}

const Pair *map_find_standin(const StandinMap *map, Str standin)
{
    return find_pair(map, &map->by_standin, standin);
}

/* The key of a prefix: family, length and the bits. */
typedef struct {
    char data[18];
} NetworkKey;

static Str network_key(IpAddress address, unsigned length, NetworkKey *key)
{
    IpPrefix network = ip_prefix_network((IpPrefix){address, (uint8_t)length});
    key->data[0] = (char)network.address.family;
    key->data[1] = (char)length;
    memcpy(key->data + 2, network.address.bytes, sizeof(network.address.bytes));
    return str_make(key->data, sizeof(key->data));
}

bool map_has_network(const StandinMap *map, IpAddress address, unsigned length)
{
    NetworkKey key;
    return map_get(&map->networks, network_key(address, length, &key)) != NULL;
}

/* Remembers the prefixes in which a stand-in lies, for addresses that a model derives from it. */
static void add_networks(StandinMap *map, Str standin)
{
    static const uint8_t lengths_v4[] = {24, 23, 22, 21, 20, 19, 18, 17, 16, 12, 8};
    static const uint8_t lengths_v6[] = {64, 60, 56, 52, 48, 40, 32};
    IpAddress address;
    NetworkKey key;
    if (!ip_parse(standin, &address))
        return;
    bool is_v4 = address.family == IP_V4;
    size_t count = is_v4 ? COUNT_OF(lengths_v4) : COUNT_OF(lengths_v6);
    for (size_t i = 0; i < count; i++) {
        Str network = network_key(address, is_v4 ? lengths_v4[i] : lengths_v6[i], &key);
        if (map_get(&map->networks, network))
            return;
        map_put(map->arena, &map->networks, arena_copy(map->arena, network), map);
    }
}

const Pair *map_add_pair(StandinMap *map, PairKind kind, Str real, Str standin)
{
    if (standin_map_count(map) >= STANDIN_MAX_ENTRIES)
        return NULL;
    check(!map_find_standin(map, standin));
    Pair *pair = VEC_PUSH(map->arena, &map->pairs);
    *pair = (Pair){kind, arena_copy(map->arena, real), arena_copy(map->arena, standin)};
    map_put_index(map->arena, &map->by_real, pair->real, map->pairs.count - 1);
    map_put_index(map->arena, &map->by_standin, pair->standin, map->pairs.count - 1);
    if (kind == PAIR_V4 || kind == PAIR_V6)
        add_networks(map, pair->standin);
    StandinName name;
    uint32_t number = 0;
    if (kind == PAIR_NAME && word_is_standin(standin, &name, &number))
        map->last_number[name] = MAX_OF(map->last_number[name], number);
    return pair;
}

const Name *map_find_name(const StandinMap *map, Str lower)
{
    size_t index = map_get_index(&map->by_name, lower);
    return index == MAP_NO_INDEX ? NULL : &map->names.items[index];
}

static const Name *insert_name(StandinMap *map, Name name)
{
    size_t first = 0;
    if (standin_map_count(map) >= STANDIN_MAX_ENTRIES)
        return NULL;
    name.name = arena_copy(map->arena, name.name);
    Name *added = VEC_PUSH(map->arena, &map->names);
    *added = name;
    map_put_index(map->arena, &map->by_name, name.name, map->names.count - 1);
    while (first < name.name.size && scan_is_word_byte(name.name.data[first]))
        first++;
    if (name.everywhere)
        map_put(map->arena, &map->first_words, str_slice(name.name, 0, first), map);
    map->last_number[name.kind] = MAX_OF(map->last_number[name.kind], name.number);
    return added;
}

const Name *map_add_name(StandinMap *map, StandinName kind, Str lower, bool everywhere)
{
    return insert_name(map, (Name){kind, lower, map->last_number[kind] + 1, everywhere});
}

/* The letters of PairKind and StandinName. */
static const char pair_letters[] = "46mnAai";
static const char name_letters[] = "hud";

static void write_letter(JsonWriter *json, char letter)
{
    json_str(json, str_make(&letter, 1));
}

Str standin_map_write(const StandinMap *map, Arena *arena)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
    json_begin_object(json);
    json_field_u64(json, "version", VERSION);
    json_field_str(json, "key", hex_encode(arena, str_make(map->key.bytes, KEY_BYTES)));
    json_key(json, "names");
    json_begin_array(json);
    for (size_t i = 0; i < map->names.count; i++) {
        const Name *name = &map->names.items[i];
        json_begin_array(json);
        write_letter(json, name_letters[name->kind]);
        json_str(json, name->name);
        json_u64(json, name->number);
        json_bool(json, name->everywhere);
        json_end(json);
    }
    json_end(json);
    json_key(json, "pairs");
    json_begin_array(json);
    for (size_t i = 0; i < map->pairs.count; i++) {
        const Pair *pair = &map->pairs.items[i];
        json_begin_array(json);
        write_letter(json, pair_letters[pair->kind]);
        json_str(json, pair->real);
        json_str(json, pair->standin);
        json_end(json);
    }
    json_end(json);
    json_end(json);
    /* The limits of entries and of their sizes keep it far below the maximum. */
    check(json_writer_text(json, &text));
    return text;
}

static bool is_array(const JsonValue *value, size_t count)
{
    return value->type == JSON_IS_ARRAY && value->count == count;
}

static bool is_text(const JsonValue *value)
{
    return value->type == JSON_IS_STRING && value->string.size > 0 &&
           value->string.size <= STANDIN_NAME_MAX_BYTES;
}

/* Returns the index of a value that is one of the letters, or -1. */
static int parse_letter(const JsonValue *value, const char *letters)
{
    if (value->type != JSON_IS_STRING || value->string.size != 1)
        return -1;
    const char *found = strchr(letters, value->string.data[0]);
    return found && *found ? (int)(found - letters) : -1;
}

static bool parse_name(StandinMap *map, const JsonValue *value)
{
    if (!is_array(value, 4))
        return false;
    const JsonValue *items = value->items;
    int kind = parse_letter(&items[0], name_letters);
    if (kind < 0 || !is_text(&items[1]) || items[2].type != JSON_IS_INTEGER ||
        items[2].integer < 1 || items[2].integer > STANDIN_MAX_ENTRIES ||
        items[3].type != JSON_IS_BOOL || map_find_name(map, items[1].string))
        return false;
    return insert_name(map, (Name){(StandinName)kind, items[1].string, (uint32_t)items[2].integer,
                                   items[3].boolean});
}

static bool parse_pair(StandinMap *map, const JsonValue *value)
{
    if (!is_array(value, 3))
        return false;
    int kind = parse_letter(&value->items[0], pair_letters);
    if (kind < 0 || !is_text(&value->items[1]) || !is_text(&value->items[2]) ||
        map_find_standin(map, value->items[2].string))
        return false;
    return map_add_pair(map, (PairKind)kind, value->items[1].string, value->items[2].string);
}

static bool parse_list(StandinMap *map, const JsonValue *list,
                       bool (*parse)(StandinMap *map, const JsonValue *value))
{
    if (!list || list->type != JSON_IS_ARRAY)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!parse(map, &list->items[i]))
            return false;
    return true;
}

static bool parse_key(Str text, StandinKey *key)
{
    if (text.size != 2 * KEY_BYTES)
        return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        uint64_t byte = 0;
        if (!str_parse_hex(str_slice(text, 2 * i, 2), &byte))
            return false;
        key->bytes[i] = (uint8_t)byte;
    }
    return true;
}

StandinMap *standin_map_parse(Str text, Error *error)
{
    auto_arena Arena *arena = arena_new();
    StandinMap *map = standin_map_new();
    const JsonValue *json = json_parse(arena, text, error);
    if (json && json_i64_or(json, "version", 0) == VERSION &&
        parse_key(json_str_or(json, "key", STR("")), &map->key) &&
        parse_list(map, json_get(json, "names"), parse_name) &&
        parse_list(map, json_get(json, "pairs"), parse_pair))
        return map;
    standin_map_free(map);
    if (json)
        (void)error_set(error, ERR_VALIDATION, "the text is not a map of stand-ins");
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/search_spread.h"

#include "base/ascii.h"
#include "base/map.h"

enum { MAX_NAMED = 8, NAME_MIN_BYTES = 3 };

typedef struct {
    Str names[MAX_NAMED]; /* words of the question with which names of documents begin */
    size_t count;
} Named;

static bool is_name_byte(char byte)
{
    return ascii_is_letter_or_digit(byte) || byte == '-' || byte == '_' || byte == '.';
}

static bool next_name(Str *rest, Str *out_name)
{
    size_t start = 0;
    while (start < rest->size && !is_name_byte(rest->data[start]))
        start++;
    size_t end = start;
    while (end < rest->size && is_name_byte(rest->data[end]))
        end++;
    *out_name = str_slice(*rest, start, end - start);
    *rest = str_from(*rest, end);
    while (str_ends_with(*out_name, STR(".")))
        out_name->size--;
    return end > start;
}

/* Returns whether the document is called by the name, or by the name and more: core1.cfg,
 * core1-show-version.txt. */
static bool belongs_to(const SearchHit *hit, Str name)
{
    Str document = hit->document_name;
    return !hit->is_global && document.size > name.size &&
           str_starts_with_ignore_case(document, name) &&
           !ascii_is_letter_or_digit(document.data[name.size]);
}

bool search_is_named(Str query, const SearchHit *hit)
{
    Str name;
    while (next_name(&query, &name)) {
        if (name.size >= NAME_MIN_BYTES && belongs_to(hit, name))
            return true;
    }
    return false;
}

static Named find_named(Str query, const SearchResult *result)
{
    Str name;
    Named named = {0};
    while (named.count < MAX_NAMED && next_name(&query, &name)) {
        bool known = name.size < NAME_MIN_BYTES;
        for (size_t i = 0; i < named.count && !known; i++)
            known = str_equal_ignore_case(named.names[i], name);
        for (size_t i = 0; i < result->count && !known; i++) {
            if (belongs_to(&result->hits[i], name)) {
                named.names[named.count++] = name;
                break;
            }
        }
    }
    return named;
}

static bool asks_about_many(Str query)
{
    static const char *const words[] = {
        "all",          "both",       "each",    "every",    "compare",      "devices", "routers",
        "switches",     "firewalls",  "spines",  "leafs",    "leaves",       "cores",   "edges",
        "sites",        "ambos",      "ambas",   "cada",     "todos",        "todas",   "quais",
        "equipamentos", "roteadores", "switchs", "comparar", "dispositivos",
    };
    Str word;
    while (next_name(&query, &word)) {
        for (size_t i = 0; i < COUNT_OF(words); i++) {
            if (str_equal_ignore_case(word, str_of(words[i])))
                return true;
        }
    }
    return false;
}

/* The name that a hit belongs to; count for none of them. */
static size_t name_of(const Named *named, const SearchHit *hit)
{
    size_t i = 0;
    while (i < named->count && !belongs_to(hit, named->names[i]))
        i++;
    return i;
}

/* The turn in which a hit comes: how many hits of its name, or of its document, are before it. */
static void set_turns(Arena *arena, const Named *named, const SearchResult *result, size_t *turns)
{
    size_t of_name[MAX_NAMED + 1] = {0};
    Map of_document = {0};
    for (size_t i = 0; i < result->count; i++) {
        const SearchHit *hit = &result->hits[i];
        if (named->count > 1) {
            turns[i] = of_name[name_of(named, hit)]++;
            continue;
        }
        size_t before = map_get_index(&of_document, hit->document_name);
        turns[i] = before == MAP_NO_INDEX ? 0 : before;
        map_put_index(arena, &of_document, hit->document_name, turns[i] + 1);
    }
}

void search_spread(Arena *arena, Str query, SearchResult *result)
{
    Named named = find_named(query, result);
    if (result->count < 2 || (named.count < 2 && !asks_about_many(query)))
        return;
    size_t *turns = ARENA_ARRAY(arena, size_t, result->count);
    SearchHit *spread = ARENA_ARRAY(arena, SearchHit, result->count);
    size_t count = 0;
    set_turns(arena, &named, result, turns);
    for (size_t turn = 0; count < result->count; turn++) {
        for (size_t i = 0; i < result->count; i++) {
            if (turns[i] == turn)
                spread[count++] = result->hits[i];
        }
    }
    result->hits = spread;
}

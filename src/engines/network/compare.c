/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/compare.h"

#include "engines/network/compare_private.h"

#include <stdlib.h>

enum { LOCATED_DETAILS = 64 };

typedef struct {
    Arena *arena;
    CompareParts old_parts, new_parts;
    Comparison *result;
    Map objects; /* of the result, by key */
} Comparer;

const char *compare_kind_name(CompareKind kind)
{
    static const char *const names[] = {"added", "removed", "changed"};
    return names[kind];
}

static CompareObject *find_or_add(Comparer *comparer, CompareKind kind, const char *group, Str name)
{
    Str key = compare_key(comparer->arena, group, name);
    size_t index = map_get_index(&comparer->objects, key);
    if (index != MAP_NO_INDEX)
        return &comparer->result->objects.items[index];
    map_put_index(comparer->arena, &comparer->objects, key, comparer->result->objects.count);
    CompareObject *object = VEC_PUSH(comparer->arena, &comparer->result->objects);
    *object = (CompareObject){.kind = kind, .group = group, .name = name};
    return object;
}

static const ComparePart *find_part(const Comparer *comparer, const CompareParts *parts,
                                    const ComparePart *part)
{
    Str key = compare_key(comparer->arena, part->group, part->name);
    size_t index = map_get_index(&parts->index, key);
    return index == MAP_NO_INDEX ? NULL : &parts->parts.items[index];
}

typedef VEC(CompareDetail) Details;

/* Compares what is not ordered. */
static void compare_members(Arena *arena, const ComparePart *old_part, const ComparePart *new_part,
                            Details *details)
{
    Map index = {0};
    bool *is_met = ARENA_ARRAY(arena, bool, new_part->members.count + 1);
    for (size_t i = 0; i < new_part->members.count; i++)
        map_put_index(arena, &index, new_part->members.items[i].name, i);
    for (size_t i = 0; i < old_part->members.count; i++) {
        const CompareFact *was = &old_part->members.items[i];
        size_t at = map_get_index(&index, was->name);
        const CompareFact *is = at == MAP_NO_INDEX ? NULL : &new_part->members.items[at];
        if (is)
            is_met[at] = true;
        if (!is) {
            *VEC_PUSH(arena, details) =
                (CompareDetail){COMPARE_REMOVED, was->name, was->value, STR(""), was->line, 0};
        } else if (!str_equal(was->value, is->value)) {
            *VEC_PUSH(arena, details) = (CompareDetail){COMPARE_CHANGED, was->name, was->value,
                                                        is->value,       was->line, is->line};
        }
    }
    for (size_t i = 0; i < new_part->members.count; i++) {
        const CompareFact *is = &new_part->members.items[i];
        if (!is_met[i])
            *VEC_PUSH(arena, details) =
                (CompareDetail){COMPARE_ADDED, is->name, STR(""), is->value, 0, is->line};
    }
}

/* Pairs the n-th entry of a text with the n-th of the same text; SIZE_MAX: has none. */
static size_t *pair_entries(Arena *arena, const CompareFacts *was, const CompareFacts *is)
{
    Map next = {0};
    size_t *pairs = ARENA_ARRAY(arena, size_t, was->count + 1);
    size_t *same = ARENA_ARRAY(arena, size_t, is->count + 1);
    for (size_t i = is->count; i-- > 0;) {
        size_t later = map_get_index(&next, is->items[i].value);
        same[i] = later == MAP_NO_INDEX ? is->count : later;
        map_put_index(arena, &next, is->items[i].value, i);
    }
    for (size_t i = 0; i < was->count; i++) {
        size_t at = map_get_index(&next, was->items[i].value);
        bool has_pair = at != MAP_NO_INDEX && at < is->count;
        pairs[i] = has_pair ? at : SIZE_MAX;
        if (has_pair)
            map_put_index(arena, &next, was->items[i].value, same[at]);
    }
    return pairs;
}

/* Keeps the pairs of the longest run that has the same order on both sides, and drops the others.
 * (Longest increasing subsequence; Fredman 1975.) */
static void keep_ordered(Arena *arena, size_t *pairs, size_t count)
{
    size_t length = 0;
    size_t *ends = ARENA_ARRAY(arena, size_t, count + 1); /* of the runs of each length */
    size_t *before = ARENA_ARRAY(arena, size_t, count + 1);
    bool *is_kept = ARENA_ARRAY(arena, bool, count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = length;
        if (pairs[i] == SIZE_MAX)
            continue;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (pairs[ends[middle]] < pairs[i])
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low > 0 ? ends[low - 1] : SIZE_MAX;
        ends[low] = i;
        length = MAX_OF(length, low + 1);
    }
    for (size_t i = length > 0 ? ends[length - 1] : SIZE_MAX; i != SIZE_MAX; i = before[i])
        is_kept[i] = true;
    for (size_t i = 0; i < count; i++) {
        if (!is_kept[i])
            pairs[i] = SIZE_MAX;
    }
}

static void add_entries(Arena *arena, const CompareFacts *is, size_t *at, size_t end,
                        Details *details)
{
    for (; *at < end; (*at)++) {
        const CompareFact *entry = &is->items[*at];
        *VEC_PUSH(arena, details) =
            (CompareDetail){COMPARE_ADDED, STR("entry"), STR(""), entry->value, 0, entry->line};
    }
}

/* Compares what is ordered. */
static void compare_entries(Arena *arena, const CompareFacts *was, const CompareFacts *is,
                            Details *details)
{
    size_t at = 0;
    size_t *pairs = pair_entries(arena, was, is);
    keep_ordered(arena, pairs, was->count);
    for (size_t i = 0; i < was->count; i++) {
        const CompareFact *entry = &was->items[i];
        if (pairs[i] == SIZE_MAX) {
            *VEC_PUSH(arena, details) = (CompareDetail){COMPARE_REMOVED, STR("entry"), entry->value,
                                                        STR(""),         entry->line,  0};
        } else {
            add_entries(arena, is, &at, pairs[i], details);
            at++;
        }
    }
    add_entries(arena, is, &at, is->count, details);
}

static void compare_part(Comparer *comparer, const ComparePart *was)
{
    Details details = {0};
    const ComparePart *is = find_part(comparer, &comparer->new_parts, was);
    if (!is) {
        find_or_add(comparer, COMPARE_REMOVED, was->group, was->name)->old_line = was->line;
        return;
    }
    compare_members(comparer->arena, was, is, &details);
    compare_entries(comparer->arena, &was->entries, &is->entries, &details);
    if (details.count == 0)
        return;
    CompareObject *object = find_or_add(comparer, COMPARE_CHANGED, was->group, was->name);
    object->old_line = was->line;
    object->new_line = is->line;
    for (size_t i = 0; i < details.count; i++)
        *VEC_PUSH(comparer->arena, &object->details) = details.items[i];
}

static void compare_parts(Comparer *comparer)
{
    for (size_t i = 0; i < comparer->old_parts.parts.count; i++)
        compare_part(comparer, &comparer->old_parts.parts.items[i]);
    for (size_t i = 0; i < comparer->new_parts.parts.count; i++) {
        const ComparePart *is = &comparer->new_parts.parts.items[i];
        if (!find_part(comparer, &comparer->old_parts, is))
            find_or_add(comparer, COMPARE_ADDED, is->group, is->name)->new_line = is->line;
    }
}

/* A member whose line the model does not know has that of its object. A line that holds its value
 * is the one that it is from. */
static bool locates_detail(CompareObject *object, const CompareLine *line, bool is_old)
{
    for (size_t i = 0; i < MIN_OF(object->details.count, (size_t)LOCATED_DETAILS); i++) {
        CompareDetail *detail = &object->details.items[i];
        Str value = is_old ? detail->old_value : detail->new_value;
        uint32_t *at = is_old ? &detail->old_line : &detail->new_line;
        bool is_located = *at != (is_old ? object->old_line : object->new_line);
        Str sought = str_empty(value) ? detail->name : value;
        if (is_located || str_find(line->shown, sought) == STR_NOT_FOUND)
            continue;
        *at = line->line;
        return true;
    }
    return false;
}

static void attach_lines(Comparer *comparer, const CompareText *text, bool is_old)
{
    const CompareParts *others = is_old ? &comparer->new_parts : &comparer->old_parts;
    for (size_t i = 0; i < text->lines.count; i++) {
        const CompareLine *line = &text->lines.items[i];
        const ComparePart *part =
            line->part == SIZE_MAX ? NULL : &text->parts->parts.items[line->part];
        const ComparePart *other = part ? find_part(comparer, others, part) : NULL;
        if (part && !other)
            continue; /* the whole object is added or removed */
        CompareObject *object = find_or_add(comparer, COMPARE_CHANGED, part ? part->group : "other",
                                            part ? part->name : line->place);
        if (part) {
            object->old_line = is_old ? part->line : other->line;
            object->new_line = is_old ? other->line : part->line;
        }
        if (locates_detail(object, line, is_old))
            continue;
        *VEC_PUSH(comparer->arena, &object->details) =
            is_old
                ? (CompareDetail){COMPARE_REMOVED, STR("line"), line->shown, STR(""), line->line, 0}
                : (CompareDetail){COMPARE_ADDED, STR("line"), STR(""), line->shown, 0, line->line};
    }
}

/* IOS and IOS-XE are written alike. */
static Str syntax_of(const CompareSide *side)
{
    Str id = str_of(side->device->vendor.system->id);
    return str_ends_with(id, STR("xe")) ? str_slice(id, 0, id.size - 2) : id;
}

static void compare_other_lines(Comparer *comparer, const CompareSide *old_side,
                                const CompareSide *new_side)
{
    CompareText old_text = {.side = old_side, .parts = &comparer->old_parts};
    CompareText new_text = {.side = new_side, .parts = &comparer->new_parts};
    if (!str_equal(syntax_of(old_side), syntax_of(new_side)))
        return;
    compare_find_lines(comparer->arena, &old_text, &new_text);
    attach_lines(comparer, &old_text, true);
    attach_lines(comparer, &new_text, false);
    comparer->result->has_other_lines = true;
}

static size_t group_rank(const char *group)
{
    size_t rank = 0;
    while (compare_groups[rank] && !str_equal(str_of(compare_groups[rank]), str_of(group)))
        rank++;
    return rank;
}

static int by_group(const void *a, const void *b)
{
    const CompareObject *first = a;
    const CompareObject *second = b;
    size_t ranks[] = {group_rank(first->group), group_rank(second->group)};
    if (ranks[0] != ranks[1])
        return ranks[0] < ranks[1] ? -1 : 1;
    uint32_t lines[] = {first->old_line ? first->old_line : first->new_line,
                        second->old_line ? second->old_line : second->new_line};
    if (lines[0] != lines[1])
        return lines[0] < lines[1] ? -1 : 1;
    return str_compare(first->name, second->name);
}

void compare_configs(Arena *arena, const CompareSide *old_side, const CompareSide *new_side,
                     Comparison *out_comparison)
{
    Comparer comparer = {.arena = arena, .result = out_comparison};
    *out_comparison = (Comparison){0};
    compare_collect(arena, old_side->device, &comparer.old_parts);
    compare_collect(arena, new_side->device, &comparer.new_parts);
    compare_parts(&comparer);
    compare_other_lines(&comparer, old_side, new_side);
    if (out_comparison->objects.count > 0)
        qsort(out_comparison->objects.items, out_comparison->objects.count, sizeof(CompareObject),
              by_group);
}

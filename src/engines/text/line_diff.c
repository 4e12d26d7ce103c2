/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/line_diff.h"

#include "base/map.h"

enum {
    MAX_DEPTH = 32,          /* of parts between anchors */
    MAX_EXACT_CELLS = 65536, /* a larger part without anchors counts as replaced */
    NO_LINE = UINT32_MAX,
};

/* Both ends of a part of the comparison; the ends are exclusive. */
typedef struct {
    uint32_t old_first, old_end;
    uint32_t new_first, new_end;
    uint32_t depth;
} Part;

/* How often a line occurs in a part, and where. */
typedef struct {
    uint32_t old_count, new_count;
    uint32_t old_at, new_at;
} Occurrence;

/* A line that occurs once on both sides of a part. */
typedef struct {
    uint32_t old_at, new_at;
    uint32_t before; /* the anchor before it in the longest run; NO_LINE: none */
} Anchor;

typedef VEC(Anchor) AnchorVec;
typedef VEC(Part) PartVec;

typedef struct {
    Arena *arena;
    uint32_t *old_ids; /* equal lines have the same id */
    uint32_t *new_ids;
    uint32_t *matches;       /* by old line: the equal new line, or NO_LINE */
    Occurrence *occurrences; /* by id; zeros outside of find_anchors */
    PartVec parts;           /* to be compared */
} Diff;

static uint32_t *number_lines(Arena *arena, Map *ids, LineList lines)
{
    uint32_t *numbers = ARENA_ARRAY(arena, uint32_t, lines.count);
    for (size_t i = 0; i < lines.count; i++) {
        size_t id = map_get_index(ids, lines.items[i]);
        if (id == MAP_NO_INDEX) {
            id = ids->count;
            map_put_index(arena, ids, lines.items[i], id);
        }
        numbers[i] = (uint32_t)id;
    }
    return numbers;
}

static void match_ends(Diff *diff, Part *part)
{
    while (part->old_first < part->old_end && part->new_first < part->new_end &&
           diff->old_ids[part->old_first] == diff->new_ids[part->new_first])
        diff->matches[part->old_first++] = part->new_first++;
    while (part->old_first < part->old_end && part->new_first < part->new_end &&
           diff->old_ids[part->old_end - 1] == diff->new_ids[part->new_end - 1])
        diff->matches[--part->old_end] = --part->new_end;
}

static void find_anchors(Diff *diff, const Part *part, AnchorVec *anchors)
{
    for (uint32_t i = part->old_first; i < part->old_end; i++) {
        Occurrence *occurrence = &diff->occurrences[diff->old_ids[i]];
        occurrence->old_count++;
        occurrence->old_at = i;
    }
    for (uint32_t i = part->new_first; i < part->new_end; i++) {
        Occurrence *occurrence = &diff->occurrences[diff->new_ids[i]];
        occurrence->new_count++;
        occurrence->new_at = i;
    }
    for (uint32_t i = part->old_first; i < part->old_end; i++) {
        const Occurrence *occurrence = &diff->occurrences[diff->old_ids[i]];
        if (occurrence->old_count == 1 && occurrence->new_count == 1)
            *VEC_PUSH(diff->arena, anchors) = (Anchor){i, occurrence->new_at, NO_LINE};
    }
    for (uint32_t i = part->old_first; i < part->old_end; i++)
        diff->occurrences[diff->old_ids[i]] = (Occurrence){0};
    for (uint32_t i = part->new_first; i < part->new_end; i++)
        diff->occurrences[diff->new_ids[i]] = (Occurrence){0};
}

/* Returns the last anchor of the longest run that rises on the new side too. ends[k] becomes the
 * anchor with the smallest end of the runs of k + 1 anchors. */
static uint32_t find_longest_run(Arena *arena, AnchorVec *anchors)
{
    size_t length = 0;
    uint32_t *ends = ARENA_ARRAY(arena, uint32_t, anchors->count);
    for (uint32_t i = 0; i < anchors->count; i++) {
        size_t low = 0;
        size_t high = length;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (anchors->items[ends[middle]].new_at < anchors->items[i].new_at)
                low = middle + 1;
            else
                high = middle;
        }
        anchors->items[i].before = low ? ends[low - 1] : NO_LINE;
        ends[low] = i;
        length = MAX_OF(length, low + 1);
    }
    return ends[length - 1];
}

/* Matches the anchors and leaves the parts between them to be compared. */
static void split_at_anchors(Diff *diff, const Part *part, AnchorVec *anchors)
{
    uint32_t at = find_longest_run(diff->arena, anchors);
    uint32_t old_end = part->old_end;
    uint32_t new_end = part->new_end;
    for (; at != NO_LINE; at = anchors->items[at].before) {
        const Anchor *anchor = &anchors->items[at];
        diff->matches[anchor->old_at] = anchor->new_at;
        *VEC_PUSH(diff->arena, &diff->parts) =
            (Part){anchor->old_at + 1, old_end, anchor->new_at + 1, new_end, part->depth + 1};
        old_end = anchor->old_at;
        new_end = anchor->new_at;
    }
    *VEC_PUSH(diff->arena, &diff->parts) =
        (Part){part->old_first, old_end, part->new_first, new_end, part->depth + 1};
}

/* Matches a longest common subsequence. lengths[i][j] is its length from lines i and j on. */
static void match_exactly(Diff *diff, const Part *part)
{
    uint32_t rows = part->old_end - part->old_first;
    uint32_t columns = part->new_end - part->new_first;
    const uint32_t *old_ids = diff->old_ids + part->old_first;
    const uint32_t *new_ids = diff->new_ids + part->new_first;
    size_t width = (size_t)columns + 1;
    ArenaMark mark = arena_mark(diff->arena);
    uint32_t *lengths = ARENA_ARRAY(diff->arena, uint32_t, (size_t)(rows + 1) * width);
    for (uint32_t i = rows; i-- > 0;) {
        uint32_t *row = lengths + i * width;
        const uint32_t *below = row + width;
        for (uint32_t j = columns; j-- > 0;)
            row[j] = old_ids[i] == new_ids[j] ? below[j + 1] + 1 : MAX_OF(row[j + 1], below[j]);
    }
    for (uint32_t i = 0, j = 0; i < rows && j < columns;) {
        if (old_ids[i] == new_ids[j])
            diff->matches[part->old_first + i++] = part->new_first + j++;
        else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
            i++;
        else
            j++;
    }
    arena_reset(diff->arena, mark);
}

static void compare_part(Diff *diff, Part part)
{
    AnchorVec anchors = {0};
    match_ends(diff, &part);
    uint64_t rows = part.old_end - part.old_first;
    uint64_t columns = part.new_end - part.new_first;
    if (rows == 0 || columns == 0)
        return;
    if (part.depth < MAX_DEPTH)
        find_anchors(diff, &part, &anchors);
    if (anchors.count)
        split_at_anchors(diff, &part, &anchors);
    else if ((rows + 1) * (columns + 1) <= MAX_EXACT_CELLS)
        match_exactly(diff, &part);
}

static void add_change(Arena *arena, LineChangeVec *changes, LineChange change)
{
    if (change.old_count || change.new_count)
        *VEC_PUSH(arena, changes) = change;
}

static void collect_changes(const Diff *diff, size_t old_count, size_t new_count,
                            LineChangeVec *changes)
{
    uint32_t old_from = 0;
    uint32_t new_from = 0;
    for (uint32_t i = 0; i < old_count; i++) {
        uint32_t match = diff->matches[i];
        if (match == NO_LINE)
            continue;
        add_change(diff->arena, changes,
                   (LineChange){old_from, i - old_from, new_from, match - new_from});
        old_from = i + 1;
        new_from = match + 1;
    }
    add_change(diff->arena, changes,
               (LineChange){old_from, (uint32_t)old_count - old_from, new_from,
                            (uint32_t)new_count - new_from});
}

void line_diff(Arena *arena, LineList old_lines, LineList new_lines, LineChangeVec *out_changes)
{
    Map ids = {0};
    Diff diff = {.arena = arena};
    diff.old_ids = number_lines(arena, &ids, old_lines);
    diff.new_ids = number_lines(arena, &ids, new_lines);
    diff.matches = ARENA_ARRAY(arena, uint32_t, old_lines.count);
    diff.occurrences = ARENA_ARRAY(arena, Occurrence, ids.count);
    for (size_t i = 0; i < old_lines.count; i++)
        diff.matches[i] = NO_LINE;
    *VEC_PUSH(arena, &diff.parts) =
        (Part){0, (uint32_t)old_lines.count, 0, (uint32_t)new_lines.count, 0};
    while (diff.parts.count)
        compare_part(&diff, diff.parts.items[--diff.parts.count]);
    collect_changes(&diff, old_lines.count, new_lines.count, out_changes);
}

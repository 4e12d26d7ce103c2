/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of packet filters that never match, because the lines before take all of their packets. */
#include "engines/judge/internal.h"
#include "engines/judge/packet_set.h"

#include <stdlib.h>

enum {
    MAX_LINES = 3000,            /* of a list that are compared */
    MAX_WORK = 20 * 1000 * 1000, /* comparisons of boxes, over all lists */
    MAX_BOXES = 500 * 1000,      /* of all lists */
};

typedef struct {
    const AclEntry *entry;
    PacketSet set;
    uint32_t vague; /* what the set does not tell */
} FilterLine;

typedef struct {
    Judge *judge;
    const Acl *acl;
    PacketContext *context;
    Arena *scratch; /* of the list; that of a line is given back after it */
    FilterLine *lines;
    size_t count;
    const FilterLine **rivals; /* of the line: the earlier ones that may take packets from it */
    size_t rival_count;
    uint64_t *work;
} Filter;

/* What takes the packets of a line away from it. */
typedef struct {
    const AclEntry *first;
    size_t count;
    bool opposes; /* one of the lines does the opposite */
} Cover;

static bool permits(const AclEntry *entry)
{
    return entry->action == ACL_PERMIT;
}

/* Returns whether the packets of line are all in those of an earlier line as far as their sets say:
 * what the set of the earlier one does not tell, both lines must say in the same words. */
static bool may_cover(const FilterLine *earlier, const FilterLine *line)
{
    const AclEntry *a = earlier->entry, *b = line->entry;
    const struct {
        uint32_t bit;
        Str earlier, line;
    } parts[] = {
        {1u << PACKET_SOURCE, a->source, b->source},
        {1u << PACKET_DESTINATION, a->destination, b->destination},
        {1u << PACKET_PROTOCOL, a->protocol, b->protocol},
        {1u << PACKET_SOURCE_PORT, a->source_port, b->source_port},
        {1u << PACKET_DESTINATION_PORT, a->destination_port, b->destination_port},
        {1u << PACKET_SOURCE | 1u << PACKET_DESTINATION, a->address, b->address},
        {1u << PACKET_SOURCE_PORT | 1u << PACKET_DESTINATION_PORT, a->port, b->port},
        {PACKET_OPTIONS, a->options, b->options},
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (earlier->vague & parts[i].bit && !str_equal(parts[i].earlier, parts[i].line))
            return false;
    }
    return a->action != ACL_OTHER;
}

static bool sets_meet(const PacketSet *a, const PacketSet *b, uint64_t *work)
{
    *work += a->count * b->count;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            if (packet_box_meets(&a->items[i], &b->items[k]))
                return true;
        }
    }
    return false;
}

/* Most lines of a list have no packet in common: the others are found once for each line. */
static void find_rivals(Filter *filter, size_t index)
{
    const FilterLine *line = &filter->lines[index];
    filter->rival_count = 0;
    for (size_t i = 0; i < index; i++) {
        const FilterLine *earlier = &filter->lines[i];
        if (sets_meet(&earlier->set, &line->set, filter->work) && may_cover(earlier, line))
            filter->rivals[filter->rival_count++] = earlier;
    }
}

static bool remove_line(Filter *filter, const FilterLine *earlier, PacketSet *left)
{
    bool met = false;
    for (size_t i = 0; i < earlier->set.count && left->count; i++) {
        const PacketBox *box = &earlier->set.items[i];
        bool meets = false;
        *filter->work += left->count;
        for (size_t k = 0; k < left->count && !meets; k++)
            meets = packet_box_meets(&left->items[k], box);
        met |= meets && packet_set_remove(filter->scratch, left, box);
    }
    return met;
}

/* Which of the lines before a line are asked whether they take its packets. */
typedef enum { EACH_ALONE, DOING_THE_SAME, ALL_TOGETHER } Earlier;

static void copy_set(Arena *arena, const PacketSet *from, PacketSet *to)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        *VEC_PUSH(arena, to) = from->items[i];
}

/* Returns whether the rivals take all packets of the line. */
static bool is_covered(Filter *filter, const FilterLine *line, Earlier which, Cover *out_cover)
{
    PacketSet left = {0};
    *out_cover = (Cover){0};
    copy_set(filter->scratch, &line->set, &left);
    for (size_t i = 0; i < filter->rival_count && left.count; i++) {
        const FilterLine *earlier = filter->rivals[i];
        bool same = permits(earlier->entry) == permits(line->entry);
        if (i > 0 && which == EACH_ALONE)
            copy_set(filter->scratch, &line->set, &left);
        if ((which == DOING_THE_SAME && !same) || !remove_line(filter, earlier, &left))
            continue;
        if (!out_cover->first || which == EACH_ALONE)
            out_cover->first = earlier->entry;
        out_cover->count = which == EACH_ALONE ? 1 : out_cover->count + 1;
        out_cover->opposes |= !same;
    }
    return left.count == 0;
}

static bool takes_box(const Filter *filter, const PacketBox *box)
{
    for (size_t i = 0; i < filter->rival_count; i++) {
        const PacketSet *set = &filter->rivals[i]->set;
        for (size_t k = 0; k < set->count; k++) {
            if (packet_box_meets(&set->items[k], box))
                return true;
        }
    }
    return false;
}

/* Returns whether the rivals have the first and the last packet of each box of the line. Without
 * them they cannot have all of it, and most lines are done. */
static bool take_corners(const Filter *filter, const FilterLine *line)
{
    for (size_t i = 0; i < line->set.count; i++) {
        PacketBox first, last;
        for (size_t k = 0; k < PACKET_DIMENSIONS; k++) {
            PacketInterval at = line->set.items[i].at[k];
            first.at[k] = (PacketInterval){at.low, at.low};
            last.at[k] = (PacketInterval){at.high, at.high};
        }
        if (!takes_box(filter, &first) || !takes_box(filter, &last))
            return false;
    }
    return true;
}

/* Finds the simplest reason why a line never matches: one line, several that do the same, or all.
 */
static bool find_cover(Filter *filter, const FilterLine *line, Cover *out_cover)
{
    if (!take_corners(filter, line))
        return false;
    for (Earlier which = EACH_ALONE; which <= ALL_TOGETHER; which++) {
        if (is_covered(filter, line, which, out_cover)) {
            if (which == EACH_ALONE)
                out_cover->opposes = permits(out_cover->first) != permits(line->entry);
            return true;
        }
    }
    return false;
}

static Str name_of_line(Arena *arena, const AclEntry *entry)
{
    if (entry->term.size)
        return arena_printf(arena, "term %.*s (line %u)", STR_ARGS(entry->term), entry->line);
    return arena_printf(arena, "line %u (%.*s)", entry->line, STR_ARGS(entry->text));
}

static void add_shadowed(Filter *filter, const AclEntry *entry, const Cover *cover)
{
    Arena *arena = filter->judge->arena;
    DeviceFinding *finding = judge_finding(
        filter->judge, cover->opposes ? SEVERITY_WARNING : SEVERITY_NOTE,
        cover->opposes ? "shadowed_filter_line" : "redundant_filter_line", entry->line);
    Str others = {"", 0};
    if (cover->count > 1)
        others = arena_printf(arena, " and %zu more before it", cover->count - 1);
    finding->other_line = cover->first->line;
    finding->title =
        arena_printf(arena, "%.*s: %.*s never matches, because %.*s%.*s %s all of its packets",
                     STR_ARGS(filter->acl->name), STR_ARGS(name_of_line(arena, entry)),
                     STR_ARGS(name_of_line(arena, cover->first)), STR_ARGS(others),
                     cover->count > 1 ? "take" : "takes");
    finding->detail = cover->opposes ? STR("What comes before does the opposite.")
                                     : STR("What comes before does the same.");
    finding->fix = cover->opposes ? STR("move the line before the wider one, or remove it")
                                  : STR("remove the line");
}

/* Keeps the order of the file for lines without numbers. */
static int by_sequence(const void *a, const void *b)
{
    const AclEntry *one = ((const FilterLine *)a)->entry, *other = ((const FilterLine *)b)->entry;
    if (one->sequence != other->sequence)
        return one->sequence < other->sequence ? -1 : 1;
    return one->line < other->line ? -1 : one->line > other->line;
}

static bool all_numbered(const Filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->lines[i].entry->sequence == 0)
            return false;
    }
    return true;
}

static void take_lines(Filter *filter)
{
    const Acl *acl = filter->acl;
    size_t most = MIN_OF(acl->entries.count, (size_t)MAX_LINES);
    filter->context->family = acl->family == IP_V6 ? IP_V6 : IP_V4;
    filter->lines = ARENA_ARRAY(filter->scratch, FilterLine, most);
    filter->rivals = ARENA_ARRAY(filter->scratch, const FilterLine *, most);
    for (size_t i = 0; i < acl->entries.count && filter->count < MAX_LINES; i++) {
        const AclEntry *entry = &acl->entries.items[i];
        if (entry->action == ACL_REMARK)
            continue;
        FilterLine *line = &filter->lines[filter->count++];
        *line = (FilterLine){.entry = entry};
        line->vague = packet_set_of(filter->scratch, entry, filter->context, &line->set);
    }
    if (filter->count && all_numbered(filter))
        qsort(filter->lines, filter->count, sizeof(FilterLine), by_sequence);
}

static void check_line(Filter *filter, size_t index)
{
    Cover cover;
    const FilterLine *line = &filter->lines[index];
    ArenaMark mark = arena_mark(filter->scratch);
    if (line->entry->action == ACL_OTHER)
        return;
    find_rivals(filter, index);
    if (find_cover(filter, line, &cover))
        add_shadowed(filter, line->entry, &cover);
    arena_reset(filter->scratch, mark);
}

static void check_list(Judge *judge, const Acl *acl, PacketContext *context, uint64_t *work)
{
    auto_arena Arena *scratch = arena_new();
    Filter filter = {
        .judge = judge, .acl = acl, .context = context, .scratch = scratch, .work = work};
    take_lines(&filter);
    for (size_t i = 1; i < filter.count && *work < MAX_WORK; i++)
        check_line(&filter, i);
    if (acl->entries.count <= MAX_LINES && *work < MAX_WORK)
        return;
    DeviceFinding *finding = judge_finding(judge, SEVERITY_NOTE, "filter_not_compared", acl->line);
    finding->title = arena_printf(judge->arena,
                                  "%.*s has %zu lines: not all of them were compared with one "
                                  "another",
                                  STR_ARGS(acl->name), acl->entries.count);
}

/* The groups that lines of each family may name. */
typedef struct {
    Map v4, v6;
} FilterGroups;

static void take_object_groups(Judge *judge, FilterGroups *groups)
{
    for (size_t i = 0; i < judge->device->object_groups.count; i++) {
        const ObjectGroup *group = &judge->device->object_groups.items[i];
        map_put(judge->arena, &groups->v4, group->name, (void *)(uintptr_t)group);
    }
    groups->v6 = groups->v4;
}

/* Makes a group of each prefix list. Lists of both families may have the same name. */
static void take_prefix_lists(Judge *judge, FilterGroups *groups)
{
    for (size_t i = 0; i < judge->device->prefix_lists.count; i++) {
        const PrefixList *list = &judge->device->prefix_lists.items[i];
        ObjectGroup *group = ARENA_NEW(judge->arena, ObjectGroup);
        group->name = list->name;
        for (size_t k = 0; k < list->entries.count && k <= PACKET_SET_MAX; k++) {
            IpText text;
            Str prefix = ip_prefix_format(list->entries.items[k].prefix, &text);
            *VEC_PUSH(judge->arena, &group->members) =
                (ObjectGroupMember){.address = arena_copy(judge->arena, prefix)};
        }
        map_put(judge->arena, list->family == IP_V6 ? &groups->v6 : &groups->v4, list->name, group);
    }
}

void judge_filters(Judge *judge)
{
    uint64_t work = 0;
    PacketContext context = {.most_boxes = MAX_BOXES};
    FilterGroups groups = {0};
    if (judge->device->vendor.system->filters_name_prefix_lists)
        take_prefix_lists(judge, &groups);
    else
        take_object_groups(judge, &groups);
    for (size_t i = 0; i < judge->device->acls.count; i++) {
        const Acl *acl = &judge->device->acls.items[i];
        context.groups = acl->family == IP_V6 ? groups.v6 : groups.v4;
        check_list(judge, acl, &context, &work);
    }
}
